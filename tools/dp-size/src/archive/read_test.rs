//! Whole archives, read back.

use std::fs;
use std::io::BufReader;
use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::pack_test::{Packing, bundle, config, hex, layer, layout, packed, saved};
use super::{Archive, ArchiveError, read_folder, read_stream};
use crate::tree::Tree;
use crate::tree::sketch::{self, Sketch, dir, file, link, opaque, symlink, whiteout};
use crate::tree::stack_test::stack;

type Parts = Vec<(String, Vec<u8>)>;

fn read(bytes: &[u8]) -> Result<Archive, ArchiveError> {
    read_stream(&mut &bytes[..])
}

fn only_tree(archive: &Archive) -> Tree {
    assert_eq!(archive.images.len(), 1);
    archive.tree(&archive.images[0]).unwrap()
}

fn error(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn unpack(parts: &Parts, folder: &Path) {
    for (name, content) in parts {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// Three layers with a known answer: 10 + 20 + 5 + 7 bytes, of which 30 are dead.
fn example() -> Vec<Vec<Sketch>> {
    vec![
        vec![dir("d"), file("d/x", 10), link("d/y", "d/x"), file("old/z", 20), symlink("s")],
        vec![opaque("d"), file("d/new", 5), whiteout("old")],
        vec![file("d/more", 7)],
    ]
}

fn assert_example(tree: &Tree) {
    let totals = tree.totals();
    assert_eq!((totals.size, totals.live, totals.dead), (42, 12, 30));
    let dead: Vec<u64> = tree.tallies().iter().map(|tally| tally.dead_bytes).collect();
    assert_eq!(dead, [30, 0, 0]);
}

#[test]
fn what_docker_save_writes_is_read_whatever_its_order() {
    let mut parts = saved(&example(), "app:1");
    for _ in 0..parts.len() {
        parts.rotate_left(1);
        let archive = read(&bundle(&parts)).unwrap();
        assert_eq!(archive.images[0].name.as_deref(), Some("app:1"));
        assert_example(&only_tree(&archive));
    }
}

#[test]
fn an_oci_layout_is_read_with_every_packing_of_its_layers() {
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
        let archive = read(&bundle(&layout(&example(), packing))).unwrap();
        assert_example(&only_tree(&archive));
        assert_eq!(archive.images[0].config.platform.as_deref(), Some("linux/amd64"));
    }
}

#[test]
fn the_archive_itself_may_be_packed() {
    for packing in [Packing::Gzip, Packing::Zstd] {
        let bytes = packed(&bundle(&saved(&example(), "a")), packing);
        assert_example(&only_tree(&read(&bytes).unwrap()));
    }
}

#[test]
fn layers_in_several_members_or_frames_are_read_to_their_end() {
    // As eStargz and zstd:chunked write them, with skippable frames between.
    for packing in [Packing::Gzip, Packing::Zstd] {
        let tar = layer(&[file("a", 3_000), file("b", 4_000)]);
        let pieces = tar.chunks(700).flat_map(|piece| {
            let mut bytes = packed(piece, packing);
            if packing == Packing::Zstd {
                bytes.extend(b"\x50\x2a\x4d\x18\x02\x00\x00\x00ab");
            }
            bytes
        });
        let parts = replace_layers(&layout(&[vec![]], Packing::Plain), pieces.collect());
        assert_eq!(only_tree(&read(&bundle(&parts)).unwrap()).totals().size, 7_000);
    }
}

/// A layout of one layer, with other bytes in its place.
fn replace_layers(parts: &Parts, bytes: Vec<u8>) -> Parts {
    let config =
        parts.iter().find(|part| part.1.starts_with(b"{\"architecture")).unwrap().1.clone();
    let saved = json!([{"Config": "config.json", "Layers": ["layer"]}]).to_string();
    let manifest = ("manifest.json".to_owned(), saved.into_bytes());
    vec![("config.json".to_owned(), config), ("layer".to_owned(), bytes), manifest]
}

#[test]
fn a_folder_is_read_like_the_tar_of_it() {
    for parts in [saved(&example(), "a"), layout(&example(), Packing::Gzip)] {
        let folder = tempfile::tempdir().unwrap();
        unpack(&parts, folder.path());
        let archive = read_folder(folder.path(), &|file| Box::new(BufReader::new(file))).unwrap();
        assert_example(&only_tree(&archive));
        assert_eq!(archive.images[0].config, read(&bundle(&parts)).unwrap().images[0].config);
    }
}

#[test]
fn a_repeated_layer_is_a_link_to_the_first() {
    // Engines up to 24 write `../ID/layer.tar` in the place of its content.
    let same = vec![file("f", 100)];
    let mut builder = tar::Builder::new(Vec::new());
    let tar = layer(&same);
    for (name, content) in [
        ("one/layer.tar", tar.clone()),
        ("config.json", config(&[tar.clone(), tar])),
        (
            "manifest.json",
            json!([{"Config": "config.json", "Layers": ["one/layer.tar", "two/layer.tar"]}])
                .to_string()
                .into_bytes(),
        ),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, &content[..]).unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "two/layer.tar", "../one/layer.tar").unwrap();
    let tree = only_tree(&read(&builder.into_inner().unwrap()).unwrap());
    assert_eq!((tree.totals().size, tree.totals().dead), (200, 100));
}

#[test]
fn an_archive_may_hold_several_images_that_share_layers() {
    let base = layer(&[file("base", 100)]);
    let own = layer(&[file("base", 10)]);
    let parts = vec![
        ("a.json".to_owned(), config(std::slice::from_ref(&base))),
        ("b.json".to_owned(), config(&[base.clone(), own.clone()])),
        ("base".to_owned(), base),
        ("own".to_owned(), own),
        (
            "manifest.json".to_owned(),
            json!([{"Config": "a.json", "RepoTags": ["a:1"], "Layers": ["base"]},
                   {"Config": "b.json", "RepoTags": null, "Layers": ["base", "own"]}])
            .to_string()
            .into_bytes(),
        ),
    ];
    let archive = read(&bundle(&parts)).unwrap();
    let sizes: Vec<_> = archive
        .images
        .iter()
        .map(|image| (image.name.as_deref(), archive.tree(image).unwrap().totals()))
        .map(|(name, totals)| (name, totals.size, totals.dead))
        .collect();
    assert_eq!(sizes, [(Some("a:1"), 100, 0), (None, 110, 100)]);
}

#[test]
fn an_index_may_name_platforms_that_are_not_there_and_attestations() {
    let mut parts = layout(&example(), Packing::Gzip);
    let at = parts.iter().position(|part| part.0 == "index.json").unwrap();
    let mut index: serde_json::Value = serde_json::from_slice(&parts[at].1).unwrap();
    let here = index["manifests"][0].clone();
    let mut attestation = here.clone();
    attestation["annotations"] = json!({"vnd.docker.reference.type": "attestation-manifest"});
    let gone = json!({"digest": format!("sha256:{}", hex(b"gone")), "size": 1});
    index["manifests"] = json!([gone, attestation, here]);
    parts[at].1 = index.to_string().into_bytes();
    let archive = read(&bundle(&parts)).unwrap();
    assert_eq!(archive.images.len(), 1);
    // Of an index that names nothing but what is gone, nothing can be read.
    index["manifests"] = json!([index["manifests"][0]]);
    parts[at].1 = index.to_string().into_bytes();
    let expected = format!("blobs/sha256/{} is not in it", hex(b"gone"));
    assert!(error(&bundle(&parts)).starts_with(&expected));
}

#[test]
fn an_index_within_an_index_is_followed_and_one_that_names_itself_is_not() {
    let mut parts = layout(&example(), Packing::Plain);
    let inner = parts.iter().find(|part| part.0 == "index.json").unwrap().1.clone();
    let name = hex(&inner);
    let outer = json!({"manifests": [{
        "digest": format!("sha256:{name}"), "size": inner.len(),
        "annotations": {"io.containerd.image.name": "docker.io/library/app:2"},
    }]});
    parts.retain(|part| part.0 != "index.json");
    parts.push((format!("blobs/sha256/{name}"), inner));
    parts.push(("index.json".to_owned(), outer.to_string().into_bytes()));
    let archive = read(&bundle(&parts)).unwrap();
    assert_eq!(archive.images[0].name.as_deref(), Some("docker.io/library/app:2"));

    let digest = json!({"digest": "sha256:aa"});
    let endless = json!({"manifests": [digest, digest]}).to_string().into_bytes();
    let parts =
        [("index.json".to_owned(), endless.clone()), ("blobs/sha256/aa".to_owned(), endless)];
    assert_eq!(error(&bundle(&parts)), "index.json: it names too many manifests");
}

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
        let told =
            length < 512 || message.contains("truncated?") || message.contains("no manifest.json");
        assert!(told && !message.contains('\n'), "{length}: {message}");
    }
}

#[test]
fn every_unusable_archive_is_told_by_one_line() {
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
    assert!(with("manifest.json", b"[{}]").starts_with("manifest.json: missing field `Config`"));
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
    let entries: Vec<Sketch> = (0..80_000).map(|n| file(&format!("d/{n}"), 0)).collect();
    let parts = layout(&[entries], Packing::Gzip);
    let bytes = bundle(&parts);
    assert!(bytes.len() < 1_500_000);
    assert_eq!(only_tree(&read(&bytes).unwrap()).totals().files, 80_000);
}

proptest! {
    #[test]
    fn an_archive_says_what_its_layers_say(
        layers in stack(),
        packing in prop::sample::select(vec![Packing::Plain, Packing::Gzip, Packing::Zstd]),
        piece in 1..3_000_usize,
    ) {
        let expected = sketch::tree(&layers);
        for parts in [saved(&layers, "a"), layout(&layers, packing)] {
            let bytes = bundle(&parts);
            let mut input = BufReader::with_capacity(piece, &bytes[..]);
            let tree = only_tree(&read_stream(&mut input).unwrap());
            prop_assert_eq!(tree.totals(), expected.totals());
            prop_assert_eq!(tree.tallies(), expected.tallies());
        }
    }

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
