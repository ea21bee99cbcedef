//! What was typed becomes what is meant: from here on nobody sees the command
//! line.

use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use dp_tool::{Fault, Io};

use crate::args::{FormatArg, Inconclusive, ReportArgs};
use crate::budget::{self, Budget};
use crate::confirm::Confirm;
use crate::history::store::Store;
use crate::input::environments::Field;
use crate::input::filter::Filter;
use crate::input::grouping::{By, Grouping, Mark};
use crate::input::read::Source;
use crate::input::selection::Selection;
use crate::judge::pairing::Against;
use crate::judge::statistic::Statistic;
use crate::output::{Destination, Form, Output};
use crate::places::Place;
use crate::render::FORMATS;
use crate::render::screen::Screen;
use crate::template::Template;

/// Threads that read an input unless more are asked for.
const MOST_THREADS: usize = 4;

/// The report that was asked for.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Where records come from; none where the history is shown alone.
    pub(crate) inputs: Vec<Source>,
    /// How many threads read an input.
    pub(crate) threads: usize,
    /// The files of the baseline.
    pub(crate) baselines: Vec<Source>,
    /// What is compared with what.
    pub(crate) against: Against,
    /// How to measure anew what is in doubt.
    pub(crate) confirm: Option<Confirm>,
    /// What must hold.
    pub(crate) budget: Budget,
    /// Metrics that `--metric` names.
    pub(crate) metrics: Vec<String>,
    /// The series that are reported on.
    pub(crate) filter: Filter,
    /// The metrics that are shown and judged.
    pub(crate) selection: Selection,
    /// What tables show of each metric beside its median and range.
    pub(crate) statistics: Vec<Statistic>,
    /// Parts of the environment that may differ.
    pub(crate) across: Vec<Field>,
    /// Whether inconclusive comparisons end with 1.
    pub(crate) inconclusive_fails: bool,
    /// What is written where; at most one to stdout.
    pub(crate) outputs: Vec<Output>,
    /// What stdout can show.
    pub(crate) screen: Screen,
    /// Where what is measured is kept.
    pub(crate) history: Option<Store>,
    /// Where to tell what left its level.
    pub(crate) alert: Option<PathBuf>,
    mark: Option<Mark>,
    by: Vec<By>,
}

impl Plan {
    /// Checks what is wrong in the command line itself.
    pub(crate) fn new(args: &ReportArgs, io: &Io<'_>) -> Result<Self, Fault> {
        let baselines: Vec<Source> = args.baseline.iter().map(|path| Source::of(path)).collect();
        let inputs = if args.trend { Vec::new() } else { inputs(args, io.stdin.is_some())? };
        let all = inputs.iter().chain(&baselines);
        if all.filter(|input| **input == Source::Stdin).count() > 1 {
            return Err(Fault::usage("stdin can be read only once: give - once"));
        }
        let mark = args.against.as_deref().and_then(Mark::of);
        let budget = budget(args)?;
        let mut selection = Selection::new(args.all);
        args.metric.iter().map(String::as_str).chain(budget.metrics()).for_each(|metric| {
            selection.name(metric);
        });
        let outputs = outputs(args)?;
        let reads_stdin = inputs.iter().chain(&baselines).any(|input| *input == Source::Stdin);
        check_places(args, reads_stdin, &outputs)?;
        Ok(Self {
            against: against(args, &baselines, mark.is_some())?,
            confirm: confirm(args, mark.is_some())?,
            threads: args.threads.map_or_else(threads, |threads| threads.get().into()),
            inputs,
            baselines,
            budget,
            metrics: args.metric.clone(),
            filter: args.filter.iter().fold(Filter::default(), Filter::and),
            selection,
            statistics: statistics(&args.stat),
            across: args.across.clone(),
            inconclusive_fails: args.inconclusive == Inconclusive::Fail,
            outputs,
            screen: Screen::of_stdout(
                args.output.color.on(io.stdout_is_terminal),
                io.stdout_is_terminal,
            ),
            history: args.history.as_deref().map(Store::new),
            alert: args.alert.clone(),
            mark,
            by: args.by.clone(),
        })
    }

    /// Whether a format draws single runs: only then one of each series is kept.
    pub(crate) fn draws_runs(&self) -> bool {
        self.outputs.iter().any(|output| output.form.draws_runs())
    }

    /// How the records of the input are grouped.
    pub(crate) fn grouping(&self) -> Grouping {
        Grouping::new(self.mark.clone(), self.by.clone())
    }

    /// How the records that confirm are grouped: there a name tells the baseline.
    pub(crate) fn fresh_grouping(&self) -> Grouping {
        Grouping::new(None, self.by.clone())
    }
}

/// One for each CPU, as far as they help.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS)
}

/// What the subjects are compared with.
fn against(args: &ReportArgs, baselines: &[Source], is_mark: bool) -> Result<Against, Fault> {
    Ok(match (&args.against, baselines) {
        (None, []) => Against::Nothing,
        (Some(name), []) if is_mark => Against::Marked(name.clone()),
        (Some(name), []) => Against::Subject(name.clone()),
        (Some(name), [_, ..]) if is_mark || args.confirm.is_none() => {
            return Err(Fault::usage(format!(
                "--against {name} and --baseline name two baselines: give one of them \
                 (with --confirm, --against names the baseline in what it measures)"
            )));
        }
        (_, [file]) => Against::File(file.name()),
        (_, [first, rest @ ..]) => {
            Against::File(format!("{} and {} more", first.name(), rest.len()))
        }
    })
}

/// How to confirm: only what has a baseline can be in doubt.
fn confirm(args: &ReportArgs, is_mark: bool) -> Result<Option<Confirm>, Fault> {
    let Some(command) = &args.confirm else { return Ok(None) };
    if args.against.is_none() && args.baseline.is_empty() {
        return Err(Fault::usage("--confirm goes with --baseline or --against"));
    }
    let against = args.against.clone().filter(|_| !is_mark);
    Ok(Some(Confirm { command: command.clone(), against }))
}

/// Each once, without what every table has.
fn statistics(asked: &[Statistic]) -> Vec<Statistic> {
    let mut statistics: Vec<Statistic> = Vec::new();
    for one in asked.iter().filter(|one| !one.is_always_shown()) {
        if !statistics.contains(one) {
            statistics.push(*one);
        }
    }
    statistics
}

/// The budget of the files and of the options.
fn budget(args: &ReportArgs) -> Result<Budget, Fault> {
    let mut all = Budget { on_busy: args.busy, ..Budget::default() };
    for path in &args.budget {
        let of_file = budget::read(path)?;
        all.rules.extend(of_file.rules);
        all.expectations.extend(of_file.expectations);
    }
    all.rules.extend(args.max.iter().map(|value| value.bound(budget::BoundKind::Max)));
    all.rules.extend(args.min.iter().map(|value| value.bound(budget::BoundKind::Min)));
    for value in &args.improve {
        let rule = value.improve();
        all.rules.push(rule.map_err(|error| Fault::usage(format!("{}: {error}", value.option())))?);
    }
    all.expectations.extend(args.expect.iter().cloned());
    Ok(all)
}

fn inputs(args: &ReportArgs, has_stdin: bool) -> Result<Vec<Source>, Fault> {
    match args.files.as_slice() {
        [] if has_stdin => Ok(vec![Source::Stdin]),
        [] => Err(Fault::usage(
            "no records: name a FILE, or pipe records in (stdin is a terminal; try --help)",
        )),
        files => Ok(files.iter().map(|path| Source::of(path)).collect()),
    }
}

/// The formats, and the template, which goes to stdout.
fn outputs(args: &ReportArgs) -> Result<Vec<Output>, Fault> {
    let mut outputs: Vec<Output> = args.format.iter().map(output).collect();
    if let Some(path) = &args.template {
        let form = Form::Template(Template::read(path)?);
        outputs.push(Output { form, destination: Destination::Stdout });
    }
    if outputs.is_empty() {
        let forms = FORMATS.iter().take(1).map(Form::Format);
        outputs.extend(forms.map(|form| Output { form, destination: Destination::Stdout }));
    }
    let to_stdout = outputs.iter().filter(|output| output.destination == Destination::Stdout);
    if to_stdout.count() > 1 {
        return Err(Fault::usage(
            "two formats would mix on stdout: give all but one a path (--format jsonl=FILE)",
        ));
    }
    Ok(outputs)
}

fn output(arg: &FormatArg) -> Output {
    let destination = arg.path.clone().map_or(Destination::Stdout, Destination::File);
    Output { form: Form::Format(arg.format), destination }
}

/// Nothing is written over what is read, and no two things into one file, by
/// whatever names these go. The history is read and written by itself.
fn check_places(args: &ReportArgs, reads_stdin: bool, outputs: &[Output]) -> Result<(), Fault> {
    let files = args.files.iter().chain(&args.baseline).chain(&args.budget).chain(&args.template);
    let files = files.filter(|path| path.as_os_str() != "-");
    let read = files.map(|path| (path.display().to_string(), Place::of_file(path)));
    let stdin = || ("stdin".to_owned(), Place::of_file_stream(std::io::stdin()));
    let read: Vec<(String, Place)> = read
        .chain(reads_stdin.then(stdin))
        .filter_map(|(name, place)| Some((name, place?)))
        .collect();
    let kept = args.history.iter().chain(&args.alert).map(PathBuf::as_path);
    let written = kept.map(|path| (path.display().to_string(), Place::of(path)));
    let written = written.chain(outputs.iter().map(of_output));
    let mut known: Vec<(String, Place)> = Vec::new();
    for (name, place) in written {
        let Some(place) = place else { continue };
        if let Some((input, _)) = read.iter().find(|(_, other)| *other == place) {
            return Err(Fault::usage(format!(
                "{name} would be written over {input}, which is read: name another file"
            )));
        }
        if let Some((other, _)) = known.iter().find(|(_, other)| *other == place) {
            let same =
                if *other == name { String::new() } else { format!(" (the same as {other})") };
            return Err(Fault::usage(format!(
                "{name} would be written twice{same}: name a file for each"
            )));
        }
        known.push((name, place));
    }
    Ok(())
}

fn of_output(output: &Output) -> (String, Option<Place>) {
    match &output.destination {
        Destination::Stdout => ("stdout".to_owned(), Place::of_stream(std::io::stdout())),
        Destination::File(path) => (path.display().to_string(), Place::of(path)),
    }
}
