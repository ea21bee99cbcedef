//! Small numbers for what many records name alike, so that a name is kept once.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{KeyView, RecordView, SeriesKey};

/// The numbers of a record's batch and of its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// None for a record that names no batch.
    pub batch: Option<u32>,
    /// None for a record without a subject.
    pub series: Option<u32>,
}

/// Batches and series in the order in which they were first named, from 0.
#[derive(Debug, Default)]
pub struct Ids {
    batches: Names,
    series: Keys,
}

impl Ids {
    /// The numbers of what a record names.
    pub fn of(&mut self, record: &RecordView<'_>) -> Place {
        let key = KeyView::of(record);
        Place {
            batch: record.run.as_ref().map(|run| self.batch(&run.batch)),
            series: key.map(|key| self.series(key)),
        }
    }

    /// The number of a batch.
    pub fn batch(&mut self, name: &str) -> u32 {
        self.batches.number(name)
    }

    /// The name of a batch.
    pub fn batch_name(&self, number: u32) -> &str {
        self.batches.name(number)
    }

    /// The number of a series.
    pub fn series(&mut self, key: KeyView<'_>) -> u32 {
        self.series.number(key)
    }

    /// The key of a series.
    pub fn key(&self, number: u32) -> Option<&SeriesKey> {
        self.series.all.get(number as usize)
    }

    /// The number of a series that was named before.
    pub fn find(&self, key: KeyView<'_>) -> Option<u32> {
        self.series.find(key)
    }
}

/// Texts, one behind the other, and the places where they end.
#[derive(Debug, Default)]
struct Names {
    text: String,
    ends: Vec<u64>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The one that came last: it mostly comes again.
    last: u32,
}

impl Names {
    fn name(&self, number: u32) -> &str {
        slice(&self.text, &self.ends, number)
    }

    fn number(&mut self, name: &str) -> u32 {
        let Self { text, ends, numbers, hasher, last } = self;
        if !ends.is_empty() && slice(text, ends, *last) == name {
            return *last;
        }
        let hash = hasher.hash_one(name);
        if let Some(number) = numbers.find(hash, |number| slice(text, ends, *number) == name) {
            *last = *number;
            return *number;
        }
        let number = next(ends.len());
        *last = number;
        text.push_str(name);
        ends.push(text.len() as u64);
        let again = |number: &u32| hasher.hash_one(slice(text, ends, *number));
        numbers.insert_unique(hash, number, again);
        number
    }
}

fn slice<'t>(text: &'t str, ends: &[u64], number: u32) -> &'t str {
    let number = number as usize;
    let end = |at: usize| ends.get(at).and_then(|end| usize::try_from(*end).ok());
    let begin = number.checked_sub(1).and_then(end).unwrap_or(0);
    end(number).and_then(|end| text.get(begin..end)).unwrap_or_default()
}

/// Below the largest number: nobody has as much memory, and that one is free for "none".
fn next(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).min(u32::MAX - 1)
}

#[derive(Debug, Default)]
struct Keys {
    all: Vec<SeriesKey>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Keys {
    fn find(&self, key: KeyView<'_>) -> Option<u32> {
        let is_same = |number: &u32| self.all[*number as usize].view() == key;
        self.numbers.find(hash(&self.hasher, key), is_same).copied()
    }

    fn number(&mut self, key: KeyView<'_>) -> u32 {
        if let Some(number) = self.find(key) {
            return number;
        }
        let Self { all, numbers, hasher } = self;
        let number = next(all.len());
        all.push(key.to_key());
        let again = |number: &u32| hash(hasher, all[*number as usize].view());
        numbers.insert_unique(hash(hasher, key), number, again);
        number
    }
}

fn hash(hasher: &DefaultHashBuilder, key: impl Hash) -> u64 {
    hasher.hash_one(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_as_they_come_and_found_again() {
        let mut ids = Ids::default();
        let names: Vec<String> = (0..1000).map(|at| format!("batch ä {at}")).collect();
        for (number, name) in (0..).zip(&names) {
            assert_eq!(ids.batch(name), number);
        }
        for (number, name) in (0..).zip(&names) {
            assert_eq!((ids.batch(name), ids.batch_name(number)), (number, name.as_str()));
        }
        // The empty one is a name too.
        assert_eq!((ids.batch(""), ids.batch("")), (1000, 1000));
        assert_eq!(ids.batch_name(1000), "");
    }

    #[test]
    fn every_part_of_a_key_counts() {
        let mut ids = Ids::default();
        let key = |name, scenario, variant| KeyView {
            kind: "build",
            name,
            scenario,
            platform: None,
            variant,
        };
        let keys = [
            key("a", None, None),
            key("a", Some(""), None),
            key("a", Some("b"), None),
            key("a", None, Some("b")),
            key("ab", None, None),
        ];
        for (number, key) in (0..).zip(keys) {
            assert_eq!((ids.find(key), ids.series(key)), (None, number));
        }
        for (number, key) in (0..).zip(keys) {
            assert_eq!((ids.find(key), ids.series(key)), (Some(number), number));
            assert_eq!(ids.key(number), Some(&key.to_key()));
        }
    }
}
