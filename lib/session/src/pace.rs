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
    /// All runs that count.
    took: Duration,
    /// The first of them, which may have prepared what the others only use.
    first: Duration,
    done: u32,
    left: u32,
}

impl OfSubject {
    /// What one run takes, from the second on without the first; none before that.
    fn mean(&self) -> Option<Duration> {
        match self.done {
            1 => Some(self.took),
            done => self.took.saturating_sub(self.first).checked_div(done.saturating_sub(1)),
        }
    }
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

    /// This run took so long. A warm-up tells nothing of those that count.
    pub(crate) fn add(&mut self, slot: Slot, took: Duration) {
        let one = &mut self.0[slot.subject];
        one.left = one.left.saturating_sub(1);
        if !slot.warmup {
            if one.done == 0 {
                one.first = took;
            }
            one.took += took;
            one.done += 1;
        }
    }

    /// This subject is measured no more.
    pub(crate) fn give_up(&mut self, subject: usize) {
        self.0[subject].left = 0;
    }

    /// What the runs that are left will take: of each subject the mean of its runs so far, of
    /// one that has none the mean of those. None before the first run that counts.
    fn rest(&self) -> Option<Duration> {
        let means: Vec<Duration> = self.0.iter().filter_map(OfSubject::mean).collect();
        let known = u32::try_from(means.len()).unwrap_or(u32::MAX);
        let mean_of_all = means.iter().sum::<Duration>().checked_div(known)?;
        let rest = |one: &OfSubject| one.mean().unwrap_or(mean_of_all).saturating_mul(one.left);
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

    fn pace(subjects: usize, runs: u32, warmup: u32) -> Pace {
        let rounds = Rounds { subjects, runs, warmup, seed: 1, in_order: false, leading: 0 };
        Pace::new(&rounds.slots(), subjects)
    }

    fn run(subject: usize) -> Slot {
        Slot { subject, n: 1, of: 4, position: 1, warmup: false }
    }

    #[test]
    fn what_is_left_is_the_mean_of_each_subject_s_runs_but_the_first() {
        let mut pace = pace(2, 4, 1);
        for subject in [0, 1] {
            pace.add(Slot { warmup: true, ..run(subject) }, Duration::from_hours(1));
        }
        assert_eq!((pace.rest(), pace.left().as_str()), (None, ""));
        pace.add(run(0), Duration::from_secs(100));
        assert_eq!(pace.rest(), Some(Duration::from_secs(3 * 100 + 4 * 100)));
        pace.add(run(0), Duration::from_secs(11));
        assert_eq!(pace.rest(), Some(Duration::from_secs(2 * 11 + 4 * 11)));
        pace.add(run(0), Duration::from_secs(19));
        pace.add(run(1), Duration::from_secs(100));
        assert_eq!(pace.rest(), Some(Duration::from_secs(15 + 3 * 100)));
        assert_eq!(pace.left(), ", about 5 min left");
        pace.give_up(1);
        assert_eq!((pace.rest(), pace.left().as_str()), (Some(Duration::from_secs(15)), ""));
    }

    #[test]
    fn hours_are_told_too() {
        let mut pace = pace(1, 11, 0);
        pace.add(run(0), Duration::from_mins(10));
        assert_eq!(pace.left(), ", about 1 h 40 min left");
    }
}
