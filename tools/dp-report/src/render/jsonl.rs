//! For machines: a `verdict` record for each metric of each series, for each
//! demand of the budget on each series, for each series of which runs failed or
//! are missing, and for each pair that was not compared.

use dp_record::{Failure, Record, VerdictDetail, kind};
use jiff::Timestamp;

use crate::budget::{Check, Outcome};
use crate::report::verdicts::{self, about, record};
use crate::report::{Failures, MissingRuns, Report, Uncompared, demands, words};

/// The whole report, a record a line.
///
/// # Errors
/// Those of the serialiser, which numbers and strings do not have.
pub(crate) fn render(report: &Report) -> serde_json::Result<String> {
    let blocks = report.tables.iter().flat_map(|table| &table.blocks);
    let rows = blocks
        .flat_map(|block| block.rows.iter().map(|row| record(&block.measure, row, report.latest)));
    let checks = report.budget.iter().map(|check| budget(check, report.latest));
    let failed = report.failures.iter().map(|runs| failed(runs, report.latest));
    let missing = report.missing.iter().map(|runs| missing(runs, report.latest));
    let uncompared = report.uncompared.iter().map(|one| uncompared(one, report.latest));
    let records = rows.chain(checks).chain(failed).chain(missing).chain(uncompared);
    records.map(|record| serde_json::to_string(&record).map(|line| line + "\n")).collect()
}

/// A demand of the budget. One that could not be checked is a failed record.
fn budget(check: &Check, latest: Timestamp) -> Record {
    let mut record = match &check.key {
        Some(key) => about(key, latest),
        None => Record::new(kind::VERDICT, latest),
    };
    let budget = Some(verdicts::of_check(check));
    record.detail = Some(VerdictDetail { budget, ..VerdictDetail::default() }.into());
    if matches!(check.outcome, Outcome::Error | Outcome::Incomplete) {
        let code = format!("budget_{}", check.outcome.word());
        let message = demands::sentence(check);
        record.fail(Failure { code, message, ..Failure::default() });
    }
    record
}

/// A subject of which nothing was judged.
fn uncompared(one: &Uncompared, latest: Timestamp) -> Record {
    let mut record = about(&one.subject, latest);
    let kind = Some(one.subject.kind.clone());
    record.detail = Some(VerdictDetail { kind, ..VerdictDetail::default() }.into());
    let (code, message) = ("not_compared".to_owned(), words::uncompared(one));
    record.fail(Failure { code, message, ..Failure::default() });
    record
}

fn failed(failures: &Failures, latest: Timestamp) -> Record {
    let mut record = about(&failures.key, latest);
    let log = failures.shown.iter().map(|failure| {
        let (place, run, message) = (&failure.place, &failure.run, &failure.message);
        format!("{run} ({place}): {message}")
    });
    let detail = VerdictDetail {
        kind: Some(failures.key.kind.clone()),
        failed: Some(failures.count),
        ..VerdictDetail::default()
    };
    record.detail = Some(detail.into());
    record.fail(Failure {
        code: "runs_failed".to_owned(),
        message: words::failures(failures),
        log: log.collect(),
        partial: None,
    });
    record
}

fn missing(missing: &MissingRuns, latest: Timestamp) -> Record {
    let mut record = about(&missing.key, latest);
    let detail = VerdictDetail {
        kind: Some(missing.key.kind.clone()),
        batch: Some(missing.batch.clone()),
        planned: Some(missing.planned.into()),
        seen: Some(missing.seen.into()),
        ..VerdictDetail::default()
    };
    record.detail = Some(detail.into());
    record.fail(Failure {
        code: "runs_missing".to_owned(),
        message: words::missing(missing),
        ..Failure::default()
    });
    record
}
