//! What package managers and builds leave, by the layout that they document.

use dp_record::Record;
use dp_testkit::{Context, Tool, unique};
use serde_json::{Value, json};

use crate::project::{Builder, Image, count, list, size};

/// Code, files with their sizes. Each is one COPY, so one line.
const LAYOUTS: [(&str, &[(&str, usize)]); 19] = [
    ("version_control", &[("srv/app/.git/objects/pack/a.pack", 70_001)]),
    ("apk_cache", &[("var/cache/apk/APKINDEX.1.tar.gz", 68_001), ("etc/apk/cache/a.apk", 1)]),
    ("dnf_cache", &[("var/cache/libdnf5/fedora/solv/a.solv", 60_000), ("var/cache/yum/x", 6_001)]),
    ("pip_cache", &[("root/.cache/pip/http-v2/a", 64_001)]),
    ("npm_cache", &[("home/node/.npm/_cacache/content-v2/sha512/a", 62_001)]),
    ("yarn_cache", &[("usr/local/share/.cache/yarn/v6/a", 60_001)]),
    ("pnpm_store", &[("root/.local/share/pnpm/store/v10/files/a", 58_001)]),
    ("cargo_cache", &[("usr/local/cargo/registry/cache/a.crate", 56_001)]),
    ("go_cache", &[("go/pkg/mod/a@v1/x.go", 50_000), ("root/.cache/go-build/00/a-d", 4_001)]),
    ("r_cache", &[("root/.cache/R/pkgcache/pkg/a.tar.gz", 52_001)]),
    ("composer_cache", &[("root/.composer/cache/files/a.zip", 50_001)]),
    ("gem_cache", &[("usr/local/bundle/cache/a.gem", 48_001)]),
    ("debug_symbols", &[("usr/lib/debug/.build-id/00/a.debug", 46_001)]),
    ("source_maps", &[("srv/app/dist/main.js.map", 44_001)]),
    ("docs", &[("usr/share/man/man1/a.1.gz", 42_000), ("usr/share/info/a.info", 1)]),
    ("locales", &[("usr/share/locale/de/LC_MESSAGES/a.mo", 40_001)]),
    ("tests", &[("srv/app/tests/a.snap", 38_001)]),
    ("build_tools", &[("usr/bin/make", 36_001)]),
    ("package_logs", &[("var/log/dnf5.log", 34_001)]),
];

/// apk's own words about the file of the layout.
const INSTALLED: &str = "P:make\nV:4.4\nF:usr/bin\nR:make\n\nP:musl\nF:bin\nR:busybox\n";

fn context() -> Context {
    let copies: Vec<String> = LAYOUTS.iter().map(|(code, _)| format!("COPY {code} /\n")).collect();
    let dockerfile = format!(
        "FROM dp-base/busybox\nCOPY db /\n{}COPY secrets /srv/\nRUN rm /srv/.env\nUSER 1000\n",
        copies.concat()
    );
    let mut context = Context::empty().with("db/lib/apk/db/installed", INSTALLED);
    for (code, files) in LAYOUTS {
        for (path, bytes) in files {
            context = context.with(&format!("{code}/{path}"), &"x".repeat(*bytes));
        }
    }
    context
        .with("secrets/.env", "TOKEN=can4ry-in-a-file\n")
        .with("secrets/.env.example", "TOKEN=\n")
        .with("Dockerfile", &dockerfile)
}

/// Code, bytes and line of all that costs bytes, biggest first.
fn told(record: &Record) -> Vec<Value> {
    let own = |one: &&Value| one["severity"] == "waste" && one["base"] != true;
    let part = |one: &Value| json!([one["code"], one["bytes"], one["line"]]);
    list(record, "findings").iter().filter(own).map(part).collect()
}

fn expected() -> Vec<Value> {
    let bytes = |files: &[(&str, usize)]| files.iter().map(|(_, bytes)| bytes).sum::<usize>();
    let layouts = (3..).zip(LAYOUTS);
    let mut all: Vec<(usize, Value)> = layouts
        .map(|(line, (code, files))| (bytes(files), json!([code, bytes(files), line])))
        .collect();
    // The removed secret: its 23 bytes are in the image.
    all.push((23, json!(["removed_later", 23, 3 + LAYOUTS.len()])));
    all.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    all.into_iter().map(|(_, value)| value).collect()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_every_manager_leaves_is_found_at_its_line() {
    let context = context();
    let mut docker = dp_testkit::Docker::new();
    let name = unique("layouts");
    docker.remove_at_end(&name);
    let built = Tool::new("dp-build").args(["-q", "-t", &name, "."]).at(context.path()).run();
    let piped = Tool::new("dp-size").args(["-q"]).stdin(built.expect(0).stdout).at(context.path());
    let ran = piped.run().expect(0);
    let record = size(&ran);
    assert_eq!(told(&record), expected());
    assert_eq!(count(&record, "build_tool_bytes"), 36_001);
    assert_eq!(count(&record, "docs_bytes"), 42_001);
    let caches: u64 = LAYOUTS[1..12]
        .iter()
        .chain([&LAYOUTS[18]])
        .flat_map(|(_, files)| *files)
        .map(|(_, bytes)| *bytes as u64)
        .sum();
    assert_eq!(count(&record, "package_cache_bytes"), caches);
    let secret = list(&record, "findings").iter().find(|one| one["code"] == "secret_like_file");
    let secret = secret.unwrap();
    assert_eq!(secret["paths"], json!([{"path": "/srv/.env", "bytes": 23}]));
    assert_eq!((&secret["line"], &secret["bytes"]), (&json!(3 + LAYOUTS.len()), &json!(0)));
    assert!(!ran.stdout.contains("can4ry"));
    let root = list(&record, "findings").iter().any(|one| one["code"] == "runs_as_root");
    assert!(!root, "it has a user");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn all_sources_and_builders_find_the_same() {
    let bare = |record: &Record| {
        let mut found = list(record, "findings").clone();
        // Builders word COPY in their own ways.
        for one in &mut found {
            one.as_object_mut().unwrap().remove("instruction");
            one.as_object_mut().unwrap().remove("hid");
        }
        found
    };
    let mut all = Vec::new();
    for builder in [Builder::BuildKit, Builder::Legacy] {
        let image = Image::build_in(context(), "alike", builder);
        let records = [image.size("storage"), image.size("export"), image.archived_size()];
        all.extend(records.iter().map(bare));
    }
    assert!(all.iter().all(|found| *found == all[0]), "{all:?}");
    assert!(all[0].len() > LAYOUTS.len());
}
