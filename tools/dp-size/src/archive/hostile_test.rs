//! Archives that lie, end too early or claim too much: one line each, and no
//! panic.

use proptest::prelude::*;
use serde_json::json;

use super::ArchiveError;
use super::pack_test::{Packing, bundle, layer, layout, saved};
use super::read_test::{error, example, only_tree, read, replace_layers};
use crate::tree::builder::{TestEntry, file};

#[test]
fn a_truncated_archive_is_refused_wherever_it_ends() {
    let parts = saved(&example(), "a");
    let bytes = bundle(&parts);
    // The manifest comes last; what fills its last block, and the end, may be
    // missing.
    let manifest = parts.last().unwrap().1.len();
    let end = bytes.len() - 1024 - manifest.next_multiple_of(512) + manifest;
    assert!(read(&bytes[..end]).is_ok());
    for length in (0..end).step_by(97).chain([end - 1]) {
        let message = error(&bytes[..length]);
        let explained =
            length < 512 || message.contains("truncated?") || message.contains("no manifest.json");
        assert!(explained && !message.contains('\n'), "{length}: {message}");
    }
}

#[test]
fn every_unusable_archive_is_explained_in_one_line() {
    let good = saved(&example(), "a");
    let with = |name: &str, content: &[u8]| {
        let mut parts = good.clone();
        parts.retain(|part| part.0 != name);
        parts.push((name.to_owned(), content.to_vec()));
        error(&bundle(&parts))
    };
    let without = |name: &str| {
        let mut parts = good.clone();
        parts.retain(|part| part.0 != name);
        error(&bundle(&parts))
    };
    let first =
        good.iter().map(|part| part.0.as_str()).find(|name| name.contains("/layer.")).unwrap();
    let json = good.iter().map(|part| part.0.as_str()).find(|name| name.len() == 69).unwrap();
    let make = "(make one by docker save, or by docker buildx build -o type=oci)";
    for (found, expected) in [
        (
            error(b""),
            "no manifest.json and no index.json in it: truncated, or no image archive".to_owned(),
        ),
        (error(b"hello"), format!("it is no image archive but something else {make}")),
        (error(b"{\"a\":1}"), format!("it is no image archive but JSON {make}")),
        (error(b"\xfd7zXZ\0\0"), format!("it is no image archive but compressed by xz {make}")),
        (error(&layer(&[file("a", 1)])), ArchiveError::NoManifest.to_string()),
        (without(first), format!("{first} is not in it, though its manifest names it: truncated?")),
        (without(json), format!("{json} is not in it, though its manifest names it: truncated?")),
        (with(first, b"{}"), format!("layer {first}: it is no tar")),
        (with(first, b"hello"), format!("layer {first}: it is no tar")),
        (
            with(first, b"BZh9abc"),
            format!("layer {first}: it is compressed by bzip2: images have gzip and zstd"),
        ),
        (with("manifest.json", b"[]"), ArchiveError::NoManifest.to_string()),
        (
            with("manifest.json", b"hello"),
            "manifest.json: it is no JSON, or too much of it".to_owned(),
        ),
    ] {
        assert_eq!(found, expected);
    }
    assert!(with("manifest.json", b"[{}]").starts_with("manifest.json: \"Config\" is missing"));
    assert!(with(json, b"{\"rootfs\":{}}").ends_with("it speaks of 0 layers, the manifest of 3"));
}

#[test]
fn a_layer_that_lies_about_its_size_is_refused() {
    let mut parts = layout(&example(), Packing::Gzip);
    let at = parts.iter().position(|part| part.1.starts_with(&[0x1f, 0x8b])).unwrap();
    parts[at].1.push(0);
    assert!(error(&bundle(&parts)).contains(" bytes, its manifest says "));
    // Its last file claims more than there is.
    let mut tar = layer(&[file("f", 10)]);
    tar.truncate(600);
    let mut short = saved(&[vec![]], "a");
    let name =
        short.iter().map(|part| part.0.clone()).find(|name| name.contains("/layer.")).unwrap();
    short.retain(|part| part.0 != name);
    tar[124..136].copy_from_slice(b"00000001000\0");
    tar[148..156].fill(b' ');
    let sum: u32 = tar[..512].iter().map(|byte| u32::from(*byte)).sum();
    tar[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    short.push((name.clone(), tar));
    let expected = format!("layer {name}: it ends at byte 600, in the middle of f: truncated?");
    assert_eq!(error(&bundle(&short)), expected);
}

#[test]
fn paths_that_lead_out_are_refused_and_absolute_ones_begin_at_the_root() {
    let tar = |name: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name);
        header.set_size(0);
        header.set_cksum();
        [header.as_bytes().to_vec(), vec![0; 1024]].concat()
    };
    let read_one =
        |name: &[u8]| read(&bundle(&replace_layers(&layout(&[vec![]], Packing::Plain), tar(name))));
    let expected = "layer layer: the path \"../../etc/passwd\" leads out of the image: engines refuse such a layer";
    assert_eq!(read_one(b"../../etc/passwd").unwrap_err().to_string(), expected);
    let tree = only_tree(&read_one(b"/etc/passwd").unwrap());
    assert!(tree.paths().find(b"etc/passwd").is_some());
    let odd = only_tree(&read_one(b"caf\xe9").unwrap());
    assert!(odd.paths().find(b"caf\xe9").is_some());
}

#[test]
fn a_manifest_that_names_a_layer_without_end_is_refused() {
    let tar = layer(&[file("f", 1)]);
    let images = |layers: usize, count: usize| {
        let image = json!({"Config": "c", "Layers": vec!["layer"; layers]});
        let config = json!({"rootfs": {"diff_ids": vec!["sha256:1"; layers]}});
        let parts = [
            ("layer".to_owned(), tar.clone()),
            ("c".to_owned(), config.to_string().into_bytes()),
            ("manifest.json".to_owned(), json!(vec![image; count]).to_string().into_bytes()),
        ];
        read(&bundle(&parts))
    };
    let archive = images(100_000, 1).unwrap();
    let error = archive.tree(&archive.images[0]).unwrap_err().to_string();
    assert_eq!(error, "100000 layers: no engine takes so many");
    assert_eq!(only_tree(&images(127, 1).unwrap()).totals().dead, 126);
    let error = images(1, 2_000).unwrap_err().to_string();
    assert_eq!(error, "manifest.json: it names too many images");
}

#[test]
fn a_bomb_of_empty_files_takes_little_time_and_memory() {
    let entries: Vec<TestEntry> = (0..80_000).map(|n| file(&format!("d/{n}"), 0)).collect();
    let parts = layout(&[entries], Packing::Gzip);
    let bytes = bundle(&parts);
    assert!(bytes.len() < 1_500_000);
    assert_eq!(only_tree(&read(&bytes).unwrap()).totals().files, 80_000);
}

proptest! {
    #[test]
    fn no_change_of_bytes_makes_the_reader_panic(
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
        packing in prop::sample::select(vec![Packing::Plain, Packing::Gzip, Packing::Zstd]),
    ) {
        let mut bytes = bundle(&layout(&example(), packing));
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Ok(archive) = read(&bytes) {
            for image in &archive.images {
                let _ = archive.tree(image);
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes);
    }
}
