//! `--template FILE`: a page with holes, filled from the report.
//!
//! The language is that of Jinja; a line that holds only a block (`{% ... %}`)
//! leaves nothing behind. An unknown name, filter or argument, and a
//! series that is not there, are errors: a page never shows less than it says.
//!
//! | name | what it is |
//! | --- | --- |
//! | `report.at`, `report.date` | when the last observation began: RFC 3339, `2026-01-31` |
//! | `report.against` | the baseline's name, or none |
//! | `report.counts` | `1 improved, 2 unchanged; budget: 3 pass`, or none |
//! | `report.grounds` | engines and machines that were measured on, a text each |
//! | `report.markdown` | the whole report as `--format markdown` has it |
//! | `report.series`, `report.compare` | all of those below, for loops |
//! | `report.times`, `report.bytes` | where they go: `name`, `parts` of `line`, `text`, `amount` |
//! | `report.findings` | what would make images smaller: `label`, `name`, `bytes`, `findings` of `code`, `severity`, `bytes`, `line`, `dockerfile`, `instruction`, `base`, `parts`, `advice` |
//! | `report.failures`, `report.notes` | what failed or is missing, and what limits figures: texts |
//! | `report.history` | how each series went (`--history`): whose it is, `metric`, `unit`, `runs`, `first`, `good` (the last good level), `latest`, `points` of `at`, `date`, `batch`, `n`, `median`, `low`, `high`, `verdict`, `meta`, and `levels` of `median`, `begin`, `end` (places in `points`) |
//! | `series("KIND.METRIC", "NAME", scenario="...")` | what was measured: `kind`, `name`, `scenario`, `platform`, `variant`, `metric`, `unit`, `better`, `n`, `median`, `low`, `high`, `min`, `max`, `outliers`, `mean`, `mad`, `stddev`, `p90`, `p95`, `p99` (none with too few runs), what `--stat` asks for, `dockerfile`, `meta` and the other fields of a `verdict` record |
//! | `compare("KIND.METRIC", "NAME", scenario="...")` | how it compares with the baseline: the same fields, with `verdict`, `reason`, `baseline_median`, and `change`, `change_low`, `change_high`, `minimum_detectable`, each of these four with `_ratio` too |
//! | `budget` | its checks: `rule`, `metric`, `name`, `scenario`, `demand`, `measured`, `result`, `reason`, `why`, `note` |
//!
//! Filters beside Jinja's own: `bytes` (`1.67 GB`), `seconds` (`246 ms`),
//! `percent` (0.953 is `95.3 %`), `change` (-0.5 is `-50.0 %`), `show(unit)`
//! for any unit, each with the number of digits as a further argument; `code`
//! makes a code span of a text. What is not known (none) is written `-`. A
//! template that takes very many steps is an error: its loops may never end.

mod data;
mod filters;
mod lookup;

use std::fs;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use dp_record::without_mark;
use dp_tool::{Exit, Fault, Stop, StopReason};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use crate::report::Report;
use crate::template::data::Data;

/// Instructions that a template may take: pages of thousands of series need
/// far fewer, and three nested loops over `range(10000)` would never end.
const MOST_INSTRUCTIONS: u64 = 20_000_000;
/// Bytes that a page may have: far more than anybody reads.
const MOST_BYTES: usize = 256 << 20;

/// A template of which the syntax is known to be sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    name: String,
    source: String,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`Fault`] with file and line for what is no template.
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        let name = path.display().to_string();
        let source = fs::read_to_string(path)
            .map_err(|error| Fault::usage(format!("{name}: cannot read the template: {error}")))?;
        let template = Self { name, source: without_mark(&source).to_owned() };
        let sound = environment().template_from_named_str("template", &template.source).map(|_| ());
        sound.map_err(|error| template.fault(&error))?;
        Ok(template)
    }

    /// Fills it, in a thread of its own: a signal is heard at once, whatever the
    /// template does, and the thread ends with the process. Without `stop` signals
    /// are not heard.
    ///
    /// # Errors
    /// [`Fault`] with file and line for names that mean nothing, for a template
    /// that does not end, and where a signal came.
    pub(crate) fn fill(&self, report: &Report, stop: Option<&Stop>) -> Result<String, Fault> {
        let (template, data) = (self.clone(), data::of(report));
        let (answer, answers) = mpsc::sync_channel(1);
        let told = stop.map(|stop| {
            let interrupted = answer.clone();
            stop.tell(move |reason| {
                if let StopReason::Signal(_) = reason {
                    let message = "a signal came while the template was being filled";
                    let fault = Fault { exit: Exit::Interrupted, message: message.to_owned() };
                    let _ = interrupted.try_send(Err(fault));
                }
            })
        });
        let work = thread::Builder::new().name("template".to_owned());
        let fill = move || {
            let filled = catch_unwind(AssertUnwindSafe(|| template.filled(&data)));
            let broken = |_| Err(template.failed("the template could not be filled"));
            let _ = answer.send(filled.unwrap_or_else(broken));
        };
        work.spawn(fill).map_err(|error| self.failed(&error.to_string()))?;
        let filled = answers.recv();
        drop(told);
        filled.unwrap_or_else(|error| Err(self.failed(&error.to_string())))
    }

    fn filled(&self, data: &Data) -> Result<String, Fault> {
        let mut environment = environment();
        lookup::add(&mut environment, data);
        let template = environment.template_from_named_str("template", &self.source);
        let template = template.map_err(|error| self.fault(&error))?;
        let mut page = Page(Vec::new());
        let filled = template.render_captured_to(data.context(), &mut page).map(|_| ());
        filled.map_err(|error| self.fault(&error))?;
        String::from_utf8(page.0).map_err(|error| self.failed(&error.to_string()))
    }

    fn failed(&self, what: &str) -> Fault {
        Fault { exit: Exit::Failed, message: format!("{}: {what}", self.name) }
    }

    /// One line with the place.
    fn fault(&self, error: &Error) -> Fault {
        let line = error.line().map_or_else(String::new, |line| format!(":{line}"));
        if error.kind() == ErrorKind::OutOfFuel {
            let most = MOST_INSTRUCTIONS / 1_000_000;
            let message =
                format!("it takes more than {most} million steps: does a loop never end?");
            return Fault::usage(format!("{}{line}: {message}", self.name));
        }
        if error.kind() == ErrorKind::WriteFailure {
            let most = MOST_BYTES >> 20;
            let message = format!("the page gets longer than {most} MiB: does a loop never end?");
            return Fault::usage(format!("{}{line}: {message}", self.name));
        }
        let detail = error.detail().map_or_else(String::new, |detail| format!(": {detail}"));
        Fault::usage(format!("{}{line}: {}{detail}", self.name, error.kind()))
    }
}

/// A page in the making, of bounded length.
struct Page(Vec<u8>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The language: Jinja's own filters and ours, nothing escaped, everything
/// undefined an error.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build().unwrap_or_default());
    environment.set_debug(true);
    environment.set_fuel(Some(MOST_INSTRUCTIONS));
    filters::add(&mut environment);
    environment
}
