//! What a tool reads, writes and watches.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::os::fd::AsFd;

use crate::Stop;

/// The surroundings of a tool, so that tests can run it in their own process.
pub struct Io<'a> {
    /// stdin; none if it is a terminal, from which no records come.
    pub stdin: Option<Box<dyn BufRead + Send + 'a>>,
    /// stdout: records only.
    pub stdout: &'a mut dyn Write,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Asks the tool to stop.
    pub stop: Stop,
}

impl Io<'_> {
    /// The process's own streams. Rust's stdout would buffer by lines; records
    /// are written whole and flushed, so the plain file is used.
    pub(crate) fn of_process(stdout: &mut File, stop: Stop) -> Io<'_> {
        let stdin = io::stdin();
        let reader: Option<Box<dyn BufRead + Send>> = if stdin.is_terminal() {
            None
        } else {
            Some(Box::new(BufReader::with_capacity(1 << 16, stdin)))
        };
        let stdout_is_terminal = stdout.is_terminal();
        Io { stdin: reader, stdout, stdout_is_terminal, stop }
    }
}

/// stdout as a plain file.
pub(crate) fn stdout_file() -> io::Result<File> {
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}
