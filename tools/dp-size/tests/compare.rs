//! Several images at once, from archives: bases, shared layers, differences.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod pack;

use std::fs;
use std::path::PathBuf;

use dp_record::Record;
use dp_testkit::{Tool, of_kind};
use serde_json::{Value, json};
use tempfile::TempDir;

use pack::tar;

/// The tar of a layer with files of these sizes.
fn layer(files: &[(&str, usize)]) -> Vec<u8> {
    let parts: Vec<_> = files.iter().map(|(name, size)| (*name, vec![b'x'; *size])).collect();
    tar(&parts)
}

fn config(layers: &[&str], labels: &Value) -> Vec<u8> {
    let diff_ids: Vec<String> = layers.iter().map(|name| format!("sha256:{name}")).collect();
    let config = json!({"os": "linux", "architecture": "amd64", "config": {"Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": diff_ids}});
    config.to_string().into_bytes()
}

/// What docker save writes of a base of two layers (100 and 20 bytes), and of
/// images on it and others.
fn saved(images: &[(&str, &[&str], Value)]) -> Vec<u8> {
    let mut parts = vec![
        ("os", layer(&[("bin/sh", 100)])),
        ("lib", layer(&[("lib/a", 15), ("lib/b", 5)])),
        ("app1", layer(&[("app/main", 1000), ("app/old", 7)])),
        ("app2", layer(&[("app/main", 1100), ("app/new", 3), ("lib/a", 10)])),
    ];
    let names: Vec<String> = (0..images.len()).map(|n| format!("config-{n}")).collect();
    let mut manifest = Vec::new();
    for ((tag, layers, labels), name) in images.iter().zip(&names) {
        parts.push((name, config(layers, labels)));
        manifest.push(json!({"Config": name, "RepoTags": [tag], "Layers": layers}));
    }
    parts.push(("manifest.json", json!(manifest).to_string().into_bytes()));
    tar(&parts)
}

struct Archives(TempDir);

impl Archives {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn add(&self, name: &str, bytes: &[u8]) -> String {
        let path: PathBuf = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }
}

fn sizes(args: &[&str]) -> Vec<Record> {
    let records = Tool::new("dp-size").args(["-q"]).args(args).run().expect(0).records();
    of_kind(&records, "size").into_iter().cloned().collect()
}

fn metric(record: &Record, name: &str) -> Option<f64> {
    record.metrics.get(name)
}

fn detail(record: &Record, name: &str) -> Value {
    dp_testkit::detail(record)[name].clone()
}

const NONE: Value = Value::Null;

#[test]
fn a_base_of_two_layers_is_distinguished_from_what_was_built_on_it() {
    let archives = Archives::new();
    let both = archives.add(
        "both.tar",
        &saved(&[("base:1", &["os", "lib"], NONE), ("app:1", &["os", "lib", "app1"], NONE)]),
    );
    let app = archives.add("app.tar", &saved(&[("app:1", &["os", "lib", "app1"], NONE)]));
    let base = archives.add("base.tar", &saved(&[("base:1", &["os", "lib"], NONE)]));
    for args in [
        &["--archive", &both, "--base", "base:1"][..],
        &["--archive", &both, "--base", "docker.io/library/base:1"],
        &["--archive", &app, "--base", &base],
    ] {
        let found = sizes(args);
        let record = found.last().unwrap();
        assert_eq!(metric(record, "size_bytes"), Some(1127.0));
        assert_eq!(metric(record, "base_bytes"), Some(120.0), "{args:?}");
        assert_eq!(metric(record, "own_bytes"), Some(1007.0));
        let known = json!({"image": args[3], "layers": 2, "how": "option"});
        assert_eq!(detail(record, "base"), known);
        let marks = [0, 1, 2].map(|n| detail(record, "layers")[n]["base"].clone());
        assert_eq!(marks, [json!(true), json!(true), NONE]);
    }
    let unknown = &sizes(&["--archive", &app])[0];
    assert_eq!((metric(unknown, "base_bytes"), metric(unknown, "own_bytes")), (None, None));
    assert_eq!(detail(unknown, "base"), NONE);
}

/// An image of layers of its own making, of which the first ones are its base.
fn on_base(layers: &[&[(&str, usize)]], base: usize) -> Vec<u8> {
    let names: Vec<String> = (0..layers.len()).map(|n| format!("layer-{n}")).collect();
    let mut parts: Vec<(&str, Vec<u8>)> = Vec::new();
    for (name, files) in names.iter().zip(layers) {
        parts.push((name, layer(files)));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let images = [("base:1", &names[..base]), ("app:1", &names[..])];
    let configs = images.map(|(_, layers)| config(layers, &NONE));
    let mut manifest = Vec::new();
    for ((tag, layers), name) in images.iter().zip(["config-0", "config-1"]) {
        manifest.push(json!({"Config": name, "RepoTags": [tag], "Layers": layers}));
    }
    parts.extend(["config-0", "config-1"].into_iter().zip(configs));
    parts.push(("manifest.json", json!(manifest).to_string().into_bytes()));
    tar(&parts)
}

#[test]
fn dead_bytes_are_those_of_the_layer_that_wrote_them_own_or_the_bases() {
    let database = ("lib/apk/db/installed", 700);
    let archives = Archives::new();
    for (what, layers, base, own_dead, base_dead) in [
        // An `apk add` of ones own rewrote what the base had.
        ("rewritten", &[&[database][..], &[("lib/apk/db/installed", 730)]][..], 1, 0.0, 700.0),
        ("own", &[&[database], &[("app", 50)], &[("app", 51)]], 1, 50.0, 0.0),
        ("within the base", &[&[database], &[database], &[("app", 50)]], 2, 0.0, 700.0),
        ("twice", &[&[database], &[database], &[database]], 1, 700.0, 700.0),
        (
            "removed",
            &[&[("doc/a", 9), ("doc/b", 1)], &[("app", 5)], &[(".wh.doc", 0), (".wh.app", 0)]],
            1,
            5.0,
            10.0,
        ),
        ("nothing of either", &[&[database], &[("app", 50)]], 1, 0.0, 0.0),
        ("all layers are the base's", &[&[database], &[database]], 2, 0.0, 700.0),
    ] {
        let archive = archives.add("image.tar", &on_base(layers, base));
        let found = sizes(&["--archive", &archive, "--base", "base:1"]);
        let record = &found[1];
        assert_eq!(metric(record, "own_dead_bytes"), Some(own_dead), "{what}");
        assert_eq!(metric(record, "base_dead_bytes"), Some(base_dead), "{what}");
        assert_eq!(metric(record, "dead_bytes"), Some(own_dead + base_dead), "{what}");
        let without = &sizes(&["--archive", &archive])[1];
        let unknown = ["own_dead_bytes", "base_dead_bytes"].map(|name| metric(without, name));
        assert_eq!(unknown, [None, None], "{what}");
    }
}

#[test]
fn a_base_with_other_layers_is_refused() {
    let archives = Archives::new();
    let both = archives.add(
        "both.tar",
        &saved(&[("base:2", &["os", "app2"], NONE), ("app:1", &["os", "lib", "app1"], NONE)]),
    );
    let args = ["-q", "--archive", &both, "--base", "base:2"];
    let ran = Tool::new("dp-size").args(args).run().expect(2);
    let message = "dp-size: base:2 is no base of app:1: of its 2 layers app:1 has the first 1 (was it built on another version?)\n";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", message));
}

#[test]
fn labels_name_the_base_where_the_layers_confirm_them() {
    let archives = Archives::new();
    let label = |name: &str| json!({"org.opencontainers.image.base.name": name});
    let app: &[&str] = &["os", "lib", "app1"];
    let archive = archives.add(
        "all.tar",
        &saved(&[
            ("team/base", &["os", "lib"], NONE),
            ("app:right", app, label("docker.io/team/base:latest")),
            ("app:wrong", &["os", "app2"], label("team/base")),
            ("app:gone", app, label("gone:1")),
        ]),
    );
    let found = sizes(&["--archive", &archive]);
    let base = json!({"image": "team/base:latest", "layers": 2, "how": "label"});
    assert_eq!(detail(&found[1], "base"), base);
    assert_eq!(metric(&found[1], "own_bytes"), Some(1007.0));
    for (record, reason) in [
        (&found[2], "it does not begin with the layers that team/base has now"),
        (&found[3], "its base gone:1 is not here (name it with --base)"),
    ] {
        assert_eq!(metric(record, "own_bytes"), None);
        assert_eq!(detail(record, "base_reason"), json!(reason));
    }
}

#[test]
fn an_annotation_of_a_layout_names_the_base() {
    let archives = Archives::new();
    let config = config(&["os", "app1"], &NONE);
    let (os, app) = (layer(&[("bin/sh", 100)]), layer(&[("app", 7)]));
    let part = |digest: &str, bytes: &[u8]| json!({"digest": digest, "size": bytes.len()});
    let manifest = json!({
        "config": part("sha256:c0", &config),
        "layers": [part("sha256:a0", &os), part("sha256:a1", &app)],
        "annotations": {"org.opencontainers.image.base.name": "base"},
    });
    let manifest = manifest.to_string().into_bytes();
    let index = json!({"manifests": [part("sha256:f0", &manifest)]}).to_string().into_bytes();
    let layout = archives.add(
        "layout.tar",
        &tar(&[
            ("blobs/sha256/a0", os),
            ("blobs/sha256/a1", app),
            ("blobs/sha256/c0", config),
            ("blobs/sha256/f0", manifest),
            ("index.json", index),
        ]),
    );
    let base = archives.add("base.tar", &saved(&[("base:latest", &["os"], NONE)]));
    let found = sizes(&["--archive", &layout, "--archive", &base]);
    let known = json!({"image": "base", "layers": 1, "how": "annotation"});
    assert_eq!(detail(&found[0], "base"), known);
    assert_eq!(metric(&found[0], "base_bytes"), Some(100.0));
}

#[test]
fn layers_of_several_images_are_shared_by_their_digests() {
    let archives = Archives::new();
    let [one, two, other] = [
        ("app:1", &["os", "lib", "app1"][..]),
        ("app:2", &["os", "lib", "app2"]),
        ("other:1", &["app1"]),
    ]
    .map(|(name, layers)| archives.add(&name.replace(':', "-"), &saved(&[(name, layers, NONE)])));
    let found = sizes(&["--archive", &one, "--archive", &two, "--archive", &other]);
    let shared = |images: usize, layers: usize, bytes: u64, unique: u64| json!({"images": images, "layers": layers, "bytes": bytes, "unique_bytes": unique});
    assert_eq!(detail(&found[0], "shared"), shared(2, 3, 1127, 0));
    assert_eq!(detail(&found[1], "shared"), shared(1, 2, 120, 1113));
    assert_eq!(detail(&found[2], "shared"), shared(1, 1, 1007, 0));
    let images = [0, 1, 2].map(|n| detail(&found[1], "layers")[n]["images"].clone());
    assert_eq!(images, [json!(2), json!(2), NONE]);
    assert_eq!(detail(&sizes(&["--archive", &one])[0], "shared"), NONE);
}

#[test]
fn diff_shows_what_the_other_images_have_more_or_less_than_the_first() {
    let archives = Archives::new();
    let [one, two] = [("app:1", &["os", "lib", "app1"][..]), ("app:2", &["os", "lib", "app2"])]
        .map(|(name, layers)| {
            archives.add(&name.replace(':', "-"), &saved(&[(name, layers, NONE)]))
        });
    let args = ["--diff", "--archive", &one, "--archive", &two, "-n", "old", "-n", "new"];
    let found = sizes(&args);
    assert_eq!(detail(&found[0], "diff"), NONE);
    let expected = json!({
        "against": "old",
        "bytes": 91,
        "added": {"files": 1, "bytes": 3, "top": [{"path": "/app/new", "bytes": 3}]},
        "removed": {"files": 1, "bytes": 7, "top": [{"path": "/app/old", "bytes": 7}]},
        "grown": {"files": 1, "bytes": 100, "top": [
            {"path": "/app/main", "bytes": 100, "before_bytes": 1000, "after_bytes": 1100},
        ]},
        "shrunk": {"files": 1, "bytes": 5, "top": [
            {"path": "/lib/a", "bytes": 5, "before_bytes": 15, "after_bytes": 10},
        ]},
        "folders": [
            {"path": "/app", "bytes": 96, "before_bytes": 1007, "after_bytes": 1103},
            {"path": "/lib", "bytes": -5, "before_bytes": 20, "after_bytes": 15},
        ],
    });
    assert_eq!(detail(&found[1], "diff"), expected);
    let live = |record| metric(record, "live_bytes").unwrap();
    assert!((live(&found[1]) - live(&found[0]) - 91.0).abs() < f64::EPSILON);
}
