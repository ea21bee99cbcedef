//! A child process in a process group of its own, that never outlives us.

use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use duct::{Expression, Handle};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// The groups of all children that are not reaped yet.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Kills all children of this process, which is about to end at once: nothing
/// will be dropped.
pub fn kill_all() {
    for group in groups().iter() {
        let _ = kill_process_group(*group, Signal::KILL);
    }
}

fn groups() -> MutexGuard<'static, Vec<Pid>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running group. Dropping it kills and reaps, on panic too.
#[derive(Debug)]
pub struct Child {
    handle: Handle,
    group: Pid,
    watcher: Option<JoinHandle<()>>,
    reaped: bool,
}

impl Child {
    /// Starts `command` as the leader of a new group, and tells from another
    /// thread when that process ended. A terminal's own signals then reach only
    /// us, and what is to be stopped is stopped as a whole.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(
        command: &Expression,
        exited: impl FnOnce(Instant) + Send + 'static,
    ) -> io::Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let grouped = command.unchecked().before_spawn(|command| {
            command.process_group(0);
            Ok(())
        });
        let handle = grouped.start()?;
        let raw = handle.pids().first().copied().and_then(|pid| i32::try_from(pid).ok());
        let group = raw.and_then(Pid::from_raw);
        let group = group.ok_or_else(|| io::Error::other("the child has no process id"))?;
        groups().push(group);
        let mut child = Self { handle, group, watcher: None, reaped: false };
        let watch = move || {
            wait_without_reaping(group);
            exited(Instant::now());
        };
        let watcher = std::thread::Builder::new().name("child-exit".to_owned());
        child.watcher = Some(watcher.spawn(watch)?);
        Ok(child)
    }

    /// Starts `command` by `sh` in this folder, with these variables beside ours.
    /// What it prints is not read: our stdout is for records.
    ///
    /// # Errors
    /// `sh` cannot be started.
    pub fn shell(
        command: &str,
        folder: &Path,
        variables: &[(&str, &str)],
        exited: impl FnOnce(Instant) + Send + 'static,
    ) -> io::Result<Self> {
        let mut shell = duct::cmd("sh", ["-c", command]).dir(folder);
        for (name, value) in variables {
            shell = shell.env(name, value);
        }
        Self::start(&shell.stdin_null().stdout_null().stderr_null(), exited)
    }

    /// Asks the whole group to end. A stopped process is woken to hear it.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
        self.signal(Signal::CONT);
    }

    /// Ends the whole group.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Kills whatever is left of the group and takes the exit status of its
    /// first process. The group cannot be mistaken for another one: its number
    /// stays taken until that process is reaped, which happens last.
    ///
    /// # Errors
    /// Its end cannot be waited for.
    pub fn reap(&mut self) -> io::Result<ExitStatus> {
        if !self.reaped {
            self.kill();
        }
        if let Some(watcher) = self.watcher.take() {
            drop(watcher.join());
        }
        // Its number is free for others from now on.
        groups().retain(|group| *group != self.group);
        let status = self.handle.wait().map(|output| output.status);
        self.reaped = true;
        status
    }

    fn signal(&self, signal: Signal) {
        // It fails only if nothing is left to signal.
        let _ = kill_process_group(self.group, signal);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.reap());
    }
}

fn wait_without_reaping(pid: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
}
