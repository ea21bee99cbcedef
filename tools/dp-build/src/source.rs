//! A subject with what its files say.

use std::fs;
use std::path::Path;

use dp_dockerfile::{BuildArgs, Dockerfile};
use dp_tool::Fault;

use crate::args::Args;
use crate::context::{self, Content};
use crate::forward;
use crate::options::build_args;
use crate::subject::BuildSubject;

/// A subject, its Dockerfile read and its context measured.
#[derive(Debug)]
pub(crate) struct Source {
    /// What to build.
    pub(crate) subject: BuildSubject,
    /// Its Dockerfile.
    pub(crate) dockerfile: Dockerfile,
    /// Its options for `docker buildx build`, its own before the common ones.
    pub(crate) options: Vec<String>,
    /// The build arguments among them, which may choose the base of a stage.
    pub(crate) build_args: BuildArgs,
    /// The files that `.dockerignore` leaves; none if the context cannot be read
    /// whole.
    pub(crate) content: Option<Content>,
}

/// Reads the Dockerfile and walks the context. With --dry-run the walk is
/// left out.
pub(crate) fn read(subject: BuildSubject, args: &Args) -> anyhow::Result<Source> {
    let dockerfile = Dockerfile::parse(&text(&subject.dockerfile)?);
    let walk = !args.runs.dry_run;
    let content = walk
        .then(|| context::content(&subject.context, &subject.dockerfile))
        .transpose()?
        .flatten();
    let options = [subject.options.clone(), forward::options(args)].concat();
    let build_args = build_args(&options);
    Ok(Source { subject, dockerfile, options, build_args, content })
}

/// The text of a Dockerfile. What is not UTF-8 is replaced: the engine judges.
pub(crate) fn text(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(path)
        .map_err(|error| Fault::usage(format!("cannot read {}: {error}", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
