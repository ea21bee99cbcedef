//! The two halves of a kind's table: what was measured, and how it compares.

use dp_record::printable;
use serde::Serialize;

use crate::judge::compare::Comparison;
use crate::report::cells::{CHANGES, Cells, figure_headings};
use crate::report::grid::{Align, Cell, Grid, Heading, Row, headings, keep, used};
use crate::report::{self, Block, Table};

/// Characters of a metric's name.
const NAME_CHARS: usize = 60;
/// What the rows of a table are called.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct RowNames {
    /// Where all are about one subject.
    pub(crate) alone: &'static str,
    /// Where subjects stand below them.
    pub(crate) with_subject: &'static str,
}

/// Rows that are metrics.
pub(crate) const METRICS: RowNames = RowNames { alone: "metric", with_subject: "metric, subject" };

/// The name of the row with the figures of a subject's baseline.
const BASELINE: &str = "baseline";

/// Rows of cells under names of metrics and subjects.
#[derive(Debug, Serialize)]
pub(crate) struct Sheet {
    pub(crate) rows: RowNames,
    /// The columns after the names.
    pub(crate) header: Vec<Heading>,
    pub(crate) entries: Vec<Entry>,
}

/// One metric of one subject.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) metric: String,
    /// The subject; empty where the row is about none.
    pub(crate) subject: String,
    /// Whether these are the figures of the subject in the baseline file.
    pub(crate) of_baseline: bool,
    pub(crate) cells: Vec<Cell>,
}

impl Sheet {
    /// What was measured: a row each metric of each subject.
    pub(crate) fn of_figures(table: &Table) -> Self {
        Self::of(table, figure_headings(&table.statistics()), figures)
    }

    /// How the subjects compare; none where there is nothing to show.
    pub(crate) fn of_changes(table: &Table) -> Option<Self> {
        let sheet = Self::of(table, headings(&CHANGES), changes);
        (!sheet.entries.is_empty()).then_some(sheet)
    }

    fn of(
        table: &Table,
        mut header: Vec<Heading>,
        entries: fn(&Block, &Cells<'_>) -> Vec<Entry>,
    ) -> Self {
        let of_block = |block| entries(block, &Cells::of(block));
        let mut entries: Vec<Entry> = table.blocks.iter().flat_map(of_block).collect();
        let used = used(header.len(), entries.iter().map(|entry| entry.cells.as_slice()));
        keep(&mut header, &used);
        for entry in &mut entries {
            keep(&mut entry.cells, &used);
        }
        Self { rows: METRICS, header, entries }
    }

    /// The subject that all rows are about, if there is only one.
    pub(crate) fn only_subject(&self) -> Option<&str> {
        let first = self.entries.first()?.subject.as_str();
        if first.is_empty() {
            return None;
        }
        self.entries.iter().all(|entry| entry.subject == first).then_some(first)
    }

    /// The rows as a tree: metric, subject, baseline. A subject that all rows
    /// are about is in the title instead.
    pub(crate) fn grid(&self) -> Grid {
        let only = self.only_subject().is_some();
        let name = if only { self.rows.alone } else { self.rows.with_subject };
        let name = (name.into(), Align::Left);
        let header = [name].into_iter().chain(self.header.iter().cloned()).collect();
        let mut rows: Vec<Row> = Vec::new();
        let mut metric = "";
        for entry in &self.entries {
            if entry.subject.is_empty() {
                metric = "";
                let (name, cells) = (entry.metric.clone(), entry.cells.clone());
                rows.push(Row { depth: 0, name, cells });
                continue;
            }
            let begins = entry.metric != metric;
            metric = &entry.metric;
            if begins && !only {
                rows.push(Row { depth: 0, name: entry.metric.clone(), cells: Vec::new() });
            }
            let subject_depth = usize::from(!only);
            let (depth, name) = match entry.of_baseline {
                true => (subject_depth + 1, BASELINE.to_owned()),
                false if only => (0, entry.metric.clone()),
                false => (subject_depth, entry.subject.clone()),
            };
            rows.push(Row { depth, name, cells: entry.cells.clone() });
        }
        Grid { header, rows }
    }
}

/// A baseline from a file has the same name as its subject: its row is below
/// that of the subject.
fn figures(block: &Block, cells: &Cells<'_>) -> Vec<Entry> {
    let entry = |row: &report::Row, of_baseline| Entry {
        metric: printable(&block.measure.name, NAME_CHARS),
        subject: row.label.clone(),
        of_baseline,
        cells: cells.figures(row),
    };
    let mut entries = Vec::new();
    let mut rows = block.rows.iter().peekable();
    while let Some(row) = rows.next() {
        let namesake = rows.next_if(|next| row.is_baseline && next.key == row.key);
        entries.push(entry(namesake.unwrap_or(row), false));
        entries.extend(namesake.map(|_| entry(row, true)));
    }
    entries
}

fn changes(block: &Block, cells: &Cells<'_>) -> Vec<Entry> {
    let shown = |comparison: &&Comparison| {
        let says_something = comparison.change.is_some() || comparison.verdict.is_some();
        says_something && !comparison.is_single()
    };
    let entry = |row: &report::Row| {
        let comparison = row.comparison.as_ref().filter(shown)?;
        Some(Entry {
            metric: printable(&block.measure.name, NAME_CHARS),
            subject: row.label.clone(),
            of_baseline: false,
            cells: cells.changes(comparison),
        })
    };
    block.rows.iter().filter_map(entry).collect()
}
