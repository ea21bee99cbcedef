//! How long does this build take, and where does the time go?
//!
//! ```text
//! args -> plan -> batch: rounds of backend runs -> trace -> observation -> record
//!                 replay: recorded progress   ---^
//! ```

mod api_request;
mod args;
mod backend;
mod batch;
mod builder;
mod cold;
mod compose;
mod context;
mod detail;
mod dry_run;
mod figures;
mod forward;
mod images;
mod observation;
mod options;
mod plan;
mod prepare;
mod replay;
mod request;
mod secrets;
mod source;
mod subject;
mod vigil;

pub use args::Args;

use dp_tool::{Exit, Io, Progress, block_on};

/// Measures what the arguments say and prints the records.
pub fn run(args: &Args, io: &mut Io<'_>) -> anyhow::Result<Exit> {
    let progress = Progress::new("dp-build", &args.output);
    if !args.log.is_empty() {
        return replay::run(args, io, &progress);
    }
    let plan = plan::Plan::new(args)?;
    if args.runs.dry_run {
        dry_run::show(&plan, args, &progress)?;
        return Ok(Exit::Measured);
    }
    block_on(batch::run(args, &plan, io, &progress))
}
