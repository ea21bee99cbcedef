//! What can be typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use dp_builds::args::{BackendChoice, BuildOptions};
use dp_tool::{EngineArgs, OutputArgs, RecordArgs, RunArgs};

/// How long does this build take, and where does the time go?
///
/// Builds every context x file x target, in rounds of random order, and prints one record (a line of JSON) for each build.
/// Images stay as dp/NAME:latest where NAME= is given, else under a name of folder and Dockerfile, or as -t says.
#[derive(Debug, Parser)]
#[command(name = "dp-build", version = dp_tool::VERSION, after_help = EXAMPLES)]
pub struct Args {
    /// Build context, a folder; NAME= gives the subject its name
    ///
    /// `.` if --file, --tag or --target is given. With --compose: the services
    /// to build (all by default).
    #[arg(value_name = "[NAME=]CONTEXT")]
    pub contexts: Vec<OsString>,
    /// Dockerfile; repeat it to compare several
    #[arg(short, long, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// Name of the image that stays (one subject only)
    #[arg(short, long)]
    pub tag: Option<String>,
    /// Stage to build; repeat it to compare several
    #[arg(long, value_name = "STAGE")]
    pub target: Vec<String>,
    /// Every named stage is a subject
    #[arg(long, conflicts_with = "target")]
    pub all_targets: bool,
    /// Build the services of a compose file, each as a subject; repeat it to
    /// overlay files
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "target", "all_targets"])]
    pub compose: Vec<PathBuf>,

    /// Build every subject once as a warm-up; the runs are cached builds
    #[arg(long)]
    pub warm: bool,
    /// Use nothing of the build cache, and leave it as it was
    #[arg(long, alias = "no-cache", conflicts_with = "warm")]
    pub cold: bool,
    /// Call the scenario so in the records (`as-is` by default)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["warm", "cold"])]
    pub scenario: Option<String>,
    /// Run COMMAND (by sh, in the build context) before each build, outside of the
    /// measured time; `DP_NAME` is the subject, `DP_RUN` a word that no other build has
    ///
    /// So a step runs in every build: `--prepare 'echo $DP_RUN > src/stamp'`. It
    /// may change what is copied, but not the Dockerfile.
    #[arg(long, value_name = "COMMAND")]
    pub prepare: Option<String>,
    /// Keep no image
    #[arg(long, conflicts_with = "tag")]
    pub discard: bool,
    /// What builds
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    pub backend: BackendChoice,
    /// Read the progress of builds from files instead (BuildKit's rawjson)
    #[arg(long, value_name = "FILE", conflicts_with_all = BUILDING)]
    pub log: Vec<PathBuf>,

    /// What docker buildx build takes.
    #[command(flatten)]
    pub build: BuildOptions,
    /// Where its result goes.
    #[command(flatten)]
    pub result: ResultOptions,
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

/// Spelt as in `docker buildx build`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Build (as docker buildx build)")]
pub struct ResultOptions {
    /// Write the result elsewhere: type=cacheonly, local, tar or oci; then there
    /// is no image in the engine (buildx only)
    #[arg(long, value_name = "SPEC", conflicts_with = "tag")]
    pub output: Option<String>,
    /// Write the image id to this file (one subject only; buildx only)
    #[arg(long, value_name = "FILE")]
    pub iidfile: Option<PathBuf>,
    /// Write the build's metadata to this file (one subject only; buildx only)
    #[arg(long, value_name = "FILE")]
    pub metadata_file: Option<PathBuf>,
}

impl Args {
    /// The options of every build, apart from file, target, tag, output and
    /// context.
    pub(crate) fn common_options(&self) -> Vec<String> {
        let files =
            [("--iidfile", &self.result.iidfile), ("--metadata-file", &self.result.metadata_file)];
        let files = files.into_iter().filter_map(|(name, file)| {
            Some([name.to_owned(), file.as_ref()?.display().to_string()])
        });
        let words = self.build.words().into_iter().chain(files.flatten());
        words.chain(self.more.iter().cloned()).collect()
    }
}

/// What means nothing where nothing is built.
const BUILDING: [&str; 17] = [
    "quiet_wait",
    "backend",
    "compose",
    "contexts",
    "tag",
    "target",
    "all_targets",
    "warm",
    "cold",
    "discard",
    "prepare",
    "platform",
    "builder",
    "runs",
    "warmup",
    "dry_run",
    "more",
];

const EXAMPLES: &str = "\
Examples:
  dp-build .                                     one build, as it is
  dp-build --warm -r 10 . | dp-report            ten cached builds
  dp-build -f Dockerfile -f Dockerfile.slim --warm -r 10 . | dp-report --against Dockerfile
  dp-build main=../main head=. --warm -r 10 | dp-report --against main
  dp-build --scenario code -w 1 -r 10 --prepare 'echo $DP_RUN > src/stamp' .
                                                 ten builds after a change
  dp-build . -- --build-context lib=../lib       more options for buildx";
