//! `dp-report metrics`: the catalogue for people.

use dp_record::{Better, Metric, Unit, catalogue};

use crate::render::aligned::aligned;
use crate::render::screen::Screen;
use crate::report::grid::{Align, Cell, Grid, Row, headings};
use crate::scale::{Scale, UnitName, percent};

/// Digits of a floor.
const DIGITS: usize = 3;

/// The whole catalogue, aligned.
pub(crate) fn metrics() -> String {
    let rows: Vec<Row> = catalogue().map(row).collect();
    let left = |name| (name, Align::Left);
    let header = headings(&[
        left("kind"),
        left("metric"),
        left("unit"),
        left("better"),
        left("values"),
        left("verdict"),
        ("floor", Align::Right),
        left("what it is"),
    ]);
    aligned(&Grid { header, rows }, &Screen::default())
}

fn row(metric: &Metric) -> Row {
    let cells = [
        metric.name.to_owned(),
        metric.unit().to_string(),
        metric.better.to_string(),
        if metric.exact { "exact" } else { "noisy" }.to_owned(),
        verdict(metric).to_owned(),
        floor(metric),
        metric.about.to_owned(),
    ];
    Row { depth: 0, name: metric.kind.to_owned(), cells: cells.map(Cell::from).to_vec() }
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
