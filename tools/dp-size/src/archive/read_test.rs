//! Whole archives, read back.

use std::fs;
use std::io::BufReader;
use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::pack_test::{Packing, bundle, config, hex, layer, layout, packed, saved};
use super::{Archive, ArchiveError, read_folder, read_stream};
use crate::content::ContentRequests;
use crate::tree::Tree;
use crate::tree::builder::{self, TestEntry, dir, file, link, opaque, symlink, whiteout};
use crate::tree::stack_test::stack;

type Parts = Vec<(String, Vec<u8>)>;

pub(super) fn read(bytes: &[u8]) -> Result<Archive, ArchiveError> {
    read_stream(&mut &bytes[..], ContentRequests::databases().with_digests(), &|| {})
}

pub(super) fn only_tree(archive: &Archive) -> Tree {
    assert_eq!(archive.images.len(), 1);
    archive.tree(&archive.images[0]).unwrap()
}

pub(super) fn error(bytes: &[u8]) -> String {
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
pub(super) fn example() -> Vec<Vec<TestEntry>> {
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
pub(super) fn replace_layers(parts: &Parts, bytes: Vec<u8>) -> Parts {
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
        let archive = read_folder(
            folder.path(),
            &|file| Box::new(BufReader::new(file)),
            ContentRequests::nothing(),
            &|| {},
        )
        .unwrap();
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

proptest! {
    #[test]
    fn an_archive_says_what_its_layers_say(
        layers in stack(),
        packing in prop::sample::select(vec![Packing::Plain, Packing::Gzip, Packing::Zstd]),
        piece in 1..3_000_usize,
    ) {
        let expected = builder::tree(&layers);
        for parts in [saved(&layers, "a"), layout(&layers, packing)] {
            let bytes = bundle(&parts);
            let mut input = BufReader::with_capacity(piece, &bytes[..]);
            let tree = only_tree(&read_stream(&mut input, ContentRequests::nothing(), &|| {}).unwrap());
            prop_assert_eq!(tree.totals(), expected.totals());
            prop_assert_eq!(tree.tallies(), expected.tallies());
        }
    }
}
