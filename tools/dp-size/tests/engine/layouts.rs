//! What package managers and builds leave, by the layout that they document. Each
//! layout is one COPY, so one line.

use dp_record::Record;
use dp_testkit::{Context, Tool, unique};
use serde_json::{Value, json};

use crate::by_path::{INSTALLED, LAYOUTS};
use crate::project::{Builder, Image, count, list, size};

fn context() -> Context {
    let copies: Vec<String> = LAYOUTS.iter().map(|(code, _)| format!("COPY {code} /\n")).collect();
    let dockerfile = format!(
        "FROM dp-base/busybox\nCOPY db /\n{}COPY secrets /srv/\nRUN rm /srv/.env\nUSER 1000\n",
        copies.concat()
    );
    let mut context = Context::empty().with("db/lib/apk/db/installed", INSTALLED);
    for (code, files) in LAYOUTS {
        for (path, bytes) in *files {
            context = context.with(&format!("{code}/{path}"), &"x".repeat(*bytes));
        }
    }
    context
        .with("secrets/.env", "TOKEN=can4ry-in-a-file\n")
        .with("secrets/.env.example", "TOKEN=\n")
        .with("Dockerfile", &dockerfile)
}

/// Code, bytes and line of all that costs bytes, biggest first.
fn waste_of(record: &Record) -> Vec<Value> {
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
    assert_eq!(waste_of(&record), expected());
    assert_eq!(count(&record, "build_tool_bytes"), 36_001);
    assert_eq!(count(&record, "docs_bytes"), 42_001);
    let is_cache = |code: &str| {
        code.ends_with("_cache") || ["apt_lists", "pnpm_store", "package_logs"].contains(&code)
    };
    let caches: u64 = LAYOUTS
        .iter()
        .filter(|(code, _)| is_cache(code))
        .flat_map(|(_, files)| *files)
        .map(|(_, bytes)| *bytes as u64)
        .sum();
    assert_eq!(count(&record, "package_cache_bytes"), caches);
    let secret =
        list(&record, "findings").into_iter().find(|one| one["code"] == "secret_like_file");
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
        all.extend(image.sizes().iter().map(bare));
    }
    assert!(all.iter().all(|found| *found == all[0]), "{all:?}");
    assert!(all[0].len() > LAYOUTS.len());
}
