//! What templates see of a report. Every name is always there; what is not
//! known is none.

use std::collections::BTreeMap;

use dp_math::Sample;
use dp_record::{Finding, printable};
use minijinja::Value;
use minijinja::value::Serde;
use serde_json::{Value as Json, json};

use crate::budget::Check;
use crate::explain::advice::{self, Advice};
use crate::explain::usage::{Part, Usage};
use crate::history::trend::{Level, Point, Trend};
use crate::input::measure::Measure;
use crate::judge::pairing::Against;
use crate::judge::statistic::Statistic;
use crate::render::markdown;
use crate::report::demands::{demand, measured, sentence};
use crate::report::{Report, Row, verdicts, words};

/// Characters of a text from a record.
const TEXT_CHARS: usize = 300;

/// All that templates see.
pub(crate) struct Data {
    /// What was measured.
    pub(crate) series: Vec<Json>,
    /// How it compares.
    pub(crate) compare: Vec<Json>,
    report: Json,
    budget: Vec<Json>,
}

/// What templates see of this report.
pub(crate) fn of(report: &Report) -> Data {
    let series = report.input().filter(|(_, row)| row.summary.is_some());
    let compared = report.input().filter(|(_, row)| row.comparison.is_some());
    Data {
        series: series.map(|(measure, row)| of_row(measure, row)).collect(),
        compare: compared.map(|(measure, row)| of_row(measure, row)).collect(),
        report: of_report(report),
        budget: report.budget.iter().map(of_check).collect(),
    }
}

impl Data {
    /// The names of a template.
    pub(crate) fn context(&self) -> Value {
        let mut report = self.report.clone();
        report["series"] = json!(self.series);
        report["compare"] = json!(self.compare);
        Value::from(Serde(json!({ "report": report, "budget": self.budget })))
    }
}

fn of_report(report: &Report) -> Json {
    let against = match &report.against {
        Against::Nothing => None,
        Against::Subject(name) | Against::File(name) | Against::Marked(name) => Some(text(name)),
    };
    let failures = report.failures.iter().map(words::failures);
    let failures = failures.chain(report.missing.iter().map(words::missing));
    let failures = failures.chain(report.uncompared.iter().map(words::uncompared));
    json!({
        "at": report.latest.to_string(),
        "date": report.latest.strftime("%Y-%m-%d").to_string(),
        "against": against,
        "counts": words::counts(report),
        "grounds": report.environments,
        "markdown": markdown::render(report),
        "times": report.times.iter().map(of_usage).collect::<Vec<_>>(),
        "bytes": report.bytes.iter().map(of_usage).collect::<Vec<_>>(),
        "findings": report.findings.iter().map(of_advice).collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
        "notes": report.notes,
        "history": report.history.iter().flat_map(|it| &it.trends).map(of_trend).collect::<Vec<_>>(),
    })
}

/// How one metric of one series went: its points, and the levels that they make.
fn of_trend(trend: &Trend) -> Json {
    let known = |part: &Option<String>| part.as_deref().map(text);
    let meta = |point: &Point| -> BTreeMap<String, String> {
        point.meta.iter().map(|(key, value)| (text(key), text(value))).collect()
    };
    let point = |point: &Point| {
        json!({
            "at": point.at.to_string(),
            "date": point.at.strftime("%Y-%m-%d").to_string(),
            "batch": text(&point.batch),
            "n": point.n,
            "median": point.median,
            "low": point.interval.map(|(low, _)| low),
            "high": point.interval.map(|(_, high)| high),
            "verdict": known(&point.verdict),
            "meta": meta(point),
        })
    };
    let level =
        |level: &Level| json!({ "median": level.median, "begin": level.begin, "end": level.end });
    json!({
        "kind": text(&trend.key.kind),
        "name": text(&trend.key.name),
        "scenario": known(&trend.key.scenario),
        "platform": known(&trend.key.platform),
        "variant": known(&trend.key.variant),
        "metric": text(&trend.measure.name),
        "unit": text(&trend.measure.unit.word()),
        "runs": trend.earlier + trend.points.len(),
        "first": trend.first.median,
        "good": trend.last_good().map(|level| level.median),
        "latest": trend.latest().median,
        "points": trend.points.iter().map(point).collect::<Vec<_>>(),
        "levels": trend.levels.iter().map(level).collect::<Vec<_>>(),
    })
}

fn of_usage(usage: &Usage) -> Json {
    let part = |part: &Part| json!({ "line": part.line, "text": part.text, "amount": part.amount });
    json!({ "name": usage.label, "parts": usage.parts.iter().map(part).collect::<Vec<_>>() })
}

fn of_advice(advice: &Advice) -> Json {
    let saved: f64 = advice.findings.iter().map(advice::bytes).sum();
    let finding = |one: &Finding| {
        json!({
            "code": one.code,
            "severity": one.severity,
            "bytes": advice::bytes(one),
            "line": one.line,
            "dockerfile": one.dockerfile.as_deref().map(text),
            "instruction": one.instruction,
            "base": advice::is_of_base(one),
            "parts": advice::parts(one).collect::<Vec<_>>(),
            "advice": one.advice,
        })
    };
    json!({
        "label": advice.label,
        "name": text(&advice.name),
        "bytes": saved,
        "findings": advice.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

/// What was measured of one metric of one series, and how it compares: whose
/// it is, and all fields of its `verdict` record.
fn of_row(measure: &Measure, row: &Row) -> Json {
    let known = |part: &Option<String>| part.as_deref().map(text);
    let meta: BTreeMap<String, String> =
        row.meta.iter().map(|(key, value)| (text(key), text(value))).collect();
    let mut data = json!({
        "name": text(&row.key.name),
        "scenario": known(&row.key.scenario),
        "platform": known(&row.key.platform),
        "variant": known(&row.key.variant),
        "dockerfile": row.dockerfile.as_deref().map(text),
        "meta": meta,
    });
    let sample = Sample::new(row.values.clone()).ok();
    let usual =
        Statistic::USUAL.into_iter().map(|one| (one, sample.as_ref().and_then(|all| one.of(all))));
    let statistics = usual.chain(row.statistics.iter().copied());
    let statistics = statistics.map(|(one, value)| (one.word(), json!(value)));
    if let (Json::Object(data), Json::Object(row)) =
        (&mut data, json!(verdicts::of_row(measure, row)))
    {
        data.extend(row.into_iter().map(|(name, value)| (name, shown(value))));
        data.remove("statistics");
        data.extend(statistics);
    }
    data
}

fn shown(value: Json) -> Json {
    match value {
        Json::String(word) => Json::String(text(&word)),
        other => other,
    }
}

fn of_check(check: &Check) -> Json {
    let key = check.key.as_ref();
    json!({
        "rule": text(&check.source),
        "metric": check.what,
        "name": key.map(|key| text(&key.name)),
        "scenario": key.and_then(|key| key.scenario.as_deref()).map(text),
        "demand": demand(check),
        "measured": measured(check),
        "result": check.outcome.word(),
        "why": sentence(check),
        "reason": check.reason.as_deref().map(text),
        "note": check.note.as_deref().map(text),
    })
}

fn text(text: &str) -> String {
    printable(text, TEXT_CHARS)
}
