//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use dp_tool::{EngineArgs, OutputArgs, RecordArgs, RunArgs};

/// How many bytes has this image, and where do they come from?
///
/// Prints one record (a line of JSON) for each image: the bytes of its files, how
/// many of them no container can reach, which instruction wrote them and which one
/// deleted or overwrote them, and what would make the image smaller. Without IMAGE
/// it measures the images of the records on stdin, and passes those records on.
#[derive(Debug, Parser)]
#[command(name = "dp-size", version = dp_tool::VERSION, after_help = EXAMPLES)]
pub struct Args {
    /// Image, by name or id; `-` also takes the images of the records on stdin
    #[arg(value_name = "IMAGE")]
    pub images: Vec<String>,
    /// Read images from an archive instead (docker save or OCI layout; a file,
    /// a folder, or `-` for stdin); repeat it for several
    #[arg(long, value_name = "FILE", conflicts_with_all = ["images", "source", "quiet_wait"])]
    pub archive: Vec<PathBuf>,
    /// Where to look
    #[arg(long, value_enum, default_value_t, value_name = "SOURCE")]
    pub source: SourceArg,
    /// Image that the others were built on (with --archive also an archive of it); otherwise what
    /// build records, Dockerfiles, annotations and labels say
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
    /// Say what each image has more or less than the first one: files, folders, packages
    #[arg(long)]
    pub diff: bool,
    /// Find out what the layers take compressed, as registries hold them: all bytes by gzip and
    /// zstd (a core's time: 50 MB or so a second), or a guess from a sample
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true,
        default_missing_value = "exact")]
    pub compressed: Option<CompressedArg>,
    /// Look for files with equal content at several paths
    #[arg(long)]
    pub content: bool,
    /// Print every code of a finding, with its meaning and its cure, and measure nothing
    #[arg(long, exclusive = true)]
    pub list_findings: bool,
    /// How many of the biggest files, folders and dead paths to list
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub top: u16,
    /// How often to measure.
    #[command(flatten)]
    pub runs: RunArgs,
    /// Which engine.
    #[command(flatten)]
    pub engine: EngineArgs,
    /// What the records contain.
    #[command(flatten)]
    pub records: RecordArgs,
    /// What people see.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Where to look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SourceArg {
    /// The layer folders where they can be read, else the export
    #[default]
    Auto,
    /// What the engine says: its own size and the layers, no files
    Inspect,
    /// The stream that docker save writes
    Export,
    /// The layer folders of a local engine (overlay2, or containerd with overlayfs), as root
    Storage,
}

/// How compressed sizes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompressedArg {
    /// Every byte is compressed
    Exact,
    /// A sample is; the figure has another name
    Estimate,
}

const EXAMPLES: &str = "\
Examples:
  dp-size app:prod | dp-report              one image
  dp-size app:old app:new | dp-report --against app:old
  dp-build . | dp-size | dp-report          what was just built
  dp-size --base debian:12 app:prod         what is ours, and what came with the base
  dp-size --diff app:1 app:2                what the second has more or less than the first
  dp-size --compressed --content app:prod   what a registry would hold; what is there twice
  docker save app:prod | dp-size --archive -
  dp-build . | dp-size | jq -r 'select(.kind==\"size\").detail.findings[] | [.bytes, .line, .advice] | @tsv'
  dp-size app:prod | jq -r 'select(.kind==\"size\").detail.layers[] | [.bytes, .instruction] | @tsv'";
