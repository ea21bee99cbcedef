//! `JUnit` XML, as Jenkins and GitLab read it: a suite each kind, one for runs that
//! did not come, and one for the budget. A regression or a broken budget is a
//! failure, a run that failed or is missing an error, what is inconclusive is skipped.
//!
//! It holds what the schema of Jenkins' xUnit plugin allows (`junit-10.xsd`): so
//! `testsuites` does not count what was skipped, though each `testsuite` does.

use std::fmt::Write;

use crate::budget::{Check, Outcome};
use crate::input::label;
use crate::input::measure::Measure;
use crate::judge::verdict::Verdict;
use crate::render::values::escaped;
use crate::report::{Report, Row, Table, demands, remarks, words};

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CaseResult {
    Pass,
    Failure,
    Error,
    Skipped,
}

/// One case.
#[derive(Debug)]
struct Case {
    name: String,
    result: CaseResult,
    /// What is said of it.
    message: String,
}

/// A suite with its cases.
#[derive(Debug)]
struct Suite {
    name: String,
    cases: Vec<Case>,
}

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let suites = report.tables.iter().map(|table| suite(table, report));
    let suites = suites.chain([runs(report), budget(report)]);
    let suites: Vec<Suite> = suites.filter(|suite| !suite.cases.is_empty()).collect();
    let all = || suites.iter().flat_map(|suite| &suite.cases);
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let _ = writeln!(text, "<testsuites name=\"dp-report\" {}>", counts(all(), false));
    for suite in &suites {
        write_suite(&mut text, suite, report);
    }
    text + "</testsuites>\n"
}

fn suite(table: &Table, report: &Report) -> Suite {
    // Of a series that never came there is nothing to say but that: see `runs`.
    let is_case = |row: &Row| !row.is_baseline && !report.never_came(row);
    let rows = report.input_of(table).filter(|(_, row)| is_case(row));
    let cases = rows.map(|(measure, row)| case(measure, row));
    Suite { name: table.kind.clone(), cases: cases.collect() }
}

fn case(measure: &Measure, row: &Row) -> Case {
    let comparison = row.comparison.as_ref();
    let result = match comparison.and_then(|comparison| comparison.verdict) {
        Some(Verdict::Regressed) => CaseResult::Failure,
        Some(Verdict::Refused | Verdict::Missing | Verdict::Mixed) => CaseResult::Error,
        Some(Verdict::Inconclusive) => CaseResult::Skipped,
        Some(Verdict::New | Verdict::Improved | Verdict::Unchanged) | None => CaseResult::Pass,
    };
    let figures = words::figures(measure, row);
    let verdict = comparison.and_then(|comparison| comparison.verdict).map(|v| v.to_string());
    let change = comparison.and_then(|comparison| words::change(measure, comparison));
    let reason = comparison.and_then(|found| found.reason.as_ref()).map(ToString::to_string);
    let said = [verdict, change, figures, reason, remarks::busy_row(row)];
    let said: Vec<String> = said.into_iter().flatten().collect();
    let name = format!("{}: {}", label::subject(&row.key), measure.name);
    Case { name, result, message: said.join("; ") }
}

/// Runs that failed or are missing, and pairs that were not compared.
fn runs(report: &Report) -> Suite {
    let failed = report.failures.iter().map(|failures| {
        let why = failures.shown.first().map_or("", |first| first.message.as_str());
        (label::full(&failures.key), format!("{}: {why}", words::failures(failures)))
    });
    let missing = report.missing.iter();
    let missing = missing.map(|missing| (label::full(&missing.key), words::missing(missing)));
    let uncompared = report.uncompared.iter();
    let uncompared = uncompared.map(|one| (label::full(&one.subject), words::uncompared(one)));
    let mut cases: Vec<Case> = Vec::new();
    for (name, message) in failed.chain(missing).chain(uncompared) {
        // One case a series, whatever is wrong with it.
        match cases.iter_mut().find(|case| case.name == name) {
            Some(case) => case.message = format!("{}; {message}", case.message),
            None => cases.push(Case { name, result: CaseResult::Error, message }),
        }
    }
    Suite { name: "runs".to_owned(), cases }
}

fn budget(report: &Report) -> Suite {
    let case = |check: &Check| {
        let result = match check.outcome {
            Outcome::Pass => CaseResult::Pass,
            Outcome::Fail => CaseResult::Failure,
            Outcome::Incomplete | Outcome::Error => CaseResult::Error,
            Outcome::Inconclusive => CaseResult::Skipped,
        };
        let of = check.key.as_ref().map(|key| format!(" of {}", label::subject(key)));
        let demand = demands::demand(check).map(|demand| format!(": {demand}"));
        let name = [check.what.clone(), of.unwrap_or_default(), demand.unwrap_or_default()];
        Case { name: name.concat(), result, message: demands::sentence(check) }
    };
    Suite { name: "budget".to_owned(), cases: report.budget.iter().map(case).collect() }
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case>, with_skipped: bool) -> String {
    let cases: Vec<&Case> = cases.collect();
    let count = |result| cases.iter().filter(|case| case.result == result).count();
    let skipped = format!(" skipped=\"{}\"", count(CaseResult::Skipped));
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"{}",
        cases.len(),
        count(CaseResult::Failure),
        count(CaseResult::Error),
        if with_skipped { skipped } else { String::new() }
    )
}

fn write_suite(text: &mut String, suite: &Suite, report: &Report) {
    let (name, at) = (escaped(&suite.name), report.latest.strftime("%Y-%m-%dT%H:%M:%S"));
    let counts = counts(suite.cases.iter(), true);
    let _ = writeln!(text, "  <testsuite name=\"{name}\" timestamp=\"{at}\" {counts}>");
    for case in &suite.cases {
        let message = escaped(&case.message);
        let _ = write!(text, "    <testcase classname=\"{name}\" name=\"{}\"", escaped(&case.name));
        let _ = match case.result {
            CaseResult::Pass => writeln!(text, "><system-out>{message}</system-out></testcase>"),
            CaseResult::Failure => writeln!(text, "><failure message=\"{message}\"/></testcase>"),
            CaseResult::Error => writeln!(text, "><error message=\"{message}\"/></testcase>"),
            CaseResult::Skipped => writeln!(text, "><skipped message=\"{message}\"/></testcase>"),
        };
    }
    text.push_str("  </testsuite>\n");
}
