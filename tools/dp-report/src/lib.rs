//! What changed, is it real, is it allowed?
//!
//! ```text
//! args -> plan -> read -> collect (series) -> build (compare, verdict, budget) -> report -> render
//! ```
//!
//! Every format is made from one `report::Report`; what comes later adds to
//! that value (history) or reads it (one file a format, templates).

mod args;
mod budget;
mod build;
mod collect;
mod compare;
#[cfg(test)]
mod compare_test;
mod contributor;
mod file;
mod filter;
mod findings;
mod ground;
mod label;
mod layers;
mod lines;
mod listing;
mod matchup;
mod measure;
mod noise;
mod phases;
mod plan;
#[cfg(test)]
mod property_test;
mod read;
mod render;
mod report;
mod scale;
mod selection;
mod series;
mod steps;
mod summary;
mod template;
mod usage;
mod verdict;

use std::io::{self, Write};

use anyhow::Context;
use dp_tool::{Exit, Fault, Io, Progress};

pub use args::Args;
use args::Command;
use budget::Outcome;
use collect::Collector;
use plan::{Destination, Output, Plan};
use render::Screen;
use report::Report;
use series::Series;

/// Reads records and reports on them.
///
/// # Errors
/// [`Fault`] with [`Exit::Usage`] for wrong usage, input that cannot be read,
/// and comparisons in which nothing would be compared; other errors where the
/// report cannot be written.
pub fn run(args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    match args.command {
        Some(Command::Schema) => print(io.stdout, dp_record::SCHEMA)?,
        Some(Command::Metrics) => print(io.stdout, &listing::metrics())?,
        None => return report(&Plan::new(&args.report, io)?, args, io),
    }
    Ok(Exit::Measured)
}

fn report(plan: &Plan, args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let progress = Progress::new("dp-report", &args.report.output);
    let mut collector = Collector::new(plan.selection.clone(), plan.filter.clone());
    let bad_lines = read::all(plan, io, &mut collector, &progress)?;
    check(plan, &collector)?;
    let report = build::report(&collector, &plan.asked());
    for output in &plan.outputs {
        write(output, &report, &plan.screen, io)?;
    }
    answer(&report, &bad_lines, plan)
}

/// The exit code. What could not be used is an error, though the rest is
/// reported.
fn answer(report: &Report, bad_lines: &read::BadLines, plan: &Plan) -> anyhow::Result<Exit> {
    let unclear = report.budget.iter().find(|check| check.outcome == Outcome::Error);
    let unclear = unclear.map(render::sentence);
    let first = &bad_lines.first;
    let message = match (bad_lines.count, unclear) {
        (0, None) => return Ok(report.exit(plan.inconclusive_fails)),
        (0, Some(unclear)) => unclear,
        (count, _) => format!("{first}; lines that are no records: {count}"),
    };
    Err(Fault::usage(format!("{message}; the rest is reported")).into())
}

/// What must not look like a pass.
fn check(plan: &Plan, collector: &Collector) -> Result<(), Fault> {
    read::check_observations(collector)?;
    read::check_duplicates(collector)?;
    for name in &plan.metrics {
        let has = |series: &Series| {
            let kind = format!("{}.", series.key.kind);
            series.has(name) || name.strip_prefix(&kind).is_some_and(|name| series.has(name))
        };
        if !collector.series.iter().any(has) {
            return Err(Fault::usage(format!(
                "--metric {name}: no record has such a metric (dp-report metrics lists ours)"
            )));
        }
    }
    matchup::check(collector, &plan.against)
}

fn write(output: &Output, report: &Report, screen: &Screen, io: &mut Io<'_>) -> anyhow::Result<()> {
    match &output.destination {
        Destination::Stdout => print(io.stdout, &output.form.render(report, screen)?),
        Destination::File(path) => {
            let text = output.form.render(report, &Screen::default())?;
            let failed = |error| Fault::usage(format!("{}: cannot write: {error}", path.display()));
            Ok(file::write(path, &text).map_err(failed)?)
        }
    }
}

/// A reader that went away changes nothing about the answer.
fn print(stdout: &mut dyn Write, text: &str) -> anyhow::Result<()> {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write the report to stdout"),
    }
}
