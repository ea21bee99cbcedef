//! What a measuring tool does with an engine: reach it, describe the machine,
//! run the rounds, and leave nothing behind.

mod batch;
pub mod compose;
pub mod container;
pub mod host;
mod pace;
mod recorded;
mod rounds;
mod run_options;
mod session;
mod shell;
mod variants;

pub use batch::{Batch, GiveUp, Measure, Output};
pub use recorded::RecordedBatch;
pub use rounds::{Rounds, Slot, begin_batch, content_id, env_id};
pub use run_options::RunOptionArgs;
pub use session::{Session, block_on, connect, endpoint, fault, reach};
pub use shell::{ShellEnd, run_shell};
pub use variants::{Variant, VariantArgs};
