//! What templates see of a report. Every name is always there; what is not
//! known is none.

use std::collections::BTreeMap;

use dp_record::{SeriesKey, printable};
use minijinja::Value;
use minijinja::value::Serde;
use serde_json::{Value as Json, json};

use crate::budget::Check;
use crate::findings::Finding;
use crate::matchup::Against;
use crate::measure::Measure;
use crate::render::{Format, Screen, demand, measured, sentence, words};
use crate::report::{Advice, Report, Row, Usage};
use crate::verdict::Verdict;

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
    Data {
        series: series.map(|(measure, row)| of_row(measure, row)).collect(),
        compare: report.input().filter_map(|(measure, row)| of_comparison(measure, row)).collect(),
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
        Against::Subject(name) | Against::File(name) => Some(text(name)),
    };
    let failures = report.failures.iter().map(words::failures);
    let failures = failures.chain(report.missing.iter().map(words::missing));
    json!({
        "at": report.latest.to_string(),
        "date": report.latest.strftime("%Y-%m-%d").to_string(),
        "against": against,
        "counts": words::counts(report),
        "grounds": report.grounds,
        "markdown": Format::Markdown.render(report, &Screen::default()),
        "times": report.times.iter().map(of_usage).collect::<Vec<_>>(),
        "bytes": report.bytes.iter().map(of_usage).collect::<Vec<_>>(),
        "findings": report.findings.iter().map(of_advice).collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
        "notes": report.notes,
    })
}

fn of_usage(usage: &Usage) -> Json {
    let part = |part: &crate::report::Part| json!({ "line": part.line, "text": part.text, "amount": part.amount });
    json!({ "name": usage.label, "parts": usage.parts.iter().map(part).collect::<Vec<_>>() })
}

fn of_advice(advice: &Advice) -> Json {
    let saved: f64 = advice.findings.iter().map(|one| one.bytes).sum();
    let finding = |one: &Finding| {
        json!({
            "code": one.code,
            "severity": if one.risk { "risk" } else { "waste" },
            "bytes": one.bytes,
            "line": one.line,
            "dockerfile": one.dockerfile.as_deref().map(text),
            "instruction": one.instruction,
            "base": one.base,
            "parts": one.parts,
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

/// Kind, name, scenario, platform, variant and metric.
fn of_key(key: &SeriesKey, measure: &Measure) -> Json {
    let known = |part: &Option<String>| part.as_deref().map(text);
    json!({
        "kind": text(&key.kind),
        "name": text(&key.name),
        "scenario": known(&key.scenario),
        "platform": known(&key.platform),
        "variant": known(&key.variant),
        "metric": text(&measure.name),
        "unit": text(&measure.unit.word()),
        "better": measure.better.to_string(),
    })
}

fn of_row(measure: &Measure, row: &Row) -> Json {
    let summary = row.summary.as_ref();
    let (low, high) = summary.and_then(|summary| summary.interval).unzip();
    let meta: BTreeMap<String, String> =
        row.meta.iter().map(|(key, value)| (text(key), text(value))).collect();
    let figures = json!({
        "n": summary.map_or(0, |summary| summary.n),
        "median": summary.map(|summary| summary.median),
        "low": low,
        "high": high,
        "min": summary.map(|summary| summary.min),
        "max": summary.map(|summary| summary.max),
        "outliers": summary.map(|summary| summary.outliers),
        "dockerfile": row.dockerfile.as_deref().map(text),
        "meta": meta,
    });
    joined(of_key(&row.key, measure), figures)
}

fn of_comparison(measure: &Measure, row: &Row) -> Option<Json> {
    let comparison = row.comparison.as_ref()?;
    let change = comparison.change.as_ref();
    let (low, high) = change.and_then(|change| change.interval).unzip();
    let ratio =
        |value: Option<f64>| change.zip(value).and_then(|(change, value)| change.relative(value));
    let estimate = change.map(|change| change.estimate);
    let figures = json!({
        "verdict": comparison.verdict.map(Verdict::word),
        "reason": comparison.reason.as_ref().map(ToString::to_string),
        "baseline": comparison.baseline.as_ref().map(|baseline| baseline.median),
        "median": row.summary.as_ref().map(|summary| summary.median),
        "change": estimate,
        "change_low": low,
        "change_high": high,
        "change_ratio": ratio(estimate),
        "change_low_ratio": ratio(low),
        "change_high_ratio": ratio(high),
        "smallest_seen_ratio": ratio(change.and_then(|change| change.smallest_seen)),
    });
    Some(joined(of_key(&row.key, measure), figures))
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
    })
}

fn joined(mut one: Json, other: Json) -> Json {
    if let (Json::Object(one), Json::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

fn text(text: &str) -> String {
    printable(text, TEXT_CHARS)
}
