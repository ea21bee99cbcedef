//! `dp-report metrics`: the catalogue, for people and for programs.

use clap::ValueEnum;
use dp_record::{Better, Metric, Unit, catalogue};
use serde_json::json;

use crate::render::aligned::aligned;
use crate::render::markdown;
use crate::render::screen::Screen;
use crate::report::grid::{Align, Cell, Grid, Row, headings};
use crate::scale::{Scale, UnitName, percent};

/// Digits of a floor.
const DIGITS: usize = 3;

/// How the catalogue is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Aligned, for people
    #[default]
    Text,
    /// A table for each kind, in Markdown
    Markdown,
    /// A line of JSON for each metric
    Jsonl,
}

/// The columns, without that of the kind.
const COLUMNS: [(&str, Align); 7] = [
    ("metric", Align::Left),
    ("unit", Align::Left),
    ("better", Align::Left),
    ("values", Align::Left),
    ("verdict", Align::Left),
    ("floor", Align::Right),
    ("what it is", Align::Left),
];

/// The whole catalogue.
pub(crate) fn metrics(format: ListFormat) -> String {
    match format {
        ListFormat::Text => text(),
        ListFormat::Markdown => in_markdown(),
        ListFormat::Jsonl => catalogue().map(|metric| object(metric) + "\n").collect(),
    }
}

fn text() -> String {
    let row = |metric: &Metric| Row {
        depth: 0,
        name: metric.kind.to_owned(),
        cells: cells(metric).map(Cell::from).to_vec(),
    };
    let rows: Vec<Row> = catalogue().map(row).collect();
    let columns: Vec<_> = [("kind", Align::Left)].into_iter().chain(COLUMNS).collect();
    aligned(&Grid { header: headings(&columns), rows }, &Screen::default())
}

fn in_markdown() -> String {
    let mut text = String::new();
    let mut kind = "";
    for metric in catalogue() {
        if metric.kind != kind {
            kind = metric.kind;
            let before = if text.is_empty() { "" } else { "\n" };
            text.extend([before, "## ", kind, "\n\n", &markdown::header(&COLUMNS)]);
        }
        let [name, rest @ ..] = cells(metric);
        let cells: Vec<String> = [markdown::code(&name)].into_iter().chain(rest).collect();
        text.push_str(&markdown::row(&cells));
    }
    text
}

fn object(metric: &Metric) -> String {
    let object = json!({
        "kind": metric.kind,
        "name": metric.name,
        "unit": metric.unit().to_string(),
        "better": metric.better.to_string(),
        "exact": metric.exact,
        "verdict": verdict(metric),
        "floor_ratio": metric.floor_ratio,
        "floor": metric.floor,
        "about": metric.about,
    });
    object.to_string()
}

fn cells(metric: &Metric) -> [String; COLUMNS.len()] {
    [
        metric.name.to_owned(),
        metric.unit().to_string(),
        metric.better.to_string(),
        if metric.exact { "exact" } else { "noisy" }.to_owned(),
        verdict(metric).to_owned(),
        floor(metric),
        metric.about.to_owned(),
    ]
}

/// When the metric gets a verdict.
fn verdict(metric: &Metric) -> &'static str {
    match (metric.better, metric.headline) {
        (Better::None, _) => "never",
        (_, true) => "always",
        (_, false) => "on request",
    }
}

/// The smallest change that matters: a change must exceed both.
fn floor(metric: &Metric) -> String {
    let ratio = (metric.floor_ratio > 0.0).then(|| percent(metric.floor_ratio));
    let absolute = (metric.floor > 0.0).then(|| absolute(metric.unit(), metric.floor));
    let parts: Vec<String> = ratio.into_iter().chain(absolute).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

fn absolute(unit: Unit, floor: f64) -> String {
    Scale::of(&UnitName::Known(unit), [floor].into_iter(), DIGITS).show(floor)
}
