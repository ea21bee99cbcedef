//! Formats for machines, read back by those who read them, or by their rules.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod drawn;
mod python;

use std::collections::{BTreeMap, BTreeSet};

use dp_testkit::Tool;
use serde_json::{Value, json};

use drawn::report;
use python::python;

/// The reference parser of both formats.
const PROMETHEUS_CLIENT: &str = "prometheus-client==0.26.0";

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");

/// Inputs with names that try to break out, failures, budgets, baselines.
const CASES: [&[&str]; 6] = [
    &["nasty.jsonl", "--against", "main", "--max", "rate=105"],
    &["two-files.jsonl", "--against", "Dockerfile", "--budget", "broken.toml", "--all"],
    &["failed.jsonl", "--against", "main"],
    &["all-failed.jsonl", "--against", "main"],
    &["sizes-after.jsonl", "--baseline", "sizes-before.jsonl", "--stat", "mean,p95"],
    &["formulas.jsonl"],
];

fn rendered(arguments: &[&str], format: &str) -> String {
    let arguments = [arguments, &["--format", format]].concat();
    Tool::new("dp-report").args(arguments).at(FILES.as_ref()).run().stdout
}

/// The verdict records of metrics of the input: what every other format must agree with.
fn measured(arguments: &[&str]) -> Vec<Value> {
    let text = rendered(arguments, "jsonl");
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_input = |record: &Value| {
        let of_file = record["detail"]["is_baseline"] == true && arguments.contains(&"--baseline");
        record["detail"]["n"].is_number() && !of_file
    };
    records.filter(of_input).collect()
}

/// One good run of each kind, each with one metric of the value 1, 2, 3...
fn runs(kinds: &[(&str, &str)]) -> Vec<Value> {
    let run = |(value, (kind, metric)): (u32, &(&str, &str))| {
        let metrics: BTreeMap<&str, u32> = [(*metric, value)].into_iter().collect();
        json!({
            "dp": "1.1", "kind": kind, "at": "2026-01-02T03:04:05Z", "subject": { "name": "a" },
            "outcome": "ok", "metrics": metrics,
        })
    };
    (1..).zip(kinds).map(run).collect()
}

/// Name, labels and value.
type Gauge = (String, BTreeMap<String, String>, f64);
/// Name, type, unit and gauges.
type Family = (String, String, String, Vec<Gauge>);

const PARSE: &str = "
import json, sys
from prometheus_client.MODULE import text_string_to_metric_families as parse
families = [[f.name, f.type, f.unit, [[s.name, s.labels, s.value] for s in f.samples]] for f in parse(sys.stdin.read())]
print(json.dumps(families))
";

#[test]
fn the_reference_parser_reads_all_gauges() {
    for (format, module) in [("prometheus", "parser"), ("openmetrics", "openmetrics.parser")] {
        let script = PARSE.replace("MODULE", module);
        for case in CASES {
            let text = rendered(case, format);
            let families = match python(PROMETHEUS_CLIENT, &script, &text) {
                Ok(families) => families,
                Err(reason) => return dp_testkit::skip(&reason),
            };
            let families: Vec<Family> = serde_json::from_str(&families).unwrap();
            let samples = families.iter().flat_map(|(.., samples)| samples);
            let medians = samples
                .filter(|(_, labels, _)| labels.get("statistic").is_some_and(|s| s == "median"));
            let mut medians: Vec<f64> = medians.map(|(.., value)| *value).collect();
            let mut expected: Vec<f64> = measured(case)
                .iter()
                .map(|one| one["detail"]["median"].as_f64().unwrap())
                .collect();
            medians.sort_unstable_by(f64::total_cmp);
            expected.sort_unstable_by(f64::total_cmp);
            assert_eq!(medians, expected, "{format} {case:?}");
            assert!(families.iter().all(|(_, kind, ..)| kind == "gauge"), "{families:?}");
            let units = format == "openmetrics" && text.contains("# UNIT ");
            for (name, _, unit, _) in families.iter().filter(|_| units) {
                let said = ["seconds", "bytes", "ratio", "cores"]
                    .iter()
                    .find(|word| name.ends_with(**word));
                assert_eq!(unit.as_str(), said.copied().unwrap_or_default(), "{name}");
            }
        }
    }
}

#[test]
fn no_kind_and_no_metric_is_lost_where_names_collide() {
    let kinds = [
        ("a-b", "c"),
        ("a.b", "c"),
        ("a b", "c"),
        ("a_b", "c"),
        ("a", "b_c"),
        ("a", "b-c"),
        ("build", "wall_seconds"),
        ("build_wall", "seconds"),
        ("failed", "runs"),
    ];
    for format in ["prometheus", "openmetrics"] {
        let text = report(&runs(&kinds), &["--format", format]).expect(0).stdout;
        let medians = text.lines().filter(|line| line.contains("statistic=\"median\""));
        let values: BTreeSet<&str> = medians.filter_map(|line| line.rsplit(' ').next()).collect();
        assert_eq!(values.len(), kinds.len(), "{text}");
    }
}

#[test]
fn failed_runs_are_told_apart_by_their_kind() {
    let failed = |kind: &str, n: u32| {
        json!({
            "dp": "1.1", "kind": kind, "at": "2026-01-02T03:04:05Z", "subject": { "name": "a" },
            "run": { "batch": kind, "n": n, "warmup": false }, "outcome": "failed",
            "error": { "code": "it_failed", "message": "=cmd" },
        })
    };
    let mut records =
        vec![failed("build", 1), failed("size", 1), failed("size", 2), failed("start", 1)];
    records.extend(runs(&[("build", "wall_seconds")]));
    for format in ["prometheus", "openmetrics"] {
        let text = report(&records, &["--format", format]).expect(4).stdout;
        let failed: Vec<&str> =
            text.lines().filter(|line| line.starts_with("dp_failed_runs{")).collect();
        let expected = [("build", 1), ("size", 2), ("start", 1)].map(|(kind, count)| {
            format!("dp_failed_runs{{kind=\"{kind}\",subject=\"a\"}} {count}")
        });
        assert_eq!(failed, expected);
    }
    // In CSV they are lines without a metric, and no formula.
    let text = report(&records, &["--format", "csv"]).expect(4).stdout;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|head| head == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let failed: Vec<[&str; 4]> = rows
        .iter()
        .map(|row| ["kind", "metric", "failed", "reason"].map(|name| &row[place(name)]))
        .filter(|row| !row[2].is_empty())
        .collect();
    let reason = "it_failed: =cmd";
    assert_eq!(
        failed,
        [["build", "", "1", reason], ["size", "", "2", reason], ["start", "", "1", reason]]
    );
}

#[test]
fn csv_names_missing_runs_and_pairs_that_were_not_compared() {
    let text = rendered(&["failed.jsonl", "--against", "main"], "csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|head| head == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let missing = rows.iter().find(|row| !row[place("planned")].is_empty()).unwrap();
    assert_eq!(
        ["name", "batch", "planned", "seen"].map(|name| &missing[place(name)]),
        ["head", "b1", "3", "2"]
    );
}

/// An element of a schema: its name, attributes that must be there, others that may, and
/// the elements that may stand in it.
type Element =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// What `junit-10.xsd` of Jenkins' xUnit plugin allows, as far as it is used.
const JENKINS: [Element; 7] = [
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &[
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
        ],
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
    ),
    (
        "testcase",
        &["name"],
        &["time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("skipped", &[], &["type", "message"], &[]),
    ("error", &[], &["type", "message"], &[]),
    ("failure", &[], &["type", "message"], &[]),
    ("system-out", &[], &[], &[]),
];

#[test]
fn junit_is_what_jenkins_allows() {
    for case in CASES {
        let text = rendered(case, "junit");
        let document = roxmltree::Document::parse(&text).unwrap();
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let name = node.tag_name().name();
            let known = JENKINS.iter().find(|(known, ..)| *known == name);
            let (_, required, optional, children) = known.unwrap_or_else(|| panic!("{name}"));
            let found: BTreeSet<&str> = node.attributes().map(|one| one.name()).collect();
            assert!(required.iter().all(|one| found.contains(one)), "{name}: {found:?}");
            let allowed = |one: &&str| required.contains(one) || optional.contains(one);
            assert!(found.iter().all(allowed), "{name}: {found:?}");
            let within: Vec<&str> = node
                .children()
                .filter(roxmltree::Node::is_element)
                .map(|one| one.tag_name().name())
                .collect();
            assert!(within.iter().all(|one| children.contains(one)), "{name}: {within:?}");
        }
    }
}

#[test]
fn a_series_that_never_came_is_one_error_and_no_case_beside_it() {
    for case in [&["all-failed.jsonl", "--against", "main"][..], &["all-failed.jsonl"]] {
        let text = rendered(case, "junit");
        let document = roxmltree::Document::parse(&text).unwrap();
        let of_head = |node: &roxmltree::Node<'_, '_>| {
            node.has_tag_name("testcase") && node.attribute("name").unwrap().contains("head")
        };
        let cases: Vec<_> = document.descendants().filter(of_head).collect();
        assert_eq!(cases.len(), 1, "{text}");
        assert!(cases[0].children().any(|node| node.has_tag_name("error")), "{text}");
    }
}

#[test]
fn bencher_has_a_measure_for_each_metric_within_its_interval() {
    for case in CASES {
        let benchmarks: BTreeMap<String, BTreeMap<String, Value>> =
            serde_json::from_str(&rendered(case, "bencher")).unwrap();
        let mut medians = Vec::new();
        for (name, measures) in &benchmarks {
            assert!(!name.is_empty() && name.chars().count() <= 1024, "{name}");
            for (measure, metric) in measures {
                assert!(!measure.is_empty() && measure.chars().count() <= 64, "{measure}");
                let figure = |name: &str| metric[name].as_f64();
                let value = figure("value").unwrap();
                assert!(figure("lower_value").is_none_or(|low| low <= value), "{metric}");
                assert!(figure("upper_value").is_none_or(|high| high >= value), "{metric}");
                let known = ["value", "lower_value", "upper_value"];
                assert!(
                    metric.as_object().unwrap().keys().all(|key| known.contains(&key.as_str()))
                );
                medians.extend(Some(value).filter(|_| !measure.ends_with(" mean")));
            }
        }
        let mut expected: Vec<f64> =
            measured(case).iter().map(|one| one["detail"]["median"].as_f64().unwrap()).collect();
        medians.sort_unstable_by(f64::total_cmp);
        expected.sort_unstable_by(f64::total_cmp);
        assert_eq!(medians, expected, "{case:?}");
    }
}

/// A line of Go's benchmark format, by its proposal: name, iterations, then values with
/// units. Fields are parted by what Unicode calls white space.
fn benchmark(line: &str) -> Option<(&str, Vec<(f64, &str)>)> {
    let mut fields = line.split_whitespace();
    let name = fields.next()?.strip_prefix("Benchmark")?;
    fields.next()?.parse::<u64>().ok()?;
    let mut values = Vec::new();
    while let Some(value) = fields.next() {
        values.push((value.parse().ok()?, fields.next()?));
    }
    (!values.is_empty() && !name.starts_with(char::is_lowercase)).then_some((name, values))
}

#[test]
fn gobench_has_a_line_for_each_run_that_benchstat_reads() {
    for case in CASES {
        let text = rendered(case, "gobench");
        let mut runs: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("Unit ") {
                let mut words = rest.split(' ').skip(1);
                assert!(words.all(|word| word.contains('=')), "{line}");
            } else if let Some(kind) = line.strip_prefix("kind: ") {
                assert!(!kind.is_empty(), "{line}");
            } else {
                let (name, values) = benchmark(line).unwrap_or_else(|| panic!("{line}"));
                let [(value, unit)] = values[..] else { panic!("{line}") };
                runs.entry((name.to_owned(), unit.to_owned())).or_default().push(value);
            }
        }
        let mut counts: Vec<u64> = runs.values().map(|values| values.len() as u64).collect();
        let mut expected: Vec<u64> =
            measured(case).iter().map(|one| one["detail"]["n"].as_u64().unwrap()).collect();
        counts.sort_unstable();
        expected.sort_unstable();
        assert_eq!(counts, expected, "{case:?}: {text}");
    }
    let text = rendered(CASES[1], "gobench");
    assert!(text.contains("Unit wall_seconds better=lower\n"), "{text}");
    let line = "BenchmarkBuild/subject=Dockerfile.production/scenario=code 1 2.01 wall_seconds\n";
    assert!(text.contains(line), "{text}");
}
