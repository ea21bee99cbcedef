//! The whole tool over small record files.

use dp_testkit::{Ran, Tool, assert_help, assert_records};

/// What the documentation promises.
const OPTIONS: &str = "--against --baseline --metric --all --stat --across --inconclusive --format \
    --budget --max --min --improve --expect --where --template \
    --busy --confirm --by --history --trend --alert \
    -q --quiet --color schema metrics";

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");

fn dp_report(args: &[&str]) -> Ran {
    tool(args).run()
}

fn tool(args: &[&str]) -> Tool {
    Tool::new("dp-report").args(args).at(FILES.as_ref())
}

fn file(name: &str) -> String {
    let read = std::fs::read_to_string(format!("{FILES}/{name}"));
    read.unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_documented_command_line_is_answered_as_written() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}

#[test]
fn the_help_names_every_option_within_100_columns() {
    assert_help("dp-report", OPTIONS);
}

#[test]
fn the_schema_is_the_committed_one() {
    assert_eq!(dp_report(&["schema"]).expect(0).stdout, dp_record::SCHEMA);
}

#[test]
fn every_metric_is_listed_with_its_unit_and_meaning() {
    let text = dp_report(&["metrics"]).expect(0).stdout;
    for metric in dp_record::catalogue() {
        let unit = metric.unit().to_string();
        let listed = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.starts_with(&[metric.kind, metric.name, &unit]) && line.ends_with(metric.about)
        };
        assert_eq!(text.lines().filter(|line| listed(line)).count(), 1, "{}", metric.name);
    }
    assert_eq!(text.lines().count(), dp_record::catalogue().count() + 2);
    // A time must exceed 5 % and 20 ms.
    let wall = "build wall_seconds seconds lower noisy always 5.0 %, 20.0 ms ";
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.lines().any(|line| words(line).starts_with(wall)), "{text}");
}

#[test]
fn the_list_of_metrics_can_be_read_by_programs_and_pages() {
    let lines = dp_report(&["metrics", "--format", "jsonl"]).expect(0).stdout;
    let listed: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let page = dp_report(&["metrics", "--format", "markdown"]).expect(0).stdout;
    for (metric, object) in dp_record::catalogue().zip(&listed) {
        assert_eq!((&object["kind"], &object["name"]), (&metric.kind.into(), &metric.name.into()));
        assert_eq!(object["unit"], metric.unit().to_string());
        assert_eq!(object["exact"], metric.exact);
        assert_eq!(object["floor"], metric.floor);
        assert!(page.contains(&format!("\n## {}\n", metric.kind)) || page.starts_with("## build"));
        assert!(page.contains(&format!("\n| `{}` | ", metric.name)), "{}", metric.name);
        assert!(page.contains(&format!(" | {} |\n", metric.about)), "{}", metric.name);
    }
    assert_eq!(listed.len(), dp_record::catalogue().count());
}

#[test]
fn stdin_is_read_where_no_file_is_named() {
    let text = file("regressed.jsonl");
    let piped = tool(&["--against", "main"]).stdin(text.clone()).run().expect(1);
    let named = dp_report(&["regressed.jsonl", "--against", "main"]).expect(1);
    assert_eq!(piped.stdout, named.stdout);
    let dash = tool(&["-", "--against", "main"]).stdin(text).run().expect(1);
    assert_eq!(dash.stdout, named.stdout);
}

#[test]
fn with_files_stdin_is_never_touched() {
    // These would be duplicates, and an error.
    let text = file("improved.jsonl");
    let ran = tool(&["improved.jsonl", "--against", "main"]).stdin(text).run();
    assert_eq!(ran.expect(0).stderr, "");
}

#[test]
fn a_tool_that_died_before_its_first_record_is_no_pass() {
    let ran = tool(&["--against", "main"]).stdin("").run().expect(2);
    assert_eq!(ran.stderr, "dp-report: stdin: no records: did the tool before fail?\n");
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_tool_that_died_in_mid_run_is_no_pass_and_what_came_is_shown() {
    let text = file("improved.jsonl");
    let lines: Vec<&str> = text.lines().take(14).collect();
    let ran = tool(&["--against", "main"]).stdin(lines.join("\n")).run().expect(4);
    assert!(ran.stdout.contains(" build head warm: 2 of 8 planned runs are missing (batch b1)\n"));
    assert!(ran.stdout.contains(" build main warm: 1 of 8 planned runs is missing (batch b1)\n"));
    assert!(ran.stdout.contains("6 v 7"), "{}", ran.stdout);
}

#[test]
fn a_pair_whose_runs_are_all_missing_is_named_as_missing_alone() {
    let text = file("improved.jsonl");
    let planned = text.lines().next().unwrap().replace("\"warm\"", "\"cold\"").replace("b1", "b2");
    let ran = tool(&["--against", "main"]).stdin(format!("{text}{planned}\n")).run().expect(4);
    assert!(ran.stdout.contains(" build head cold: 8 of 8 planned runs are missing (batch b2)\n"));
    // In the result, and where it is told in full.
    assert_eq!(ran.stdout.matches("head cold:").count(), 2, "{}", ran.stdout);
    assert!(!ran.stdout.contains("not compared"), "{}", ran.stdout);
}

#[test]
fn a_reader_that_goes_away_does_not_change_the_answer() {
    let mut running = tool(&["regressed.jsonl", "--against", "main"]).start();
    running.close_stdout();
    let ran = running.wait().expect(1);
    assert_eq!(ran.stderr, "");
}

#[test]
fn several_formats_are_written_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let markdown = format!("markdown={}", path("r.md"));
    let jsonl = format!("jsonl={}", path("r.jsonl"));
    let input = ["pipe.jsonl", "--against", "main"];
    let formats = ["--format", &markdown, "--format", &jsonl, "--format", "text"];
    let ran = dp_report(&[&input[..], &formats[..]].concat()).expect(0);
    assert_eq!(ran.stdout, dp_report(&input).stdout);
    let alone = |format| dp_report(&[&input[..], &["--format", format]].concat()).stdout;
    assert_eq!(std::fs::read_to_string(path("r.md")).unwrap(), alone("markdown"));
    assert_eq!(std::fs::read_to_string(path("r.jsonl")).unwrap(), alone("jsonl"));
}

#[test]
fn every_verdict_is_a_record_that_the_schema_allows() {
    let baselines =
        [("sizes-after.jsonl", "sizes-before.jsonl"), ("other-ground.jsonl", "improved.jsonl")];
    for (name, baseline) in baselines {
        let ran = dp_report(&[name, "--baseline", baseline, "--all", "--format", "jsonl"]);
        assert!(!assert_records(&ran.stdout).is_empty());
    }
    for name in ["pipe", "failed", "mixed", "regressed", "inconclusive", "scenarios", "single"] {
        let name = format!("{name}.jsonl");
        for against in [&["--against", "main"][..], &[]] {
            let args = [&[&name, "--all", "--format", "jsonl"], against].concat();
            let records = assert_records(&dp_report(&args).stdout);
            assert!(!records.is_empty() && records.iter().all(|record| record.kind == "verdict"));
        }
    }
}

#[test]
fn the_worst_answer_of_a_budget_wins() {
    // Whole input: 5 rules broken. Without one image: that is missing too.
    let code = |input: &str, budget: &str, code| {
        let _ = dp_report(&[input, "--budget", budget]).expect(code);
    };
    code("two-files.jsonl", "budget.toml", 0);
    code("two-files-short.jsonl", "budget.toml", 4);
    code("two-files-short.jsonl", "broken.toml", 1);
    code("two-files-short.jsonl", "unclear.toml", 2);
    let both = ["two-files-short.jsonl", "--budget", "broken.toml", "--max", "nothing=1"];
    let _ = dp_report(&both).expect(2);
}

#[test]
fn bytes_for_nothing_are_traced_to_the_layer_that_wrote_them() {
    // The biggest layer is the base; the dead bytes come from line 4.
    let message = |metric: &str| {
        let max = format!("{metric}=20MB");
        let ran = dp_report(&["dead.jsonl", "--max", &max, "--format", "github"]).expect(1);
        ran.stdout
    };
    let of_dead = message("dead_bytes");
    assert!(of_dead.starts_with("::error file=Dockerfile,line=4,"), "{of_dead}");
    let biggest =
        "layer with most dead bytes: 29.0 MB, line 4: RUN curl -O https://example.org/big";
    assert!(of_dead.contains(biggest), "{of_dead}");
    let of_size = message("engine_size_bytes");
    let biggest = "biggest layer: 60.0 MB: FROM debian; biggest with a line: 29.0 MB, line 4: RUN";
    assert!(of_size.contains(biggest), "{of_size}");
}

#[test]
fn an_inconclusive_demand_passes_unless_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.toml").display().to_string();
    let rule = "[[rule]]\nmetric = \"wall_seconds\"\nthan = \"main\"\nworsen = \"10%\"\n";
    std::fs::write(&path, rule).unwrap();
    // Differences of -0.2 to 0.5 s from 2.07 s, across the limit of 0.207 s.
    let args = ["inconclusive.jsonl", "--budget", &path];
    let ran = dp_report(&args).expect(0);
    assert!(ran.stdout.contains("budget: 1 inconclusive"), "{}", ran.stdout);
    let _ = dp_report(&[&args[..], &["--inconclusive", "fail"]].concat()).expect(1);
}

#[test]
fn every_demand_is_a_record_that_the_schema_allows() {
    for budget in ["budget", "broken", "incomplete", "unclear"] {
        let budget = format!("{budget}.toml");
        let ran = dp_report(&["two-files.jsonl", "--budget", &budget, "--format", "jsonl"]);
        let records = assert_records(&ran.stdout);
        let of_budget = |record: &&dp_record::Record| {
            record.verdict_detail().is_some_and(|detail| detail.budget.is_some())
        };
        assert!(records.iter().filter(of_budget).count() >= 3, "{budget}");
    }
}

#[test]
fn the_more_verdicts_a_report_gives_the_surer_each_must_be() {
    // Of `main` and so many copies of `head`, which is 26 % slower.
    let text = file("regressed.jsonl");
    let (head, rest): (Vec<&str>, Vec<&str>) =
        text.lines().skip(1).partition(|line| line.contains(r#""name":"head""#));
    for (copies, bound, counted) in [
        (1, 0.9, "verdicts by tests: 1, of which chance alone gives at most 0.01"),
        (9, 0.985, "verdicts by tests: 9, of which chance alone gives at most 0.07"),
        (27, 0.995, "verdicts by tests: 27, of which chance alone gives at most 0.21"),
    ] {
        let copy = |n: usize| {
            let name = format!(r#""name":"head{n}""#);
            head.iter().map(|line| line.replace(r#""name":"head""#, &name) + "\n").collect()
        };
        let copies: String = (0..copies).map(copy).collect::<Vec<String>>().concat();
        let input = rest.join("\n") + "\n" + &copies;
        let said = tool(&["--against", "main"]).stdin(input.clone()).run().expect(1).stdout;
        assert!(said.contains(counted), "{said}");
        let args = ["--against", "main", "--format", "jsonl"];
        let lines = tool(&args).stdin(input).run().expect(1).stdout;
        let details = assert_records(&lines);
        let details = details.iter().filter_map(dp_record::Record::verdict_detail);
        let mut confidences = details.filter_map(|detail| detail.bound_confidence).peekable();
        assert!(confidences.peek().is_some());
        assert!(confidences.all(|confidence| (confidence - bound).abs() < 1e-12), "{lines}");
    }
}

#[test]
fn a_report_is_no_input() {
    let verdicts = dp_report(&["pipe.jsonl", "--format", "jsonl"]).expect(0).stdout;
    let ran = tool(&[]).stdin(verdicts).run().expect(2);
    assert!(ran.stderr.contains("no observation"), "{}", ran.stderr);
}

#[test]
fn text_from_records_cannot_reach_the_terminal_as_control() {
    for format in ["text", "markdown"] {
        let ran = dp_report(&["failed.jsonl", "--format", format]).expect(4);
        let controls = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
        assert!(!controls(&ran.stdout), "{}", ran.stdout);
    }
}

#[test]
fn other_peoples_records_without_a_batch_are_compared_with_a_word_about_it() {
    let ran = dp_report(&["others.jsonl", "--baseline", "others.jsonl"]).expect(0);
    assert!(ran.stdout.contains("the records do not tell their ground"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the baseline is of another batch"), "{}", ran.stdout);
}

#[test]
fn a_file_that_is_called_like_a_command_is_read_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schema"), file("improved.jsonl")).unwrap();
    let read = Tool::new("dp-report").args(["./schema"]).at(folder.path()).run().expect(0);
    assert!(read.stdout.contains("wall_seconds"));
}
