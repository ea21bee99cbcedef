//! Dockerfile instructions with lines, stages and .dockerignore (pure).
//!
//! Everything here is a function of text: no file is opened and nothing is printed. The parser
//! follows BuildKit's own (a lenient reading of it: what BuildKit rejects becomes a [`Problem`]),
//! because the lines that it gives must be the lines that BuildKit means.
//!
//! - [`Dockerfile::parse`]: directives, global arguments, stages, instructions with their lines;
//! - [`Stages::resolve`]: what each stage is built from, and which stages a target needs;
//! - [`StepIndex`]: from the name of a progress vertex (`[builder 2/4] RUN make`) to its line;
//! - [`Instruction::context_files`]: which files of the build context an instruction reads;
//! - [`VertexName`]: the name of a progress vertex, taken apart;
//! - [`Ignore`]: the rules of a `.dockerignore` file.

mod cache_mounts;
mod context_files;
mod dialect;
mod dockerfile;
mod expand;
mod flags;
mod glob;
mod go_regex;
mod heredoc;
mod ignore;
mod instruction;
mod numbering;
mod pattern;
mod plan;
mod scan;
mod shape;
mod stages;
mod steps;
mod text;
mod vertex;

pub use cache_mounts::CacheMountFlag;
pub use context_files::ContextFiles;
pub use dialect::Dialect;
pub use dockerfile::{Arg, Dockerfile, HeredocError, Stage};
pub use ignore::{Ignore, IgnoreError, Visit, ignore_files};
pub use instruction::Instruction;
pub use scan::{Directives, Problem};
pub use stages::{Base, BuildArgs, Stages};
pub use steps::{StepIndex, StepRef};
pub use vertex::{StepName, Targets, VertexName, VertexPart};
