//! The biggest of many, in the same order in every run.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{File, PathId, Paths};

/// Something with a size and a path.
pub(crate) trait SizedPath {
    /// Its size in bytes.
    fn bytes(&self) -> u64;
    /// Its path.
    fn path(&self) -> PathId;
}

impl SizedPath for (PathId, u64) {
    fn bytes(&self) -> u64 {
        self.1
    }

    fn path(&self) -> PathId {
        self.0
    }
}

impl SizedPath for File {
    fn bytes(&self) -> u64 {
        self.size
    }

    fn path(&self) -> PathId {
        self.path
    }
}

/// The `top` biggest, biggest first; of equal ones the first in byte order of
/// their paths, then the first given. What has no bytes is left out.
pub(crate) fn largest<T: SizedPath>(
    items: impl IntoIterator<Item = T>,
    top: usize,
    paths: &Paths,
) -> Vec<T> {
    largest_by(items, top, T::bytes, |item| paths.bytes(item.path()))
}

/// As [`largest`], of things whose sizes and paths these functions give.
pub(crate) fn largest_by<T>(
    items: impl IntoIterator<Item = T>,
    top: usize,
    bytes: impl Fn(&T) -> u64,
    path: impl Fn(&T) -> Vec<u8>,
) -> Vec<T> {
    // Paths are put together only for what may be among the biggest, and kept
    // only for what is: there may be millions of items.
    let mut biggest: BTreeMap<(Reverse<u64>, Vec<u8>, usize), T> = BTreeMap::new();
    let mut least = 1;
    let sized = items.into_iter().map(|item| (bytes(&item), item)).enumerate();
    for (at, (bytes, item)) in sized.filter(|(_, (bytes, _))| *bytes > 0) {
        if biggest.len() < top || bytes >= least {
            biggest.insert((Reverse(bytes), path(&item), at), item);
        }
        if biggest.len() > top {
            biggest.pop_last();
            least = biggest.last_key_value().map_or(u64::MAX, |(key, _)| key.0.0);
        }
    }
    biggest.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sizes: &[(&str, u64)], top: usize) -> Vec<String> {
        let mut paths = Paths::default();
        let mut items = Vec::new();
        for (name, size) in sizes {
            items.push((paths.child(PathId::ROOT, name.as_bytes()).unwrap(), *size));
        }
        let found = largest(items, top, &paths);
        found.iter().map(|(path, _)| paths.text(*path)).collect()
    }

    #[test]
    fn the_biggest_come_first_and_equal_ones_by_path() {
        let sizes = [("d", 5), ("c", 9), ("b", 5), ("a", 5), ("e", 0), ("f", 1)];
        assert_eq!(names(&sizes, 3), ["/c", "/a", "/b"]);
        assert_eq!(names(&sizes, 4), ["/c", "/a", "/b", "/d"]);
        assert_eq!(names(&sizes, 9), ["/c", "/a", "/b", "/d", "/f"]);
        assert!(names(&sizes, 0).is_empty());
    }
}
