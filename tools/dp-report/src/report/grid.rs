//! Rows of cells under a header.

use std::borrow::Cow;

use serde::Serialize;

/// How the text of a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A column that is always the same.
pub(crate) type Column = (&'static str, Align);

/// The heading of a column.
pub(crate) type Heading = (Cow<'static, str>, Align);

/// The headings of columns that are always the same.
pub(crate) fn headings(columns: &[Column]) -> Vec<Heading> {
    columns.iter().map(|(name, align)| (Cow::Borrowed(*name), *align)).collect()
}

/// A table of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The columns; the first is that of the names.
    pub(crate) header: Vec<Heading>,
    pub(crate) rows: Vec<Row>,
}

/// A name and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// How far the name is indented: it belongs to the row above that is
    /// indented less.
    pub(crate) depth: usize,
    pub(crate) name: String,
    /// A cell for each other column, or none in the heading of a group.
    pub(crate) cells: Vec<Cell>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Cell {
    /// A cell in this tone.
    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

/// What a colour means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tone {
    #[default]
    Plain,
    /// A heading: bold.
    Heading,
    /// Improved, passed: green.
    Good,
    /// Regressed, broken: red.
    Bad,
    /// Neither could be shown: yellow.
    Unsure,
}

/// Which of `count` columns have something in some row.
pub(crate) fn used<'a>(count: usize, rows: impl Iterator<Item = &'a [Cell]>) -> Vec<bool> {
    let mut used = vec![false; count];
    for cells in rows {
        for (used, cell) in used.iter_mut().zip(cells) {
            *used |= !cell.text.is_empty();
        }
    }
    used
}

/// Keeps the items of the columns that are used.
pub(crate) fn keep<T>(list: &mut Vec<T>, used: &[bool]) {
    let mut used = used.iter();
    list.retain(|_| used.next().copied().unwrap_or(true));
}
