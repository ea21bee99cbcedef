//! What each binary does alike: arguments, exit codes, progress, signals, the
//! order of the rounds, passing records on.
//!
//! ```text
//! main -> parse -> run(args, io) -> exit code
//!                    io: stdin, stdout (records only), stop (signals, closed stdout)
//! ```

mod args;
pub mod container;
mod emit;
mod exit;
mod ground;
pub mod host;
mod io;
mod mask;
mod process;
mod progress;
mod rounds;
mod run_options;
mod slug;
mod stop;
mod subjects;
mod upstream;
mod ways;

pub use args::{ColorMode, EngineArgs, Meta, OutputArgs, ProgressMode, RecordArgs, RunArgs};
pub use emit::Emitter;
pub use exit::{Exit, Fault};
pub use ground::{Session, block_on, connect, endpoint, fault, reach};
pub use io::Io;
pub use mask::{Mask, is_telling};
pub use process::main;
pub use progress::Progress;
pub use rounds::{Slot, batch_id, content_id, rounds};
pub use run_options::RunOptionArgs;
pub use slug::slug;
pub use stop::{Stop, StopReason};
pub use subjects::Subjects;
pub use upstream::{Upstream, UpstreamSubject, pass_through};
pub use ways::{Way, WayArgs};
