//! Archives as the system's own tar reads them.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::context::Keep;

fn archive(folder: &Path, extra: Vec<ExtraFile>) -> Vec<u8> {
    let walk = Walk::new(folder, Box::new(|_, _| Keep::Yes)).unwrap();
    let mut tar = TarStream::new(folder, walk, extra);
    let mut bytes = Vec::new();
    while let Some(piece) = tar.next().unwrap() {
        assert!(piece.len() < 80 << 10);
        bytes.extend_from_slice(&piece);
    }
    assert_eq!(bytes.len() % BLOCK, 0);
    bytes
}

/// What `tar OPTIONS` makes of the archive.
fn tar(archive: &[u8], options: &[&str]) -> String {
    let mut command = Command::new("tar");
    let mut child = command
        .args(options)
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(archive).unwrap());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).unwrap()
    })
}

#[test]
fn every_kind_of_entry_is_listed_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::create_dir(place("d")).unwrap();
    fs::write(place("d/f"), "12345").unwrap();
    fs::write(place("run"), "").unwrap();
    symlink("d/f", place("link")).unwrap();
    fs::hard_link(place("d/f"), place("twin")).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, place("pipe"), fifo, 0o600.into(), 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(place("socket")).unwrap();
    for (name, mode) in [("d", 0o1777), ("d/f", 0o640), ("run", 0o4755), ("pipe", 0o600)] {
        fs::set_permissions(place(name), Permissions::from_mode(mode)).unwrap();
    }
    let listed = tar(&archive(folder.path(), Vec::new()), &["tvf", "-", "--numeric-owner"]);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let listed: Vec<String> = listed.lines().map(words).collect();
    assert_eq!(
        listed,
        [
            "drwxrwxrwt 0/0 0 1970-01-01 00:00 d/",
            "-rw-r----- 0/0 5 1970-01-01 00:00 d/f",
            "lrwxrwxrwx 0/0 0 1970-01-01 00:00 link -> d/f",
            "prw------- 0/0 0 1970-01-01 00:00 pipe",
            "-rwsr-xr-x 0/0 0 1970-01-01 00:00 run",
            "hrw-r----- 0/0 0 1970-01-01 00:00 twin link to d/f",
        ]
    );
}

#[test]
fn content_of_every_length_comes_out_as_it_went_in() {
    let folder = tempfile::tempdir().unwrap();
    for size in [0, 1, 511, 512, 513, 65_536, 200_000] {
        let content: Vec<u8> = (0..=252).cycle().take(size).collect();
        fs::write(folder.path().join(size.to_string()), content).unwrap();
    }
    let extra = ExtraFile { path: "further".into(), content: b"no file".to_vec() };
    let archive = archive(folder.path(), vec![extra]);
    let out = tempfile::tempdir().unwrap();
    tar(&archive, &["xf", "-", "-C", out.path().to_str().unwrap()]);
    assert_eq!(fs::read(out.path().join("further")).unwrap(), b"no file");
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let copy = out.path().join(path.file_name().unwrap());
        assert!(fs::read(&path).unwrap() == fs::read(copy).unwrap(), "{}", path.display());
    }
}

#[test]
fn names_too_long_for_a_header_are_kept_whole() {
    let folder = tempfile::tempdir().unwrap();
    let deep = ["é".repeat(60), "b".repeat(90), "c".repeat(200)].join("/");
    let file = folder.path().join(&deep);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "x").unwrap();
    symlink("t".repeat(150), folder.path().join("link")).unwrap();
    for length in [99, 100, 101] {
        fs::write(folder.path().join("n".repeat(length)), "").unwrap();
    }
    let archive = archive(folder.path(), Vec::new());
    let out = tempfile::tempdir().unwrap();
    tar(&archive, &["xf", "-", "-C", out.path().to_str().unwrap()]);
    assert_eq!(fs::read_to_string(out.path().join(&deep)).unwrap(), "x");
    let target = fs::read_link(out.path().join("link")).unwrap();
    assert_eq!(target.to_str().unwrap(), "t".repeat(150));
    assert!([99, 100, 101].iter().all(|&length| out.path().join("n".repeat(length)).exists()));
}

#[test]
fn more_bytes_than_the_header_can_count_stand_in_a_record() {
    let entry = Entry {
        path: "big".into(),
        kind: EntryKind::File,
        mode: 0o644,
        size: 10_000_000_000,
        modified: 0,
        link: None,
        device: (0, 0),
    };
    let bytes = headers(&entry);
    assert_eq!(bytes.len(), 3 * BLOCK);
    // 20 bytes: two digits, a space, "size=", eleven digits and a newline.
    assert!(bytes[BLOCK..].starts_with(b"20 size=10000000000\n\0"));
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a", "c/d"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        archive(folder.path(), Vec::new())
    };
    assert!(make() == make());
}
