//! The runs of one metric as a strip: a dot a run, the median as a mark, its
//! interval as a band. The axis begins at 0, so that lengths can be compared.

use crate::input::measure::Measure;
use crate::judge::summary::Summary;
use crate::render::screen::{shorten, width};
use crate::render::values::escaped;
use crate::report::{Block, Row};
use crate::scale::Scale;

/// The whole picture, in its own units.
const WIDTH: f64 = 900.0;
/// Height of a row.
const ROW: f64 = 26.0;
/// Height of the axis below the rows.
const AXIS: f64 = 24.0;
/// Room at the right, for half a label.
const MARGIN: f64 = 45.0;
/// Width of a character of a name.
const CHAR: f64 = 7.6;
/// Columns of a name.
const NAME_COLUMNS: usize = 34;
/// Dots of a row: of more runs only some are drawn.
const DOTS: usize = 300;
/// Most parts of the axis.
const TICKS: f64 = 5.0;
/// Digits at the axis.
const DIGITS: usize = 2;

/// The charts of a metric: one each scenario, since cold and cached builds
/// would not fit on one axis.
pub(crate) fn charts(block: &Block) -> Vec<String> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in block.rows.iter().filter(|row| row.summary.is_some()) {
        let same = |first: &&Row| first.key.scenario == row.key.scenario;
        match groups.iter_mut().find(|group| group.first().is_some_and(same)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups.iter().filter_map(|rows| chart(&block.measure, rows)).collect()
}

/// None where there is nothing to compare by eye.
fn chart(measure: &Measure, rows: &[&Row]) -> Option<String> {
    let summaries = || rows.iter().filter_map(|row| row.summary.as_ref());
    let largest = summaries().map(|summary| summary.max).fold(0.0, f64::max);
    let smallest = summaries().map(|summary| summary.min).fold(0.0, f64::min);
    let dots: usize = rows.iter().map(|row| row.values.len()).sum();
    if dots < 2 || largest <= 0.0 || smallest < 0.0 {
        return None;
    }
    let columns = rows.iter().map(|row| width(&name(row))).max().unwrap_or(0);
    let axis = Axis { left: (columns as f64 + 2.0) * CHAR, step: step(largest), largest };
    let strips = rows.iter().enumerate().map(|(index, row)| strip(row, index, &axis));
    let body: String = strips.collect();
    let bottom = rows.len() as f64 * ROW;
    let (axis, height) = (axis.drawn(measure, bottom), bottom + AXIS);
    Some(format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">{body}{axis}</svg>"))
}

fn name(row: &Row) -> String {
    let baseline = if row.is_baseline { " (baseline)" } else { "" };
    format!("{}{baseline}", shorten(&row.label, NAME_COLUMNS))
}

/// A round number of which at most [`TICKS`] reach the largest value.
fn step(largest: f64) -> f64 {
    let least = largest / TICKS;
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0].map(|digit| digit * power);
    steps.into_iter().find(|step| *step >= least).unwrap_or(10.0 * power)
}

struct Axis {
    /// Where 0 is.
    left: f64,
    /// Between two ticks.
    step: f64,
    largest: f64,
}

impl Axis {
    fn x(&self, value: f64) -> f64 {
        let end = self.step * self.ticks();
        let x = self.left + value / end * (WIDTH - MARGIN - self.left);
        (x * 10.0).round() / 10.0
    }

    /// How many steps reach the largest value.
    fn ticks(&self) -> f64 {
        (self.largest / self.step - 1e-9).ceil().max(1.0)
    }

    fn drawn(&self, measure: &Measure, top: f64) -> String {
        let scale = Scale::of(&measure.unit, [self.step].into_iter(), DIGITS);
        let (left, right, label) = (self.x(0.0), WIDTH - MARGIN, top + 16.0);
        let mut text = format!("<path class=\"axis\" d=\"M{left} {top}H{right}\"/>");
        let mut n = 0.0;
        while n <= self.ticks() {
            let value = self.step * n;
            let (x, shown) = (self.x(value), escaped(&scale.show(value)));
            let at = format!("<text x=\"{x}\" y=\"{label}\" text-anchor=\"middle\">{shown}</text>");
            text.push_str(&at);
            n += 1.0;
        }
        text
    }
}

fn strip(row: &Row, index: usize, axis: &Axis) -> String {
    let Some(summary) = &row.summary else { return String::new() };
    let (top, middle) = (index as f64 * ROW, index as f64 * ROW + ROW / 2.0);
    let text_y = middle + 4.0;
    let right = axis.left - CHAR;
    let name = escaped(&name(row));
    let label = format!("<text x=\"{right}\" y=\"{text_y}\" text-anchor=\"end\">{name}</text>");
    let every = row.values.len().div_ceil(DOTS).max(1);
    let dot = |value: &f64| {
        let x = axis.x(*value);
        format!("<circle class=\"dot\" cx=\"{x}\" cy=\"{middle}\" r=\"4\"/>")
    };
    let dots: String = row.values.iter().step_by(every).map(dot).collect();
    let x = axis.x(summary.median);
    let (from, to) = (top + 4.0, top + ROW - 4.0);
    let median = format!("<path class=\"median\" d=\"M{x} {from}V{to}\"/>");
    [label, band(summary, top, axis), dots, median].concat()
}

fn band(summary: &Summary, top: f64, axis: &Axis) -> String {
    let Some((low, high)) = summary.interval else { return String::new() };
    let (x, y, height) = (axis.x(low), top + 4.0, ROW - 8.0);
    let width = axis.x(high) - x;
    format!("<rect class=\"band\" x=\"{x}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\"/>")
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these results are exact")]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_up_to_the_largest_value() {
        let ticks = |largest| {
            let axis = Axis { left: 100.0, step: step(largest), largest };
            (axis.step, axis.ticks())
        };
        assert_eq!(ticks(5.86), (2.0, 3.0));
        assert_eq!(ticks(10.0), (2.0, 5.0));
        assert_eq!(ticks(1.0), (0.2, 5.0));
        assert_eq!(ticks(270e6), (100e6, 3.0));
        assert_eq!(ticks(12.0), (2.5, 5.0));
    }

    #[test]
    fn lengths_are_proportional_and_begin_at_0() {
        let axis = Axis { left: 155.0, step: 2.0, largest: 10.0 };
        assert_eq!([0.0, 5.0, 10.0].map(|value| axis.x(value)), [155.0, 505.0, 855.0]);
    }
}
