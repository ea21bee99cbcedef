//! Layer folders as overlayfs writes them, made by hand.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{CWD, FileType, Mode, XattrFlags};

use super::{StorageError, check, read};
use crate::content::ContentRequests;
use crate::tree::{Kind, Layer, Meta, Paths, Tree};

fn kinds(folder: &Path) -> Vec<(String, Kind)> {
    let mut paths = Paths::default();
    let layer = read(folder, &mut paths, &mut ContentRequests::nothing()).unwrap();
    let text = |layer: &Layer| {
        let entries = layer.entries();
        entries.map(|entry| (paths.text(entry.path), entry.kind)).collect::<Vec<_>>()
    };
    let mut kinds = text(&layer);
    kinds.sort_by(|a, b| a.0.cmp(&b.0));
    kinds
}

/// Sets an attribute as overlayfs does.
fn mark(folder: &Path, name: &str, value: &[u8]) {
    rustix::fs::setxattr(folder, name, value, XattrFlags::empty()).unwrap();
}

fn make(path: &Path, kind: FileType, device: u64) {
    rustix::fs::mknodat(CWD, path, kind, Mode::from_raw_mode(0o600), device).unwrap();
}

#[test]
fn every_kind_of_entry_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("d/e")).unwrap();
    fs::write(at("d/f"), "12345").unwrap();
    fs::write(at("empty"), "").unwrap();
    symlink("/etc/passwd", at("s")).unwrap();
    fs::File::create(at("sparse")).unwrap().set_len(1_000_000).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    make(&at("p"), FileType::Fifo, 0);
    let expected = [
        ("/", Kind::Directory),
        ("/d", Kind::Directory),
        ("/d/e", Kind::Directory),
        ("/d/f", Kind::File { size: 5 }),
        ("/empty", Kind::File { size: 0 }),
        ("/p", Kind::Fifo),
        ("/s", Kind::Symlink),
        ("/sparse", Kind::File { size: 1_000_000 }),
    ];
    let expected = expected.map(|(path, kind)| (path.to_owned(), kind));
    assert_eq!(kinds(folder.path()), expected);
}

#[test]
fn bytes_of_several_names_count_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "12345").unwrap();
    fs::create_dir(folder.path().join("d")).unwrap();
    fs::hard_link(folder.path().join("a"), folder.path().join("d/b")).unwrap();
    let mut paths = Paths::default();
    let layer = read(folder.path(), &mut paths, &mut ContentRequests::nothing()).unwrap();
    assert_eq!((layer.bytes(), layer.files()), (5, 2));
}

#[test]
fn mode_and_owner_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f");
    fs::write(&file, "1").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o4711)).unwrap();
    let layer =
        read(folder.path(), &mut Paths::default(), &mut ContentRequests::nothing()).unwrap();
    let found = layer.entries().find(|entry| matches!(entry.kind, Kind::File { .. }));
    let (uid, gid) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    assert_eq!(found.unwrap().meta, Meta { mode: 0o4711, uid, gid });
}

#[test]
fn names_of_any_bytes_and_folders_of_many_names_are_read() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9\n")), "1").unwrap();
    // More than one piece of the kernel's list.
    for n in 0..3_000 {
        fs::write(folder.path().join(format!("{n:0>200}")), "").unwrap();
    }
    let mut paths = Paths::default();
    assert_eq!(
        read(folder.path(), &mut paths, &mut ContentRequests::nothing()).unwrap().files(),
        3_001
    );
    assert!(paths.find(b"caf\xe9\n").is_some());
}

#[test]
#[ignore = "needs root: make test-engine"]
fn whiteouts_and_opaque_folders_delete_what_lower_layers_have() {
    check().unwrap();
    let lower = tempfile::tempdir().unwrap();
    fs::create_dir(lower.path().join("d")).unwrap();
    for (name, content) in [("d/x", "123"), ("y", "4567"), ("z", "1")] {
        fs::write(lower.path().join(name), content).unwrap();
    }
    let upper = tempfile::tempdir().unwrap();
    let at = |name: &str| upper.path().join(name);
    fs::create_dir(at("d")).unwrap();
    mark(&at("d"), "trusted.overlay.opaque", b"y");
    fs::write(at("d/new"), "12").unwrap();
    make(&at("y"), FileType::CharacterDevice, 0);
    make(&at("null"), FileType::CharacterDevice, rustix::fs::makedev(1, 3));
    let expected = [
        ("/", Kind::Directory),
        ("/d", Kind::Directory),
        ("/d", Kind::Opaque),
        ("/d/new", Kind::File { size: 2 }),
        ("/null", Kind::Device),
        ("/y", Kind::Whiteout),
    ];
    assert_eq!(kinds(upper.path()), expected.map(|(path, kind)| (path.to_owned(), kind)));
    let mut paths = Paths::default();
    let layers = [lower.path(), upper.path()]
        .map(|one| read(one, &mut paths, &mut ContentRequests::nothing()).unwrap());
    let tree = Tree::new(Arc::new(paths), &layers.map(Arc::new)).unwrap();
    assert_eq!((tree.totals().size, tree.totals().dead), (10, 7));
}

#[test]
#[ignore = "needs root: make test-engine"]
fn a_folder_that_is_not_opaque_any_more_is_read_and_a_redirected_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("d");
    fs::create_dir(&inner).unwrap();
    mark(&inner, "trusted.overlay.opaque", b"n");
    mark(&inner, "trusted.overlay.build_file", b"anything");
    assert!(kinds(folder.path()).iter().all(|(_, kind)| *kind == Kind::Directory));
    mark(&inner, "trusted.overlay.redirect", b"/x");
    let error =
        read(folder.path(), &mut Paths::default(), &mut ContentRequests::nothing()).unwrap_err();
    assert!(matches!(error, StorageError::Feature("redirect_dir")), "{error}");
}

#[test]
fn a_folder_that_is_gone_is_named_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    let error = read(&gone, &mut Paths::default(), &mut ContentRequests::nothing()).unwrap_err();
    let expected =
        format!("cannot read {}: No such file or directory (os error 2)", gone.display());
    assert_eq!(error.to_string(), expected);
}
