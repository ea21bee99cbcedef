//! The formats: one file each, all from one [`Report`], and one row each in
//! [`FORMATS`].

mod action_benchmark;
pub(crate) mod aligned;
mod bencher;
mod csv;
mod gauges;
mod github;
mod gobench;
mod html;
mod hyperfine;
mod jsonl;
mod junit;
pub(crate) mod markdown;
mod openmetrics;
mod prometheus;
pub(crate) mod screen;
mod text;
mod values;

use dp_record::Better;

use crate::render::screen::Screen;
use crate::report::Report;

/// How a report is written.
#[derive(Debug)]
pub(crate) struct Format {
    /// The word that `--format` takes.
    pub(crate) name: &'static str,
    /// Whom it is for, in `--help`.
    pub(crate) help: &'static str,
    /// The whole report in this format; the screen matters to text only.
    pub(crate) render: fn(&Report, &Screen) -> anyhow::Result<String>,
}

impl Format {
    /// Whether single runs are drawn in it.
    pub(crate) fn draws_runs(&self) -> bool {
        self.name == HTML
    }
}

/// The format that draws single runs.
const HTML: &str = "html";

/// All formats; the first is the default.
pub(crate) const FORMATS: &[Format] = &[
    Format {
        name: "text",
        help: "tables for people at a terminal",
        render: |report, screen| Ok(text::render(report, screen)),
    },
    Format {
        name: "markdown",
        help: "for pages and comments",
        render: |report, _| Ok(markdown::render(report)),
    },
    Format {
        name: HTML,
        help: "one page with charts, whole in itself",
        render: |report, _| Ok(html::render(report)?),
    },
    Format {
        name: "csv",
        help: "for spreadsheets and data frames",
        render: |report, _| csv::render(report),
    },
    Format {
        name: "jsonl",
        help: "verdict records, a line each",
        render: |report, _| Ok(jsonl::render(report)?),
    },
    Format {
        name: "github",
        help: "annotations of GitHub workflows",
        render: |report, _| Ok(github::render(report)),
    },
    Format {
        name: "junit",
        help: "XML for CI servers that show tests",
        render: |report, _| Ok(junit::render(report)),
    },
    Format {
        name: "prometheus",
        help: "gauges for the textfile collector",
        render: |report, _| Ok(prometheus::render(report)),
    },
    Format {
        name: "openmetrics",
        help: "the same gauges with their units",
        render: |report, _| Ok(openmetrics::render(report)),
    },
    Format {
        name: "github-action-benchmark",
        help: "metrics of which less is better",
        render: |report, _| Ok(action_benchmark::render(report, Better::Lower)),
    },
    Format {
        name: "github-action-benchmark-bigger",
        help: "metrics of which more is better",
        render: |report, _| Ok(action_benchmark::render(report, Better::Higher)),
    },
    Format {
        name: "bencher",
        help: "Bencher Metric Format, JSON",
        render: |report, _| Ok(bencher::render(report)),
    },
    Format {
        name: "gobench",
        help: "Go benchmark lines, for benchstat",
        render: |report, _| Ok(gobench::render(report)),
    },
    Format {
        name: "hyperfine",
        help: "as hyperfine --export-json writes it",
        render: |report, _| Ok(hyperfine::render(report)),
    },
];

/// The format of this name.
pub(crate) fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
