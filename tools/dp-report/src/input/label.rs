//! What people call a series.

use std::collections::BTreeSet;

use dp_record::{SeriesKey, printable};

/// Characters of each part of a label.
const PART_CHARS: usize = 60;

/// Labels within one table: what all its series share is said once.
#[derive(Debug)]
pub(crate) struct Labels {
    shared: [Option<String>; 3],
}

impl Labels {
    /// Labels of the series with these keys.
    pub(crate) fn of<'a>(keys: impl Iterator<Item = &'a SeriesKey>) -> Self {
        let mut values: [BTreeSet<Option<&str>>; 3] = Default::default();
        for key in keys {
            for (values, part) in values.iter_mut().zip(parts(key)) {
                values.insert(part);
            }
        }
        let only = |values: BTreeSet<Option<&str>>| {
            let first = values.first().copied().flatten().filter(|_| values.len() == 1);
            first.map(str::to_owned)
        };
        Self { shared: values.map(only) }
    }

    /// What all series share, for the title.
    pub(crate) fn shared(&self) -> Vec<String> {
        self.shared.iter().flatten().map(|part| printable(part, PART_CHARS)).collect()
    }

    /// The name and what is not shared.
    pub(crate) fn label(&self, key: &SeriesKey) -> String {
        let differing = parts(key).into_iter().zip(&self.shared);
        let differing = differing.filter(|(_, shared)| shared.is_none());
        joined(&key.name, differing.filter_map(|(part, _)| part))
    }
}

/// Kind, name and all parts.
pub(crate) fn full(key: &SeriesKey) -> String {
    format!("{} {}", printable(&key.kind, PART_CHARS), subject(key))
}

/// Name and all parts.
pub(crate) fn subject(key: &SeriesKey) -> String {
    joined(&key.name, parts(key).into_iter().flatten())
}

fn parts(key: &SeriesKey) -> [Option<&str>; 3] {
    [&key.scenario, &key.platform, &key.variant].map(|part| part.as_deref())
}

fn joined<'a>(name: &str, parts: impl Iterator<Item = &'a str>) -> String {
    let name = if name.is_empty() { "(no subject)" } else { name };
    let mut label = printable(name, PART_CHARS);
    for part in parts {
        label.push(' ');
        label.push_str(&printable(part, PART_CHARS));
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, scenario: &str, platform: &str) -> SeriesKey {
        SeriesKey {
            kind: "build".to_owned(),
            name: name.to_owned(),
            scenario: Some(scenario.to_owned()),
            platform: Some(platform.to_owned()),
            variant: None,
        }
    }

    #[test]
    fn what_all_series_share_is_in_the_title_only() {
        let keys = [key("a", "warm", "linux/amd64"), key("b", "cold", "linux/amd64")];
        let labels = Labels::of(keys.iter());
        assert_eq!(labels.shared(), ["linux/amd64"]);
        assert_eq!(labels.label(&keys[1]), "b cold");
        assert_eq!(full(&keys[1]), "build b cold linux/amd64");
    }

    #[test]
    fn names_cannot_move_the_cursor() {
        let keys = [key("a\x1b[2J\n", "warm", "p")];
        assert_eq!(Labels::of(keys.iter()).label(&keys[0]), "a [2J");
    }
}
