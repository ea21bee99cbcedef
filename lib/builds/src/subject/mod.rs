//! What is built: a subject, its files read, its options, and what of them must be
//! hidden.

mod chosen;
pub mod content;
mod more_options;
mod names;
pub mod options;
mod place;
mod resolved;
mod secrets;

use std::path::PathBuf;

use dp_tool::Mask;

use crate::args::BackendChoice;

pub use chosen::Chosen;
pub use content::{Content, Rules};
pub use more_options::{check_more, check_output};
pub use place::{check_local, context_folder};
pub use resolved::{ResolvedSubject, text};
pub use secrets::mask;

/// Something to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSubject {
    /// What people call it.
    pub name: String,
    /// What its images are called, as words: `shop Dockerfile 1f3c`.
    pub image: String,
    /// The context as given.
    pub context: PathBuf,
    /// The Dockerfile as given, or found in the context.
    pub dockerfile: PathBuf,
    /// The stage, if not the last one.
    pub target: Option<String>,
    /// Options of its own for `docker buildx build`.
    pub options: Vec<String>,
}

/// All builds of a batch: what is the same for each.
#[derive(Debug)]
pub struct BuildPlan {
    /// What to build.
    pub subjects: Vec<ResolvedSubject>,
    /// Whether there are builds that must be kept apart from the user's build cache.
    pub isolated: bool,
    /// Where the result goes, if not into the engine.
    pub output: Option<String>,
    /// What builds.
    pub backend: BackendChoice,
    /// The builder, if the user chose one.
    pub builder: Option<String>,
    /// Hides what was given as a secret.
    pub mask: Mask,
}
