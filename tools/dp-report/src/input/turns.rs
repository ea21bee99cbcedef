//! What several threads do to one thing, in a fixed order.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A thing that work with numbers is done to, in the order of the numbers.
#[derive(Debug)]
pub(crate) struct Turns<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    thing: T,
    /// The number whose turn it is.
    next: u64,
    /// Whether a number will never come, since its thread panicked.
    is_over: bool,
}

impl<T> Turns<T> {
    /// It begins with number 0.
    pub(crate) fn new(thing: T) -> Self {
        let state = State { thing, next: 0, is_over: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Does `work` when all numbers before this one are done. False where one of them will
    /// never be: then nothing is.
    pub(crate) fn take(&self, number: u64, work: impl FnOnce(&mut T)) -> bool {
        let is_early = |state: &mut State<T>| state.next != number && !state.is_over;
        let state = self.changed.wait_while(self.lock(), is_early);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let is_done = !state.is_over;
        if is_done {
            work(&mut state.thing);
            state.next += 1;
        }
        drop(state);
        self.changed.notify_all();
        is_done
    }

    /// To be held by each thread: where it panics, the others end.
    pub(crate) fn guard(&self) -> Guard<'_, T> {
        Guard(self)
    }

    /// The thing, when all is done.
    pub(crate) fn into_inner(self) -> T {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).thing
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Turns::guard`].
pub(crate) struct Guard<'a, T>(&'a Turns<T>);

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().is_over = true;
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn work_is_done_in_the_order_of_its_numbers() {
        let (turns, next) = (Turns::new(Vec::new()), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= 1000 {
                            break;
                        }
                        turns.take(number, |done| done.push(number));
                    }
                });
            }
        });
        assert!(turns.into_inner().into_iter().eq(0..1000));
    }

    #[test]
    fn a_thread_that_panics_is_not_waited_for() {
        let turns = Turns::new(0);
        thread::scope(|scope| {
            let panics = scope.spawn(|| {
                let _guard = turns.guard();
                panic!("on purpose");
            });
            turns.take(1, |count| *count += 1);
            assert!(panics.join().is_err());
        });
        assert_eq!(turns.into_inner(), 0);
    }
}
