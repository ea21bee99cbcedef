//! What the report says of one metric of one series, and of one demand of the
//! budget, as `verdict` records have it. CSV and templates show the same row.

use dp_record::detail::verdict::{self as detail, BudgetVerdict, ContributorPart};
use dp_record::{Metrics, Record, Run, SeriesKey, Subject, Unit, VerdictDetail, kind};
use jiff::Timestamp;

use crate::budget::{Check, CheckedDemand, Measured};
use crate::explain::contributor::Contributor;
use crate::explain::usage::Part;
use crate::input::measure::Measure;
use crate::judge::compare::{Change, Comparison, Test};
use crate::judge::rule::EQUIVALENCE_ALPHA;
use crate::judge::summary::{CONFIDENCE, Summary};
use crate::judge::verdict::{ALPHA, Verdict};
use crate::report::{Report, Row};

/// One metric of one series, with its comparison if there was one.
pub(crate) fn of_row(measure: &Measure, row: &Row) -> VerdictDetail {
    let mut detail = VerdictDetail {
        kind: Some(row.key.kind.clone()),
        metric: Some(measure.name.clone()),
        unit: Some(measure.unit.word()),
        better: Some(measure.better.to_string()),
        exact: Some(measure.exact),
        is_baseline: Some(row.is_baseline),
        ..VerdictDetail::default()
    };
    if let Some(summary) = &row.summary {
        set_summary(&mut detail, summary);
    }
    if let Some(comparison) = &row.comparison {
        set_comparison(&mut detail, comparison);
    }
    let known = row.statistics.iter().filter_map(|(one, value)| Some((one.word(), (*value)?)));
    detail.statistics = known.collect::<Metrics>();
    detail.drift = row.shape.drift;
    (detail.peak_low, detail.peak_high) = row.shape.peaks.map(|gap| (gap.low, gap.high)).unzip();
    detail.other_cpu_ratio = row.busy.share();
    detail.baseline_other_cpu_ratio = row.baseline_busy.share();
    detail
}

/// The `verdict` record of a row; `latest` is its time where it has none of its own.
pub(crate) fn record(measure: &Measure, row: &Row, latest: Timestamp) -> Record {
    let mut record = about(&row.key, row.at.unwrap_or(latest));
    record.meta.clone_from(&row.meta);
    record.detail = Some(of_row(measure, row).into());
    record
}

/// A `verdict` record about a series. Its time is that of the last observation, so
/// that the same input gives the same bytes.
pub(crate) fn about(key: &SeriesKey, at: Timestamp) -> Record {
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

/// What a history keeps of a report: the record of each row that can be judged, with
/// the batch and the environment that it was measured in. What is no measurement of
/// one thing is left out.
pub(crate) fn for_history(report: &Report) -> Vec<Record> {
    let comparable = |row: &&Row| {
        let verdict = row.comparison.as_ref().and_then(|comparison| comparison.verdict);
        row.summary.is_some() && verdict != Some(Verdict::Mixed)
    };
    let judged = report.input().filter(|(measure, _)| measure.judged);
    let kept = judged.filter(|(_, row)| comparable(row));
    let with_batch = |(measure, row): (&Measure, &Row)| {
        let mut record = record(measure, row, report.latest);
        let batch = (!row.batch.is_empty()).then(|| row.batch.clone());
        record.run = batch.map(|batch| Run { batch, ..Run::default() });
        record.env.clone_from(&row.env);
        record
    };
    kept.map(with_batch).collect()
}

fn set_summary(detail: &mut VerdictDetail, summary: &Summary) {
    detail.n = Some(summary.n as u64);
    detail.median = Some(summary.median);
    (detail.low, detail.high) = summary.interval.unzip();
    detail.confidence = summary.interval.map(|_| CONFIDENCE);
    detail.min = Some(summary.min);
    detail.max = Some(summary.max);
    detail.outliers = Some(summary.outliers as u64);
}

fn set_comparison(detail: &mut VerdictDetail, comparison: &Comparison) {
    detail.verdict = comparison.verdict.map(Verdict::word).map(str::to_owned);
    detail.reason = comparison.reason.as_ref().map(ToString::to_string);
    if let Some(baseline) = &comparison.baseline {
        detail.baseline_n = Some(baseline.n as u64);
        detail.baseline_median = Some(baseline.median);
        (detail.baseline_low, detail.baseline_high) = baseline.interval.unzip();
        detail.baseline_min = Some(baseline.min);
        detail.baseline_max = Some(baseline.max);
        detail.baseline_outliers = Some(baseline.outliers as u64);
    }
    if let Some(change) = &comparison.change {
        set_change(detail, change);
    }
}

fn set_change(detail: &mut VerdictDetail, change: &Change) {
    detail.change = Some(change.estimate);
    detail.change_ratio = change.relative(change.estimate);
    detail.floor = Some(change.floor);
    let Some((low, high)) = change.interval else { return };
    (detail.change_low, detail.change_high) = (Some(low), Some(high));
    detail.change_low_ratio = change.relative(low);
    detail.change_high_ratio = change.relative(high);
    detail.method = Some(method(change.test).to_owned());
    match change.test {
        Test::Paired { rounds } => detail.rounds = Some(rounds as u64),
        Test::Separate { same_batch, .. } => detail.same_batch = Some(same_batch),
        Test::Batches { baseline, subject } => {
            detail.baseline_batches = Some(baseline as u64);
            detail.batches = Some(subject as u64);
        }
        Test::Exact => {}
    }
    detail.alpha = change.p.map(|_| ALPHA);
    detail.p = change.p;
    if let Some(bounds) = change.bounds {
        detail.bound = change.at_least();
        detail.bound_confidence = Some(1.0 - bounds.alpha);
        let (low, high) = bounds.equivalence;
        (detail.equivalence_low, detail.equivalence_high) = (Some(low), Some(high));
        detail.equivalence_confidence = Some(1.0 - EQUIVALENCE_ALPHA);
    }
    detail.minimum_detectable = change.minimum_detectable;
    detail.minimum_detectable_ratio =
        change.minimum_detectable.and_then(|figure| change.relative(figure));
}

fn method(test: Test) -> &'static str {
    match test {
        Test::Exact => "exact",
        Test::Paired { .. } => "signed_rank",
        Test::Separate { .. } => "rank_sum",
        Test::Batches { .. } => "between_batches",
    }
}

/// One demand of the budget on one series.
pub(crate) fn of_check(check: &Check) -> BudgetVerdict {
    let mut verdict = BudgetVerdict {
        rule: check.source.clone(),
        metric: check.what.clone(),
        unit: check.measure.as_ref().map(|measure| measure.unit.word()),
        result: check.outcome.word().to_owned(),
        reason: check.reason.clone(),
        note: check.note.clone(),
        contributor: check.contributor.as_ref().map(contributor),
        dockerfile: check.dockerfile.clone(),
        ..BudgetVerdict::default()
    };
    match &check.demand {
        None => {}
        Some(CheckedDemand::Bound { kind, limit, statistic }) => {
            verdict.demand = Some(kind.word().to_owned());
            verdict.limit = Some(*limit);
            verdict.statistic = Some(statistic.word());
        }
        Some(CheckedDemand::Change { kind, share, than }) => {
            verdict.demand = Some(kind.word().to_owned());
            verdict.limit_ratio = Some(*share);
            verdict.than = Some(than.clone());
        }
        Some(CheckedDemand::Records { at_least }) => {
            verdict.demand = Some("at_least".to_owned());
            verdict.limit = Some(*at_least as f64);
        }
    }
    match &check.measured {
        Measured::Nothing => {}
        Measured::Value(value) => verdict.measured = Some(*value),
        Measured::Records(count) => verdict.measured = Some(*count as f64),
        Measured::Change(change) => set_measured_change(&mut verdict, change),
    }
    verdict
}

/// The same fields as in the row of a metric.
fn set_measured_change(verdict: &mut BudgetVerdict, change: &Change) {
    let mut row = VerdictDetail::default();
    set_change(&mut row, change);
    verdict.change = row.change;
    verdict.change_ratio = row.change_ratio;
    verdict.change_low = row.change_low;
    verdict.change_high = row.change_high;
    verdict.floor = row.floor;
    verdict.minimum_detectable = row.minimum_detectable;
    verdict.method = row.method;
    verdict.rounds = row.rounds;
    verdict.same_batch = row.same_batch;
    verdict.alpha = row.alpha;
    verdict.p = row.p;
}

fn contributor(contributor: &Contributor) -> detail::Contributor {
    let part = |part: &Part| {
        let amount_in = |unit: Unit| (contributor.unit == unit).then_some(part.amount);
        ContributorPart {
            line: part.line,
            instruction: part.text.clone(),
            seconds: amount_in(Unit::Seconds),
            bytes: amount_in(Unit::Bytes),
        }
    };
    detail::Contributor {
        biggest: part(&contributor.biggest),
        biggest_with_line: contributor.biggest_with_line.as_ref().map(part),
    }
}
