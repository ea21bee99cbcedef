//! The two shapes that most files of a group have.

/// A file that is one number.
pub(super) fn number(text: &str) -> Option<u64> {
    text.trim_end().parse().ok()
}

/// `KEY NUMBER` lines ("flat keyed").
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (&str, u64)> {
    text.lines().filter_map(|line| {
        let (key, value) = line.split_once(' ')?;
        Some((key, value.parse().ok()?))
    })
}

/// The number of one key.
pub(super) fn value(text: &str, wanted: &str) -> Option<u64> {
    pairs(text).find_map(|(key, value)| (key == wanted).then_some(value))
}
