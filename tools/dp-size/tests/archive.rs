//! Archives that engines and builders wrote, all of one Dockerfile:
//!
//! ```dockerfile
//! FROM dp-base/busybox AS make
//! RUN mkdir -p /r/d /r/gone /r/etc \
//!     && head -c 3000 /dev/zero > /r/deleted \
//!     && head -c 2000 /dev/zero > /r/overwritten \
//!     && head -c 1000 /dev/zero > /r/gone/a \
//!     && head -c 500 /dev/zero > /r/gone/b \
//!     && head -c 700 /dev/zero > /r/kept \
//!     && ln /r/kept /r/d/link && ln -s kept /r/symlink
//! FROM scratch
//! COPY --from=make /r /
//! COPY overwritten /overwritten
//! ```
//!
//! where `overwritten` has 2,500 bytes. So its layers hold 7,200 bytes in 6
//! names and 2,500 bytes in one; 2,000 of the first are dead.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::{Path, PathBuf};

use dp_record::{Metrics, Record};
use dp_testkit::{Ran, Tool, of_kind};
use serde_json::{Value, json};

mod pack;

const ARCHIVES: [&str; 5] = [
    "saved-20.10.tar",
    "saved-28.5.tar",
    // Of the containerd image store: gzip layers, and an attestation.
    "saved-28.5-containerd.tar",
    "oci-gzip.tar",
    "oci-zstd.tar",
];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)
}

fn dp_size(args: &[&Path]) -> Ran {
    Tool::new("dp-size").args(args.iter().flat_map(|one| [Path::new("--archive"), one])).run()
}

/// The only size record.
fn size(ran: &Ran) -> Record {
    let records = ran.records();
    let sizes = of_kind(&records, "size");
    assert_eq!(sizes.len(), 1, "{}", ran.stderr);
    sizes[0].clone()
}

fn expected() -> Metrics {
    let figures = [
        ("size_bytes", 9_700.0),
        ("live_bytes", 7_700.0),
        ("dead_bytes", 2_000.0),
        ("docs_bytes", 0.0),
        ("package_cache_bytes", 0.0),
        ("efficiency_ratio", 7_700.0 / 9_700.0),
        ("files", 7.0),
        ("layers", 2.0),
    ];
    figures.into_iter().collect()
}

/// The detail without what differs between builders.
fn detail(record: &Record) -> Value {
    let mut detail = dp_testkit::detail(record);
    for layer in detail["layers"].as_array_mut().unwrap() {
        layer.as_object_mut().unwrap().remove("digest");
    }
    detail
}

#[test]
fn every_archive_of_an_image_gives_the_same_figures() {
    for name in ARCHIVES {
        let record = size(&dp_size(&[&path(name)]).expect(0));
        assert_eq!(record.metrics, expected(), "{name}");
        let (first, second) = ("COPY /r /", "COPY overwritten /overwritten");
        let expected = json!({
            "source": "archive",
            "layers": [
                {"n": 1, "instruction": first, "bytes": 7200, "dead_bytes": 2000, "files": 6},
                {"n": 2, "instruction": second, "bytes": 2500, "dead_bytes": 0, "files": 1},
            ],
            "findings": [
                {"code": "overwritten_later", "severity": "waste", "bytes": 2000, "files": 1,
                    "layer": 1, "instruction": first,
                    "hid": {"layer": 2, "instruction": second},
                    "paths": [{"path": "/overwritten", "bytes": 2000}],
                    "advice": "both copies are stored: copy these files once, before the first \
                        step that needs them, or copy them first in a stage of its own"},
                {"code": "runs_as_root", "severity": "risk", "bytes": 0, "files": 0,
                    "advice": "it runs as root: end the Dockerfile with USER and a name or number \
                        that is not root's"},
            ],
            "hidden": [{"layer": 1, "hidden_by": 2, "bytes": 2000, "files": 1}],
            "dead": [{"path": "/overwritten", "bytes": 2000, "files": 1, "how": "overwritten",
                "wrote": {"layer": 1, "instruction": first},
                "hid": {"layer": 2, "instruction": second}}],
            "files": [
                {"path": "/deleted", "bytes": 3000, "layer": 1},
                {"path": "/overwritten", "bytes": 2500, "layer": 2},
                {"path": "/gone/a", "bytes": 1000, "layer": 1},
                {"path": "/d/link", "bytes": 700, "layer": 1},
                {"path": "/gone/b", "bytes": 500, "layer": 1},
            ],
            "folders": [{"path": "/gone", "bytes": 1500}, {"path": "/d", "bytes": 700}],
        });
        assert_eq!(detail(&record), expected, "{name}");
    }
}

#[test]
fn an_image_has_the_name_that_it_was_saved_by_else_that_of_its_file() {
    let named = |name: &str| size(&dp_size(&[&path(name)]).expect(0)).subject.unwrap();
    assert_eq!(named("saved-20.10.tar").name, "dp-test-tiny:1");
    assert_eq!(named("saved-28.5-containerd.tar").name, "tiny:1");
    let unnamed = named("oci-zstd.tar");
    assert_eq!((unnamed.name.as_str(), unnamed.reference), ("oci-zstd", None));
    // The id is the hash of the configuration, which the layout names by it.
    let config = "sha256:060c73613841394bbe8dd1adaa23a0ca27fdd9d5ff08b98081a45f2bb660a418";
    assert_eq!(unnamed.image.as_deref(), Some(config));
}

/// All but the time of the reading.
fn timeless(ran: &Ran) -> Vec<Record> {
    let mut records = ran.records();
    for record in &mut records {
        record.at = jiff::Timestamp::UNIX_EPOCH;
    }
    records
}

#[test]
fn a_file_and_stdin_and_a_second_run_give_the_same_records() {
    let file = path("saved-20.10.tar");
    let first = timeless(&dp_size(&[&file]).expect(0));
    assert_eq!(first, timeless(&dp_size(&[&file]).expect(0)));
    let stdin = Tool::new("dp-size").args(["--archive", "-"]).stdin(fs::read(&file).unwrap()).run();
    assert_eq!(first, timeless(&stdin.expect(0)));
}

#[test]
fn several_archives_are_one_batch_of_distinct_names() {
    let ran = dp_size(&[&path("saved-20.10.tar"), &path("oci-gzip.tar")]).expect(0);
    let records = ran.records();
    let batches: Vec<_> = records.iter().filter_map(|one| one.run.as_ref()).collect();
    assert!(batches.iter().all(|run| run.batch == batches[0].batch));
    let plan = &dp_testkit::detail(of_kind(&records, "env")[0])["plan"];
    let subjects = json!([{"name": "dp-test-tiny:1"}, {"name": "oci-gzip"}]);
    assert_eq!((&plan["subjects"], &plan["runs"]), (&subjects, &json!(1)));

    let twice = dp_size(&[&path("saved-20.10.tar"), &path("saved-28.5.tar")]).expect(2);
    let message = "two images are called dp-test-tiny:1: tell them apart with --name\n";
    assert!(twice.stderr.ends_with(message), "{}", twice.stderr);
    let [a, b] = ["saved-20.10.tar", "saved-28.5.tar"].map(|name| path(name).display().to_string());
    let args = ["--archive", &a, "--archive", &b, "-n", "old", "-n", "new"];
    let records = Tool::new("dp-size").args(args).run().expect(0).records();
    let names = of_kind(&records, "size").into_iter().map(|one| one.subject.clone().unwrap().name);
    assert!(names.eq(["old".to_owned(), "new".to_owned()]));
}

#[test]
fn top_limits_the_lists_and_no_detail_leaves_all_out() {
    let archive = path("oci-gzip.tar").display().to_string();
    let run = |args: &[&str]| {
        size(&Tool::new("dp-size").args(["--archive", &archive]).args(args).run().expect(0))
    };
    let one = run(&["--top", "1"]);
    let lengths = ["files", "folders", "dead", "hidden"]
        .map(|list| dp_testkit::detail(&one)[list].as_array().unwrap().len());
    assert_eq!(lengths, [1, 1, 1, 1]);
    let none = run(&["--top", "0"]);
    assert_eq!(dp_testkit::detail(&none)["files"], json!([]));
    assert_eq!(run(&["--no-detail"]).detail, None);
    assert_eq!(none.metrics, expected());
}

#[test]
fn a_truncated_archive_is_one_line_and_no_record() {
    let bytes = fs::read(path("saved-20.10.tar")).unwrap();
    // In the middle of a layer.
    let cut = bytes[..12_000].to_vec();
    let ran = Tool::new("dp-size").args(["-q", "--archive", "-"]).stdin(cut).run().expect(2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.starts_with("dp-size: -: it ends at byte 12000, in the middle of "));
    assert!(ran.stderr.ends_with("/layer.tar: truncated?\n"), "{}", ran.stderr);
}

/// An archive of these images: name, platform.
fn saved(images: &[(&str, &str)]) -> Vec<u8> {
    let mut parts = vec![("layer.tar".to_owned(), pack::tar(&[("a", [0; 400])]))];
    let mut manifest = Vec::new();
    for (at, (name, platform)) in images.iter().enumerate() {
        let (os, architecture) = platform.split_once('/').unwrap();
        let rootfs = json!({"diff_ids": ["sha256:0"]});
        let config = json!({"os": os, "architecture": architecture, "rootfs": rootfs});
        let file = format!("{at}.json");
        manifest.push(json!({"Config": file, "RepoTags": [name], "Layers": ["layer.tar"]}));
        parts.push((file, config.to_string().into_bytes()));
    }
    parts.push(("manifest.json".to_owned(), Value::from(manifest).to_string().into_bytes()));
    let parts: Vec<(&str, Vec<u8>)> =
        parts.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    pack::tar(&parts)
}

/// Name and platform of the records of an archive.
fn keys(images: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let tool = Tool::new("dp-size").args(["-q", "--archive", "-"]).stdin(saved(images));
    let records = tool.run().expect(0).records();
    let subject = |record: &&Record| record.subject.clone().unwrap();
    let subjects = of_kind(&records, "size");
    subjects.iter().map(subject).map(|one| (one.name, one.platform)).collect()
}

#[test]
fn the_key_of_a_series_does_not_depend_on_its_neighbours() {
    let (amd, arm) = ("linux/amd64", "linux/arm64");
    let key = |name: &str, platform: Option<&str>| (name.to_owned(), platform.map(str::to_owned));
    assert_eq!(keys(&[("app:3", amd)]), [key("app:3", None)]);
    assert_eq!(keys(&[("app:2", amd), ("app:3", amd)]), [key("app:2", None), key("app:3", None)]);
    assert_eq!(keys(&[("app:3", arm), ("web:1", amd)]), [key("app:3", None), key("web:1", None)]);
    // Only what bears one name is told apart by its platform.
    assert_eq!(
        keys(&[("app:3", amd), ("app:3", arm), ("web:1", amd)]),
        [key("app:3", Some(amd)), key("app:3", Some(arm)), key("web:1", None)]
    );
}

#[test]
fn a_named_pipe_in_an_archive_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new("mkfifo");
    assert!(command.arg(folder.path().join("manifest.json")).status().unwrap().success());
    let ran = Tool::new("dp-size").args(["-q", "--archive"]).args([folder.path()]).run().expect(2);
    assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 1), "{}", ran.stderr);
}
