//! For machines: a `verdict` record for each metric of each series, for each
//! demand of the budget on each series, and for each series of which runs
//! failed or are missing.

use dp_record::{Failure, Record, SeriesKey, Subject, kind};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::budget::{Asked, Check, Found, Outcome};
use crate::compare::{ALPHA, Change, Comparison, Test};
use crate::contributor::Contributor;
use crate::measure::Measure;
use crate::render::number::number;
use crate::render::{demands, words};
use crate::report::{Failures, MissingRuns, Part, Report, Row};
use crate::summary::{CONFIDENCE, Summary};
use crate::verdict::Verdict;

/// The whole report, a record a line.
pub(crate) fn render(report: &Report) -> String {
    let blocks = report.tables.iter().flat_map(|table| &table.blocks);
    let verdicts = blocks
        .flat_map(|block| block.rows.iter().map(|row| verdict(&block.measure, row, report.latest)));
    let checks = report.budget.iter().map(|check| budget(check, report.latest));
    let failed = report.failures.iter().map(|runs| failed(runs, report.latest));
    let missing = report.missing.iter().map(|runs| missing(runs, report.latest));
    let mut text = String::new();
    for record in verdicts.chain(checks).chain(failed).chain(missing) {
        // Maps of strings and finite numbers always serialise.
        if let Ok(line) = serde_json::to_string(&record) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

fn verdict(measure: &Measure, row: &Row, latest: Timestamp) -> Record {
    let mut detail = Detail::default();
    detail.set("of", row.key.kind.as_str());
    detail.set("metric", measure.name.as_str());
    detail.set("unit", measure.unit.word());
    detail.set("better", measure.better.to_string());
    detail.set("exact", measure.exact);
    detail.set("is_baseline", row.is_baseline);
    if let Some(summary) = &row.summary {
        detail.0.extend(figures(summary));
    }
    if let Some(comparison) = &row.comparison {
        detail.set_comparison(comparison);
    }
    let mut record = about(&row.key, row.at.unwrap_or(latest));
    record.meta.clone_from(&row.meta);
    record.detail = Some(Value::Object(detail.0));
    record
}

/// A record about a series. Its time is that of the last observation, so that
/// the same input gives the same bytes.
fn about(key: &SeriesKey, at: Timestamp) -> Record {
    let mut record = Record::new(kind::VERDICT, at);
    record.subject = Some(Subject {
        name: key.name.clone(),
        scenario: key.scenario.clone(),
        platform: key.platform.clone(),
        variant: key.variant.clone(),
        ..Subject::default()
    });
    record
}

#[derive(Default)]
struct Detail(Map<String, Value>);

impl Detail {
    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn set_known(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    fn set_comparison(&mut self, comparison: &Comparison) {
        self.set_known("verdict", comparison.verdict.map(Verdict::word));
        self.set_known("reason", comparison.reason.as_ref().map(ToString::to_string));
        self.set_known("baseline", comparison.baseline.as_ref().map(figures));
        if let Some(change) = &comparison.change {
            self.set_change(change);
        }
    }

    fn set_change(&mut self, change: &Change) {
        self.set("shift", number(change.estimate));
        self.set_known("shift_ratio", change.relative(change.estimate));
        self.set("floor", number(change.floor));
        let Some((low, high)) = change.interval else { return };
        self.set("shift_low", number(low));
        self.set("shift_high", number(high));
        self.set("method", method(change.test));
        match change.test {
            Test::Paired { rounds } => self.set("rounds", rounds),
            Test::Separate { same_batch, .. } => self.set("same_batch", same_batch),
            Test::Exact => {}
        }
        if let Some(p) = change.p {
            self.set("alpha", ALPHA);
            self.set("p", p);
        }
        self.set_known("smallest_seen", change.smallest_seen.map(number));
    }
}

impl Detail {
    fn set_asked(&mut self, asked: Option<&Asked>) {
        match asked {
            None => {}
            Some(Asked::Bound { side, limit, statistic }) => {
                self.set("demand", side.word());
                self.set("limit", number(*limit));
                self.set("statistic", statistic.word());
            }
            Some(Asked::Change { way, share, than }) => {
                self.set("demand", way.word());
                self.set("limit_ratio", number(*share));
                self.set("than", than.as_str());
            }
            Some(Asked::Records { at_least }) => {
                self.set("demand", "at_least");
                self.set("limit", *at_least);
            }
        }
    }

    fn set_found(&mut self, found: &Found) {
        match found {
            Found::Nothing => {}
            Found::Value(value) => self.set("measured", number(*value)),
            Found::Records(count) => self.set("measured", *count),
            Found::Change(change) => self.set_change(change),
        }
    }
}

fn method(test: Test) -> &'static str {
    match test {
        Test::Exact => "exact",
        Test::Paired { .. } => "signed_rank",
        Test::Separate { .. } => "rank_sum",
    }
}

fn figures(summary: &Summary) -> Map<String, Value> {
    let mut detail = Detail::default();
    detail.set("n", summary.n);
    detail.set("median", number(summary.median));
    if let Some((low, high)) = summary.interval {
        detail.set("low", number(low));
        detail.set("high", number(high));
        detail.set("confidence", CONFIDENCE);
    }
    detail.set("min", number(summary.min));
    detail.set("max", number(summary.max));
    detail.set("outliers", summary.outliers);
    detail.0
}

/// A demand of the budget. One that could not be checked is a failed record.
fn budget(check: &Check, latest: Timestamp) -> Record {
    let mut record = match &check.key {
        Some(key) => about(key, latest),
        None => Record::new(kind::VERDICT, latest),
    };
    let mut demand = Detail::default();
    demand.set("rule", check.source.as_str());
    demand.set("metric", check.what.as_str());
    demand.set_known("unit", check.measure.as_ref().map(|measure| measure.unit.word()));
    demand.set("result", check.outcome.word());
    demand.set_asked(check.asked.as_ref());
    demand.set_found(&check.found);
    demand.set_known("reason", check.reason.as_deref());
    demand.set_known("contributor", check.contributor.as_ref().map(contributor));
    demand.set_known("dockerfile", check.dockerfile.as_deref());
    record.detail = Some(json!({ "budget": demand.0 }));
    if matches!(check.outcome, Outcome::Error | Outcome::Incomplete) {
        let code = format!("budget_{}", check.outcome.word());
        let message = demands::sentence(check);
        record.fail(Failure { code, message, ..Failure::default() });
    }
    record
}

fn contributor(contributor: &Contributor) -> Value {
    let shown = |part: &Part| {
        let mut detail = Detail::default();
        detail.set_known("line", part.line);
        detail.set("instruction", part.text.as_str());
        detail.set(&contributor.unit.to_string(), number(part.amount));
        Value::Object(detail.0)
    };
    let mut detail = Detail::default();
    detail.set("biggest", shown(&contributor.biggest));
    detail.set_known("biggest_with_line", contributor.biggest_with_line.as_ref().map(shown));
    Value::Object(detail.0)
}

fn failed(failures: &Failures, latest: Timestamp) -> Record {
    let mut record = about(&failures.key, latest);
    let log = failures.shown.iter().map(|failure| {
        let (place, run, message) = (&failure.place, &failure.run, &failure.message);
        format!("{run} ({place}): {message}")
    });
    record.detail = Some(json!({ "of": failures.key.kind, "failed": failures.count }));
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
    record.detail = Some(json!({
        "of": missing.key.kind,
        "batch": missing.batch,
        "planned": missing.planned,
        "seen": missing.seen,
    }));
    record.fail(Failure {
        code: "runs_missing".to_owned(),
        message: words::missing(missing),
        ..Failure::default()
    });
    record
}
