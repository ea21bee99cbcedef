//! A tool that runs, for tests that do something to it meanwhile.

use std::io::Read;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdout, ExitStatus};
use std::thread::JoinHandle;

use dp_record::Record;
use rustix::process::{Pid, kill_process};

use crate::{BOUND, Signal, assert_records, holds_within};

/// A running tool; killed if the test forgets it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Read only when waiting: what the tests' tools print fits into a pipe.
    stdout: Option<ChildStdout>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

impl Running {
    pub(crate) fn new(mut child: Child) -> Self {
        let stdout = child.stdout.take();
        let stderr = child.stderr.take().map(drain);
        Self { child, stdout, stderr }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, unless it has ended already.
    pub fn signal(&mut self, signal: Signal) {
        if self.has_ended() {
            return;
        }
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        let _ = kill_process(pid, signal);
    }

    /// Goes away as the reader of its stdout.
    pub fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end and takes all that it printed.
    pub fn wait(mut self) -> Ran {
        let stdout = self.stdout.take().map(drain);
        let status = self.end();
        let text = |thread: Option<JoinHandle<Vec<u8>>>| {
            let bytes = thread.map(|thread| thread.join().unwrap()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Ran {
            code: status.code(),
            signal: status.signal(),
            stdout: text(stdout),
            stderr: text(self.stderr.take()),
        }
    }

    fn end(&mut self) -> ExitStatus {
        if !holds_within(BOUND, || self.has_ended()) {
            let _ = self.child.kill();
            panic!("process {} did not end", self.child.id());
        }
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn drain(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// What a tool left.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// stdout.
    pub stdout: String,
    /// stderr.
    pub stderr: String,
}

impl Ran {
    /// The exit code must be this one.
    #[must_use]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stderr: {}\nstdout: {}", self.stderr, self.stdout);
        self
    }

    /// The records on stdout, all of them allowed by the schema.
    pub fn records(&self) -> Vec<Record> {
        assert_records(&self.stdout)
    }

    /// All that it printed anywhere.
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}
