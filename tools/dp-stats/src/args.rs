//! The command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use dp_engine::container::options::duration;
use dp_engine::probe::{Condition, ProbeError, Rate, condition_forms, probe_forms};
use dp_session::VariantArgs;
use dp_session::compose::{BadServiceCondition, ComposeFile, ServiceCondition};
use dp_tool::{EngineArgs, Fault, OutputArgs, RecordArgs, RunArgs};

/// What does a container use, and does it fit its limits?
///
/// Watches running containers, or starts containers of images, watches and
/// removes them. Prints one record (a line of JSON) for each container and run.
/// Without a name it starts the images of the records on stdin, and hands those
/// records on.
#[derive(Debug, Parser)]
#[command(name = "dp-stats", version = dp_tool::VERSION, after_help = EXAMPLES)]
pub struct Args {
    /// Running container, or image to start, by name or id; `-` also takes the
    /// images of the records on stdin
    #[arg(value_name = "CONTAINER|IMAGE")]
    pub subjects: Vec<String>,
    /// Command and arguments in place of the image's own
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Watch the running containers of this compose project, or start the services of these
    /// compose files as a project of dp's own; repeat it for several
    ///
    /// A word with neither `.` nor `/` names a running project.
    #[arg(long, value_name = "PROJECT|[NAME=]FILE[:FILE]")]
    pub compose: Vec<ComposeSubject>,
    /// Watch so long [default: 10s for running containers]
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub period: Option<Duration>,
    /// Watch until the container ends [default for images]
    #[arg(long, conflicts_with = "period")]
    pub until_exit: bool,
    /// From one reading to the next; 0 reads at the end only
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "100ms")]
    pub interval: Duration,
    /// When a container that is started counts as ready to be watched.
    #[arg(long, value_name = "CONDITION", help = ready_help())]
    pub ready: Option<ServiceCondition>,
    /// Longest time until then
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "60s")]
    pub timeout: Duration,
    /// What runs at the same time.
    #[command(flatten)]
    pub workload: WorkloadArgs,
    /// Start each image under these limits too, as memory=1g,cpus=1 or none;
    /// repeat it
    #[arg(long, value_name = "LIMIT=VALUE,...")]
    pub limits: Vec<String>,
    /// Find the smallest limit of memory under which the work still passes: run
    /// it without a limit [default: 3 runs], then under limits
    #[arg(long, value_name = "RESOURCE")]
    pub fit: Option<Fit>,
    /// Write every reading to this file (lines of JSON)
    #[arg(long, value_name = "FILE")]
    pub samples_out: Option<PathBuf>,
    /// Make the records of what --samples-out wrote (`-` for stdin), without an
    /// engine
    #[arg(long, value_name = "FILE", conflicts_with_all = ["subjects", "command", "compose", "period", "until_exit", "limits", "variant", "fit", "samples_out", "load_command", "probe", "quiet_wait"])]
    pub samples: Option<PathBuf>,
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

/// A resource whose limit can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fit {
    /// Memory, without swap.
    Memory,
}

/// What runs while containers are watched.
#[derive(Debug, Clone, clap::Args)]
pub struct WorkloadArgs {
    /// Run a load, and watch as long as it takes.
    #[arg(long, value_name = "COMMAND", help = LOAD, conflicts_with_all = ["period", "until_exit"])]
    pub load_command: Option<String>,
    /// End the load, and let the run fail, after so long [default: never]
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "load_command")]
    pub load_timeout: Option<Duration>,
    /// Probe at a constant rate.
    #[arg(long, value_name = "CONDITION", help = probe_help(), value_parser = probe_condition, conflicts_with = "fit")]
    pub probe: Option<ServiceCondition>,
    /// Probes a second, each due whether or not those before it were answered
    #[arg(long, value_name = "N", default_value = "20", requires = "probe")]
    pub probe_rate: Rate,
}

/// A condition that can be probed at a constant rate.
fn probe_condition(text: &str) -> Result<ServiceCondition, String> {
    let probe: ServiceCondition =
        text.parse().map_err(|error: BadServiceCondition| error.to_string())?;
    let refused = ProbeError::NoRate { condition: probe.to_string() };
    probe.condition.is_probed().then_some(probe).ok_or_else(|| refused.to_string())
}

/// What `--compose` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeSubject {
    /// A project that runs.
    Running(String),
    /// Files of one that is started.
    File(ComposeFile),
}

impl FromStr for ComposeSubject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains(['.', '/']) {
            text.parse().map(Self::File)
        } else {
            Ok(Self::Running(text.to_owned()))
        }
    }
}

impl Args {
    /// The projects that run already.
    pub(crate) fn projects(&self) -> Vec<&str> {
        let running = self.compose.iter().map(|subject| match subject {
            ComposeSubject::Running(project) => Some(project.as_str()),
            ComposeSubject::File(_) => None,
        });
        running.flatten().collect()
    }

    /// The stacks that are to be started.
    pub(crate) fn stacks(&self) -> Vec<ComposeFile> {
        let file = |subject: &ComposeSubject| match subject {
            ComposeSubject::File(file) => Some(file.clone()),
            ComposeSubject::Running(_) => None,
        };
        self.compose.iter().filter_map(file).collect()
    }
}

/// A condition on a container that is alone.
pub(crate) fn of_container(condition: &ServiceCondition) -> Result<Condition, Fault> {
    match condition {
        ServiceCondition { service: None, condition } => Ok(condition.clone()),
        _ => Err(Fault::usage(format!(
            "{condition}: it asks a port of the container, not an address or a service"
        ))),
    }
}

// Not as doc comments: rustdoc takes brackets for links, and underscores amiss.
const LOAD: &str = "Run this by sh on this machine, and watch as long as it takes; its environment \
has DP_CONTAINER, DP_ADDRESS, DP_NAME, DP_VARIANT, DP_RUN and, of a stack, DP_PROJECT; lines 'dp: NAME=NUMBER' that it prints \
become metrics (unit by suffix, as _seconds or _bytes; ' higher' after the number if more is better)";

/// Help of `--probe`.
fn probe_help() -> String {
    let forms = probe_forms().collect::<Vec<_>>().join(", ");
    format!(
        "Probe each container at a constant rate, and report how long the answers took: {forms}; \
         of a stack the one service of http=SERVICE:PORT/PATH or tcp=SERVICE:PORT"
    )
}

/// Help of `--ready`. What has exited cannot be watched any more.
fn ready_help() -> String {
    let forms = condition_forms().filter(|form| *form != "exit").collect::<Vec<_>>().join(", ");
    format!(
        "When a container that is started is ready to be watched: {forms} [default: running; of \
         a stack all services, as in dp-start]"
    )
}

const EXAMPLES: &str = "\
Examples:
  dp-stats web db --for 30s | dp-report                 what running containers use
  dp-stats job:latest -- ./job --all | dp-report        a job, from its start to its end
  dp-stats job --limits none --limits memory=1g,cpus=1 -r 5 | dp-report --against none
  dp-stats job --fit memory | jq 'select(.metrics.memory_fit_bytes).metrics'
  dp-stats db --load-command './load.sh' --probe http=8080/ | dp-report
  dp-stats --compose shop --for 1m | jq 'select(.kind==\"stats\").detail.findings[]'
  dp-stats --compose old=a.yml --compose new=b.yml --for 30s | dp-report --against old
  dp-stats --compose ./compose.yml --probe http=web:8080/ --load-command ./load.sh | dp-report
  dp-build . | dp-size | dp-stats | dp-report";
