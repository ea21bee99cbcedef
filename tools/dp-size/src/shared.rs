//! Layers that several images of one invocation have.
//!
//! Layers are the same if their digests are: so registries and the containerd store
//! keep them once. (The overlay2 driver keeps one copy for each different
//! stack of layers below it.)

use std::collections::{BTreeSet, HashMap};

use dp_record::detail::size::Shared;

/// Which images have a layer, for each layer by its digest.
#[derive(Debug, Default)]
pub(crate) struct Sharing {
    owners: HashMap<String, BTreeSet<usize>>,
    images: usize,
}

impl Sharing {
    /// Remembers the layers of one image.
    pub(crate) fn add(&mut self, diff_ids: &[String]) {
        for digest in diff_ids {
            self.owners.entry(digest.clone()).or_default().insert(self.images);
        }
        self.images += 1;
    }

    /// For each layer how many images have it, this one included.
    pub(crate) fn owners(&self, diff_ids: &[String]) -> Vec<usize> {
        diff_ids.iter().map(|digest| self.owners.get(digest).map_or(1, BTreeSet::len)).collect()
    }

    /// How much of an image is shared, by the bytes of its layers where they
    /// are known. None if it is the only image.
    pub(crate) fn detail(
        &self,
        diff_ids: &[String],
        layer_bytes: Option<&[u64]>,
    ) -> Option<Shared> {
        if self.images < 2 {
            return None;
        }
        let owners = self.owners(diff_ids);
        let others: BTreeSet<usize> = diff_ids
            .iter()
            .filter_map(|digest| self.owners.get(digest))
            .flatten()
            .copied()
            .collect();
        let sum = |shared: bool| {
            let of = |bytes: &[u64]| {
                let pairs = owners.iter().zip(bytes);
                pairs.filter(|(owners, _)| (**owners > 1) == shared).map(|(_, bytes)| bytes).sum()
            };
            layer_bytes.map(of)
        };
        Some(Shared {
            images: others.len().saturating_sub(1) as u64,
            layers: owners.iter().filter(|owners| **owners > 1).count() as u64,
            bytes: sum(true),
            unique_bytes: sum(false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn layers_are_shared_by_their_digests_at_any_position() {
        let mut sharing = Sharing::default();
        let images = ["base a b", "base c a", "base", "other"].map(digests);
        for image in &images {
            sharing.add(image);
        }
        assert_eq!(sharing.owners(&images[0]), [3, 2, 1]);
        let first = sharing.detail(&images[0], Some(&[100, 20, 3])).unwrap();
        let expected = Shared { images: 2, layers: 2, bytes: Some(120), unique_bytes: Some(3) };
        assert_eq!(first, expected);
        let last = sharing.detail(&images[3], None).unwrap();
        let none = Shared { images: 0, layers: 0, bytes: None, unique_bytes: None };
        assert_eq!(last, none);
    }

    #[test]
    fn a_single_image_shares_nothing() {
        let mut sharing = Sharing::default();
        sharing.add(&digests("a a"));
        assert_eq!(sharing.owners(&digests("a a")), [1, 1]);
        assert_eq!(sharing.detail(&digests("a a"), None), None);
    }
}
