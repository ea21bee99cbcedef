//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use dp_engine::container::options::duration;
use dp_engine::probe::{Condition, condition_forms};
use dp_session::VariantArgs;
use dp_session::compose::{ComposeFile, ServiceCondition};
use dp_tool::{EngineArgs, Fault, OutputArgs, RecordArgs, RunArgs};

/// How long until a container runs, until it answers, until it ends?
///
/// Starts containers of each image in rounds, waits until each is ready, stops
/// and removes it, and prints one record (a line of JSON) for each start.
/// Without IMAGE it starts the images of the records on stdin, and hands those
/// records on.
#[derive(Debug, Parser)]
#[command(name = "dp-start", version = dp_tool::VERSION, after_help = EXAMPLES)]
pub struct Args {
    /// Image, by name or id; `-` also takes the images of the records on stdin
    #[arg(value_name = "IMAGE")]
    pub images: Vec<String>,
    /// Command and arguments in place of the image's own
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Start the services of these compose files instead, as a project of dp's own;
    /// repeat it to compare stacks
    #[arg(long, value_name = "[NAME=]FILE[:FILE]", conflicts_with_all = ["images", "command", "parallel", "hold", "variant", "events"])]
    pub compose: Vec<ComposeFile>,
    /// When a container is ready.
    #[arg(long, value_name = "CONDITION", help = ready_help())]
    pub ready: Option<ServiceCondition>,
    /// Longest time until then [default: 60s; none for exit]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Watch each container so long after it was ready
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub hold: Option<Duration>,
    /// Start so many containers at once; each observation is of all of them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub parallel: u16,
    /// Start each subject against itself too: shows the noise of this machine
    #[arg(long)]
    pub aa: bool,
    /// Read recorded events instead (docker events --format '{{json .}}'; a
    /// file, or `-` for stdin): engine-clock figures only
    #[arg(long, value_name = "FILE", conflicts_with_all = ["images", "command", "aa", "variant", "parallel", "hold", "timeout", "quiet_wait"])]
    pub events: Option<PathBuf>,
    /// How to start.
    #[command(flatten)]
    pub variants: VariantArgs,
    /// How often to measure.
    #[command(flatten)]
    pub runs: RunArgs,
    /// Which engine.
    #[command(flatten)]
    pub engine: EngineArgs,
    /// What the records contain.
    #[command(flatten)]
    pub records: RecordArgs,
    /// Progress and messages.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Help of `--ready`.
fn ready_help() -> String {
    let forms = condition_forms().collect::<Vec<_>>().join(", ");
    format!(
        "When a container is ready: {forms}; #N is the N-th match (\\#2 the text #2), a pattern \
         with \\n or (?s) spans lines [default: running]. A stack is when all its services are: \
         by their health check, by their end if others wait for it, else once they run; \
         running leaves health out, and http=SERVICE:PORT/PATH or tcp=SERVICE:PORT is asked too"
    )
}

impl Args {
    /// When a container of an image is ready.
    ///
    /// # Errors
    /// A service is named.
    pub(crate) fn condition(&self) -> Result<Condition, Fault> {
        match &self.ready {
            None => Ok(Condition::Running),
            Some(ServiceCondition { service: None, condition }) => Ok(condition.clone()),
            Some(ready) => Err(Fault::usage(format!(
                "--ready {ready}: it asks a port of the container, not an address or a service"
            ))),
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  dp-start app:prod -r 20 | dp-report                       until it runs
  dp-start app:prod --ready http=8080/health | dp-report    until it answers
  dp-start job:latest --ready exit -- ./job --all           until it has ended
  dp-start app:old app:new -r 20 --ready http=80/ | dp-report --against app:old
  dp-start --compose compose.yml -r 5 | dp-report           a stack, until all is ready
  dp-start --compose old=a.yml --compose new=b.yml | dp-report --against old
  dp-start app --variant plain= --variant small='--memory 64m' -r 20 | dp-report --against plain
  dp-build . | dp-start --ready 'log=^listening' | dp-report";
