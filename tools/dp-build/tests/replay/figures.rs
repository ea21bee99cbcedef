//! `files/two-stages.rawjson` was written by hand (0 s is 03:04:05):
//!
//! ```text
//! definition 0.0-0.1, metadata 0.1-0.3, FROM 0.3-0.4
//!   slow     0.4-5.4    quick 0.4-2.4    context 0.4-0.9 (1234 bytes)    WORKDIR cached
//! COPY from slow 5.5-5.6, COPY from quick 5.6-5.8, export 5.8-6.0
//! ```

use serde_json::json;

use crate::{build, own, replay, steps};

#[track_caller]
fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn every_figure_is_the_one_worked_out_by_hand() {
    let record = build(&replay(&own("two-stages.rawjson"), &[]).expect(0));
    for (name, expected) in [
        ("span_seconds", 6.0),
        // All but the gap before the first copy.
        ("critical_path_seconds", 5.9),
        // 0.1 + 0.2 + 0.1 + 5 + 2 + 0.5 + 0.1 + 0.2 + 0.2 of work in 5.9 s.
        ("parallelism_ratio", 8.4 / 5.9),
        ("steps", 5.0),
        ("steps_cached", 1.0),
        ("steps_executed", 4.0),
        ("cache_hit_ratio", 0.2),
        ("context_seconds", 0.5),
        ("context_sent_bytes", 1234.0),
        ("resolve_seconds", 0.2),
        ("export_seconds", 0.2),
    ] {
        assert_close(record.metrics.get(name).unwrap_or_else(|| panic!("no {name}")), expected);
    }
    // Nobody measured these.
    for name in ["wall_seconds", "context_bytes", "engine_size_bytes"] {
        assert_eq!(record.metrics.get(name), None, "{name}");
    }
    assert_close(record.build_detail().unwrap().gap_seconds.unwrap(), 0.1);
    assert_eq!(record.at.to_string(), "2026-01-02T03:04:05Z");
}

#[test]
fn the_long_stage_is_critical_and_the_short_one_is_not() {
    let record = build(&replay(&own("two-stages.rawjson"), &[]).expect(0));
    let critical = |step: &serde_json::Value| {
        step["critical"].as_bool().unwrap().then(|| step["name"].as_str().unwrap().to_owned())
    };
    let path: Vec<_> = steps(&record).iter().filter_map(critical).collect();
    assert_eq!(
        path,
        [
            "[quick 1/2] FROM registry.invalid/base:1",
            "[slow 2/2] RUN sleep 5",
            "[stage-2 3/4] COPY --from=slow /a /b .",
            "[stage-2 4/4] COPY --from=quick /c ."
        ]
    );
}

#[test]
fn a_step_says_when_it_began_how_long_it_waited_and_for_what() {
    let record = build(&replay(&own("two-stages.rawjson"), &[]).expect(0));
    let steps = steps(&record);
    let copy = &steps[4];
    assert_close(copy["started_seconds"].as_f64().unwrap(), 5.5);
    assert_close(copy["seconds"].as_f64().unwrap(), 0.1);
    assert_close(copy["waited_seconds"].as_f64().unwrap(), 0.1);
    // The slow stage and WORKDIR, by their places in the list.
    assert_eq!(copy["inputs"], json!([1, 3]));
    assert_eq!((&steps[3]["state"], &steps[0]["state"]), (&json!("cached"), &json!("base")));
}
