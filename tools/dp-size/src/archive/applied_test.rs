//! Random layers as tars: read by our reader, and applied to a real folder by
//! what the tar crate reads of the same bytes.

use proptest::prelude::*;

use super::pack_test::{Packing, bundle, layer, layout, saved};
use super::read_test::{only_tree, read};
use crate::tree::builder::TestEntry;
use crate::tree::stack_test::{Folder, stack};

/// The entries of a tar, with the markers of the OCI image specification.
fn entries(tar: &[u8]) -> Vec<TestEntry> {
    let mut archive = tar::Archive::new(tar);
    archive.entries().unwrap().map(|entry| test_entry(&entry.unwrap())).collect()
}

fn test_entry(entry: &tar::Entry<'_, &[u8]>) -> TestEntry {
    let path = entry.path().unwrap().display().to_string();
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    if name == ".wh..wh..opq" {
        return TestEntry::Opaque(folder.to_owned());
    }
    if let Some(deleted) = name.strip_prefix(".wh.") {
        return TestEntry::Whiteout(
            format!("{folder}/{deleted}").trim_start_matches('/').to_owned(),
        );
    }
    match entry.header().entry_type() {
        tar::EntryType::Regular => TestEntry::File(path, entry.size()),
        tar::EntryType::Directory => TestEntry::Dir(path),
        tar::EntryType::Symlink => TestEntry::Symlink(path),
        tar::EntryType::Link => {
            let target = entry.link_name().unwrap().unwrap();
            TestEntry::Link(path, target.display().to_string())
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn tars_are_counted_as_a_folder_holds_them_to_which_they_were_applied(
        layers in stack(),
        packing in prop::sample::select(vec![Packing::Plain, Packing::Gzip, Packing::Zstd]),
    ) {
        let tars: Vec<Vec<u8>> = layers.iter().map(|entries| layer(entries)).collect();
        let folder = Folder::new();
        for (number, tar) in (0..).zip(&tars) {
            folder.apply(number, &entries(tar));
        }
        let live = folder.live(tars.len());
        for parts in [saved(&layers, "app"), layout(&layers, packing)] {
            let tree = only_tree(&read(&bundle(&parts)).unwrap());
            for (tally, live) in tree.tallies().iter().zip(&live) {
                prop_assert_eq!(tally.bytes - tally.dead_bytes, *live);
            }
            prop_assert_eq!(tree.totals().live, live.iter().sum::<u64>());
            let written: u64 = tars.iter().flat_map(|tar| entries(tar)).map(|one| match one {
                TestEntry::File(_, size) => size,
                _ => 0,
            }).sum();
            prop_assert_eq!(tree.totals().size, written);
            prop_assert_eq!(tree.totals().dead, written - tree.totals().live);
        }
    }
}
