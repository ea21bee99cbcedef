//! Gates: what a demand ends with does not depend on how it is shown.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

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

/// Others take this share of the CPUs during six starts of 3 s, and of 2 kB.
fn starts(other_cpu_ratio: f64) -> String {
    let record = |round: u32| {
        json!({
            "dp": "1.1", "kind": "start", "at": "2026-01-02T03:04:05Z",
            "subject": {"name": "app"}, "run": {"batch": "b", "n": round, "warmup": false},
            "outcome": "ok", "metrics": {"ready_seconds": 3.0, "held_bytes": 2000},
            "units": {"held_bytes": "bytes lower"}, "host": {"other_cpu_ratio": other_cpu_ratio},
        })
    };
    (1..=6).map(|round| record(round).to_string() + "\n").collect()
}

/// A limit in seconds says something of the machine: what becomes of it on a busy one is the
/// user's choice. Bytes do not depend on others.
#[test]
fn a_busy_machine_decides_no_limit_without_being_named() {
    let ends = |share: f64, args: &[&str], code: i32| {
        let tool = Tool::new("dp-report").args(args).stdin(starts(share));
        let words = tool.run().expect(code).stdout;
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let broken = ["--max", "ready_seconds=1s"];
    let kept = ["--max", "ready_seconds=4s"];
    let with = |demand: &[&'static str], busy: &'static str| [demand, &["--busy", busy]].concat();
    let busy =
        "3.00 s on this machine (busy: others took 50.0 % of its CPUs), demanded is max 1.00 s";
    assert!(ends(0.5, &broken, 1).contains(busy));
    assert!(ends(0.5, &with(&broken, "warn"), 1).contains(busy));
    let unsure = ends(0.5, &with(&broken, "inconclusive"), 0);
    assert!(
        unsure.contains(&format!(
            "inconclusive: --max ready_seconds=1s: start.ready_seconds of app: {busy}"
        )),
        "{unsure}"
    );
    let strict = [&with(&broken, "inconclusive")[..], &["--inconclusive", "fail"]].concat();
    ends(0.5, &strict, 1);
    ends(0.5, &kept, 0);
    let refused = ends(0.5, &with(&kept, "fail"), 1);
    assert!(refused.contains("it holds, but the machine was busy with others"), "{refused}");
    for word in ["warn", "inconclusive", "fail"] {
        // On a quiet machine all three are one.
        ends(0.05, &with(&broken, word), 1);
        ends(0.05, &with(&kept, word), 0);
        ends(0.5, &with(&["--max", "held_bytes=1kB"], word), 1);
        ends(0.5, &with(&["--max", "held_bytes=2kB"], word), 0);
    }
}

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

/// What is to be compared, and is not: a kind of record, and the metrics of
/// either side.
const UNCOMPARABLE: [(&str, &str, &str); 16] = [
    // No metric at all.
    ("build", "{}", "{}"),
    ("bench", "{}", "{}"),
    // None that gets a verdict without being asked for.
    ("build", r#"{"steps":3}"#, r#"{"steps":4}"#),
    ("start", r#"{"healthy_seconds":2}"#, r#"{"healthy_seconds":20}"#),
    ("stats", r#"{"load_transactions_per_second":1000}"#, r#"{"load_transactions_per_second":5}"#),
    // Neither way is better.
    ("start", r#"{"exit_code":0}"#, r#"{"exit_code":1}"#),
    // Nobody said which way is better.
    ("bench", r#"{"throughput":1000}"#, r#"{"throughput":2000}"#),
    ("bench", r#"{"disk_bytes":7,"latency_seconds":1}"#, r#"{"disk_bytes":9}"#),
    // Metrics of one side only.
    ("build", r#"{"wall_seconds":1}"#, "{}"),
    ("build", "{}", r#"{"wall_seconds":1}"#),
    ("build", "{}", r#"{"steps":3}"#),
    ("size", r#"{"engine_size_bytes":7}"#, "{}"),
    ("size", "{}", r#"{"engine_size_bytes":7}"#),
    ("bench", r#"{"disk_bytes":7}"#, "{}"),
    // Another one on each side.
    ("start", r#"{"ready_seconds":1}"#, r#"{"cpu_seconds":1}"#),
    ("build", r#"{"wall_seconds":1}"#, r#"{"steps":1}"#),
];

/// Records of one subject, eight runs; `planned`: an `env` record promises them.
fn records(kind: &str, name: &str, metrics: &str, planned: bool) -> String {
    let head = |kind: &str| {
        format!(r#"{{"dp":"1.0","kind":"{kind}","at":"2026-01-02T03:04:05Z","outcome":"ok""#)
    };
    let batch = format!("{name} {kind}");
    let env = format!(
        r#"{},"run":{{"batch":"{batch}","warmup":false}},"detail":{{"tool":"x","plan":{{"kind":"{kind}","subjects":[{{"name":"{name}"}}],"runs":8,"warmup":0}}}}}}"#,
        head("env")
    );
    let record = |n: u32| {
        format!(
            r#"{},"subject":{{"name":"{name}"}},"run":{{"batch":"{batch}","n":{n},"of":8,"warmup":false}},"metrics":{metrics}}}"#,
            head(kind)
        )
    };
    let lines = planned.then_some(env).into_iter().chain((1..=8).map(record));
    lines.map(|line| line + "\n").collect()
}

/// A text without its line breaks.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Compares `input` in every way in which both sides are given, in every format:
/// none may pass.
fn never_passes(what: &str, old: &str, new: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.jsonl");
    let renamed =
        |text: &str, name: &str| text.replace(&format!(r#""name":"{name}""#), r#""name":"same""#);
    std::fs::write(&file, renamed(old, "old")).unwrap();
    let same = renamed(new, "new");
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
            assert!([2, 4].contains(&code), "{what} {args:?}: {code} {}", ran.output());
            if code == 2 {
                assert!(ran.stderr.contains("compare with it") || ran.stderr.contains("in common"));
            } else if ["text", "markdown", "jsonl", "junit", "github", "html"]
                .contains(&format.as_str())
            {
                let said = ["judged against", "missing", "was not measured"];
                let text = flat(&ran.stdout);
                assert!(said.iter().any(|word| text.contains(word)), "{text}");
            }
        }
    }
}

#[test]
fn nothing_that_can_be_compared_is_never_a_pass_in_any_format() {
    for (kind, old, new) in UNCOMPARABLE {
        for planned in [false, true] {
            let (old_records, new_records) =
                (records(kind, "old", old, planned), records(kind, "new", new, planned));
            never_passes(&format!("{kind} {old} {new}"), &old_records, &new_records);
        }
    }
}

#[test]
fn a_kind_that_one_side_alone_has_is_never_a_pass() {
    let good = |kind: &str, name: &str| records(kind, name, r#"{"engine_size_bytes":7}"#, false);
    // Nothing in common; and what is, is equal, but the baseline has more.
    never_passes("other kinds", &good("build", "old"), &good("size", "new"));
    let both = good("build", "old") + &good("size", "old");
    never_passes("half", &both, &good("size", "new"));
    let unjudged = records("build", "old", r#"{"steps":1}"#, false) + &good("size", "old");
    never_passes("a half that is not judged", &unjudged, &good("size", "new"));
}

#[test]
fn a_pair_that_was_not_compared_is_named_beside_one_that_was() {
    let good = |name: &str| records("size", name, r#"{"engine_size_bytes":7}"#, false);
    let against =
        |text: String| Tool::new("dp-report").args(["--against", "old"]).stdin(text).run();
    let _ = against(good("old") + &good("new")).expect(0);
    for (other, said) in [
        (
            records("size", "odd", "{}", false),
            "missing: odd (engine_size_bytes): this subject has no such metric",
        ),
        (
            records("size", "odd", r#"{"layers":3}"#, false),
            "missing: odd (engine_size_bytes): this subject has no such metric",
        ),
        (
            records("start", "old", r#"{"healthy_seconds":7}"#, false)
                + &records("start", "odd", r#"{"exit_code":7}"#, false),
            "start odd: no metric was judged against start old: they have none in common \
             (exit_code; there healthy_seconds) start new: it was not measured, and start old was",
        ),
        (
            records("build", "odd", r#"{"engine_size_bytes":7}"#, false),
            "build odd: old has no build record to compare it with (--where leaves out what is not \
             to be compared)",
        ),
    ] {
        let ran = against(good("old") + &good("new") + &other).expect(4);
        let text = flat(&ran.stdout);
        assert!(text.contains(said), "{}", ran.stdout);
        assert!(text.contains("1 unchanged"), "{}", ran.stdout);
    }
}

#[test]
fn the_way_out_of_a_pair_that_was_not_judged_is_named_and_works() {
    let side = |name: &str, seconds: u32| {
        records("start", name, &format!(r#"{{"healthy_seconds":{seconds}}}"#), true)
            .replace(&format!("\"{name} start\""), "\"b\"")
    };
    let text = side("old", 2) + &side("new", 20);
    let run = |more: &[&str]| {
        let args = [&["--against", "old"], more].concat();
        Tool::new("dp-report").args(&args).stdin(text.clone()).run()
    };
    let ran = run(&[]).expect(4);
    let said = "both have healthy_seconds: --metric healthy_seconds judges it";
    assert!(flat(&ran.stdout).contains(said), "{}", ran.stdout);
    let ran = run(&["--metric", "healthy_seconds"]).expect(1);
    assert!(ran.stdout.contains("regressed"), "{}", ran.stdout);
}

#[test]
fn records_without_a_metric_are_told_and_no_pass_where_nothing_is_compared() {
    let text = records("build", "app", "{}", true);
    for format in formats() {
        let ran = Tool::new("dp-report").args(["--format", &format]).stdin(text.clone()).run();
        let ran = ran.expect(4);
        if ["text", "markdown", "jsonl", "junit", "github", "html"].contains(&format.as_str()) {
            assert!(ran.stdout.contains("8 good runs, but no metric"), "{format} {}", ran.stdout);
        }
    }
    // What has metrics of which none is a headline is told too.
    let text = records("build", "app", r#"{"steps":3,"steps_cached":1}"#, true);
    let ran = Tool::new("dp-report").stdin(text).run().expect(0);
    let said = "build app: no headline metric, but steps, steps_cached: --metric NAME shows one";
    assert!(flat(&ran.stdout).contains(said), "{}", ran.stdout);
}

#[test]
fn a_direction_that_is_misspelt_is_an_error_with_its_place() {
    let side = |name: &str, rate: u32| {
        let text = records("bench", name, &format!(r#"{{"rate":{rate}}}"#), false);
        text.replace("}}\n", "},\"units\":{\"rate\":\"req/s hihger\"}}\n")
    };
    let text = side("old", 1000) + &side("new", 500);
    let ran = Tool::new("dp-report").args(["--against", "old"]).stdin(text.clone()).run().expect(2);
    let said = "stdin:1: the unit of metric \"rate\" is \"req/s hihger\": the last of several words \
                must be higher, lower or none, for which way is better";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let spelt = text.replace("hihger", "higher");
    let _ = Tool::new("dp-report").args(["--against", "old"]).stdin(spelt).run().expect(0);
}

#[test]
fn a_slower_second_machine_is_no_regression() {
    let run = |name: &str, batch: u32, n: u32, seconds: f64| {
        let record = json!({"dp": "1.1", "kind": "build", "at": "2026-01-02T03:04:05Z",
            "subject": {"name": name}, "run": {"batch": format!("b{batch}"), "n": n,
            "warmup": false}, "outcome": "ok", "metrics": {"wall_seconds": seconds}});
        format!("{record}\n")
    };
    let runs = |name: &'static str, [first, second]: [u32; 2], begin: u32| {
        let of = move |batch: u32, count: u32, seconds: f64| {
            let runs =
                (begin..begin + count).map(move |n| (batch, n, seconds + f64::from(n) / 1e3));
            runs.map(move |(batch, n, seconds)| run(name, batch, n, seconds))
        };
        of(1, first, 1.0).chain(of(2, second, 2.0)).collect::<String>()
    };
    let ran = |text: String| Tool::new("dp-report").args(["--against", "base"]).stdin(text).run();
    // No round in common.
    let uneven = runs("base", [14, 1], 1) + &runs("head", [1, 14], 101);
    let ran_uneven = ran(uneven).expect(0);
    assert!(ran_uneven.stdout.contains("inconclusive"), "{}", ran_uneven.stdout);
    let said = "the batches hold more runs of the one than of the other";
    assert!(ran_uneven.stdout.contains(said), "{}", ran_uneven.stdout);
    // As many of both on either machine: neither is at an advantage.
    let even = ran(runs("base", [7, 7], 1) + &runs("head", [7, 7], 101)).expect(0);
    assert!(!even.stdout.contains("the batches hold"), "{}", even.stdout);
}
