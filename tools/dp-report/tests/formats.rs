//! Each format against the rules of those who read it.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod listed;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dp_testkit::Tool;
use serde_json::Value;

use listed::formats;

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");

/// Inputs with names that try to break out, failures, budgets, baselines.
const CASES: [&[&str]; 6] = [
    &["nasty.jsonl", "--against", "main", "--max", "rate=105"],
    &["two-files.jsonl", "--against", "Dockerfile", "--budget", "broken.toml", "--all"],
    &["failed.jsonl", "--against", "main"],
    &["sizes-after.jsonl", "--baseline", "sizes-before.jsonl"],
    &["two-files.jsonl", "--budget", "unclear.toml"],
    &["findings.jsonl"],
];

fn rendered(arguments: &[&str], format: &str) -> String {
    let arguments = [arguments, &["--format", format]].concat();
    Tool::new("dp-report").args(arguments).at(FILES.as_ref()).run().stdout
}

/// The verdict records of metrics: what every other format must agree with.
fn verdicts(arguments: &[&str]) -> Vec<Value> {
    let text = rendered(arguments, "jsonl");
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["detail"]["metric"].is_string()).collect()
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs())
}

#[test]
fn every_format_is_on_its_page_and_has_expected_output() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(folder.join("../../docs/dp-report.md")).unwrap();
    let expected: String = fs::read_dir(folder.join("tests/cmd"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "trycmd"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    // The first is the default.
    for name in &formats()[1..] {
        assert!(page.contains(&format!("`{name}`")), "docs/dp-report.md does not name {name}");
        let option = format!(" --format {name}\n");
        assert!(expected.contains(&option), "no command in tests/cmd ends in{option}");
    }
}

#[test]
fn the_same_bytes_give_the_same_bytes() {
    for format in formats() {
        let case = ["pipe.jsonl", "--against", "main", "--all"];
        assert_eq!(rendered(&case, &format), rendered(&case, &format), "{format}");
    }
}

#[test]
fn csv_has_the_figures_of_the_records_under_the_same_names() {
    for case in CASES {
        let text = rendered(case, "csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let place = |name: &str| header.iter().position(|head| head == name).unwrap();
        let rows = reader.records().map(Result::unwrap);
        let rows: Vec<csv::StringRecord> =
            rows.filter(|row| !row[place("metric")].is_empty()).collect();
        let records = verdicts(case);
        assert_eq!(rows.len(), records.len(), "{case:?}");
        for (row, record) in rows.iter().zip(&records) {
            let cell = |name: &str| &row[place(name)];
            for name in ["metric", "unit", "better", "verdict", "reason"] {
                assert_eq!(cell(name), record["detail"][name].as_str().unwrap_or(""), "{name}");
            }
            for name in ["n", "median", "low", "high", "min", "max", "change", "change_low", "p"] {
                let expected = record["detail"][name].as_f64();
                assert_eq!(cell(name).parse::<f64>().ok(), expected, "{name} in {case:?}");
            }
        }
    }
}

#[test]
fn csv_has_a_column_for_every_field_of_a_row_and_no_row_slips() {
    for case in CASES {
        let text = rendered(case, "csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        for (row, record) in rows.iter().zip(verdicts(case)) {
            let fields = record["detail"].as_object().unwrap().keys();
            assert!(fields.into_iter().all(|name| header.iter().any(|head| head == name)));
            let known = record["detail"].as_object().unwrap().len();
            let subject = ["name", "scenario", "platform", "variant"];
            let cells = header.iter().zip(row).filter(|(head, _)| !subject.contains(head));
            assert_eq!(cells.filter(|(_, cell)| !cell.is_empty()).count(), known, "{case:?}");
        }
    }
}

#[test]
fn no_text_in_csv_is_a_formula() {
    let text = rendered(&["formulas.jsonl"], "csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells: Vec<String> = reader
        .records()
        .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let formula = |cell: &&String| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    assert!(cells.iter().filter(formula).all(|cell| cell.parse::<f64>().is_ok()), "{text}");
    for expected in
        ["'=cmd|' /C calc'!A0", "'+1+1", "'-2+3", "'@SUM(1)", "'=bench", "'@rate", "'+pages/s"]
    {
        assert!(cells.iter().any(|cell| cell == expected), "{expected} in {text}");
    }
    // Numbers stay numbers, whoever wrote them.
    assert!(cells.iter().any(|cell| cell == "-5") && cells.iter().any(|cell| cell == "-3.5"));
}

#[test]
fn junit_is_well_formed_and_its_counts_are_those_of_its_cases() {
    for case in CASES {
        let text = rendered(case, "junit");
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(root.tag_name().name(), "testsuites");
        let suites = root.children().filter(|node| node.has_tag_name("testsuite"));
        for node in suites.chain([root]) {
            let within = |name: &str| {
                node.descendants().filter(|node| node.has_tag_name(name)).count().to_string()
            };
            for (attribute, tag) in [
                ("tests", "testcase"),
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            ] {
                // The schema of Jenkins allows it in suites alone.
                let is_counted = attribute != "skipped" || node != root;
                let expected = is_counted.then(|| within(tag));
                assert_eq!(node.attribute(attribute), expected.as_deref(), "{case:?}");
            }
        }
        let regressed = verdicts(case);
        let regressed =
            regressed.iter().filter(|record| record["detail"]["verdict"] == "regressed");
        let message = |node: &roxmltree::Node<'_, '_>| {
            node.attribute("message").is_some_and(|message| message.starts_with("regressed;"))
        };
        assert_eq!(document.descendants().filter(message).count(), regressed.count());
    }
}

/// A sample as the exposition format has it: name, labels and value.
fn sample(line: &str) -> (String, String, f64) {
    let (name, rest) = line.split_once('{').unwrap();
    let end = rest.rfind("} ").unwrap();
    let (labels, value) = (&rest[..end], &rest[end + 2..]);
    let mut left = labels;
    while !left.is_empty() {
        let (label, behind) = left.split_once("=\"").unwrap();
        assert!(is_name(label) && !label.contains(':'), "{line}");
        let mut end = None;
        let mut escaped = false;
        for (at, char) in behind.char_indices() {
            match char {
                _ if escaped => {
                    assert!(matches!(char, '\\' | '"' | 'n'), "{line}");
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let behind = &behind[end.unwrap() + 1..];
        left = behind.strip_prefix(',').unwrap_or(behind);
    }
    (name.to_owned(), labels.to_owned(), value.parse().unwrap())
}

fn is_name(name: &str) -> bool {
    let fits = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | ':');
    !name.is_empty()
        && !name.starts_with(|char: char| char.is_ascii_digit())
        && name.chars().all(fits)
}

#[test]
fn prometheus_families_are_together_and_no_series_is_there_twice() {
    for case in CASES {
        let text = rendered(case, "prometheus");
        let (mut families, mut series) = (BTreeSet::new(), BTreeSet::new());
        let mut family = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let name = help.split(' ').next().unwrap();
                name.clone_into(&mut family);
                assert!(is_name(name) && name.starts_with("dp_"), "{name}");
                assert!(families.insert(family.clone()), "{family} twice");
                assert_eq!(lines.next().unwrap(), format!("# TYPE {family} gauge"));
            } else {
                let (name, labels, value) = sample(line);
                assert_eq!(name, family);
                assert!(value.is_finite());
                assert!(series.insert((name, labels)), "{line} twice");
            }
        }
        assert!(text.ends_with('\n') && !series.is_empty());
    }
}

#[test]
fn prometheus_medians_are_those_of_the_records() {
    let case = CASES[1];
    let text = rendered(case, "prometheus");
    for record in verdicts(case) {
        let (detail, name) = (&record["detail"], record["subject"]["name"].as_str().unwrap());
        let (kind, metric) = (detail["kind"].as_str().unwrap(), detail["metric"].as_str().unwrap());
        let series = format!("dp_{kind}_{metric}{{subject=\"{name}\",");
        let median = |line: &&str| line.starts_with(&series) && line.contains("\"median\"");
        let line = text.lines().find(median).unwrap();
        assert!(close(sample(line).2, detail["median"].as_f64().unwrap()), "{line}");
    }
}

/// A workflow command as the runner reads it: command, properties, message.
fn command(line: &str) -> (String, Vec<(String, String)>, String) {
    let unescaped = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    };
    let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (word, properties) = head.split_once(' ').unwrap();
    let properties = properties.split(',').map(|property| {
        let (name, value) = property.split_once('=').unwrap();
        (name.to_owned(), unescaped(value))
    });
    (word.to_owned(), properties.collect(), unescaped(message))
}

#[test]
fn github_reads_the_annotations_as_they_were_meant() {
    for case in CASES {
        for line in rendered(case, "github").lines() {
            let (word, properties, message) = command(line);
            assert!(["error", "warning", "notice"].contains(&word.as_str()));
            let allowed = ["file", "line", "title"];
            assert!(properties.iter().all(|(name, _)| allowed.contains(&name.as_str())), "{line}");
            let line = properties.iter().find(|(name, _)| name == "line");
            assert!(line.is_none_or(|(_, line)| line.parse::<u64>().is_ok()));
            assert!(!message.is_empty());
        }
    }
    let nasty = rendered(CASES[0], "github");
    let (_, properties, _) = command(nasty.lines().next().unwrap());
    assert_eq!(properties[0], ("file".to_owned(), "dir,1/Docker:file".to_owned()));
}

#[test]
fn github_names_the_line_of_the_biggest_contributor() {
    let text = rendered(CASES[1], "github");
    let (word, properties, message) = command(text.lines().next().unwrap());
    let expected = [("file", "app/Dockerfile"), ("line", "6")];
    let found: Vec<(&str, &str)> =
        properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!((word.as_str(), &found[..2]), ("error", &expected[..]));
    assert!(message.contains("500.0 MB, demanded is max 499.9 MB"), "{message}");
}

#[test]
fn the_benchmark_action_gets_one_direction_a_file() {
    for case in CASES {
        for (format, better) in
            [("github-action-benchmark", "lower"), ("github-action-benchmark-bigger", "higher")]
        {
            let list: Value = serde_json::from_str(&rendered(case, format)).unwrap();
            let mut names = BTreeSet::new();
            for entry in list.as_array().unwrap() {
                assert!(names.insert(entry["name"].as_str().unwrap().to_owned()), "{entry}");
                assert!(entry["value"].is_number() && entry["unit"].is_string());
                let Some(range) = entry["range"].as_str() else { continue };
                let half = range.strip_prefix("± ").unwrap();
                assert!(half.len() >= 2 && half.parse::<f64>().unwrap() >= 0.0, "{range}");
            }
            let is_other_side = |record: &Value| {
                record["detail"]["is_baseline"] == true && case.contains(&"--baseline")
            };
            let expected = verdicts(case).into_iter().filter(|record| {
                let detail = &record["detail"];
                detail["better"] == better && detail["n"].is_number() && !is_other_side(record)
            });
            assert_eq!(names.len(), expected.count(), "{format} {case:?}");
        }
    }
}

#[test]
fn hyperfine_figures_follow_from_their_times() {
    for case in CASES {
        let text: Value = serde_json::from_str(&rendered(case, "hyperfine")).unwrap();
        for result in text["results"].as_array().unwrap() {
            let times: Vec<f64> =
                result["times"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
            let mean = times.iter().sum::<f64>() / times.len() as f64;
            assert!(close(result["mean"].as_f64().unwrap(), mean), "{result}");
            let (low, high) = (result["min"].as_f64().unwrap(), result["max"].as_f64().unwrap());
            assert!(times.iter().all(|time| (low..=high).contains(time)));
            assert!(result["command"].is_string() && result["parameters"].is_object());
            assert_eq!(result["stddev"].is_number(), times.len() > 1);
            assert!((low..=high).contains(&result["median"].as_f64().unwrap()));
        }
    }
    let builds: Value = serde_json::from_str(&rendered(CASES[1], "hyperfine")).unwrap();
    assert_eq!(builds["results"].as_array().unwrap().len(), 2); // no times of sizes
}
