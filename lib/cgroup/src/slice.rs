//! A slice of systemd that is held: a unit without a file that systemd starts for us. Its group
//! and its counts stay until it is stopped, whatever begins and ends in it. (One that systemd
//! starts by itself, since a container names it, may lose them with its last container.)
//!
//! systemd is asked by its own programs, as a person would: a client of its bus of our own
//! would cost more than all else here.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::error::ParentError;

/// What `sd_booted(3)` looks at.
const BOOTED: &str = "/run/systemd/system";
/// The longest time that systemd gets for an answer, in seconds.
const PATIENCE: &str = "10";
/// How long its group may take to be there, and how often it is looked for.
const SETTLING: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);

/// How systemd is asked.
#[derive(Debug, Clone)]
pub(crate) struct Systemd {
    /// Where it is seen that it runs.
    booted: PathBuf,
    busctl: PathBuf,
    systemctl: PathBuf,
}

impl Systemd {
    /// That of this machine, by the programs on PATH.
    pub(crate) fn here() -> Self {
        Self { booted: BOOTED.into(), busctl: "busctl".into(), systemctl: "systemctl".into() }
    }
}

/// A slice of ours. Whoever has it stops it.
#[derive(Debug)]
pub(crate) struct Slice {
    unit: String,
    systemd: Systemd,
}

impl Slice {
    /// Has systemd start it, with all that it can count switched on. `folder` tells where a
    /// group of this name is seen.
    ///
    /// # Errors
    /// systemd does not run here, cannot be asked, or refuses.
    pub(crate) fn start(
        systemd: Systemd,
        unit: String,
        folder: impl Fn() -> Option<PathBuf>,
    ) -> Result<Self, ParentError> {
        if !systemd.booted.is_dir() {
            return Err(ParentError::NotBooted);
        }
        let slice = Self { unit, systemd };
        slice.call()?;
        if is_there(folder) {
            return Ok(slice);
        }
        slice.stop();
        Err(ParentError::Refused("its control group is not there".to_owned()))
    }

    /// `StartTransientUnit(name, mode, properties, auxiliary units)`.
    fn call(&self) -> Result<(), ParentError> {
        let mut busctl = quiet(&self.systemd.busctl);
        busctl.args([&format!("--timeout={PATIENCE}"), "call", "org.freedesktop.systemd1"]);
        busctl.args(["/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"]);
        busctl.args(["StartTransientUnit", "ssa(sv)a(sa(sv))", &self.unit, "fail", "5"]);
        busctl.args(["Description", "s", "what dp measures"]);
        for counted in ["CPUAccounting", "MemoryAccounting", "TasksAccounting", "IOAccounting"] {
            busctl.args([counted, "b", "true"]);
        }
        busctl.arg("0").stderr(Stdio::piped());
        let output = busctl.output().map_err(|error| {
            ParentError::CannotAsk(match error.kind() {
                io::ErrorKind::NotFound => "it is not on PATH".to_owned(),
                _ => error.to_string(),
            })
        })?;
        if output.status.success() {
            return Ok(());
        }
        // It may have been heard though no answer came.
        self.stop();
        let said = String::from_utf8_lossy(&output.stderr);
        let said =
            said.lines().next().unwrap_or("busctl failed").trim_start_matches("Call failed: ");
        Err(ParentError::Refused(said.trim_end_matches('.').to_owned()))
    }

    /// Stops it, with the slices below it, and waits until it is gone.
    pub(crate) fn stop(&self) {
        // What cannot be stopped is found later by its name.
        let _ = quiet(&self.systemd.systemctl).args(["stop", "--", &self.unit]).status();
    }
}

/// Waits until it is.
fn is_there(folder: impl Fn() -> Option<PathBuf>) -> bool {
    let begin = Instant::now();
    while folder().is_none() {
        if begin.elapsed() > SETTLING {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
    true
}

/// A program that a signal from the terminal does not end in the midst of its work.
fn quiet(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.process_group(0).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The unit for a name: a dash would put it below another slice.
pub(crate) fn unit(name: &str) -> String {
    format!("{}.slice", stem(name))
}

/// The slice for `name` below another one: its name says so.
pub(crate) fn below(unit: &str, name: &str) -> String {
    format!("{}-{}.slice", unit.trim_end_matches(".slice"), stem(name))
}

fn stem(name: &str) -> String {
    name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '_' }).collect()
}

/// Whether a process is in this group or below it.
pub(crate) fn has_process(folder: &Path) -> bool {
    if fs::read_to_string(folder.join("cgroup.procs")).is_ok_and(|text| !text.is_empty()) {
        return true;
    }
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let folders = entries.flatten().filter(|one| one.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.into_iter().any(|folder| has_process(&folder.path()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    /// Programs that stand in for those of systemd and write down what they are told; busctl
    /// does `busctl`, too.
    fn machine(busctl: &str) -> (TempDir, Systemd) {
        let folder = tempfile::tempdir().unwrap();
        let program = |name: &str, does: &str| {
            let path = folder.path().join(name);
            let log = folder.path().join("log");
            let text = format!("#!/bin/sh\necho {name} \"$@\" >> {}\n{does}\n", log.display());
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let systemd = Systemd {
            booted: folder.path().to_owned(),
            busctl: program("busctl", busctl),
            systemctl: program("systemctl", ""),
        };
        (folder, systemd)
    }

    fn log(folder: &TempDir) -> Vec<String> {
        let text = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_slice_is_started_with_all_that_can_be_counted_and_stopped_by_its_name() {
        let (folder, systemd) = machine("");
        let slice = Slice::start(systemd, "dp_1.slice".to_owned(), || Some("/".into())).unwrap();
        slice.stop();
        let [started, stopped] = &log(&folder)[..] else { panic!("{:?}", log(&folder)) };
        assert!(started.contains(" StartTransientUnit ssa(sv)a(sa(sv)) dp_1.slice fail 5 "));
        for counted in ["CPU", "Memory", "Tasks", "IO"] {
            assert!(started.contains(&format!(" {counted}Accounting b true ")), "{started}");
        }
        assert!(started.ends_with(" 0"), "{started}");
        assert_eq!(stopped, "systemctl stop -- dp_1.slice");
    }

    #[test]
    fn what_systemd_says_is_the_reason_and_nothing_is_left() {
        let (folder, systemd) = machine("echo 'Call failed: Access denied' >&2; exit 1");
        let why = Slice::start(systemd, "dp_1.slice".to_owned(), || Some("/".into())).unwrap_err();
        assert_eq!(why.to_string(), "systemd starts no slice for dp: Access denied");
        assert_eq!(log(&folder).len(), 2, "{:?}", log(&folder));
    }

    #[test]
    fn without_systemd_or_its_program_it_is_said_which() {
        let unit = || "dp_1.slice".to_owned();
        let (_folder, systemd) = machine("");
        let none = Systemd { booted: "/nowhere/booted".into(), ..systemd.clone() };
        let why = Slice::start(none, unit(), || None).unwrap_err().to_string();
        assert!(why.contains("does not run where dp runs"), "{why}");
        let none = Systemd { busctl: "/nowhere/busctl".into(), ..systemd };
        let why = Slice::start(none, unit(), || None).unwrap_err().to_string();
        assert!(why.ends_with("busctl cannot ask it for one: it is not on PATH"), "{why}");
    }

    #[test]
    fn a_unit_is_no_part_of_another_slice_unless_it_is_meant_to_be() {
        assert_eq!(unit("dp-ba7816bf8f01-3-0"), "dp_ba7816bf8f01_3_0.slice");
        assert_eq!(unit("a.b/c@d"), "a_b_c_d.slice");
        assert_eq!(below("dp_1.slice", "my-db"), "dp_1-my_db.slice");
    }

    #[test]
    fn a_process_anywhere_below_a_group_is_seen() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        for folder in [root.path(), &inner] {
            fs::write(folder.join("cgroup.procs"), "").unwrap();
        }
        assert!(!has_process(root.path()));
        fs::write(inner.join("cgroup.procs"), "7\n").unwrap();
        assert!(has_process(root.path()));
        assert!(!has_process(&root.path().join("gone")));
    }
}
