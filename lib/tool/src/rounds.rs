//! The order of measuring: rounds, each with all subjects in a random order.

use dp_record::Run;
use fastrand::Rng;
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

/// All runs in their order: the warm-up rounds, then the rounds that count.
/// Every round holds each subject once, in a permutation drawn from `seed`, so
/// that slow changes of the machine hit all subjects alike.
pub fn rounds(subjects: usize, runs: u32, warmup: u32, seed: u64) -> Vec<Slot> {
    let mut rng = Rng::with_seed(seed);
    let mut slots = Vec::new();
    for (count, warmup) in [(warmup, true), (runs, false)] {
        for n in 1..=count {
            let mut order: Vec<usize> = (0..subjects).collect();
            rng.shuffle(&mut order);
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

/// An id for one invocation: twelve lower-case hexadecimal digits, drawn from
/// the system's entropy. It may stand in image tags and labels.
pub fn batch_id() -> String {
    format!("{:012x}", Rng::new().u64(..1 << 48))
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

#[cfg(test)]
mod tests {
    use super::*;

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
        for id in [batch_id(), content_id(["a"])] {
            assert_eq!(id.len(), 12);
            assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()));
        }
    }

    #[test]
    fn the_id_of_content_is_the_beginning_of_its_hash() {
        // printf abc | sha256sum
        assert_eq!(content_id(["a", "bc"]), "ba7816bf8f01");
    }
}
