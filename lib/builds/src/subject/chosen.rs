//! From what was typed to subjects: every context x file x target is one.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use dp_dockerfile::Dockerfile;
use dp_tool::{Fault, RecordArgs};

use super::names::{ContextArg, Parts, image_words, names};
use super::place::{context_folder, dockerfile_path};
use super::{BuildSubject, text};

/// The arguments that choose subjects.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// `[NAME=]CONTEXT`, each; `.` where there is none.
    pub contexts: &'a [OsString],
    /// Dockerfiles; that of each context where there is none.
    pub files: &'a [PathBuf],
    /// Stages; the last one where there is none.
    pub targets: &'a [String],
    /// Whether every named stage of a Dockerfile is a target.
    pub all_targets: bool,
    /// The user's names, if any.
    pub records: &'a RecordArgs,
}

impl Chosen<'_> {
    /// The subjects, in the order of the arguments, each with a name that no other
    /// has. Contexts stay as they were typed.
    ///
    /// # Errors
    /// A context or a Dockerfile cannot be read, no stage has a name where all
    /// targets are asked for, or names that are given are too few, too many or equal.
    pub fn subjects(&self) -> anyhow::Result<Vec<BuildSubject>> {
        let (mut parts, mut found) = (Vec::new(), Vec::new());
        for context in self.contexts()? {
            let folder = context_folder(&context.path)?;
            for file in none_or_each(self.files) {
                let dockerfile = dockerfile_path(file.map(PathBuf::as_path), &context.path)?;
                for target in self.targets(&dockerfile)? {
                    found.push(BuildSubject {
                        name: String::new(),
                        image: image_words(&folder, &dockerfile, target.as_deref()),
                        context: context.path.clone(),
                        dockerfile: dockerfile.clone(),
                        target: target.clone(),
                        options: Vec::new(),
                    });
                    parts.push(Parts {
                        given: context.name.clone(),
                        context: folder.clone(),
                        file: file.cloned(),
                        target,
                    });
                }
            }
        }
        let names = self.names(&parts)?;
        for ((subject, part), name) in found.iter_mut().zip(&parts).zip(names) {
            subject.image = match &part.given {
                Some(given) if !name.starts_with(given) => format!("{given} {name}"),
                None if self.records.name.is_empty() => std::mem::take(&mut subject.image),
                _ => name.clone(),
            };
            subject.name = name;
        }
        Ok(found)
    }

    fn contexts(&self) -> Result<Vec<ContextArg>, Fault> {
        if self.contexts.is_empty() {
            return Ok(vec![ContextArg { name: None, path: ".".into() }]);
        }
        let text = |context: &OsString| {
            let text = context.to_str().ok_or_else(|| {
                Fault::usage(format!("the context {} is not UTF-8: rename it", context.display()))
            })?;
            Ok(ContextArg::parse(text))
        };
        self.contexts.iter().map(text).collect()
    }

    fn targets(&self, dockerfile: &Path) -> anyhow::Result<Vec<Option<String>>> {
        if !self.all_targets {
            return Ok(none_or_each(self.targets)
                .into_iter()
                .map(Option::<&String>::cloned)
                .collect());
        }
        let parsed = Dockerfile::parse(&text(dockerfile)?);
        let named: Vec<_> =
            parsed.stages.iter().filter_map(|stage| stage.name.clone()).map(Some).collect();
        if named.is_empty() {
            let message = format!(
                "--all-targets: no stage of {} has a name (FROM image AS name)",
                dockerfile.display()
            );
            return Err(Fault::usage(message).into());
        }
        Ok(named)
    }

    /// The user's names, or ours; different for different subjects.
    fn names(&self, parts: &[Parts]) -> Result<Vec<String>, Fault> {
        let given = &self.records.name;
        self.records.check_names(parts.len(), "subjects")?;
        let names = if given.is_empty() { names(parts) } else { given.clone() };
        let mut seen = BTreeSet::new();
        match names.iter().find(|name| !seen.insert(*name)) {
            Some(twice) => Err(Fault::usage(format!(
                "two subjects are called {twice}: tell them apart with NAME=CONTEXT"
            ))),
            None => Ok(names),
        }
    }
}

/// Each of what was given, or one that stands for nothing given.
fn none_or_each<T>(given: &[T]) -> Vec<Option<&T>> {
    if given.is_empty() { vec![None] } else { given.iter().map(Some).collect() }
}
