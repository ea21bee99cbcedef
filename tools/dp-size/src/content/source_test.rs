//! Every source captures the same content.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use super::ContentRequests;
use crate::archive::pack_test::{Packing, bundle, layout, saved};
use crate::archive::{Archive, read_folder, read_stream};
use crate::tree::builder::{TestEntry, dir, file, link, whiteout};
use crate::tree::{Captured, Digest, Layer, Paths, Tree};

const STATUS: &str = "var/lib/dpkg/status";

/// The first layer's `status` is overwritten, one list removed, one replaced by
/// a directory; `status.d` goes and comes back.
fn test_layers() -> Vec<Vec<TestEntry>> {
    vec![
        vec![
            file(STATUS, 200_000),
            file("var/lib/dpkg/info/a.list", 10),
            file("var/lib/dpkg/info/b.list", 11),
            file("var/lib/dpkg/info/c.list", 12),
            file("var/lib/dpkg/status.d/x", 13),
            file("bin/sh", 14),
            link("bin/shell", "bin/sh"),
        ],
        vec![
            file(STATUS, 50),
            whiteout("var/lib/dpkg/info/a.list"),
            dir("var/lib/dpkg/info/b.list"),
            whiteout("var/lib/dpkg/status.d"),
        ],
        vec![file("var/lib/dpkg/status.d/y", 15)],
    ]
}

/// What is captured, by path, and the digests, by path and size.
type Found = (BTreeMap<String, usize>, BTreeMap<(String, u64), Digest>);

fn found(tree: &Tree) -> Found {
    let paths = tree.paths();
    let mut captured = BTreeMap::new();
    for path in paths.ids() {
        match tree.captured(path) {
            Some(Captured::Bytes(bytes)) => {
                assert!(bytes.iter().all(|byte| *byte == b'x'));
                captured.insert(paths.text(path), bytes.len());
            }
            Some(Captured::Omitted) => panic!("{} was omitted", paths.text(path)),
            None => {}
        }
    }
    let mut digests = BTreeMap::new();
    for (id, file) in tree.numbered() {
        if let Some(digest) = tree.digest(id) {
            digests.insert((paths.text(file.path), file.size), *digest);
        }
    }
    (captured, digests)
}

fn only(archive: &Archive) -> Found {
    found(&archive.tree(&archive.images[0]).unwrap())
}

/// Writes a layer as overlayfs stores it.
#[cfg(target_os = "linux")]
fn write(folder: &Path, entries: &[TestEntry]) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    for entry in entries {
        let path = folder.join(entry.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match entry {
            TestEntry::File(_, size) => {
                fs::write(path, vec![b'x'; usize::try_from(*size).unwrap()]).unwrap();
            }
            TestEntry::Link(_, target) => fs::hard_link(folder.join(target), path).unwrap(),
            TestEntry::Dir(_) => fs::create_dir(path).unwrap(),
            _ => mknodat(CWD, path, FileType::CharacterDevice, Mode::empty(), 0).unwrap(),
        }
    }
}

#[cfg(target_os = "linux")]
fn from_folders(requests: ContentRequests) -> Found {
    let mut requests = requests;
    let mut paths = Paths::default();
    let mut layers: Vec<Layer> = Vec::new();
    for entries in test_layers() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &entries);
        layers.push(crate::storage::read(folder.path(), &mut paths, &mut requests).unwrap());
    }
    let layers: Vec<Arc<Layer>> = layers.into_iter().map(Arc::new).collect();
    found(&Tree::new(Arc::new(paths), &layers).unwrap())
}

fn from_stream(parts: &[(String, Vec<u8>)], requests: ContentRequests) -> Found {
    only(&read_stream(&mut &bundle(parts)[..], requests, &|| {}).unwrap())
}

#[test]
fn the_uppermost_copy_of_a_database_is_captured_and_a_removed_one_is_not() {
    let expected = BTreeMap::from([
        ("/var/lib/dpkg/status".to_owned(), 50),
        ("/var/lib/dpkg/info/c.list".to_owned(), 12),
        ("/var/lib/dpkg/status.d/y".to_owned(), 15),
    ]);
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
        let (captured, digests) =
            from_stream(&layout(&test_layers(), packing), ContentRequests::databases());
        assert_eq!(captured, expected, "{packing:?}");
        assert!(digests.is_empty());
    }
    let nothing = from_stream(&saved(&test_layers(), "a:1"), ContentRequests::nothing());
    assert_eq!(nothing, Found::default());
}

#[test]
fn a_folder_gives_the_content_that_a_stream_gives() {
    let requests = || ContentRequests::databases().with_digests();
    let expected = from_stream(&saved(&test_layers(), "a:1"), requests());
    // All files have bytes, live and dead: 6 in the first layer, then 1 and 1.
    assert_eq!((expected.0.len(), expected.1.len()), (3, 8));
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in layout(&test_layers(), Packing::Zstd) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let open = |file| Box::new(BufReader::new(file)) as Box<dyn std::io::BufRead>;
    let unpacked = read_folder(folder.path(), &open, requests(), &|| {}).unwrap();
    assert_eq!(only(&unpacked), expected);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs root: make test-engine"]
fn layer_folders_give_the_content_that_archives_give() {
    let requests = || ContentRequests::databases().with_digests();
    let expected = from_stream(&saved(&test_layers(), "a:1"), requests());
    assert_eq!(from_folders(requests()), expected);
}
