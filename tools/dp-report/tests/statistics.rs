//! The figures of `--stat`, and what is said of the shape of runs and of the machine
//! around them: in every format, and at the right time.

mod drawn;
mod listed;

use dp_testkit::assert_records;
use serde_json::{Value, json};

use drawn::report;
use listed::formats;

/// A build record of the round `n`.
fn build(subject: &str, n: usize, seconds: f64) -> Value {
    json!({
        "dp": "1.1", "kind": "build", "at": format!("2026-01-02T03:04:{:02}Z", n % 60),
        "subject": { "name": subject }, "run": { "batch": "b1", "n": n, "warmup": false },
        "outcome": "ok", "metrics": { "wall_seconds": seconds },
    })
}

/// The record, with so much CPU taken by others.
fn beside(mut record: Value, other_cpu_ratio: f64) -> Value {
    record["host"] = json!({ "other_cpu_ratio": other_cpu_ratio });
    record
}

/// A series of builds, round by round.
fn builds(subject: &str, seconds: &[f64]) -> Vec<Value> {
    (1..).zip(seconds).map(|(n, seconds)| build(subject, n, *seconds)).collect()
}

/// 20 runs of 1.00 s to 1.19 s, in no order.
fn twenty() -> Vec<f64> {
    (0..20).map(|n| 1.0 + f64::from((n * 7) % 20) / 100.0).collect()
}

/// As one line: running text is wrapped.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const STATISTICS: [&str; 2] = ["--stat", "p95,p99,mean,mad,stddev"];

#[test]
fn figures_that_are_asked_for_are_columns_of_every_table() {
    // By hand: p95 1.1805 (definition 7), mean 1.095, MAD 0.05; deviation 0.059161.
    let text = report(&builds("a", &twenty()), &STATISTICS).expect(0).stdout;
    let heads = text.lines().find(|line| line.starts_with("metric ")).unwrap();
    let row = text.lines().find(|line| line.starts_with("wall_seconds")).unwrap();
    let ending: Vec<&str> = heads.split_whitespace().rev().take(5).collect();
    assert_eq!(ending, ["stddev", "mad", "mean", "p99", "p95"]);
    let cells: Vec<&str> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells[cells.len() - 5..], ["1.18 s", "-", "1.09 s", "50.0 ms", "59.2 ms"]);
    assert!(text.contains(" p99 needs 100 runs\n"), "{text}");
    for format in ["markdown", "html"] {
        let text =
            report(&builds("a", &twenty()), &[&STATISTICS[..], &["--format", format]].concat());
        assert!(text.expect(0).stdout.contains("59.2 ms"), "{format}");
    }
}

#[test]
fn machines_read_the_same_figures() {
    let records = builds("a", &twenty());
    let shown = |format| {
        report(&records, &[&STATISTICS[..], &["--format", format]].concat()).expect(0).stdout
    };
    let lines = shown("jsonl");
    let _ = assert_records(&lines);
    let verdict: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let statistics = &verdict["detail"]["statistics"];
    let near = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 1e-6;
    assert!(near(&statistics["p95"], 1.1805) && near(&statistics["mean"], 1.095), "{statistics}");
    assert!(
        near(&statistics["mad"], 0.05) && near(&statistics["stddev"], 0.059_161),
        "{statistics}"
    );
    assert_eq!(statistics["p99"], Value::Null);
    let text = shown("csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let cell = |name: &str| row[header.iter().position(|head| head == name).unwrap()].to_owned();
    for name in ["p95", "mean", "mad", "stddev"] {
        assert_eq!(cell(name).parse::<f64>().ok(), statistics[name].as_f64(), "{name}");
    }
    assert_eq!(cell("p99"), "");
    for (format, found) in [
        ("prometheus", "dp_build_wall_seconds{subject=\"a\",statistic=\"p95\"} 1.180"),
        ("openmetrics", "dp_build_wall_seconds{subject=\"a\",statistic=\"mad\"} 0.049"),
        ("bencher", "\"wall_seconds p95\""),
        ("hyperfine", "\"p95\": 1.180"),
        ("github-action-benchmark", ", p95 1.18 s, mean 1.09 s, mad 50.0 ms"),
        ("junit", ", p95 1.18 s"),
    ] {
        assert!(shown(format).contains(found), "{found} in {}", shown(format));
    }
}

#[test]
fn templates_read_the_usual_figures_and_those_that_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.md.in").display().to_string();
    let filled = |template: &str, more: &[&str]| {
        std::fs::write(&path, template).unwrap();
        report(&builds("a", &twenty()), &[&["--template", &path], more].concat())
    };
    let of =
        |name: &str| format!("{{{{ series(\"build.wall_seconds\", \"a\"){name} | seconds(4) }}}}");
    assert_eq!(filled(&of(".p95"), &[]).expect(0).stdout, "1.180 s");
    assert_eq!(filled(&of(".mad"), &[]).expect(0).stdout, "50.00 ms");
    assert_eq!(filled(&of(".p99"), &[]).expect(0).stdout, "-");
    let _ = filled(&of(".p80"), &[]).expect(2);
    assert_eq!(filled(&of(".p80"), &["--stat", "p80"]).expect(0).stdout, "1.152 s");
}

#[test]
fn a_figure_that_is_unknown_is_refused_and_one_that_is_there_comes_once() {
    let ran = report(&builds("a", &twenty()), &["--stat", "p101"]).expect(2);
    assert!(ran.stderr.contains("no such statistic: median, min, max, mean, mad, stddev, p95..."));
    let text = report(&builds("a", &twenty()), &["--stat", "median,mean", "--stat", "mean"]).stdout;
    assert_eq!((text.matches("median").count(), text.matches("mean").count()), (1, 1), "{text}");
}

#[test]
fn every_format_takes_the_figures() {
    for format in formats() {
        let ran =
            report(&builds("a", &twenty()), &[&STATISTICS[..], &["--format", &format]].concat());
        assert_eq!(ran.expect(0).stderr, "", "{format}");
    }
}

fn rising(n: usize) -> Vec<f64> {
    (0..n).map(|n| 2.0 + n as f64 * 0.05).collect()
}

#[test]
fn runs_that_grow_over_the_rounds_are_told() {
    // 12 rounds from 2.00 s to 2.55 s: the last four less the first four are 0.40 s of 2.275 s.
    let mut records = builds("grows", &rising(12));
    records.extend(builds("steady", &twenty()[..12]));
    let text = report(&records, &[]).expect(0).stdout;
    let line = " drift: wall_seconds of grows (+17.6 %): the last third of the rounds";
    assert!(text.contains(line), "{text}");
    let lines = report(&records, &["--format", "jsonl"]).stdout;
    let drifts: Vec<Option<f64>> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["detail"]["drift"].as_f64())
        .collect();
    assert!((drifts[0].unwrap() - 0.4).abs() < 1e-9 && drifts[1].is_none(), "{drifts:?}");
}

#[test]
fn a_drift_within_the_floor_is_none() {
    // 12 rounds from 2.000 s to 2.055 s: it is sure, and 2 %.
    let seconds: Vec<f64> = (0..12).map(|n| 2.0 + f64::from(n) * 0.005).collect();
    assert!(!report(&builds("a", &seconds), &[]).expect(0).stdout.contains("drift"));
}

#[test]
fn two_kinds_of_runs_are_told() {
    let seconds: Vec<f64> =
        (0..12).map(|n| if n % 2 == 0 { 1.0 } else { 2.0 } + f64::from(n) / 1000.0).collect();
    let text = report(&builds("a", &seconds), &[]).expect(0).stdout;
    let line = " two peaks: wall_seconds of a (6 runs about 1.00 s, 6 about 2.01 s): ";
    assert!(text.contains(line), "{text}");
    // Nine are too few to tell.
    assert!(!report(&builds("a", &seconds[..9]), &[]).expect(0).stdout.contains("peaks"));
}

#[test]
fn a_remark_on_many_subjects_is_one_line() {
    let all: Vec<Value> = (1..=9).flat_map(|n| builds(&format!("s{n}"), &rising(12))).collect();
    let text = report(&all, &[]).expect(0).stdout;
    assert_eq!(text.matches("drift").count(), 1, "{text}");
    assert!(text.contains(" and 6 more: "), "{text}");
}

/// Two subjects whose difference is lost in noise, while others took these shares.
fn unsure(main: f64, head: f64) -> Vec<Value> {
    let rounds = 1..=8_usize;
    let of = |n: usize| {
        let noise = if n.is_multiple_of(2) { 0.6 } else { 0.0 };
        [beside(build("main", n, 2.0), main), beside(build("head", n, 1.8 + noise), head)]
    };
    rounds.flat_map(of).collect()
}

#[test]
fn a_busy_machine_stands_beside_a_verdict_that_is_inconclusive() {
    let text = report(&unsure(0.03, 0.42), &["--against", "main"]).expect(0).stdout;
    assert!(text.contains("inconclusive\n"), "{text}");
    assert!(
        text.contains("machine: quiet, others took 22.5 % of its CPUs during the runs\n"),
        "{text}"
    );
    let line = " machine busy: others took 42.0 % of its CPUs during the runs of head: measure";
    assert!(text.contains(line), "{text}");
    let both = report(&unsure(0.31, 0.42), &["--against", "main"]).expect(0).stdout;
    let both = flat(&both);
    assert!(both.contains(
        "machine busy: others took 31.0 % of its CPUs during the runs of the baseline, 42.0 % during \
         those of head: measure again while it is quiet"
    ), "{both}");
    for format in ["github", "junit"] {
        let args = ["--against", "main", "--format", format];
        let text = report(&unsure(0.03, 0.42), &args).expect(0).stdout;
        assert!(text.contains("machine busy: others took 42.0 %"), "{text}");
    }
    let lines = report(&unsure(0.03, 0.42), &["--against", "main", "--format", "jsonl"]).stdout;
    let head: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(head["detail"]["other_cpu_ratio"], json!(0.42));
    assert_eq!(head["detail"]["baseline_other_cpu_ratio"], json!(0.03));
}

#[test]
fn a_quiet_machine_is_no_excuse() {
    let text = report(&unsure(0.03, 0.05), &["--against", "main"]).expect(0).stdout;
    assert!(text.contains("inconclusive") && !text.contains("machine busy"), "{text}");
    // Nor does a busy one matter to a verdict that is sure.
    let sure: Vec<Value> = (1..=8)
        .flat_map(|n| {
            let noise = n as f64 / 1000.0;
            [build("main", n, 2.0 + noise), build("head", n, 4.0 + noise)]
        })
        .map(|record| beside(record, 0.6))
        .collect();
    let text = report(&sure, &["--against", "main"]).expect(1).stdout;
    assert!(text.contains("machine: busy, others took 60.0 %"), "{text}");
    assert!(!text.contains("machine busy"), "{text}");
}

#[test]
fn an_absolute_time_that_fails_on_a_busy_machine_says_so() {
    let busy: Vec<Value> =
        builds("a", &twenty()).into_iter().map(|record| beside(record, 0.5)).collect();
    let text = report(&busy, &["--max", "wall_seconds=1s"]).expect(1).stdout;
    let text = flat(&text);
    assert!(
        text.contains("on this machine (busy: others took 50.0 % of its CPUs), demanded is"),
        "{text}"
    );
}

#[test]
fn rounding_hides_no_broken_limit() {
    // All differences are 10.004 %: more than 10 %, and "10.0 %" when it is rounded.
    let mut records = builds("main", &[1.0; 8]);
    records.extend(builds("head", &[1.100_04; 8]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.toml").display().to_string();
    let rule = "[[rule]]\nmetric = \"wall_seconds\"\nthan = \"main\"\nworsen = \"10%\"\n";
    std::fs::write(&path, rule).unwrap();
    let text = report(&records, &["--budget", &path]).expect(1).stdout;
    let text = flat(&text);
    assert!(text.contains("+10.004 %, demanded is max 10 % worse than main"), "{text}");
    let text =
        report(&builds("a", &[10.000_04; 2]), &["--max", "wall_seconds=10s"]).expect(1).stdout;
    let text = flat(&text);
    assert!(text.contains("10.00004 s on this machine, demanded is max 10.00000 s"), "{text}");
}
