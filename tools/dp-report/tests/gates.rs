//! Gates: what a demand ends with does not depend on how it is shown.

mod listed;

use dp_testkit::{Ran, Tool};
use serde_json::json;

use listed::formats;

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");

/// Demands on `two-files.jsonl`, and what each ends with. By hand: the images
/// are 500 and 100 MB, the builds run 3 and 2 steps, 8 times each.
const DEMANDS: [(&[&str], i32); 16] = [
    (&["--max", "size.engine_size_bytes=500MB"], 0),
    (&["--min", "build.steps_executed=2"], 0),
    (&["--against", "Dockerfile", "--improve", "size.engine_size_bytes=80%"], 0),
    (&["--expect", "build/Dockerfile.production>=8"], 0),
    // Broken.
    (&["--max", "size.engine_size_bytes=499MB"], 1),
    (&["--min", "build.steps_executed=3"], 1),
    (&["--against", "Dockerfile", "--improve", "size.engine_size_bytes=81%"], 1),
    // Not there.
    (&["--expect", "size>=3"], 4),
    (&["--expect", "start>=1"], 4),
    (&["--expect", "size/Dockerfile.slim>=1"], 4),
    // Unknown metrics, in every option.
    (&["--max", "build.wall_secs=10s"], 2),
    (&["--min", "layer=1"], 2),
    (&["--against", "Dockerfile", "--improve", "size.bytes=1%"], 2),
    // Not of that unit, and better than nothing.
    (&["--max", "size.engine_size_bytes=10s"], 2),
    (&["--improve", "size.engine_size_bytes=1%"], 2),
    // The worst answer wins.
    (&["--max", "size.engine_size_bytes=499MB", "--expect", "size>=3"], 1),
];

fn gate(demand: &[&str], shown: &[&str], code: i32) -> Ran {
    let args = [&["two-files.jsonl"], demand, shown].concat();
    let ran = Tool::new("dp-report").args(&args).at(FILES.as_ref()).run();
    assert_eq!(ran.code, Some(code), "{args:?}: {}{}", ran.stderr, ran.stdout);
    ran
}

#[test]
fn a_demand_ends_alike_in_every_format() {
    let formats = formats();
    for (demand, code) in DEMANDS {
        for format in &formats {
            let ran = gate(demand, &["--format", format], code);
            // A sheet of series has no line for a demand without one.
            assert!(!ran.stdout.is_empty() || format == "github", "{demand:?} {format}");
        }
    }
}

#[test]
fn a_demand_ends_alike_on_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md.in").display().to_string();
    std::fs::write(&page, "{{ report.counts }}\n").unwrap();
    for (demand, code) in DEMANDS {
        let ran = gate(demand, &["--template", &page], code);
        let word = ["pass", "fail", "error", "", "incomplete"][usize::try_from(code).unwrap()];
        let (_, counts) = ran.stdout.split_once("budget: ").unwrap();
        assert!(counts.contains(word), "{demand:?}: {counts}");
    }
}

#[test]
fn a_demand_that_means_nothing_is_said_on_stderr_too() {
    let silent = |code: i32| code != 2;
    for (demand, code) in DEMANDS {
        let ran = gate(demand, &["--format", "csv"], code);
        assert_eq!(ran.stderr.is_empty(), silent(code), "{demand:?}: {}", ran.stderr);
    }
}

/// An image as a `size` record: its base of 100 MB, if it is known, and dead bytes of
/// its own and of the base.
fn image(name: &str, size: u64, own_dead: u64, base_dead: u64, base_is_known: bool) -> String {
    let mut metrics = json!({"size_bytes": size, "dead_bytes": own_dead + base_dead});
    if base_is_known {
        metrics["base_bytes"] = json!(100_000_000);
        metrics["own_bytes"] = json!(size - 100_000_000);
        metrics["own_dead_bytes"] = json!(own_dead);
        metrics["base_dead_bytes"] = json!(base_dead);
    }
    let layers = json!([
        {"n": 1, "base": base_is_known, "bytes": 100_000_000, "dead_bytes": base_dead},
        {"n": 2, "line": 3, "instruction": "RUN make", "bytes": size - 100_000_000,
         "dead_bytes": own_dead},
    ]);
    let record = json!({"dp": "1.1", "kind": "size", "at": "2026-01-02T03:04:05Z",
        "subject": {"name": name, "dockerfile": "Dockerfile"},
        "run": {"batch": "b1", "n": 1, "warmup": false}, "outcome": "ok",
        "metrics": metrics, "detail": {"source": "storage", "layers": layers}});
    format!("{record}\n")
}

#[test]
fn dead_bytes_are_judged_by_what_the_own_layers_wrote() {
    let before = (270_000_000, 40_000, 960_000);
    for (what, (size, own, base), code, counts) in [
        // An `apk add` on another base rewrote its database of packages.
        ("the base's database", (100_500_000, 40_000, 1_690_000), 0, "1 improved, 1 unchanged\n"),
        ("a base with nothing dead", (270_000_000, 40_000, 0), 0, "2 unchanged\n"),
        ("a user that was added twice", (270_000_000, 44_000, 960_000), 0, "2 unchanged\n"),
        ("the own part alone", (270_000_000, 940_000, 60_000), 1, "1 regressed, 1 unchanged\n"),
        ("both", (270_000_000, 900_000, 1_690_000), 1, "1 regressed, 1 unchanged\n"),
        ("the own part is gone", (269_000_000, 0, 1_960_000), 0, "1 improved, 1 unchanged\n"),
    ] {
        let (old_size, old_own, old_base) = before;
        let text = [
            image("before", old_size, old_own, old_base, true),
            image("after", size, own, base, true),
        ];
        let ran = Tool::new("dp-report").args(["--against", "before"]).stdin(text.concat()).run();
        assert_eq!(ran.code, Some(code), "{what}: {}{}", ran.stderr, ran.stdout);
        assert!(ran.stdout.ends_with(counts), "{what}: {}", ran.stdout);
    }
}

#[test]
fn where_no_base_is_known_dead_bytes_get_a_verdict_only_if_they_are_named() {
    for known in [[false, false], [true, false], [false, true]] {
        let before = image("before", 270_000_000, 0, 960_000, known[0]);
        let text = before + &image("after", 270_000_000, 0, 1_690_000, known[1]);
        let run = |more: &[&str]| {
            let args = [&["--against", "before"], more].concat();
            Tool::new("dp-report").args(&args).stdin(text.clone()).run()
        };
        let ran = run(&[]);
        assert_eq!(ran.code, Some(0), "{known:?}: {}", ran.stdout);
        let _ = run(&["--metric", "dead_bytes"]).expect(1);
    }
}

#[test]
fn own_dead_bytes_are_traced_to_a_layer_of_ones_own() {
    let text = image("app", 270_000_000, 30_000_000, 90_000_000, true);
    for (metric, at) in [("own_dead_bytes", "line=3,"), ("own_bytes", "line=3,")] {
        let max = format!("{metric}=20MB");
        let args = ["--max", &max, "--format", "github"];
        let ran = Tool::new("dp-report").args(args).stdin(text.clone()).run().expect(1);
        assert!(ran.stdout.starts_with("::error file=Dockerfile,") && ran.stdout.contains(at));
        assert!(!ran.stdout.contains("90.0 MB"), "{}", ran.stdout);
    }
}

/// What is to be compared, and is not: metrics of a kind of record.
const UNCOMPARABLE: [(&str, &str); 6] = [
    // No metric at all.
    ("build", "{}"),
    ("bench", "{}"),
    // None that gets a verdict without being asked for.
    ("build", r#"{"steps":3}"#),
    ("start", r#"{"healthy_seconds":2}"#),
    // Nobody said which way is better.
    ("bench", r#"{"throughput":1000}"#),
    ("bench", r#"{"disk_bytes":7,"latency_seconds":1}"#),
];

/// Records of one subject, eight runs; `planned`: an `env` record promises them.
fn records(kind: &str, name: &str, metrics: &str, planned: bool) -> String {
    let head = |kind: &str| {
        format!(r#"{{"dp":"1.0","kind":"{kind}","at":"2026-01-02T03:04:05Z","outcome":"ok""#)
    };
    let env = format!(
        r#"{},"run":{{"batch":"{name}","warmup":false}},"detail":{{"tool":"x","plan":{{"kind":"{kind}","subjects":[{{"name":"{name}"}}],"runs":8,"warmup":0}}}}}}"#,
        head("env")
    );
    let record = |n: u32| {
        format!(
            r#"{},"subject":{{"name":"{name}"}},"run":{{"batch":"{name}","n":{n},"of":8,"warmup":false}},"metrics":{metrics}}}"#,
            head(kind)
        )
    };
    let lines = planned.then_some(env).into_iter().chain((1..=8).map(record));
    lines.map(|line| line + "\n").collect()
}

#[test]
fn nothing_that_can_be_compared_is_never_a_pass_in_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.jsonl");
    for (kind, metrics) in UNCOMPARABLE {
        for (old, new) in [(metrics, metrics), (metrics, "{}"), ("{}", metrics)] {
            for planned in [false, true] {
                let (old, new) =
                    (records(kind, "old", old, planned), records(kind, "new", new, planned));
                std::fs::write(&file, new.replace(r#""new""#, r#""same""#)).unwrap();
                let same = old.replace(r#""old""#, r#""same""#);
                let both = format!("{old}{new}");
                for format in formats() {
                    for (input, args) in [
                        (&both, &["--against", "old"][..]),
                        (&both, &["--against", "old", "--all"]),
                        (&same, &["--baseline", file.to_str().unwrap()]),
                    ] {
                        let args = [args, &["--format", &format]].concat();
                        let ran = Tool::new("dp-report").args(&args).stdin(input.as_str()).run();
                        let code = ran.code.unwrap();
                        assert!(
                            [2, 4].contains(&code),
                            "{kind} {metrics} {args:?}: {code} {}",
                            ran.output()
                        );
                    }
                }
            }
        }
    }
}
