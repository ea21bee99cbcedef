//! One call of docker compose for a project of ours.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, PipeReader};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Instant;

use dp_engine::Endpoint;
use dp_tool::child::Child;
use tokio::sync::oneshot;

/// Lines of compose's own messages that are kept.
const LINES: usize = 20;

/// docker compose for one project.
#[derive(Debug)]
pub(super) struct Compose<'a> {
    pub(super) endpoint: &'a Endpoint,
    /// The name of the project.
    pub(super) project: String,
    /// What relative names and `.env` are relative to.
    pub(super) folder: &'a Path,
    /// The file, on stdin: nothing of it lies on a disk.
    pub(super) document: Vec<u8>,
}

/// A call that was begun. It is killed when this is dropped.
pub(super) struct Call {
    child: Child,
    exited: oneshot::Receiver<Instant>,
    lines: Option<JoinHandle<VecDeque<String>>>,
}

/// How a call ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Whether well.
    pub(super) good: bool,
    /// Its last lines, if not.
    pub(super) lines: Vec<String>,
}

impl Compose<'_> {
    /// Begins a call with these words. Its process group is its own: a terminal's signals
    /// reach only us.
    pub(super) fn begin(&self, words: &[&str]) -> io::Result<Call> {
        let mut all = self.endpoint.cli_args();
        // One word, by which what a killed dp left is known.
        let project = format!("--project-name={}", self.project);
        all.extend(["compose".to_owned(), project, "--file=-".to_owned()]);
        all.push(format!("--project-directory={}", self.folder.display()));
        all.extend(words.iter().map(|word| (*word).to_owned()));
        let (reader, writer) = io::pipe()?;
        let mut command = duct::cmd("docker", all).stdin_bytes(self.document.clone());
        for (name, value) in self.endpoint.cli_env() {
            command = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let command = command.stdout_null().stderr_file(writer);
        let (tell, exited) = oneshot::channel();
        let child = Child::start(&command, move |at| {
            // Nobody listens any more only when it is being killed.
            let _ = tell.send(at);
        })?;
        // It holds our copy of the writing end.
        drop(command);
        let lines = std::thread::Builder::new().name("compose-lines".to_owned());
        let lines = Some(lines.spawn(move || last_lines(reader))?);
        Ok(Call { child, exited, lines })
    }

    /// A call from its begin to its end.
    pub(super) async fn call(&self, words: &[&str]) -> io::Result<Ended> {
        let mut call = self.begin(words)?;
        call.ended().await;
        call.end()
    }
}

impl Call {
    /// Waits until it has ended; when it did. May be dropped and called again, but not after
    /// it has answered.
    pub(super) async fn ended(&mut self) -> Instant {
        (&mut self.exited).await.unwrap_or_else(|_| Instant::now())
    }

    /// How it ended; it is killed if it did not.
    pub(super) fn end(mut self) -> io::Result<Ended> {
        let good = self.child.reap()?.success();
        let lines = self.lines.take().and_then(|lines| lines.join().ok()).unwrap_or_default();
        let lines = lines.into_iter().filter(|_| !good).collect();
        Ok(Ended { good, lines })
    }
}

fn last_lines(reader: PipeReader) -> VecDeque<String> {
    let mut last = VecDeque::new();
    for line in BufReader::new(reader).split(b'\n') {
        let Ok(line) = line else { break };
        last.push_back(String::from_utf8_lossy(&line).trim().to_owned());
        if last.len() > LINES {
            last.pop_front();
        }
    }
    last
}
