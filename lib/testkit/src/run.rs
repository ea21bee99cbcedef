//! Running a tool as a person would.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use dp_record::Record;

use crate::assert_records;

/// A tool of this workspace, by its name, where `cargo build --workspace` (or
/// a test of the whole workspace) put it: beside the folder of the test.
pub fn tool(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let path = folder.join(name);
    assert!(path.is_file(), "no {}: run `cargo build --workspace` first", path.display());
    path
}

/// A command line in the making.
#[derive(Debug)]
pub struct Tool {
    command: Command,
    stdin: Option<Vec<u8>>,
}

/// What a tool left.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// stdout.
    pub stdout: String,
    /// stderr.
    pub stderr: String,
}

impl Tool {
    /// The tool of this name, without stdin.
    pub fn new(name: &str) -> Self {
        let mut command = Command::new(tool(name));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, stdin: None }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub fn at(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Gives it this on stdin.
    #[must_use]
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.command.stdin(Stdio::piped());
        self.stdin = Some(text.into());
        self
    }

    /// Starts it, for tests that talk to a running tool.
    pub fn start(mut self) -> Child {
        self.command.spawn().unwrap()
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Ran {
        let mut child = self.command.spawn().unwrap();
        let writer = self.stdin.zip(child.stdin.take());
        // A tool that ends early closes its stdin: that is its right.
        let writer =
            writer.map(|(text, mut pipe)| std::thread::spawn(move || drop(pipe.write_all(&text))));
        let output = child.wait_with_output().unwrap();
        if let Some(writer) = writer {
            writer.join().unwrap();
        }
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
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
}
