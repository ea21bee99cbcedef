//! Logs of bake and compose, which put the target in front of every name.
//!
//! `bake.rawjson`, `bake-platforms.rawjson` and `compose.rawjson` were written by hand,
//! `compose-alone.rawjson` is the build of the last without a target in its names, and
//! `bake-recorded.rawjson` is one of buildx 0.29.1 on engine 20.10.24.

use serde_json::{Value, json};

use crate::{build, own, replay, steps};

/// The record of a log, with the lines of a Dockerfile where one is named.
fn record(log: &str, dockerfile: Option<&str>) -> dp_record::Record {
    let dockerfile = dockerfile.map(own);
    let file = dockerfile.iter().flat_map(|path| ["-f", path.to_str().unwrap()]);
    build(&replay(&own(log), &file.collect::<Vec<_>>()).expect(0))
}

#[track_caller]
fn assert_metrics(record: &dp_record::Record, expected: &[(&str, f64)]) {
    for (name, expected) in expected {
        let found = record.metrics.get(name).unwrap_or_else(|| panic!("no {name}"));
        assert!((found - expected).abs() < 1e-9, "{name}: {found} is not {expected}");
    }
}

/// Name, stage and line of each step.
fn places(record: &dp_record::Record) -> Vec<(String, Value, Value)> {
    let name = |step: &Value| step["name"].as_str().unwrap().to_owned();
    let one = |step: &Value| (name(step), step["stage"].clone(), step["line"].clone());
    steps(record).iter().map(one).collect()
}

fn place(name: &str, stage: &str, line: usize) -> (String, Value, Value) {
    (name.to_owned(), json!(stage), json!(line))
}

#[test]
fn what_bake_looks_up_sends_and_exports_is_found_behind_the_targets() {
    let record = record("bake.rawjson", Some("bake.Dockerfile"));
    assert_metrics(
        &record,
        &[
            ("context_seconds", 0.5),
            ("context_sent_bytes", 2_000_000.0),
            ("resolve_seconds", 0.2),
            // 1 s and 2 s, 0.9 s of it together.
            ("export_seconds", 2.1),
            ("steps", 5.0),
        ],
    );
    assert_eq!(
        places(&record),
        [
            place("[api build 1/4] FROM registry.invalid/library/base:1 AS build", "build", 1),
            place("[api build 2/4] WORKDIR /src", "build", 2),
            place("[api build 3/4] COPY . .", "build", 3),
            place("[worker build 4/4] RUN make", "build", 4),
            place("[api api 1/1] COPY --from=build /src/api /api", "api", 7),
            place("[worker worker 1/1] COPY --from=build /src/worker /worker", "worker", 10),
        ]
    );
}

#[test]
fn steps_of_two_platforms_of_a_target_are_two() {
    let record = record("bake-platforms.rawjson", None);
    assert_metrics(&record, &[("steps", 2.0), ("steps_executed", 2.0), ("export_seconds", 1.0)]);
    let states = steps(&record).iter().map(|step| step["state"].clone()).collect::<Vec<_>>();
    assert_eq!(states, ["base", "executed", "base", "executed"]);
}

#[test]
fn a_service_with_one_stage_is_read_as_if_it_were_built_alone() {
    let [service, alone] = ["compose.rawjson", "compose-alone.rawjson"]
        .map(|log| record(log, Some("compose.Dockerfile")));
    assert_eq!(service.metrics, alone.metrics);
    let lines = |record| places(record).into_iter().map(|(_, stage, line)| (stage, line));
    let expected = [1, 2, 3].map(|line| (Value::Null, json!(line)));
    assert_eq!(lines(&service).collect::<Vec<_>>(), expected);
    assert_eq!(lines(&alone).collect::<Vec<_>>(), expected);
}

#[test]
fn a_recorded_bake_has_its_context_look_ups_export_and_lines() {
    let record = record("bake-recorded.rawjson", Some("bake-recorded.Dockerfile"));
    for name in ["context_seconds", "resolve_seconds", "export_seconds"] {
        assert!(record.metrics.get(name).is_some_and(|seconds| seconds > 0.0), "{name}");
    }
    let lines: Vec<Value> = places(&record).into_iter().map(|(.., line)| line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 10, 3, 4, 7]);
}
