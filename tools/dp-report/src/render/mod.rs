//! The formats: one file each, all from one [`Report`].

mod action_benchmark;
mod advice;
mod aligned;
mod cells;
mod csv;
mod demands;
mod github;
mod grid;
mod html;
mod hyperfine;
mod jsonl;
mod junit;
mod markdown;
mod number;
mod prometheus;
mod reasons;
mod screen;
mod sheet;
mod text;
pub(crate) mod words;
mod xml;

use dp_record::Better;

use crate::report::Report;

pub(crate) use aligned::aligned;
pub(crate) use demands::{demand, measured, sentence};
pub(crate) use grid::{Align, Cell, Grid, Row};
pub(crate) use markdown::code as code_span;
pub(crate) use screen::Screen;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people at a terminal.
    Text,
    /// For people who read pages and comments.
    Markdown,
    /// A page for people, whole in itself.
    Html,
    /// For spreadsheets.
    Csv,
    /// `verdict` records, a line each.
    Jsonl,
    /// Annotations of GitHub workflows.
    Github,
    /// For CI servers that show tests.
    Junit,
    /// For monitoring.
    Prometheus,
    /// For github-action-benchmark: metrics of which less is better.
    SmallerIsBetter,
    /// The same, of which more is better.
    BiggerIsBetter,
    /// As `hyperfine --export-json`.
    Hyperfine,
}

impl Format {
    /// All formats.
    pub(crate) const ALL: [Self; 11] = [
        Self::Text,
        Self::Markdown,
        Self::Html,
        Self::Csv,
        Self::Jsonl,
        Self::Github,
        Self::Junit,
        Self::Prometheus,
        Self::SmallerIsBetter,
        Self::BiggerIsBetter,
        Self::Hyperfine,
    ];

    /// The word that `--format` takes.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Github => "github",
            Self::Junit => "junit",
            Self::Prometheus => "prometheus",
            Self::SmallerIsBetter => "github-action-benchmark",
            Self::BiggerIsBetter => "github-action-benchmark-bigger",
            Self::Hyperfine => "hyperfine",
        }
    }

    /// The whole report in this format; the screen matters to text only.
    pub(crate) fn render(self, report: &Report, screen: &Screen) -> String {
        match self {
            Self::Text => text::render(report, screen),
            Self::Markdown => markdown::render(report),
            Self::Html => html::render(report),
            Self::Csv => csv::render(report),
            Self::Jsonl => jsonl::render(report),
            Self::Github => github::render(report),
            Self::Junit => junit::render(report),
            Self::Prometheus => prometheus::render(report),
            Self::SmallerIsBetter => action_benchmark::render(report, Better::Lower),
            Self::BiggerIsBetter => action_benchmark::render(report, Better::Higher),
            Self::Hyperfine => hyperfine::render(report),
        }
    }
}
