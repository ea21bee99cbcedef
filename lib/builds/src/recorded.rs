//! Builds that were recorded elsewhere: files of BuildKit's progress.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use dp_dockerfile::{BuildArgs, Dockerfile};
use dp_record::{Metrics, Record, Subject};
use dp_tool::Fault;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::observed::{Observation, clock_of_log};
use crate::subject::text;
use crate::{Failure, StreamReport, Vertex};

/// The text of the Dockerfile that recorded builds are of, if it was given.
///
/// # Errors
/// Several are given, or it cannot be read.
pub fn dockerfile(files: &[PathBuf]) -> anyhow::Result<Option<String>> {
    match files {
        [] => Ok(None),
        [path] => text(path).map(Some),
        _ => Err(Fault::usage("the logs are of one Dockerfile: give --file once").into()),
    }
}

/// A recorded build.
#[derive(Debug)]
pub struct RecordedBuild {
    /// What was read.
    pub report: StreamReport,
    /// SHA-256 of the bytes.
    pub digest: Vec<u8>,
}

impl RecordedBuild {
    /// Reads a file, or takes stdin for `-`.
    ///
    /// # Errors
    /// It cannot be read, there is no progress of a build in it, or that of
    /// several builds.
    pub fn read(
        path: &Path,
        stdin: &mut Option<Box<dyn BufRead + Send + '_>>,
    ) -> anyhow::Result<Self> {
        let shown = path.display();
        let input: Box<dyn Read + '_> = if path == Path::new("-") {
            Box::new(stdin.take().ok_or_else(|| {
                Fault::usage("no log on stdin: it is a terminal, or was read already")
            })?)
        } else {
            Box::new(
                File::open(path)
                    .map_err(|error| Fault::usage(format!("cannot read {shown}: {error}")))?,
            )
        };
        let mut hashing = Hashing { input, digest: Sha256::new() };
        let report = crate::read(BufReader::new(&mut hashing))
            .with_context(|| Fault::usage(format!("cannot read {shown}")))?;
        if !report.progress {
            let why = Failure::of(&report.trace, &report.text, false).message;
            let message = format!(
                "{shown}: no progress of a build in it ({why}): record it with --progress=rawjson"
            );
            return Err(Fault::usage(message).into());
        }
        if report.has_several_builds() {
            let message = format!(
                "{shown}: several builds in it, one after the other: give each one a log of its own"
            );
            return Err(Fault::usage(message).into());
        }
        Ok(Self { report, digest: hashing.digest.finalize().to_vec() })
    }

    /// When it began, by the engine's clock.
    pub fn at(&self) -> Timestamp {
        let starts = self.report.trace.vertexes.iter().filter_map(Vertex::start);
        starts.min().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// A log does not tell which version of `BuildKit` built, but its steps tell how that read the
    /// Dockerfile.
    pub fn parse(&self, dockerfile: &str, args: &BuildArgs) -> Dockerfile {
        let vertexes = self.report.trace.vertexes.iter();
        let names: Vec<&str> = vertexes.map(|vertex| vertex.name.as_str()).collect();
        Dockerfile::parse_matching(dockerfile, args, &names)
    }

    /// Its `build` record, without `run` and `env`.
    pub fn to_record(
        &self,
        subject: Subject,
        dockerfile: Option<&Dockerfile>,
        args: &BuildArgs,
    ) -> Record {
        let observation = Observation {
            trace: &self.report.trace,
            dockerfile,
            args,
            source: "log",
            clock: clock_of_log(),
            cold: None,
            unreadable_files: None,
            failure: self.report.failure(),
        };
        observation.into_record(self.at(), subject, &Metrics::default())
    }
}

/// Hashes what is read from it.
struct Hashing<R> {
    input: R,
    digest: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.digest.update(&buffer[..count]);
        Ok(count)
    }
}
