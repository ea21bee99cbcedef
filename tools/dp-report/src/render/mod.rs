//! The formats: one file each, all from one [`Report`].

mod aligned;
mod cells;
mod demands;
mod grid;
mod jsonl;
mod markdown;
mod reasons;
mod screen;
mod sheet;
mod text;
mod words;

use crate::report::Report;

pub(crate) use aligned::aligned;
pub(crate) use demands::sentence;
pub(crate) use grid::{Align, Cell, Grid, Row};
pub(crate) use screen::Screen;

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

    /// The whole report in this format; the screen matters to text only.
    pub(crate) fn render(self, report: &Report, screen: &Screen) -> String {
        match self {
            Self::Text => text::render(report, screen),
            Self::Markdown => markdown::render(report),
            Self::Jsonl => jsonl::render(report),
        }
    }
}
