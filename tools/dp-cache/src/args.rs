//! What can be typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use dp_builds::args::{BackendChoice, BuildOptions};
use dp_tool::{EngineArgs, OutputArgs, RecordArgs, RunArgs};

use crate::scenario::Asked;

/// What does the build cache save, and which change loses it?
///
/// Builds a private copy of each context: first from nothing, then after each change again, in rounds of random order. One record (a line of JSON) for each build says how long it took, what the cache saved against the cold build, which steps ran, and why.
///
/// With --cache-to each context is built plain, exporting its cache, and importing that again: what the export costs, what the import saves, and after how many builds it has paid. A reference in a registry must not be there yet, and what is exported to it stays there; a folder is never written to, a private one beside it is.
///
/// Your files, images, build cache and cache mounts are left as they were; no image stays.
#[derive(Debug, Parser)]
#[command(name = "dp-cache", version = dp_tool::VERSION, after_help = EXAMPLES)]
pub struct Args {
    /// Build context, a folder; NAME= gives the subject its name (`.` by default);
    /// with --volume an image
    #[arg(value_name = "[NAME=]CONTEXT")]
    pub contexts: Vec<OsString>,
    /// Dockerfile; repeat it to compare several
    #[arg(short, long, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// Stage to build; repeat it to compare several
    #[arg(long, value_name = "STAGE")]
    pub target: Vec<String>,
    /// What changes before the build; repeat it for several (cold, warm, code and
    /// deps by default)
    ///
    /// `cold` builds from nothing, `warm` after no change. `code` and `deps` change
    /// a source file and a dependency manifest that the Dockerfile copies; `code=PATH`
    /// and `deps=PATH` say which. Others of your own: NAME=edit:PATH (a comment or
    /// white space, the file stays valid), append:PATH, touch:PATH, chmod:PATH,
    /// delete:PATH, add:PATH, arg:KEY=VALUE (a build argument), cmd:COMMAND (by sh,
    /// in the copy of the context; `DP_RUN` is a word that no other build has).
    #[arg(long, value_name = "NAME[=CHANGE]", verbatim_doc_comment, conflicts_with_all = TRANSFER)]
    pub scenario: Vec<Asked>,
    /// Compare two recorded builds instead (BuildKit's rawjson): first the one
    /// before, then the one after
    #[arg(long, value_name = "FILE", conflicts_with_all = BUILDING)]
    pub log: Vec<PathBuf>,
    /// Run a command with this volume empty, then filled, instead: what the volume
    /// saves (the argument is an IMAGE then; private volumes are used)
    #[arg(long, value_name = "NAME:PATH", requires = "run", conflicts_with_all = ["log", "file", "target", "scenario", "platform", "builder", "cache_to", "cache_from"])]
    pub volume: Option<String>,
    /// The command to run with the volume, by sh
    #[arg(long, value_name = "COMMAND", requires = "volume")]
    pub run: Option<String>,
    /// Use the volume NAME itself as the filled one (the command may change it)
    #[arg(long, requires = "volume")]
    pub use_volume: bool,
    /// Tell on stderr for each build what ran, and why
    #[arg(long)]
    pub explain: bool,
    /// Print every code of a finding, with its meaning, and measure nothing
    #[arg(long, exclusive = true)]
    pub list_findings: bool,
    /// What builds (buildx or the engine's API)
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    pub backend: BackendChoice,

    /// What docker buildx build takes.
    #[command(flatten)]
    pub build: BuildOptions,
    /// How often to measure.
    #[command(flatten)]
    pub runs: RunArgs,
    /// Which engine.
    #[command(flatten)]
    pub engine: EngineArgs,
    /// What stands in the records.
    #[command(flatten)]
    pub records: RecordArgs,
    /// What people see.
    #[command(flatten)]
    pub output: OutputArgs,

    /// More options for docker buildx build (buildx only)
    #[arg(last = true, value_name = "BUILDX OPTIONS")]
    pub more: Vec<String>,
}

impl Args {
    /// The options of every build, apart from file, target, tag and context.
    pub(crate) fn common_options(&self) -> Vec<String> {
        self.build.words().into_iter().chain(self.more.iter().cloned()).collect()
    }
}

/// What means nothing where nothing is built.
const BUILDING: [&str; 12] = [
    "quiet_wait",
    "contexts",
    "target",
    "scenario",
    "backend",
    "platform",
    "builder",
    "runs",
    "warmup",
    "dry_run",
    "cache_to",
    "cache_from",
];

/// What says that a cache from elsewhere is measured.
const TRANSFER: [&str; 2] = ["cache_to", "cache_from"];

const EXAMPLES: &str = "\
Examples:
  dp-cache .                                     cold, warm, a code change, a dependency change
  dp-cache -r 5 -f Dockerfile -f Dockerfile.slim . | dp-report --against Dockerfile
  dp-cache --explain --scenario code=src/main.c --scenario warm .
  dp-cache --volume packages:/root/.npm --run 'npm install left-pad' node:22 -r 5
  dp-cache -r 5 --cache-to type=inline .         what an inline cache costs and saves
  dp-cache --cache-to type=registry,ref=HOST/app:dp,mode=max .
  dp-cache --log before.log --log after.log -f Dockerfile --explain
  dp-cache --scenario tests=add:tests/new.c --scenario release=arg:VERSION=2 .";
