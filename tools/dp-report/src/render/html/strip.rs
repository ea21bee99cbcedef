//! The runs of one metric as strips: a dot a run, from the first above to the last below,
//! the median as a mark and its interval as a band.

use crate::input::measure::Measure;
use crate::judge::summary::Summary;
use crate::judge::verdict::Verdict;
use crate::render::html::axis::Axis;
use crate::render::html::svg::{AXIS_HEIGHT, Canvas, TEXT_HEIGHT};
use crate::report::{Block, Row};
use crate::scale::Scale;

/// Height of the dots of a row.
const BAND: f64 = 24.0;
/// Height of a row, with its name above and a gap below.
const ROW: f64 = TEXT_HEIGHT + BAND + 10.0;
/// Dots of a row: of more runs only some are drawn.
const DOTS: usize = 300;
/// Digits of a figure.
const DIGITS: usize = 3;
/// Rows that a description names.
const DESCRIBED: usize = 8;

/// The strips of a metric.
pub(super) struct Strips {
    pub(super) pictures: Vec<String>,
    /// How many rows they have.
    pub(super) rows: usize,
    /// Whether all axes begin at 0.
    pub(super) begin_at_zero: bool,
}

/// The strips of a metric, a picture for each scenario, since cold and cached builds
/// would not fit on one axis; none where there is nothing to compare by eye.
pub(super) fn strips(block: &Block) -> Option<Strips> {
    let mut groups: Vec<Vec<(&Row, &Summary)>> = Vec::new();
    for row in &block.rows {
        let Some(summary) = &row.summary else { continue };
        let same = |first: &&(&Row, &Summary)| first.0.key.scenario == row.key.scenario;
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| same(&first))) {
            Some(group) => group.push((row, summary)),
            None => groups.push(vec![(row, summary)]),
        }
    }
    groups.retain(|rows| rows.iter().map(|(row, _)| row.values.len()).sum::<usize>() > 1);
    let rows = groups.iter().map(Vec::len).sum();
    let axes: Vec<Axis> = groups.iter().map(|rows| axis(rows)).collect();
    let drawn = groups.iter().zip(&axes);
    let pictures = drawn.map(|(rows, axis)| picture(&block.measure, rows, axis)).collect();
    let begin_at_zero = axes.iter().all(Axis::begins_at_zero);
    (rows > 0).then_some(Strips { pictures, rows, begin_at_zero })
}

fn axis(rows: &[(&Row, &Summary)]) -> Axis {
    Axis::around(rows.iter().flat_map(|(_, summary)| [summary.min, summary.max]))
}

fn picture(measure: &Measure, rows: &[(&Row, &Summary)], axis: &Axis) -> String {
    let medians = rows.iter().map(|(_, summary)| summary.median);
    let scale = Scale::of(&measure.unit, medians, DIGITS);
    let mut canvas = Canvas::default();
    let height = rows.len() as f64 * ROW;
    canvas.axis(axis, &measure.unit, (0.0, height));
    let mut described = Vec::new();
    for (at, (row, summary)) in rows.iter().enumerate() {
        strip(&mut canvas, (row, summary), at as f64 * ROW, (axis, &scale));
        described.push(description(row, summary, &scale));
    }
    let more = described.len().saturating_sub(DESCRIBED);
    described.truncate(DESCRIBED);
    if more > 0 {
        described.push(format!("and {more} more"));
    }
    let scenario = rows.first().and_then(|(row, _)| row.key.scenario.as_deref());
    let scenario = scenario.map_or_else(String::new, |scenario| format!(", {scenario}"));
    let title = dp_record::printable(&format!("runs by {}{scenario}", measure.name), 200);
    canvas.finish(&title, &described.join("; "), height + AXIS_HEIGHT)
}

/// `head: 8 runs, median 2.04 s, from 2.01 to 2.08 s, improved`.
fn description(row: &Row, summary: &Summary, scale: &Scale) -> String {
    let range = scale.show_range(summary.min, summary.max).replace(" .. ", " to ");
    let verdict = verdict(row).map_or_else(String::new, |verdict| format!(", {verdict}"));
    let (name, n, median) = (name(row), summary.n, scale.show(summary.median));
    format!("{name}: {n} runs, median {median}, from {range}{verdict}")
}

fn name(row: &Row) -> String {
    let baseline = if row.is_baseline { " (baseline)" } else { "" };
    format!("{}{baseline}", row.label)
}

fn verdict(row: &Row) -> Option<Verdict> {
    let comparison = row.comparison.as_ref().filter(|comparison| !comparison.is_single())?;
    comparison.verdict
}

/// The colour of a row says what its verdict is; so does the word behind its median.
fn tone(row: &Row) -> &'static str {
    match verdict(row) {
        _ if row.is_baseline => "baseline",
        Some(Verdict::Regressed) => "bad",
        Some(Verdict::Improved) => "good",
        _ => "run",
    }
}

fn strip(
    canvas: &mut Canvas,
    (row, summary): (&Row, &Summary),
    top: f64,
    (axis, scale): (&Axis, &Scale),
) {
    let tone = tone(row);
    let median = scale.show(summary.median);
    let figures = verdict(row).map_or_else(|| median.clone(), |word| format!("{median} {word}"));
    canvas.heading(top + 12.0, &name(row), (&figures, tone));
    let top = top + TEXT_HEIGHT;
    if let Some((low, high)) = summary.interval.filter(|_| summary.min < summary.max) {
        let hint = format!("95 % interval of the median: {}", scale.show_range(low, high));
        let class = format!("band {tone}");
        canvas.rect(&class, (axis.place(low), axis.place(high)), (top, BAND), &hint);
    }
    let every = row.values.len().div_ceil(DOTS).max(1);
    let gap = (BAND - 8.0) / row.values.len().saturating_sub(1).max(1) as f64;
    let middle = if row.values.len() == 1 { BAND / 2.0 - 4.0 } else { 0.0 };
    for (at, value) in row.values.iter().enumerate().step_by(every) {
        let y = top + 4.0 + middle + gap * at as f64;
        let hint = format!("run {} of {}: {}", at + 1, row.values.len(), scale.show(*value));
        canvas.dot(&format!("dot {tone}"), (axis.place(*value), y), 4.0, &hint);
    }
    let x = axis.place(summary.median);
    canvas.line("median", (x, top - 1.0), (x, top + BAND + 1.0));
}
