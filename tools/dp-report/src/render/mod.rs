//! The formats: one file each, all from one [`Report`].

mod cells;
mod grid;
mod jsonl;
mod markdown;
mod text;
mod words;

use crate::report::Report;

pub(crate) use grid::{Align, Grid};
pub(crate) use text::grid as plain_grid;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people at a terminal.
    Text,
    /// For people who read pages and comments.
    Markdown,
    /// `verdict` records, a line each.
    Jsonl,
}

impl Format {
    /// All formats.
    pub(crate) const ALL: [Self; 3] = [Self::Text, Self::Markdown, Self::Jsonl];

    /// The word that `--format` takes.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Jsonl => "jsonl",
        }
    }

    /// The whole report in this format; `color` for terminals only.
    pub(crate) fn render(self, report: &Report, color: bool) -> String {
        match self {
            Self::Text => text::render(report, color),
            Self::Markdown => markdown::render(report),
            Self::Jsonl => jsonl::render(report),
        }
    }
}
