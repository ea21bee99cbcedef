//! The figures of one metric as cells.

use std::borrow::Cow;

use crate::judge::compare::{Change, Comparison, Test};
use crate::judge::statistic::Statistic;
use crate::judge::summary::Summary;
use crate::judge::verdict::Verdict;
use crate::report::grid::{Align, Cell, Column, Heading, Tone, headings};
use crate::report::{Block, Row};
use crate::scale::{Scale, percent, percent_change, percent_range};

/// The columns of what was measured; those of `--stat` follow.
const FIGURES: [Column; 5] = [
    ("n", Align::Right),
    ("median", Align::Right),
    ("95 % interval", Align::Right),
    ("min .. max", Align::Right),
    ("outliers", Align::Right),
];

/// The columns of a comparison.
pub(crate) const CHANGES: [Column; 5] = [
    ("change", Align::Right),
    ("99 % interval", Align::Right),
    (MINIMUM_DETECTABLE, Align::Right),
    ("test", Align::Left),
    ("verdict", Align::Left),
];

/// The column with what a reader must be told.
pub(crate) const MINIMUM_DETECTABLE: &str = "min. detectable";

/// Digits of noisy values: more would be noise.
const DIGITS: usize = 3;
/// Digits of exact values: floors go down to 0.1 %.
const EXACT_DIGITS: usize = 4;

/// Writes the figures of one metric, all in one scale.
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

    /// What was measured of a row: a cell for each of [`figure_headings`].
    pub(crate) fn figures(&self, row: &Row) -> Vec<Cell> {
        let more = row.statistics.iter().map(|(statistic, _)| self.statistic(*statistic, row));
        let figures = match &row.summary {
            Some(summary) => self.summary(summary),
            None => ["0", "-", "", "", ""].map(Cell::from).to_vec(),
        };
        figures.into_iter().chain(more).collect()
    }

    /// Figures of spread have a scale of their own: they are far smaller than what they are
    /// the spread of.
    fn statistic(&self, wanted: Statistic, row: &Row) -> Cell {
        let of = |row: &Row| row.statistics.iter().find(|(one, _)| *one == wanted)?.1;
        let Some(value) = of(row) else {
            // One run is enough for what is exact: nothing is lacking.
            return if self.block.measure.exact { Cell::default() } else { Cell::from("-") };
        };
        if !wanted.is_spread() {
            return self.scale.show(value).into();
        }
        let all = self.block.rows.iter().filter_map(of);
        Scale::of(&self.block.measure.unit, all, DIGITS).show(value).into()
    }

    fn summary(&self, summary: &Summary) -> Vec<Cell> {
        let varies = summary.min < summary.max;
        let interval = summary.interval.filter(|_| varies);
        let range = varies.then(|| self.scale.show_range(summary.min, summary.max));
        let outliers = (summary.outliers > 0).then(|| summary.outliers.to_string());
        let cells = [
            summary.n.to_string(),
            self.scale.show(summary.median),
            interval.map_or_else(String::new, |(low, high)| self.scale.show_range(low, high)),
            range.unwrap_or_default(),
            outliers.unwrap_or_default(),
        ];
        cells.map(Cell::from).to_vec()
    }

    /// The cells of [`CHANGES`].
    pub(crate) fn changes(&self, comparison: &Comparison) -> Vec<Cell> {
        let mut cells = match &comparison.change {
            Some(change) => vec![
                self.estimate(change).into(),
                self.interval(change).into(),
                self.minimum_detectable(change).into(),
                test(change.test).into(),
            ],
            None => vec![Cell::default(); 4],
        };
        cells.push(comparison.verdict.map_or_else(Cell::default, verdict));
        cells
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

    fn minimum_detectable(&self, change: &Change) -> String {
        let Some(seen) = change.minimum_detectable else { return String::new() };
        let shown = || self.change_scale(&[seen]).show(seen);
        change.relative(seen).map_or_else(shown, percent)
    }

    fn change_scale(&self, values: &[f64]) -> Scale {
        Scale::of(&self.block.measure.unit, values.iter().copied(), digits(self.block))
    }
}

/// The headings of what was measured, with those of `--stat`.
pub(crate) fn figure_headings(statistics: &[Statistic]) -> Vec<Heading> {
    let more = statistics.iter().map(|one| (Cow::Owned(one.word()), Align::Right));
    headings(&FIGURES).into_iter().chain(more).collect()
}

fn digits(block: &Block) -> usize {
    if block.measure.exact { EXACT_DIGITS } else { DIGITS }
}

fn test(test: Test) -> String {
    match test {
        Test::Exact => "exact".to_owned(),
        Test::Paired { rounds } => format!("{rounds} rounds"),
        Test::Separate { baseline, subject, .. } => format!("{subject} v {baseline}"),
        Test::Batches { baseline, subject } => format!("{subject} v {baseline} batches"),
    }
}

/// A verdict in its colour.
pub(crate) fn verdict(verdict: Verdict) -> Cell {
    let tone = match verdict {
        Verdict::Improved => Tone::Good,
        Verdict::Regressed => Tone::Bad,
        Verdict::Unchanged | Verdict::New => Tone::Plain,
        Verdict::Inconclusive | Verdict::Mixed | Verdict::Missing | Verdict::Refused => {
            Tone::Unsure
        }
    };
    Cell::toned(verdict.word(), tone)
}
