//! What was typed becomes what is meant: from here on nobody sees the command
//! line.

use dp_tool::{Fault, Io};

use crate::args::{FormatArg, Inconclusive, ReportArgs};
use crate::budget::{self, Budget};
use crate::input::environments::Field;
use crate::input::filter::Filter;
use crate::input::read::Source;
use crate::input::selection::Selection;
use crate::judge::pairing::Against;
use crate::output::{Destination, Form, Output};
use crate::render::FORMATS;
use crate::render::screen::Screen;
use crate::template::Template;

/// The report that was asked for.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Where records come from; at least one.
    pub(crate) inputs: Vec<Source>,
    /// The baseline file.
    pub(crate) baseline: Option<Source>,
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
    /// Parts of the environment that may differ.
    pub(crate) across: Vec<Field>,
    /// Whether inconclusive comparisons end with 1.
    pub(crate) inconclusive_fails: bool,
    /// What is written where; at most one to stdout.
    pub(crate) outputs: Vec<Output>,
    /// What stdout can show.
    pub(crate) screen: Screen,
}

impl Plan {
    /// Checks what is wrong in the command line itself.
    pub(crate) fn new(args: &ReportArgs, io: &Io<'_>) -> Result<Self, Fault> {
        let baseline = args.baseline.as_deref().map(Source::of);
        let against = match (&args.against, &baseline) {
            (Some(name), _) => Against::Subject(name.clone()),
            (None, Some(file)) => Against::File(file.name()),
            (None, None) => Against::Nothing,
        };
        let inputs = inputs(args, io.stdin.is_some())?;
        let all = inputs.iter().chain(&baseline);
        if all.filter(|input| **input == Source::Stdin).count() > 1 {
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

impl Plan {
    /// Whether a format draws single runs: only then one of each series is kept.
    pub(crate) fn draws_runs(&self) -> bool {
        self.outputs.iter().any(|output| output.form.draws_runs())
    }
}

/// The budget of the files and of the options.
fn budget(args: &ReportArgs) -> Result<Budget, Fault> {
    let mut all = Budget::default();
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
