//! A load that the user gives, run on this machine while containers are
//! watched.
//!
//! What could be wrong in its figures:
//! - It spends CPU time on the machine that is measured: this counts as other
//!   work than the container's.
//! - Its time holds the start of a shell, one or two milliseconds.
//! - What it left running in the background would go on during the next run:
//!   all that is in its process group ends with it.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use dp_engine::Endpoint;
use dp_record::{Metrics, Subject, printable};
use dp_tool::Mask;
use dp_tool::child::Child;
use duct::Expression;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::load_metrics::LoadMetrics;
use crate::load_output::OutputReader;

/// Longest line of output that a record keeps, in characters.
const LINE_CHARS: usize = 2_000;
/// How long a load that was asked to end may take.
const GRACE: Duration = Duration::from_secs(5);

/// A command, as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Load {
    /// For `sh -c`.
    pub(crate) command: String,
    /// Longest time until it ends.
    pub(crate) timeout: Option<Duration>,
}

/// What it gets to know, by variables.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadEnvironment<'a> {
    /// The engine: a docker command in the load reaches the same one.
    pub(crate) endpoint: &'a Endpoint,
    /// Name or id of the container; of several, the first.
    pub(crate) container: &'a str,
    /// Its first address.
    pub(crate) address: Option<IpAddr>,
    /// What it is measured as.
    pub(crate) subject: &'a Subject,
    /// The number of the run.
    pub(crate) run: u32,
    /// The project of its stack, if it is of one that dp started.
    pub(crate) project: Option<&'a str>,
}

/// A load that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FinishedLoad {
    /// As it was given.
    pub(crate) command: String,
    /// From its start to its end.
    pub(crate) seconds: f64,
    /// How it ended.
    pub(crate) end: LoadEnd,
    /// Its last lines.
    pub(crate) output: Vec<String>,
    /// The metrics that it reported.
    #[serde(default)]
    pub(crate) metrics: LoadMetrics,
}

/// How a load ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LoadEnd {
    /// By itself, with this code.
    ExitCode(i32),
    /// By this signal, not ours.
    Signal(i32),
    /// It took too long, and was ended.
    Timeout,
    /// It was not wanted any more, and was ended.
    Stopped,
}

impl Load {
    /// Runs it until it ends or is not wanted any more. Nothing of its process
    /// group is left then, nor if this is dropped.
    pub(crate) async fn run(
        &self,
        about: LoadEnvironment<'_>,
        stop: impl Future<Output = ()>,
    ) -> io::Result<FinishedLoad> {
        let (reader, writer) = io::pipe()?;
        let output_reader = OutputReader::of(reader)?;
        let command = self.command(about).stderr_to_stdout().stdout_file(writer);
        let (tell, mut ended) = oneshot::channel();
        let begun = Instant::now();
        let tell = move |at| {
            // Nobody listens any more only when the group is being killed.
            let _ = tell.send(at);
        };
        let mut child = Child::start(&command, tell)?;
        // It holds our copy of the writing end.
        drop(command);
        let cut = tokio::select! {
            at = &mut ended => Err(at.unwrap_or_else(|_| Instant::now())),
            () = over(self.timeout) => Ok(LoadEnd::Timeout),
            () = stop => Ok(LoadEnd::Stopped),
        };
        let at = if let Err(at) = cut {
            at
        } else {
            child.terminate();
            let _ = timeout(GRACE, &mut ended).await;
            Instant::now()
        };
        let status = child.reap()?;
        let (output, metrics) = output_reader.end().await;
        let end = cut.unwrap_or_else(|_| end_of(status));
        let seconds = at.duration_since(begun).as_secs_f64();
        Ok(FinishedLoad { command: self.command.clone(), seconds, end, output, metrics })
    }

    fn command(&self, about: LoadEnvironment<'_>) -> Expression {
        let mut command = duct::cmd!("sh", "-c", &self.command).stdin_null();
        for (name, value) in about.endpoint.cli_env().into_iter().chain(about.variables()) {
            command = match value {
                Some(value) => command.env(name, value),
                // One of ours that says something else.
                None => command.env_remove(name),
            };
        }
        command
    }
}

impl FinishedLoad {
    /// Hides what must not be read.
    pub(crate) fn hide(&mut self, mask: &Mask) {
        self.command = mask.text(&self.command);
        for line in &mut self.output {
            *line = printable(&mask.text(line), LINE_CHARS);
        }
        self.metrics.map_text(|line| printable(&mask.text(line), LINE_CHARS));
    }

    /// Units of the metrics that it reported and that the catalogue does not know;
    /// none of a load that did not do its work.
    pub(crate) fn units(&self) -> BTreeMap<String, String> {
        match self.end {
            LoadEnd::ExitCode(0) => self.metrics.units().clone(),
            _ => BTreeMap::new(),
        }
    }

    /// Adds the figures of a load that did its work.
    pub(crate) fn add_to(&self, metrics: &mut Metrics) {
        if self.end == LoadEnd::ExitCode(0) {
            metrics.set("load_seconds", self.seconds);
            self.metrics.add_to(metrics);
        }
    }
}

impl LoadEnvironment<'_> {
    fn variables(&self) -> [(&'static str, Option<std::ffi::OsString>); 6] {
        [
            ("DP_CONTAINER", Some(self.container.into())),
            ("DP_ADDRESS", self.address.map(|address| address.to_string().into())),
            ("DP_NAME", Some(self.subject.name.as_str().into())),
            ("DP_VARIANT", self.subject.variant.as_ref().map(Into::into)),
            ("DP_RUN", Some(self.run.to_string().into())),
            ("DP_PROJECT", self.project.map(Into::into)),
        ]
    }
}

async fn over(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => sleep(timeout).await,
        None => std::future::pending().await,
    }
}

fn end_of(status: ExitStatus) -> LoadEnd {
    let signal = || status.signal().map(LoadEnd::Signal);
    status.code().map(LoadEnd::ExitCode).or_else(signal).unwrap_or(LoadEnd::Stopped)
}

#[cfg(test)]
mod tests;
