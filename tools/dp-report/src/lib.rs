//! What changed, is it real, is it allowed?
//!
//! ```text
//! args -> plan -> input -> judge -> explain -> budget -> report -> render, template
//! ```
//!
//! Imports follow that order. `input` makes series of numbers from records,
//! `judge` pairs and compares them, `explain` says where time and bytes go,
//! `budget` checks demands, `report` holds all that is said (one
//! `report::Report`), and each format of `render` draws it.

mod args;
mod budget;
mod explain;
mod input;
mod judge;
mod listing;
mod output;
mod plan;
#[cfg(test)]
mod property_test;
mod render;
mod report;
mod scale;
mod template;

use dp_tool::{Exit, Fault, Io, Progress};

pub use args::Args;
use args::Command;
use budget::Outcome;
use input::collect::Collector;
use input::read;
use input::series::Series;
use judge::pairing::Pairing;
use output::print;
use plan::Plan;
use report::Report;
use report::build::{self, Request};
use report::demands;

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
        None => {
            let progress = Progress::new("dp-report", &args.report.output);
            return report(&Plan::new(&args.report, io)?, &progress, io);
        }
    }
    Ok(Exit::Measured)
}

fn report(plan: &Plan, progress: &Progress, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let mut collector =
        Collector::new(plan.selection.clone(), plan.filter.clone()).drawing(plan.draws_runs());
    let sources = (plan.inputs.as_slice(), plan.baseline.as_ref());
    let bad_lines = read::all(sources, io, &mut collector, progress)?;
    let pairing = Pairing::of(&collector, &plan.against);
    check(plan, &collector, &pairing)?;
    let request = Request { pairing: &pairing, across: &plan.across, budget: &plan.budget };
    let report = build::report(&collector, &request);
    for output in &plan.outputs {
        output.write(&report, &plan.screen, io.stdout)?;
    }
    answer(&report, &bad_lines, plan)
}

/// The exit code. What could not be used is an error, though the rest is
/// reported.
fn answer(report: &Report, bad_lines: &read::BadLines, plan: &Plan) -> anyhow::Result<Exit> {
    let unclear = report.budget.iter().find(|check| check.outcome == Outcome::Error);
    let unclear = unclear.map(demands::sentence);
    let first = &bad_lines.first;
    let message = match (bad_lines.count, unclear) {
        (0, None) => return Ok(report.exit(plan.inconclusive_fails)),
        (0, Some(unclear)) => unclear,
        (count, _) => format!("{first}; lines that are no records: {count}"),
    };
    Err(Fault::usage(format!("{message}; the rest is reported")).into())
}

/// What must not look like a pass.
fn check(plan: &Plan, collector: &Collector, pairing: &Pairing<'_>) -> Result<(), Fault> {
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
    pairing.check(collector)
}
