//! What each binary does alike without an engine: arguments, exit codes,
//! progress, signals, child processes, passing records on.
//!
//! ```text
//! main -> parse -> run(args, io) -> exit code
//!                    io: stdin, stdout (records only), stop (signals, closed stdout)
//! ```

mod args;
mod bar;
#[cfg(feature = "measure")]
pub mod child;
mod credentials;
mod emit;
mod exit;
mod io;
mod mask;
mod process;
mod progress;
mod sensitive;
mod slug;
mod stop;
mod subjects;
mod upstream;
mod words;

pub use args::{ColorMode, EngineArgs, Meta, OutputArgs, ProgressMode, RecordArgs, RunArgs};
pub use credentials::{credentials_in, without_credentials};
pub use emit::Emitter;
pub use exit::{Exit, Fault};
pub use io::Io;
pub use mask::Mask;
pub use process::main;
pub use progress::Progress;
pub use sensitive::is_sensitive_name;
pub use slug::slug;
pub use stop::{Stop, StopReason, Told};
pub use subjects::Subjects;
pub use upstream::{Upstream, UpstreamSubject, pass_through};

/// The version of the tools, as `--version` tells it: `0.1.0`, and for those that are handed
/// out their commit too, and whether they are `static`.
pub const VERSION: &str = env!("DP_VERSION");
