//! A list that grows without moving what it holds, so that long ones take no more memory
//! than they fill.

use std::mem;

/// Elements of a chunk.
const CHUNK: usize = 1024;

/// Chunks of equal length, and the last one.
#[derive(Debug)]
pub(crate) struct Chunked<T> {
    full: Vec<Vec<T>>,
    last: Vec<T>,
}

impl<T> Default for Chunked<T> {
    fn default() -> Self {
        Self { full: Vec::new(), last: Vec::new() }
    }
}

impl<T: Copy> Chunked<T> {
    pub(crate) fn push(&mut self, element: T) {
        if self.last.len() == CHUNK {
            let full = mem::replace(&mut self.last, Vec::with_capacity(CHUNK));
            self.full.push(full);
        }
        self.last.push(element);
    }

    pub(crate) fn len(&self) -> usize {
        self.full.len() * CHUNK + self.last.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    pub(crate) fn get(&self, index: usize) -> Option<T> {
        let chunk = self.full.get(index / CHUNK).unwrap_or(&self.last);
        let is_there = index < self.len();
        is_there.then(|| chunk.get(index % CHUNK).copied()).flatten()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        self.full.iter().flatten().chain(&self.last).copied()
    }
}

impl<T: Copy> FromIterator<T> for Chunked<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut chunked = Self::default();
        for element in elements {
            chunked.push(element);
        }
        chunked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_was_put_in() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7] {
            let chunked: Chunked<usize> = (0..length).collect();
            assert_eq!((chunked.len(), chunked.is_empty()), (length, length == 0));
            assert!(chunked.iter().eq(0..length));
            for index in 0..length + 2 {
                assert_eq!(chunked.get(index), Some(index).filter(|index| *index < length));
            }
            assert_eq!(chunked.get(10 * CHUNK), None);
        }
    }
}
