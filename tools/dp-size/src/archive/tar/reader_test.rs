//! Tars written by GNU tar, by Python's tarfile and by hand, read back.

use std::io::Read;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::{Entry, Kind, Tar, TarError};

/// All entries.
fn entries(bytes: &[u8]) -> Result<Vec<Entry>, TarError> {
    let mut tar = Tar::new(bytes);
    std::iter::from_fn(|| tar.next().transpose()).collect()
}

/// Name, kind, size.
fn listing(bytes: &[u8]) -> Vec<(String, Kind, u64)> {
    let found = entries(bytes).unwrap();
    let line = |entry: Entry| (String::from_utf8(entry.name).unwrap(), entry.kind, entry.size);
    found.into_iter().map(line).collect()
}

/// What a shell script writes to stdout, run in an empty folder.
fn script(text: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("bash");
    command.args(["-euc", text]).current_dir(folder.path()).stdin(Stdio::null());
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{text}");
    output.stdout
}

/// A header block, with the right checksum.
fn header(name: &str, kind: u8, size: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[124..124 + size.len()].copy_from_slice(size);
    block[156] = kind;
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

#[test]
fn every_format_of_gnu_tar_is_read() {
    let long = "d".repeat(90) + "/" + &"f".repeat(120);
    for format in ["v7", "oldgnu", "gnu", "ustar", "pax"] {
        // v7 and ustar have no room for the long names.
        let names = if matches!(format, "v7" | "ustar") { "" } else { &long };
        let make_long = format!("mkdir {}; printf 123 > {long}; ln -s {long} d/t;", &long[..90]);
        let bytes = script(&format!(
            "mkdir d; printf 12345 > d/a; ln d/a d/b; ln -s a d/s; mkfifo d/p
             {make_long} tar --format={format} --sort=name -c d/ {names} 2>/dev/null || true",
            make_long = if names.is_empty() { "" } else { &make_long },
        ));
        let found = listing(&bytes);
        let at = |name: &str| found.iter().find(|entry| entry.0 == name).map(|e| (e.1, e.2));
        assert_eq!(at("d/a"), Some((Kind::File, 5)), "{format}");
        assert_eq!(at("d/b"), Some((Kind::HardLink, 0)), "{format}");
        assert_eq!(at("d/s"), Some((Kind::Symlink, 0)), "{format}");
        assert_eq!(at("d/"), Some((Kind::Directory, 0)), "{format}");
        if !names.is_empty() {
            assert_eq!(at(&long), Some((Kind::File, 3)), "{format}");
            let entries = entries(&bytes).unwrap();
            let link = entries.iter().find(|entry| entry.name == b"d/t").unwrap();
            assert_eq!(link.link, long.as_bytes(), "{format}");
        }
    }
}

#[test]
fn holes_of_sparse_files_count_as_bytes() {
    for format in [
        "--format=gnu",
        "--format=pax --sparse-version=0.0",
        "--format=pax --sparse-version=0.1",
        "--format=pax --sparse-version=1.0",
    ] {
        let bytes = script(&format!(
            "truncate -s 10000000 s
             for at in $(seq 0 4 200); do printf x | dd of=s bs=4096 seek=$at conv=notrunc status=none; done
             printf end > t; tar {format} -S -c s t"
        ));
        assert!(bytes.len() < 2_000_000, "{format}: no holes in the archive");
        let expected = [("s".to_owned(), Kind::File, 10_000_000), ("t".to_owned(), Kind::File, 3)];
        assert_eq!(listing(&bytes), expected, "{format}");
    }
}

#[test]
fn a_ustar_name_is_put_together_from_its_prefix() {
    let folder = "a".repeat(120);
    let bytes =
        script(&format!("mkdir {folder}; printf 1 > {folder}/f; tar --format=ustar -c {folder}/f"));
    assert_eq!(listing(&bytes), [(format!("{folder}/f"), Kind::File, 1)]);
}

#[test]
fn mode_and_owner_are_read() {
    let bytes = script("printf 1 > f; chmod 4755 f; tar --owner=:12 --group=:34 --format=gnu -c f");
    let entry = entries(&bytes).unwrap().remove(0);
    assert_eq!((entry.mode & 0o7777, entry.uid, entry.gid), (0o4755, 12, 34));
    // More than seven octal digits: base-256 in GNU's format, a record in pax.
    for format in ["gnu", "pax"] {
        let owner = "--owner=:3000000 --group=:4000000";
        let bytes = script(&format!("printf 1 > f; tar {owner} --format={format} -c f"));
        let entry = entries(&bytes).unwrap().remove(0);
        assert_eq!((entry.uid, entry.gid), (3_000_000, 4_000_000), "{format}");
    }
}

#[test]
fn extended_attributes_do_not_disturb() {
    let bytes = script(
        "printf 12 > f; setfattr -n user.x -v abc f 2>/dev/null || true
                        tar --xattrs --format=pax -c f",
    );
    assert_eq!(listing(&bytes), [("f".to_owned(), Kind::File, 2)]);
}

#[test]
fn content_is_read_or_skipped_as_the_reader_likes() {
    let bytes = script("printf first > a; printf second > b; printf 3 > c; tar -c a b c");
    let mut tar = Tar::new(&bytes[..]);
    let mut text = String::new();
    tar.next().unwrap().unwrap();
    tar.content().take(2).read_to_string(&mut text).unwrap();
    tar.next().unwrap().unwrap();
    tar.content().read_to_string(&mut text).unwrap();
    assert_eq!(tar.content().read(&mut [0; 9]).unwrap(), 0);
    assert_eq!(tar.next().unwrap().unwrap().name, b"c");
    assert!(tar.next().unwrap().is_none());
    assert_eq!(text, "fisecond");
}

#[test]
fn a_directory_before_posix_is_recognized_by_its_slash() {
    let bytes = [header("old/", 0, b"0"), header("old", 0, b"0"), header("new/", b'0', b"0")];
    let kinds: Vec<Kind> = listing(&bytes.concat()).into_iter().map(|entry| entry.1).collect();
    assert_eq!(kinds, [Kind::Directory, Kind::File, Kind::File]);
}

#[test]
fn nothing_follows_a_link_whatever_its_size_says() {
    let bytes = [header("link", b'1', b"1000"), header("file", b'0', b"0")].concat();
    assert_eq!(listing(&bytes).len(), 2);
}

#[test]
fn sizes_beyond_eight_gigabytes_are_read() {
    // Of 9 GiB nothing follows: the entry is read, its content is truncated.
    let size = [0x80, 0, 0, 0, 0, 0, 0, 2, 0x40, 0, 0, 0];
    let bytes = header("big", b'0', &size);
    let mut tar = Tar::new(&bytes[..]);
    assert_eq!(tar.next().unwrap().unwrap().size, 9 << 30);
    assert!(matches!(tar.next(), Err(TarError::Truncated { at: 512, inside }) if inside == "big"));
}

#[test]
fn the_message_about_a_truncated_archive_says_where_it_ends() {
    let bytes = script("printf 1234567890 > f; tar -c f");
    for (length, inside) in [(100, "a header"), (512 + 4, "f")] {
        let error = entries(&bytes[..length]).unwrap_err();
        let expected = format!("it ends at byte {length}, in the middle of {inside}: truncated?");
        assert_eq!(error.to_string(), expected);
    }
    // A last block that is not filled up, and a missing end, are accepted.
    assert_eq!(listing(&bytes[..512 + 10]).len(), 1);
    assert_eq!(listing(&bytes[..1024]).len(), 1);
}

#[test]
fn a_name_that_is_announced_and_does_not_come_is_truncation() {
    let bytes = [header("x", b'L', b"3"), b"abc".to_vec(), vec![0; 509]].concat();
    assert!(matches!(entries(&bytes), Err(TarError::Truncated { .. })));
}

#[test]
fn what_is_no_header_is_refused() {
    let mut bytes = header("f", b'0', b"0");
    bytes[0] = b'g';
    assert_eq!(
        entries(&bytes).unwrap_err().to_string(),
        "no tar header at byte 0: its checksum is wrong"
    );
    let bad_size = header("f", b'0', b"12x");
    assert!(entries(&bad_size).unwrap_err().to_string().ends_with("its size is no number"));
    let negative = header("f", b'0', &[0xff; 12]);
    assert!(matches!(entries(&negative), Err(TarError::Bad { .. })));
}

#[test]
fn a_name_of_a_gigabyte_is_refused_before_it_is_read() {
    let bytes = header("x", b'L', b"10000000000");
    assert!(matches!(entries(&bytes), Err(TarError::Bad { .. })));
}

/// Bytes that look like a tar: sound headers, pax records and noise.
fn almost_tar() -> impl Strategy<Value = Vec<u8>> {
    let kind = prop::sample::select(b"0123456xgLKSD\0\xff".to_vec());
    let sound = (kind, "[0-7]{0,4}", prop::collection::vec(any::<u8>(), 0..600)).prop_map(
        |(kind, size, content)| [header("name", kind, size.as_bytes()), content].concat(),
    );
    let pax = "[0-9]{1,2} (path|size|GNU.sparse.realsize)=[0-9a]{0,8}\n".prop_map(|record| {
        let size = format!("{:o}", record.len());
        let mut bytes = [header("pax", b'x', size.as_bytes()), record.into_bytes()].concat();
        bytes.resize(1024, 0);
        bytes
    });
    let noise = prop::collection::vec(any::<u8>(), 0..1200);
    prop::collection::vec(prop_oneof![sound, pax, noise], 0..5).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_input_makes_the_reader_panic_or_run_on(bytes in almost_tar()) {
        let mut tar = Tar::new(&bytes[..]);
        let mut entries = 0;
        while let Ok(Some(_)) = tar.next() {
            entries += 1;
            prop_assert!(entries <= bytes.len() / 512 + 1);
        }
        prop_assert!(tar.position() <= bytes.len() as u64);
    }

    #[test]
    fn small_pieces_of_input_read_like_one(
        names in prop::collection::vec("[a-z]{1,200}", 1..6),
        piece in 1..700_usize,
    ) {
        let mut builder = tar::Builder::new(Vec::new());
        for name in &names {
            let mut about = tar::Header::new_gnu();
            about.set_size(name.len() as u64);
            about.set_mode(0o644);
            builder.append_data(&mut about, name, name.as_bytes()).unwrap();
        }
        let bytes = builder.into_inner().unwrap();
        let mut slow = Tar::new(std::io::BufReader::with_capacity(piece, &bytes[..]));
        for name in &names {
            let entry = slow.next().unwrap().unwrap();
            prop_assert_eq!(&entry.name, name.as_bytes());
            let mut content = String::new();
            slow.content().read_to_string(&mut content).unwrap();
            prop_assert_eq!(&content, name);
        }
        prop_assert!(slow.next().unwrap().is_none());
    }
}
