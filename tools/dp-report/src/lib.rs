//! What changed, is it real, is it allowed?
//!
//! ```text
//! args -> plan -> input -> judge -> confirm -> explain -> budget -> history -> report -> render, template
//! ```
//!
//! Imports follow that order. `input` makes series of numbers from records,
//! `judge` pairs and compares them, `confirm` measures anew what is in doubt,
//! `explain` says where time and bytes go, `budget` checks demands, `history` tells
//! how series went on earlier days, `report` holds all that is said (one
//! `report::Report`), and each format of `render` draws it. `convert` makes records
//! of what other programs measured, for another dp-report to read.

mod args;
mod budget;
mod confirm;
mod convert;
mod explain;
mod history;
mod input;
mod judge;
mod listing;
mod output;
mod places;
mod plan;
#[cfg(test)]
mod property_test;
mod render;
mod report;
mod scale;
mod template;

use std::collections::HashSet;

use dp_record::SeriesKey;
use dp_tool::{Exit, Fault, Io, Progress};

pub use args::Args;
use args::Command;
use budget::{Budget, Outcome};
use history::store::Store;
use history::trend::Trend;
use input::collect::Collector;
use input::read::{self, Reading};
use input::series::Series;
use judge::comparisons::Comparisons;
use judge::pairing::{Against, Pairing};
use output::print;
use plan::Plan;
use report::build::{self, Request};
use report::history::History;
use report::{Report, demands, verdicts};

/// Reads records and reports on them.
///
/// # Errors
/// [`Fault`] with [`Exit::Usage`] for wrong usage, input that cannot be read,
/// and comparisons in which nothing would be compared; other errors where the
/// report cannot be written.
pub fn run(args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Some(Command::Convert(args)) => convert::run(args, io)?,
        Some(Command::Schema) => print(io.stdout, dp_record::SCHEMA)?,
        Some(Command::Metrics { format }) => print(io.stdout, &listing::metrics(*format))?,
        None => {
            let progress = Progress::new("dp-report", &args.report.output);
            return report(&Plan::new(&args.report, io)?, &progress, io);
        }
    }
    Ok(Exit::Measured)
}

fn report(plan: &Plan, progress: &Progress, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let mut problems = Problems::default();
    let mut report = if plan.inputs.is_empty() {
        empty()
    } else {
        of_records(plan, (progress, &mut *io), &mut problems)?
    };
    if let Some(store) = &plan.history {
        match history(plan, store, &report, &mut problems, progress) {
            Ok(history) => report.history = Some(history),
            // Without it there is nothing to show.
            Err(fault) if plan.inputs.is_empty() => return Err(fault.into()),
            Err(fault) => problems.add(fault),
        }
    }
    let unwritten = output::write_all(&plan.outputs, &report, &plan.screen, io);
    problems.is_reported = unwritten.len() < plan.outputs.len();
    for fault in unwritten {
        problems.add(fault);
    }
    if let (Some(path), Some(history)) = (&plan.alert, &report.history) {
        output::write_file(path, &history.alerts()).unwrap_or_else(|fault| problems.add(fault));
    }
    problems.answer(&report, plan.inconclusive_fails)
}

/// The report on the records of the input.
fn of_records(
    plan: &Plan,
    (progress, io): (&Progress, &mut Io<'_>),
    problems: &mut Problems,
) -> Result<Report, Fault> {
    let new = || Collector::new(plan.selection.clone(), plan.filter.clone());
    let mut collector = new().grouped(plan.grouping()).drawing(plan.draws_runs());
    let sources = (plan.inputs.as_slice(), plan.baselines.as_slice());
    let reading = Reading { collector: &mut collector, progress, threads: plan.threads };
    problems.add_lines(&reading.all(sources, io)?);
    let pairing = Pairing::of(&collector, &plan.against);
    check(plan, &collector, &pairing)?;
    let mut comparisons = Comparisons::new(&collector, &plan.across, &pairing);
    let mut notes = Vec::new();
    if let Some(confirm) = &plan.confirm {
        let doubtful = (&collector, &pairing);
        let fresh = new().grouped(plan.fresh_grouping());
        let confirmed = confirm.settle(doubtful, &mut comparisons, fresh, (progress, &io.stop));
        problems.add_lines(&confirmed.bad_lines);
        if let Some(fault) = confirmed.fault {
            problems.add(fault);
        }
        notes = confirmed.notes;
    }
    let request = Request { pairing: &pairing, budget: &plan.budget, statistics: &plan.statistics };
    let mut report = build::report(&collector, &request, &mut comparisons);
    report.notes.extend(notes);
    Ok(report)
}

/// A report without records, for a history alone.
fn empty() -> Report {
    let (collector, against) = (Collector::default(), Against::Nothing);
    let pairing = Pairing::of(&collector, &against);
    let request = Request { pairing: &pairing, budget: &Budget::default(), statistics: &[] };
    build::report(&collector, &request, &mut Comparisons::new(&collector, &[], &pairing))
}

/// Appends what was measured, and reads how it went: the series of this report, or
/// without one all that the filter lets pass.
fn history(
    plan: &Plan,
    store: &Store,
    report: &Report,
    problems: &mut Problems,
    progress: &Progress,
) -> Result<History, Fault> {
    let new = verdicts::for_history(report);
    let is_alone = plan.inputs.is_empty();
    let ours: HashSet<(SeriesKey, String)> =
        report.input().map(|(measure, row)| (row.key.clone(), measure.name.clone())).collect();
    let stored = if is_alone { store.read()? } else { store.append(new)? };
    if let Some(mended) = &stored.mended {
        progress.error(&format!("warning: {mended}"));
    }
    for line in &stored.bad_lines {
        progress.error(&format!("warning: {line}"));
    }
    problems.add_history(&stored.bad_lines);
    let fits = |key: &SeriesKey, metric: &str| {
        let is_ours = || ours.contains(&(key.clone(), metric.to_owned()));
        if is_alone { plan.filter.matches(key.view()) } else { is_ours() }
    };
    let trends = Trend::all(&stored.records, fits);
    if is_alone && trends.is_empty() {
        return Err(Fault::usage(format!("{}: the history has no such series", store.name())));
    }
    Ok(History { name: store.name(), trends })
}

/// What went wrong beside what the report says.
#[derive(Debug, Default)]
struct Problems {
    messages: Vec<String>,
    exit: Option<Exit>,
    /// Whether the report was written anywhere.
    is_reported: bool,
}

impl Problems {
    fn add(&mut self, fault: Fault) {
        self.exit = Some(self.exit.map_or(fault.exit, |exit| exit.worst(fault.exit)));
        self.messages.push(fault.message);
    }

    fn add_lines(&mut self, bad_lines: &read::BadLines) {
        let (first, count) = (&bad_lines.first, bad_lines.count);
        if count > 0 {
            self.add(Fault::usage(format!("{first}; lines that are no records: {count}")));
        }
    }

    fn add_history(&mut self, bad_lines: &[String]) {
        if let [first, ..] = bad_lines {
            let count = bad_lines.len();
            self.add(Fault::usage(format!("{first}; lines of no history: {count}")));
        }
    }

    /// The exit code, the worst of all. What could not be used is an error, though
    /// the rest is reported.
    fn answer(mut self, report: &Report, inconclusive_fails: bool) -> anyhow::Result<Exit> {
        let unclear = report.budget.iter().find(|check| check.outcome == Outcome::Error);
        if let Some(unclear) = unclear.filter(|_| self.messages.is_empty()) {
            self.add(Fault::usage(demands::sentence(unclear)));
        }
        let exit = report.exit(inconclusive_fails);
        let Some(worst) = self.exit else { return Ok(exit) };
        let mut message = self.messages.join("; ");
        if self.is_reported {
            message.push_str("; the rest is reported");
        }
        Err(Fault { exit: worst.worst(exit), message }.into())
    }
}

/// What must not look like a pass.
fn check(plan: &Plan, collector: &Collector, pairing: &Pairing<'_>) -> Result<(), Fault> {
    read::check_observations(collector)?;
    read::check_duplicates(collector)?;
    if let (Against::Marked(name), Some(problem)) = (&plan.against, collector.grouping().unmarked())
    {
        return Err(Fault::usage(format!("--against {name}: {problem}")));
    }
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
