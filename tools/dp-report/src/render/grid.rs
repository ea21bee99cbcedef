//! A table of a report as cells for people.

use crate::render::cells::{self, Cells};
use crate::report::{Block, Table};
use crate::verdict::Verdict;

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells under a header. All rows are as long as the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The columns.
    pub(crate) header: Vec<(&'static str, Align)>,
    /// The cells.
    pub(crate) rows: Vec<Vec<String>>,
    /// The verdict of each row, where it has one.
    pub(crate) verdicts: Vec<Option<Verdict>>,
}

impl Grid {
    /// The cells of a table. Columns in which nothing stands are left out.
    pub(crate) fn of(table: &Table) -> Self {
        let mut grid = Self { header: cells::HEADER.to_vec(), rows: vec![], verdicts: vec![] };
        for block in &table.blocks {
            grid.add(block);
        }
        grid.drop_empty_columns();
        grid
    }

    fn add(&mut self, block: &Block) {
        let cells = Cells::of(block);
        for (index, row) in block.rows.iter().enumerate() {
            let metric = if index == 0 { block.measure.name.as_str() } else { "" };
            self.rows.push(cells.row(metric, row));
            self.verdicts.push(row.comparison.as_ref().and_then(|comparison| comparison.verdict));
        }
    }

    fn drop_empty_columns(&mut self) {
        let rows = &self.rows;
        let used: Vec<bool> = (0..self.header.len())
            .map(|column| rows.iter().any(|row| !row[column].is_empty()))
            .collect();
        keep(&mut self.header, &used);
        for row in &mut self.rows {
            keep(row, &used);
        }
    }
}

fn keep<T>(list: &mut Vec<T>, used: &[bool]) {
    let mut used = used.iter();
    list.retain(|_| used.next().copied().unwrap_or(true));
}
