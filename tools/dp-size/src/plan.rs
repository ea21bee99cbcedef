//! From what was typed to what is measured, and how.

use std::path::PathBuf;

use dp_tool::{EngineArgs, Fault, RecordArgs, RunArgs};

use crate::args::{Args, CompressedArg, SourceArg};
use crate::compress::Effort;
use crate::content::ContentRequests;

/// A validated plan. The groups of arguments that all tools share are handed to
/// the libraries as they are.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) input: Input<'a>,
    /// Where files are looked at, of the images of an engine.
    pub(crate) source: Source,
    /// The base of all images, if the user names it.
    pub(crate) base: Option<&'a str>,
    /// Whether images are compared with the first one.
    pub(crate) diff: bool,
    /// Whether files of equal content are looked for.
    pub(crate) duplicates: bool,
    /// What sources capture of the content of files.
    pub(crate) requests: ContentRequests,
    /// Most entries of the lists of biggest files, folders and dead paths.
    pub(crate) top: usize,
    pub(crate) engine: &'a EngineArgs,
    pub(crate) records: &'a RecordArgs,
    pub(crate) runs: &'a RunArgs,
}

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// Images of an engine, by their names; those of the records on stdin where
    /// there is no name, or the name `-`.
    Images(&'a [String]),
    /// The images of these archives.
    Archives(&'a [PathBuf]),
}

/// Where files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The layer folders where they can be read, else the export.
    Auto,
    /// The engine's own figures; no files.
    Inspect,
    /// The stream that docker save writes.
    Export,
    /// The layer folders of a local engine.
    Storage,
}

impl<'a> Plan<'a> {
    /// # Errors
    /// Options that exclude each other.
    pub(crate) fn new(args: &'a Args) -> Result<Self, Fault> {
        let input = if args.archive.is_empty() {
            Input::Images(&args.images)
        } else {
            Input::Archives(&args.archive)
        };
        check(args)?;
        Ok(Self {
            input,
            source: source(args.source),
            base: args.base.as_deref(),
            diff: args.diff,
            duplicates: args.content,
            requests: requests(args),
            top: args.top.into(),
            engine: &args.engine,
            records: &args.records,
            runs: &args.runs,
        })
    }

    /// # Errors
    /// Too few images to compare.
    pub(crate) fn check_count(&self, images: usize) -> Result<(), Fault> {
        if self.diff && images < 2 {
            let message = "--diff compares images with the first one: give it two or more";
            return Err(Fault::usage(message));
        }
        Ok(())
    }
}

/// Whether the input and the source can give what is asked for.
fn check(args: &Args) -> Result<(), Fault> {
    let message = match args.source {
        _ if !args.archive.is_empty() && (args.runs.runs.or(args.runs.warmup).is_some()) => {
            "an archive is read once: leave --runs and --warmup out"
        }
        SourceArg::Inspect if args.diff => {
            "--source inspect sees no files to compare: leave it or --diff out"
        }
        SourceArg::Inspect if args.content => {
            "--source inspect sees no content: leave it or --content out"
        }
        SourceArg::Inspect | SourceArg::Storage if args.compressed.is_some() => {
            "compressed sizes need the tars of the layers, which the export alone has: \
             leave --source or --compressed out"
        }
        _ => return Ok(()),
    };
    Err(Fault::usage(message))
}

fn source(source: SourceArg) -> Source {
    match source {
        SourceArg::Auto => Source::Auto,
        SourceArg::Inspect => Source::Inspect,
        SourceArg::Export => Source::Export,
        SourceArg::Storage => Source::Storage,
    }
}

fn requests(args: &Args) -> ContentRequests {
    let mut requests = ContentRequests::databases();
    if args.content {
        requests = requests.with_digests();
    }
    match args.compressed {
        Some(CompressedArg::Exact) => requests.with_compressed_sizes(Effort::Exact),
        Some(CompressedArg::Estimate) => requests.with_compressed_sizes(Effort::Estimate),
        None => requests,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn fault(words: &[&str]) -> Option<String> {
        let args = Args::try_parse_from(["dp-size"].iter().chain(words)).unwrap();
        Plan::new(&args).err().map(|fault| fault.message)
    }

    #[test]
    fn a_source_that_cannot_give_what_is_asked_for_is_refused() {
        for words in [
            &["--source", "inspect", "--diff", "a", "b"][..],
            &["--source", "inspect", "--content", "a"],
            &["--source", "inspect", "--compressed", "a"],
            &["--source", "storage", "--compressed=estimate", "a"],
            &["--archive", "a.tar", "--warmup", "1"],
        ] {
            assert!(fault(words).is_some(), "{words:?}");
        }
        for words in [
            &["--source", "export", "--compressed", "--content", "--diff", "a", "b"][..],
            &["--source", "storage", "--content", "a"],
            &["--archive", "a.tar", "--compressed", "--seed", "1"],
        ] {
            assert_eq!(fault(words), None, "{words:?}");
        }
    }
}
