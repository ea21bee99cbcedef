//! The cells of one row.

use dp_record::printable;

use crate::compare::{Change, Comparison, Test};
use crate::render::grid::Align;
use crate::report::{Block, Row};
use crate::scale::{Scale, percent, percent_change, percent_range};
use crate::summary::Summary;
use crate::verdict::plural;

/// The columns of a table.
pub(crate) const HEADER: [(&str, Align); 11] = [
    ("metric", Align::Left),
    ("subject", Align::Left),
    ("n", Align::Right),
    ("median", Align::Right),
    ("95 % interval", Align::Right),
    ("min .. max", Align::Right),
    ("change", Align::Right),
    ("99 % interval", Align::Right),
    ("test", Align::Left),
    ("could see", Align::Right),
    ("verdict", Align::Left),
];

/// Digits of noisy values: more would be noise.
const DIGITS: usize = 3;
/// Digits of exact values: floors go down to 0.1 %.
const EXACT_DIGITS: usize = 4;
/// Characters of a metric's name.
const NAME_CHARS: usize = 60;

/// Writes the rows of one metric, all in one scale.
pub(crate) struct Cells<'a> {
    block: &'a Block,
    scale: Scale,
}

impl<'a> Cells<'a> {
    /// Finds the scale that suits all rows.
    pub(crate) fn of(block: &'a Block) -> Self {
        let summaries = block.rows.iter().filter_map(|row| row.summary.as_ref());
        let scale = Scale::of(&block.measure.unit, summaries.map(|s| s.median), digits(block));
        Self { block, scale }
    }

    /// The cells of a row, as [`HEADER`] has them.
    pub(crate) fn row(&self, metric: &str, row: &Row) -> Vec<String> {
        let mut cells = vec![printable(metric, NAME_CHARS), row.label.clone()];
        match &row.summary {
            Some(summary) => cells.extend(self.figures(summary)),
            None => cells.extend(["0", "-", "", ""].map(str::to_owned)),
        }
        match &row.comparison {
            Some(comparison) => cells.extend(self.comparison(comparison)),
            None if row.is_baseline => {
                cells.extend(["baseline", "", "", "", ""].map(str::to_owned));
            }
            None => cells.extend([""; 5].map(str::to_owned)),
        }
        cells
    }

    fn figures(&self, summary: &Summary) -> [String; 4] {
        let outliers = match summary.outliers {
            0 => String::new(),
            count => format!(" ({count} {})", plural(count, "outlier")),
        };
        let varies = summary.min < summary.max;
        let interval = summary.interval.filter(|_| varies);
        let range = varies.then(|| self.scale.show_range(summary.min, summary.max));
        [
            format!("{}{outliers}", summary.n),
            self.scale.show(summary.median),
            interval.map_or_else(String::new, |(low, high)| self.scale.show_range(low, high)),
            range.unwrap_or_default(),
        ]
    }

    fn comparison(&self, comparison: &Comparison) -> [String; 5] {
        let verdict = comparison.verdict.map_or_else(String::new, |verdict| verdict.to_string());
        let Some(change) = &comparison.change else {
            return [String::new(), String::new(), String::new(), String::new(), verdict];
        };
        [
            self.estimate(change),
            self.interval(change),
            test(change.test),
            change.smallest_seen.map_or_else(String::new, |seen| self.size(change, seen)),
            verdict,
        ]
    }

    /// The change in percent and in the unit.
    fn estimate(&self, change: &Change) -> String {
        let shown = self.change_scale(&[change.estimate]).show_change(change.estimate);
        match change.relative(change.estimate) {
            Some(_) if change.estimate.abs() <= 0.0 => "0".to_owned(),
            Some(ratio) => format!("{} ({shown})", percent_change(ratio)),
            None => shown,
        }
    }

    fn interval(&self, change: &Change) -> String {
        let exact = change.test == Test::Exact;
        let interval = change.interval.filter(|(low, high)| !exact || low < high);
        let Some((low, high)) = interval else { return String::new() };
        match (change.relative(low), change.relative(high)) {
            (Some(low), Some(high)) => percent_range(low, high),
            _ => self.change_scale(&[low, high]).show_range(low, high),
        }
    }

    fn size(&self, change: &Change, size: f64) -> String {
        let shown = || self.change_scale(&[size]).show(size);
        change.relative(size).map_or_else(shown, percent)
    }

    fn change_scale(&self, values: &[f64]) -> Scale {
        Scale::of(&self.block.measure.unit, values.iter().copied(), digits(self.block))
    }
}

fn digits(block: &Block) -> usize {
    if block.measure.exact { EXACT_DIGITS } else { DIGITS }
}

fn test(test: Test) -> String {
    match test {
        Test::Exact => "exact".to_owned(),
        Test::Paired { rounds } => format!("{rounds} rounds"),
        Test::Separate { baseline, subject, same_batch: true } => format!("{subject} v {baseline}"),
        Test::Separate { baseline, subject, same_batch: false } => {
            format!("{subject} v {baseline}, other batch")
        }
    }
}
