//! The order of measuring: rounds, each with all subjects in a random order.

use std::mem;

use dp_record::{Ground, Run};
use dp_tool::RunArgs;
use fastrand::Rng;
use rustix::fs::{MemfdFlags, memfd_create};
use sha2::{Digest, Sha256};

/// One run to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Index of the subject.
    pub subject: usize,
    /// The round, from 1; warm-up rounds are counted for themselves.
    pub n: u32,
    /// How many rounds there are (of warm-up, or of runs that count).
    pub of: u32,
    /// Place in the round, from 1.
    pub position: u32,
    /// Whether the run is a warm-up.
    pub warmup: bool,
}

impl Slot {
    /// `round 3/10`, or `warm-up 1/2`.
    pub fn title(self) -> String {
        let kind = if self.warmup { "warm-up" } else { "round" };
        format!("{kind} {}/{}", self.n, self.of)
    }

    /// A word that no other run of the batch has: `3-0`, or `w1-0` of a warm-up.
    pub fn word(self) -> String {
        let warmup = if self.warmup { "w" } else { "" };
        format!("{warmup}{}-{}", self.n, self.subject)
    }

    /// The name of what is made for this run on an engine.
    pub fn object_name(self, batch: &str) -> String {
        format!("dp-{batch}-{}", self.word())
    }

    /// What the record of this run says of its place in a batch.
    pub fn run(self, batch: &str) -> Run {
        Run {
            batch: batch.to_owned(),
            n: Some(self.n),
            of: Some(self.of),
            position: Some(self.position),
            warmup: self.warmup,
        }
    }
}

/// The runs of a batch, and their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounds {
    /// How many subjects there are.
    pub subjects: usize,
    /// Runs of each that count.
    pub runs: u32,
    /// Warm-up runs of each before them.
    pub warmup: u32,
    /// Seed of the order within the rounds.
    pub seed: u64,
    /// Whether every round holds the subjects in the order in which they were
    /// given, for what does not change with the order.
    pub in_order: bool,
    /// So many subjects, the first ones, come before the others in every round:
    /// what the others are counted against, or stand on.
    pub leading: usize,
}

impl Rounds {
    /// Rounds in random order.
    pub fn new(subjects: usize, runs: u32, warmup: u32, seed: u64) -> Self {
        Self { subjects, runs, warmup, seed, in_order: false, leading: 0 }
    }

    /// As the user wants them; `runs` and `warmup` if nothing is said. A seed that
    /// was not given is drawn from the system's entropy, below 2^53, so that it is
    /// exact in JSON.
    pub fn of(args: &RunArgs, subjects: usize, runs: u32, warmup: u32) -> Self {
        Self {
            subjects,
            runs: args.runs.unwrap_or(runs),
            warmup: args.warmup.unwrap_or(warmup),
            seed: args.seed.unwrap_or_else(|| fastrand::u64(..1 << 53)),
            in_order: false,
            leading: 0,
        }
    }

    /// All runs in their order: the warm-up rounds, then the rounds that count.
    /// Every round holds each subject once, in a permutation drawn from the seed,
    /// so that slow changes of the machine hit all subjects alike.
    pub fn slots(&self) -> Vec<Slot> {
        let mut rng = Rng::with_seed(self.seed);
        let mut slots = Vec::new();
        for (count, warmup) in [(self.warmup, true), (self.runs, false)] {
            for n in 1..=count {
                let mut order: Vec<usize> = (0..self.subjects).collect();
                if !self.in_order {
                    rng.shuffle(&mut order);
                    order.sort_by_key(|subject| *subject >= self.leading);
                }
                slots.extend((1..).zip(order).map(|(position, subject)| Slot {
                    subject,
                    n,
                    of: count,
                    position,
                    warmup,
                }));
            }
        }
        slots
    }
}

/// An id for one invocation: twelve lower-case hexadecimal digits, drawn from
/// the system's entropy. It may stand in image tags and labels.
///
/// As long as this process lives it holds an empty file in memory open, `dp-ID`, by which
/// `scripts/clean-engine` tells its batch from one that was killed. (A kernel that gives none
/// takes that away alone.)
pub fn begin_batch() -> String {
    let id = format!("{:012x}", Rng::new().u64(..1 << 48));
    if let Ok(file) = memfd_create(format!("dp-{id}"), MemfdFlags::CLOEXEC) {
        mem::forget(file);
    }
    id
}

/// An id of the same form for an invocation that measures nothing but reads
/// what was recorded: drawn from the content, so that the same content makes
/// the same records.
pub fn content_id(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    let digits =
        digest.finalize()[..6].iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
    digits.concat()
}

/// The id of an `env` record: the beginning of the hash of its stable part.
pub fn env_id(ground: &Ground) -> String {
    content_id([serde_json::to_vec(ground).unwrap_or_default()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(subjects: usize, runs: u32, warmup: u32, seed: u64) -> Vec<Slot> {
        Rounds::new(subjects, runs, warmup, seed).slots()
    }

    #[test]
    fn every_round_holds_every_subject_once() {
        let slots = rounds(3, 5, 2, 7);
        assert_eq!(slots.len(), 3 * 7);
        for round in slots.chunks(3) {
            let mut subjects: Vec<_> = round.iter().map(|slot| slot.subject).collect();
            subjects.sort_unstable();
            assert_eq!(subjects, [0, 1, 2]);
            assert!(
                round.iter().all(|slot| slot.n == round[0].n && slot.warmup == round[0].warmup)
            );
            assert_eq!(round.iter().map(|slot| slot.position).collect::<Vec<_>>(), [1, 2, 3]);
        }
        assert!(slots[..6].iter().all(|slot| slot.warmup && slot.of == 2));
        assert!(slots[6..].iter().all(|slot| !slot.warmup && slot.of == 5));
    }

    #[test]
    fn what_the_order_does_not_change_may_stay_in_order() {
        let rounds = Rounds { in_order: true, ..Rounds::new(3, 2, 1, 7) };
        let subjects: Vec<usize> = rounds.slots().iter().map(|slot| slot.subject).collect();
        assert_eq!(subjects, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn leading_subjects_come_first_in_every_round_in_any_order() {
        let slots = Rounds { leading: 2, ..Rounds::new(5, 50, 0, 7) }.slots();
        let rounds = slots.chunks(5).map(|round| round.iter().map(|slot| slot.subject));
        let orders: std::collections::BTreeSet<Vec<usize>> =
            rounds.map(Iterator::collect).collect();
        assert!(orders.iter().all(|order| order[..2].iter().all(|subject| *subject < 2)));
        let leads = |first| orders.iter().any(|order| order[0] == first);
        assert!(leads(0) && leads(1) && orders.len() > 6);
    }

    #[test]
    fn each_run_has_a_word_of_its_own() {
        let slots = rounds(2, 3, 2, 7);
        let words: std::collections::BTreeSet<String> =
            slots.iter().map(|one| one.word()).collect();
        assert_eq!(words.len(), slots.len());
        assert_eq!(
            slots[0].object_name("ba7816bf8f01"),
            format!("dp-ba7816bf8f01-w1-{}", slots[0].subject)
        );
    }

    #[test]
    fn the_seed_decides_the_order() {
        assert_eq!(rounds(5, 20, 0, 1), rounds(5, 20, 0, 1));
        assert_ne!(rounds(5, 20, 0, 1), rounds(5, 20, 0, 2));
    }

    #[test]
    fn each_subject_comes_first_about_equally_often() {
        let slots = rounds(2, 1000, 0, 3);
        let first = slots.iter().filter(|slot| slot.position == 1 && slot.subject == 0).count();
        assert!((400..=600).contains(&first), "{first}");
    }

    #[test]
    fn batch_ids_may_stand_in_tags() {
        for id in [begin_batch(), content_id(["a"])] {
            assert_eq!(id.len(), 12);
            assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()));
        }
    }

    #[test]
    fn a_batch_is_seen_in_what_its_process_holds_open() {
        let id = begin_batch();
        let open = std::fs::read_dir("/proc/self/fd").unwrap();
        let names = open.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
        let expected = format!("/memfd:dp-{id} (deleted)");
        assert!(names.map(|name| name.display().to_string()).any(|name| name == expected));
    }

    #[test]
    fn the_id_of_an_environment_is_the_same_for_the_same_one() {
        let one = Ground { os: Some("linux".to_owned()), ..Ground::default() };
        assert_eq!(env_id(&one), env_id(&one.clone()));
        assert_ne!(env_id(&one), env_id(&Ground::default()));
        assert_eq!(env_id(&one).len(), 12);
    }

    #[test]
    fn the_id_of_content_is_the_beginning_of_its_hash() {
        // printf abc | sha256sum
        assert_eq!(content_id(["a", "bc"]), "ba7816bf8f01");
    }
}
