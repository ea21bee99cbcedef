//! What can be typed.

use clap::Parser;
use dp_tool::{EngineArgs, OutputArgs, RecordArgs, RunArgs};

/// How many bytes has this image, and where do they come from?
///
/// Prints one record (a line of JSON) for each image: its size as the engine
/// says, and its layers with the instructions that made them. Without IMAGE it
/// measures the images of the records on stdin, and hands those records on.
#[derive(Debug, Parser)]
#[command(name = "dp-size", version, after_help = EXAMPLES)]
pub struct Args {
    /// Image, by name or id; `-` also takes the images of the records on stdin
    #[arg(value_name = "IMAGE")]
    pub images: Vec<String>,
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
}

const EXAMPLES: &str = "\
Examples:
  dp-size app:prod | dp-report              one image
  dp-size app:old app:new | dp-report --against app:old
  dp-build . | dp-size | dp-report          what was just built
  dp-size app:prod | jq -r 'select(.kind==\"size\").detail.layers[] | [.bytes, .instruction] | @tsv'";
