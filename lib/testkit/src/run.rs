//! Running a tool as a person would.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};

use crate::running::{Ran, Running};
use crate::wait_until;

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

/// SIGHUP, SIGINT and SIGTERM in the mask that the kernel shows.
const ENDING: u64 = 1 | 1 << 1 | 1 << 14;

/// A command that does not inherit ignored signals: tests under nohup ignore
/// SIGHUP, those of a shell's background job SIGINT, and a tool would rightly
/// go on ignoring the one, and until it listens the other.
/// `--default-signal` is GNU's.
fn heeding_signals(program: &Path) -> Command {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    if mask.is_none_or(|mask| mask & ENDING == 0) {
        return Command::new(program);
    }
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP,INT,TERM").arg(program);
    command
}

impl Tool {
    /// The tool of this name, without stdin.
    pub fn new(name: &str) -> Self {
        Self::of(heeding_signals(&tool(name)))
    }

    fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, stdin: None }
    }

    /// The same as a user who may not read everything: root, to whom permissions
    /// mean nothing, without the right to overlook them.
    pub fn heeding_permissions(name: &str) -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self::new(name);
        }
        let mut command = heeding_signals(Path::new("setpriv"));
        command.arg("--bounding-set=-dac_override,-dac_read_search").arg(tool(name));
        Self::of(command)
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

    /// Unsets a variable.
    #[must_use]
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Starts it, for tests that do something to a running tool.
    pub fn start(mut self) -> Running {
        let mut child = self.command.spawn().unwrap();
        // Until then it is `env`, and signals may still be ignored.
        let exe = format!("/proc/{}/exe", child.id());
        wait_until("the tool itself runs", || {
            let program = std::fs::read_link(&exe).unwrap_or_default();
            !program.ends_with("env") || child.try_wait().unwrap().is_some()
        });
        if let (Some(text), Some(pipe)) = (self.stdin, child.stdin.take()) {
            feed(pipe, text);
        }
        Running::new(child)
    }

    /// Runs it to its end.
    pub fn run(self) -> Ran {
        self.start().wait()
    }
}

/// Writes stdin beside all else. A tool that ends early closes its stdin: that
/// is its right.
fn feed(mut pipe: ChildStdin, text: Vec<u8>) {
    std::thread::spawn(move || drop(pipe.write_all(&text)));
}
