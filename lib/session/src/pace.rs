//! How long the rest of a batch will take, by what its runs took so far.

use std::time::Duration;

use crate::Slot;

/// Less is not worth a word.
const WORTH_A_WORD: Duration = Duration::from_mins(1);

/// What the runs of each subject took, and how many are left.
#[derive(Debug)]
pub(crate) struct Pace(Vec<OfSubject>);

#[derive(Debug, Clone, Default)]
struct OfSubject {
    took: Duration,
    done: u32,
    left: u32,
}

impl Pace {
    /// Before the first of these runs, of so many subjects.
    pub(crate) fn new(slots: &[Slot], subjects: usize) -> Self {
        let mut all = vec![OfSubject::default(); subjects];
        for slot in slots {
            all[slot.subject].left += 1;
        }
        Self(all)
    }

    /// A run of this subject took so long.
    pub(crate) fn add(&mut self, subject: usize, took: Duration) {
        let one = &mut self.0[subject];
        one.took += took;
        one.done += 1;
        one.left = one.left.saturating_sub(1);
    }

    /// This subject is measured no more.
    pub(crate) fn give_up(&mut self, subject: usize) {
        self.0[subject].left = 0;
    }

    /// What the runs that are left will take: of each subject the mean of its runs so far, of
    /// one that has none the mean of all. None before the first run.
    fn rest(&self) -> Option<Duration> {
        let done = self.0.iter().map(|one| one.done).sum();
        let mean_of_all = self.0.iter().map(|one| one.took).sum::<Duration>().checked_div(done)?;
        let rest = |one: &OfSubject| {
            one.took.checked_div(one.done).unwrap_or(mean_of_all).saturating_mul(one.left)
        };
        Some(self.0.iter().map(rest).fold(Duration::ZERO, Duration::saturating_add))
    }

    /// `, about 5 min left`, if it is a minute at least.
    pub(crate) fn left(&self) -> String {
        let rest = self.rest().filter(|rest| *rest >= WORTH_A_WORD);
        rest.map_or_else(String::new, |rest| {
            let minutes = (rest.as_secs() + 30) / 60;
            match (minutes / 60, minutes % 60) {
                (0, minutes) => format!(", about {minutes} min left"),
                (hours, minutes) => format!(", about {hours} h {minutes} min left"),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rounds;

    fn pace(subjects: usize, runs: u32) -> Pace {
        let rounds = Rounds { subjects, runs, warmup: 0, seed: 1, in_order: false, leading: 0 };
        Pace::new(&rounds.slots(), subjects)
    }

    #[test]
    fn what_is_left_is_the_mean_of_each_subject_s_runs() {
        let mut pace = pace(2, 4);
        assert_eq!((pace.rest(), pace.left().as_str()), (None, ""));
        pace.add(0, Duration::from_secs(10));
        assert_eq!(pace.rest(), Some(Duration::from_secs(3 * 10 + 4 * 10)));
        pace.add(0, Duration::from_secs(20));
        pace.add(1, Duration::from_secs(100));
        assert_eq!(pace.rest(), Some(Duration::from_secs(2 * 15 + 3 * 100)));
        assert_eq!(pace.left(), ", about 6 min left");
        pace.give_up(1);
        assert_eq!((pace.rest(), pace.left().as_str()), (Some(Duration::from_secs(30)), ""));
    }

    #[test]
    fn hours_are_told_too() {
        let mut pace = pace(1, 11);
        pace.add(0, Duration::from_mins(10));
        assert_eq!(pace.left(), ", about 1 h 40 min left");
    }
}
