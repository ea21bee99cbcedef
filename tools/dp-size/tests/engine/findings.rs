//! Findings on real images whose truth is known beforehand.

use dp_record::Record;
use dp_testkit::{Context, Docker, Tool, unique};
use serde_json::{Value, json};

use crate::project::{Builder, Image, count, list, size};
use crate::waste::DOCKERFILE;

/// Findings that cost bytes, but for those of the base.
fn waste(record: &Record) -> Vec<Value> {
    let own = |one: &&Value| one["severity"] == "waste" && one["layer"] != 1;
    list(record, "findings").iter().filter(own).cloned().collect()
}

/// Code, bytes, files and biggest path of each.
fn findings_of(record: &Record) -> Value {
    let found = waste(record);
    let part =
        |one: &Value| json!([one["code"], one["bytes"], one["files"], one["paths"][0]["path"]]);
    found.iter().map(part).collect()
}

fn expected() -> Value {
    json!([
        ["removed_later", 3_000_000, 1, "/deleted"],
        ["overwritten_later", 2_000_000, 1, "/overwritten"],
        ["removed_later", 1_500_000, 2, "/gone"],
        ["chmod_copy", 1_000_000, 1, "/private"],
    ])
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn known_waste_is_found_to_the_byte_from_every_source_and_builder() {
    for builder in [Builder::BuildKit, Builder::Legacy] {
        let image = Image::build_in(Context::new(DOCKERFILE), "found", builder);
        for record in image.sizes() {
            assert_eq!(findings_of(&record), expected(), "{builder:?}");
            let sum: u64 = waste(&record).iter().map(|one| one["bytes"].as_u64().unwrap()).sum();
            assert_eq!(sum, count(&record, "dead_bytes"));
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn every_finding_names_the_line_at_fault_and_the_other_one() {
    let mut docker = Docker::new();
    let (context, name) = (Context::new(DOCKERFILE), unique("advice"));
    docker.remove_at_end(&name);
    let built = Tool::new("dp-build").args(["-q", "-t", &name, "."]).at(context.path()).run();
    let piped = Tool::new("dp-size").args(["-q"]).stdin(built.expect(0).stdout).at(context.path());
    let record = size(&piped.run().expect(0));
    let found = list(&record, "findings").clone();
    let lines: Value = found
        .iter()
        .filter(|one| one["base"] != true)
        .map(|one| json!([one["code"], one["line"], one["hid"]["line"], one["wrote"]["line"]]))
        .collect();
    let expected = json!([
        ["removed_later", 2, 8, null],
        ["overwritten_later", 2, 9, null],
        ["removed_later", 2, 11, null],
        ["chmod_copy", 12, null, 2],
        // No USER: the stage that lacks it.
        ["runs_as_root", 1, null, null],
    ]);
    assert_eq!(lines, expected);
    let chmod = found.iter().find(|one| one["code"] == "chmod_copy").unwrap();
    assert_eq!(chmod["instruction"], "RUN chmod 600 /private");
    assert!(chmod["advice"].as_str().unwrap().contains("COPY --chmod"));
    let file = chmod["dockerfile"].as_str().unwrap();
    assert!(file.ends_with("Dockerfile"), "{file}");
}
