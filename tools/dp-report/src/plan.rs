//! What was typed becomes what is meant.

use std::path::{Path, PathBuf};

use dp_tool::{Fault, Io};

use crate::args::{FormatArg, Inconclusive, ReportArgs};
use crate::budget::{self, Budget};
use crate::build::Asked;
use crate::filter::Filter;
use crate::ground::Field;
use crate::matchup::Against;
use crate::render::{Format, Screen};
use crate::report::Report;
use crate::selection::Selection;
use crate::template::Template;

/// The report that was asked for.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Where records come from; at least one.
    pub(crate) inputs: Vec<Input>,
    /// The baseline file.
    pub(crate) baseline: Option<Input>,
    /// What is compared with what.
    pub(crate) against: Against,
    /// What must hold.
    pub(crate) budget: Budget,
    /// Metrics that `--metric` names.
    pub(crate) metrics: Vec<String>,
    /// The series that are reported on.
    pub(crate) filter: Filter,
    /// The metrics that are shown and judged.
    pub(crate) selection: Selection,
    /// Parts of the ground that may differ.
    pub(crate) across: Vec<Field>,
    /// Whether inconclusive comparisons end with 1.
    pub(crate) inconclusive_fails: bool,
    /// What is written where; at most one to stdout.
    pub(crate) outputs: Vec<Output>,
    /// What stdout can show.
    pub(crate) screen: Screen,
}

/// Where records come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    Stdin,
    File(PathBuf),
}

/// What is written, and where it goes.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) form: Form,
    pub(crate) destination: Destination,
}

/// How the report is written.
#[derive(Debug)]
pub(crate) enum Form {
    /// In a format of ours.
    Format(Format),
    /// In the user's words.
    Template(Template),
}

impl Form {
    /// The whole report.
    pub(crate) fn render(&self, report: &Report, screen: &Screen) -> Result<String, Fault> {
        match self {
            Self::Format(format) => Ok(format.render(report, screen)),
            Self::Template(template) => template.fill(report),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    File(PathBuf),
}

impl Plan {
    /// What the report is to say.
    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked { against: &self.against, across: &self.across, budget: &self.budget }
    }

    /// Checks what the command line alone tells to be wrong.
    pub(crate) fn new(args: &ReportArgs, io: &Io<'_>) -> Result<Self, Fault> {
        let baseline = args.baseline.as_deref().map(Input::of);
        let against = match (&args.against, &baseline) {
            (Some(name), _) => Against::Subject(name.clone()),
            (None, Some(file)) => Against::File(file.name()),
            (None, None) => Against::Nothing,
        };
        let inputs = inputs(args, io.stdin.is_some())?;
        let all = inputs.iter().chain(&baseline);
        if all.filter(|input| **input == Input::Stdin).count() > 1 {
            return Err(Fault::usage("stdin can be read only once: give - once"));
        }
        let budget = budget(args)?;
        let mut selection = Selection::new(args.all);
        args.metric.iter().map(String::as_str).chain(budget.metrics()).for_each(|metric| {
            selection.name(metric);
        });
        Ok(Self {
            inputs,
            baseline,
            against,
            budget,
            metrics: args.metric.clone(),
            filter: args.filter.iter().fold(Filter::default(), Filter::and),
            selection,
            across: args.across.clone(),
            inconclusive_fails: args.inconclusive == Inconclusive::Fail,
            outputs: outputs(args)?,
            screen: Screen::of_stdout(
                args.output.color.on(io.stdout_is_terminal),
                io.stdout_is_terminal,
            ),
        })
    }
}

/// The budget of the file and of the options.
fn budget(args: &ReportArgs) -> Result<Budget, Fault> {
    let mut all = match &args.budget {
        Some(path) => budget::read(path)?,
        None => Budget::default(),
    };
    all.rules.extend(args.max.iter().map(|value| value.bound(budget::Side::Max)));
    all.rules.extend(args.min.iter().map(|value| value.bound(budget::Side::Min)));
    for value in &args.improve {
        let rule = value.improve();
        all.rules.push(rule.map_err(|error| Fault::usage(format!("{}: {error}", value.option())))?);
    }
    all.expectations.extend(args.expect.iter().cloned());
    Ok(all)
}

impl Input {
    fn of(path: &Path) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::File(path.to_path_buf()) }
    }

    /// The name in messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "stdin".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

fn inputs(args: &ReportArgs, has_stdin: bool) -> Result<Vec<Input>, Fault> {
    match args.files.as_slice() {
        [] if has_stdin => Ok(vec![Input::Stdin]),
        [] => Err(Fault::usage(
            "no records: name a FILE, or pipe records in (stdin is a terminal; try --help)",
        )),
        files => Ok(files.iter().map(|path| Input::of(path)).collect()),
    }
}

/// The formats, and the template, which goes to stdout.
fn outputs(args: &ReportArgs) -> Result<Vec<Output>, Fault> {
    let mut outputs: Vec<Output> = args.format.iter().map(Output::of).collect();
    if let Some(path) = &args.template {
        let form = Form::Template(Template::read(path)?);
        outputs.push(Output { form, destination: Destination::Stdout });
    }
    if outputs.is_empty() {
        let form = Form::Format(Format::Text);
        outputs.push(Output { form, destination: Destination::Stdout });
    }
    let to_stdout = outputs.iter().filter(|output| output.destination == Destination::Stdout);
    if to_stdout.count() > 1 {
        return Err(Fault::usage(
            "two formats would mix on stdout: give all but one a path (--format jsonl=FILE)",
        ));
    }
    Ok(outputs)
}

impl Output {
    fn of(arg: &FormatArg) -> Self {
        let destination = arg.path.clone().map_or(Destination::Stdout, Destination::File);
        Self { form: Form::Format(arg.format), destination }
    }
}
