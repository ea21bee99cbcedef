//! What `dp-report --format prometheus` writes for the textfile collector of
//! `node_exporter`, and what docs/monitoring makes of it, as Prometheus' own promtool
//! reads it.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dp_testkit::{Tool, skip};
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// The seconds of a day.
const DAY: u64 = 86_400;
/// promtool's time begins in 1970: so many steps lead to the time of a test.
const STEPS: u64 = 2;
/// A budget that no image, start or build of the R package holds.
const BROKEN: [&str; 6] = [
    "--max",
    "size.engine_size_bytes=1MB",
    "--max",
    "start.output_seconds=1ms",
    "--max",
    "build.wall_seconds=1ms",
];

fn promtool() -> Option<OsString> {
    let promtool = std::env::var_os("DP_PROMTOOL");
    if promtool.is_none() {
        skip("there is no promtool: export DP_PROMTOOL=$(scripts/promtool)");
    }
    promtool
}

fn monitoring(name: &str) -> PathBuf {
    Path::new(ROOT).join("docs/monitoring").join(name)
}

/// The figures of these records of docs, with these options.
fn of(files: &[&str], options: &[&str], code: i32) -> Vec<Gauge> {
    let folder = Path::new(ROOT).join("docs/records");
    gauges(Tool::new("dp-report").args(files).args(options).at(&folder), code)
}

/// Those of all example systems.
fn of_all() -> Vec<Gauge> {
    let files = fs::read_dir(Path::new(ROOT).join("docs/records")).unwrap();
    let files: Vec<String> =
        files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    of(&files.iter().map(String::as_str).collect::<Vec<_>>(), &[], 0)
}

/// Those of a file of dp-report's own tests, compared with `main`.
fn of_test(file: &str) -> Vec<Gauge> {
    let folder = Path::new(ROOT).join("tools/dp-report/tests/files");
    gauges(Tool::new("dp-report").args([file, "--against", "main"]).at(&folder), 4)
}

fn gauges(tool: Tool, code: i32) -> Vec<Gauge> {
    let text = tool.args(["--all", "-q", "--format", "prometheus"]).run().expect(code).stdout;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(Gauge::read).collect()
}

/// One line.
#[derive(Debug, Clone)]
struct Gauge {
    /// `name{labels}`.
    series: String,
    value: f64,
}

impl Gauge {
    fn read(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').unwrap();
        Self { series: series.to_owned(), value: value.parse().unwrap() }
    }

    fn name(&self) -> &str {
        self.series.split('{').next().unwrap()
    }

    fn has(&self, label: &str, value: &str) -> bool {
        self.series.contains(&format!("{label}=\"{value}\""))
    }
}

/// When the newest run of all began.
fn newest(gauges: &[Gauge]) -> u64 {
    let runs = gauges.iter().filter(|gauge| gauge.name() == "dp_last_run_timestamp_seconds");
    let newest = runs.map(|gauge| gauge.value).fold(0.0, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time")]
    let seconds = newest as u64;
    seconds
}

fn check(promtool: &OsString, arguments: &[&str], file: &Path) -> Output {
    Command::new(promtool).args(arguments).arg(file).output().unwrap()
}

#[track_caller]
fn assert_good(output: &Output) {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// A test of promtool: these series, looked at so many seconds after the newest run of
/// them.
struct Case<'a> {
    gauges: &'a [Gauge],
    after: u64,
    /// Expressions with the samples that they must have, as promtool writes them.
    expected: Vec<(String, Vec<(String, f64)>)>,
}

impl Case<'_> {
    fn text(&self, rules: &str) -> String {
        let step = (newest(self.gauges) + self.after) / STEPS;
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let mut text = format!(
            "rule_files: [{rules}]\nevaluation_interval: {step}s\ntests:\n  \
             - interval: {step}s\n    input_series:\n"
        );
        for Gauge { series, value } in self.gauges {
            let series = quoted(series);
            let _ = writeln!(text, "      - series: {series}\n        values: '{value}x{STEPS}'");
        }
        text.push_str("    promql_expr_test:\n");
        for (expression, samples) in &self.expected {
            let (expression, time) = (quoted(expression), step * STEPS);
            let _ = writeln!(text, "      - expr: {expression}\n        eval_time: {time}s");
            let _ = writeln!(text, "        exp_samples:");
            for (labels, value) in samples {
                let labels = quoted(labels);
                let _ = writeln!(text, "          - labels: {labels}\n            value: {value}");
            }
        }
        text
    }
}

/// With these files of rules.
#[track_caller]
fn assert_case(promtool: &OsString, rules: &[&str], case: &Case<'_>) {
    let rules: Vec<String> =
        rules.iter().map(|file| format!("\"{}\"", monitoring(file).display())).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.yml");
    fs::write(&file, case.text(&rules.join(", "))).unwrap();
    assert_good(&check(promtool, &["test", "rules"], &file));
}

#[test]
fn promtool_finds_no_fault_in_the_figures_of_the_example_systems() {
    let Some(promtool) = promtool() else { return };
    let records = Path::new(ROOT).join("docs/records");
    let files = fs::read_dir(records).unwrap().map(|entry| entry.unwrap().path());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dp.prom");
    let format = format!("--format=prometheus={}", file.display());
    let _ = Tool::new("dp-report").args(files).args([format, "--all".to_owned()]).run().expect(0);

    let text = fs::read_to_string(&file).unwrap();
    for family in [
        "dp_build_wall_seconds",
        "dp_size_size_bytes",
        "dp_start_ready_seconds",
        "dp_stats_memory_peak_bytes",
        "dp_cache_saved_ratio",
        "dp_last_run_timestamp_seconds",
    ] {
        assert!(text.contains(&format!("# TYPE {family} gauge\n")), "{family}");
    }
    let mut check = Command::new(promtool);
    let checked = check.args(["check", "metrics"]).stdin(File::open(file).unwrap()).output();
    let checked = checked.unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success() && said.is_empty(), "{said}");
}

/// The alerts of the file, in its order.
fn alerts() -> Vec<String> {
    let text = fs::read_to_string(monitoring("alerts.yml")).unwrap();
    let names = text.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.map(str::to_owned).collect()
}

#[test]
fn promtool_finds_no_fault_in_the_rules() {
    let Some(promtool) = promtool() else { return };
    assert_good(&check(&promtool, &["check", "rules"], &monitoring("alerts.yml")));
    assert!(alerts().len() > 10);
}

/// How often each alert must fire on these series, so many days after their newest run.
struct Fires {
    gauges: Vec<Gauge>,
    days: u64,
    alerts: &'static [(&'static str, usize)],
}

const R_PACKAGE: &[&str] = &["r-package-code.jsonl"];
/// One of its containers needs 100.3 of the 108.9 MB that were fitted to it.
const LIMITS: &[&str] = &["r-package-limits.jsonl"];
/// A deployment in place loses requests.
const REHEARSAL: &[&str] = &["services-deploy-rehearsal.jsonl"];

/// With one figure, which is 0, changed.
fn changed(name: &str, statistic: &str, value: f64) -> Vec<Gauge> {
    let mut gauges = of(LIMITS, &[], 0);
    let fits = |gauge: &&mut Gauge| gauge.name() == name && gauge.has("statistic", statistic);
    let found = gauges.iter_mut().find(fits).unwrap_or_else(|| panic!("no {name}"));
    assert!(found.value.abs() <= 0.0, "{found:?}");
    found.value = value;
    gauges
}

fn fires() -> Vec<Fires> {
    let case = |gauges, days, alerts| Fires { gauges, days, alerts };
    let mut without_runs = of(R_PACKAGE, &[], 0);
    without_runs.retain(|gauge| gauge.name() != "dp_runs");
    let against = &["--against", "Dockerfile.production"];
    let broken = &[("DpImageTooBig", 3), ("DpStartTooSlow", 3), ("DpBudgetBroken", 3)];
    let killed = changed("dp_stats_oom_kills", "max", 1.0);
    let throttled = |share| changed("dp_stats_cpu_throttled_ratio", "median", share);
    vec![
        case(of(R_PACKAGE, &[], 0), 6, &[]),
        // Three builds, three images, three starts, three containers.
        case(of(R_PACKAGE, &[], 0), 8, &[("DpStale", 12)]),
        // Two others, by three metrics of a build and two of an image.
        case(of(R_PACKAGE, against, 1), 1, &[("DpRegressed", 10)]),
        case(of(R_PACKAGE, &BROKEN, 1), 1, broken),
        case(of_test("failed.jsonl"), 1, &[("DpRunsFailed", 1), ("DpRunsMissing", 1)]),
        case(of_test("all-failed.jsonl"), 1, &[("DpRunsFailed", 1), ("DpNotCompared", 1)]),
        case(of_test("mixed.jsonl"), 1, &[("DpNotCompared", 1)]),
        case(of(LIMITS, &[], 0), 1, &[("DpMemoryNearLimit", 1)]),
        case(killed, 1, &[("DpMemoryNearLimit", 1), ("DpKilledForMemory", 1)]),
        case(throttled(0.24), 1, &[("DpMemoryNearLimit", 1)]),
        case(throttled(0.26), 1, &[("DpMemoryNearLimit", 1), ("DpThrottled", 1)]),
        case(of(REHEARSAL, &[], 0), 1, &[("DpProbesFail", 1)]),
        case(without_runs, 1, &[("DpSilent", 1)]),
    ]
}

#[test]
fn each_alert_fires_where_it_must_and_nowhere_else() {
    let Some(promtool) = promtool() else { return };
    let mut fired = BTreeSet::new();
    for Fires { gauges, days, alerts } in fires() {
        fired.extend(alerts.iter().map(|(name, _)| (*name).to_owned()));
        let sample =
            |(name, count): &(&str, usize)| (format!("{{alertname=\"{name}\"}}"), *count as f64);
        let expression = "count by (alertname) (ALERTS{alertstate=\"firing\"})".to_owned();
        let expected = vec![(expression, alerts.iter().map(sample).collect())];
        let case = Case { gauges: &gauges, after: days * DAY, expected };
        assert_case(&promtool, &["alerts.yml"], &case);
    }
    let all: BTreeSet<String> = alerts().into_iter().collect();
    assert_eq!(all, fired);
}

#[test]
fn an_alert_names_the_subject_its_metric_and_the_demand() {
    let Some(promtool) = promtool() else { return };
    let gauges = of(R_PACKAGE, &["--max", "size.engine_size_bytes=500MB"], 1);
    let broken = gauges.iter().find(|gauge| gauge.name() == "dp_budget_pass" && gauge.value < 1.0);
    let step = (newest(&gauges) + DAY) / STEPS;
    let text = format!(
        "rule_files: [\"{}\"]
evaluation_interval: {step}s
tests:
  - interval: {step}s
    input_series:
      - series: '{}'
        values: '0x{STEPS}'
      - series: dp_runs
        values: '1x{STEPS}'
    alert_rule_test:
      - eval_time: {}s
        alertname: DpImageTooBig
        exp_alerts:
          - exp_labels:
              severity: warning
              rule: --max size.engine_size_bytes=500MB
              subject: Dockerfile
              scenario: code
              metric: size.engine_size_bytes
              demand: max 500 MB
            exp_annotations:
              summary: 'Dockerfile: size.engine_size_bytes breaks its budget (max 500 MB)'
              description: 'The rule: --max size.engine_size_bytes=500MB'
",
        monitoring("alerts.yml").display(),
        broken.unwrap().series,
        step * STEPS
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.yml");
    fs::write(&file, &text).unwrap();
    assert_good(&check(&promtool, &["test", "rules"], &file));
}

/// The queries of the dashboard, each with the panel that it is of.
fn queries() -> Vec<(String, String)> {
    let text = fs::read_to_string(monitoring("dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        let is_row = panel["type"] == "row";
        let targets = panel["targets"].as_array().into_iter().flatten();
        let before = queries.len();
        queries
            .extend(targets.map(|it| (title.to_owned(), it["expr"].as_str().unwrap().to_owned())));
        assert_eq!(is_row, queries.len() == before, "{title}");
    }
    assert!(queries.len() > 20);
    queries
}

/// All that the example systems have, with a budget that is broken and runs that failed.
fn of_everything() -> Vec<Gauge> {
    let mut series = BTreeMap::new();
    let against = [&BROKEN[..], &["--against", "Dockerfile.production"]].concat();
    let parts = [of_all(), of(R_PACKAGE, &against, 1), of_test("failed.jsonl")];
    // The same series twice would be two values at once.
    for gauge in parts.into_iter().flatten() {
        series.entry(gauge.series.clone()).or_insert(gauge);
    }
    series.into_values().collect()
}

#[test]
fn every_metric_of_the_dashboard_and_of_the_alerts_is_one_that_dp_report_writes() {
    let everything = of_everything();
    let written: BTreeSet<&str> = everything.iter().map(Gauge::name).collect();
    let alerts = fs::read_to_string(monitoring("alerts.yml")).unwrap();
    let rules = alerts.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
    let queries = queries();
    let all = queries.iter().map(|(_, query)| query.as_str()).chain(rules);
    let is_word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let words = all.flat_map(|text| text.split(move |char: char| !is_word(char)));
    let named: BTreeSet<&str> = words.filter(|word| word.starts_with("dp_")).collect();
    // Alerts ask for runs that never came, which is rare: the tests above have one.
    let unknown: Vec<&&str> = named.difference(&written).collect();
    assert!(named.len() > 20 && unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_query_of_the_dashboard_is_answered() {
    let Some(promtool) = promtool() else { return };
    let everything = of_everything();
    // What a user sees at first: all subjects.
    let of_all = |query: &str| query.replace("$subject", ".*");
    let answered = |(_, query): &(String, String)| {
        (format!("count({}) > bool 0", of_all(query)), vec![("{}".to_owned(), 1.0)])
    };
    let expected = queries().iter().map(answered).collect();
    assert_case(&promtool, &[], &Case { gauges: &everything, after: DAY, expected });
}
