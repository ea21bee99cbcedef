//! An engine of the test's own: another daemon of the programs of the engine
//! that the environment chooses, with all that it has in a folder of the test.

use std::fs::{self, File};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::processes::process_folders;
use crate::{BASE, Docker, skip, wait_until};

/// Runs until it goes; then nothing of it is left, whatever the test came to.
#[derive(Debug)]
pub struct OwnEngine {
    folder: TempDir,
    data: PathBuf,
    dockerd: Child,
    containerd: Child,
}

/// The daemon that the environment chooses, seen from outside.
struct Pattern {
    /// Where its programs are looked for.
    path: String,
    /// Its network bridge, which a second one uses too.
    bridge: String,
    /// The addresses that the second one hands out: each of the two would else give
    /// its containers those of the other's.
    addresses: String,
    /// Its settings, as its configuration file has them: which image store it has.
    settings: String,
}

impl Pattern {
    /// None if that daemon cannot be seen: it is another machine's or user's, or
    /// was started by other means than `scripts/engine`.
    fn find() -> Option<Self> {
        let host = format!("--host={}", std::env::var("DOCKER_HOST").ok()?);
        let process = process_folders().find(|process| {
            let words = words(&process.join("cmdline"));
            words.first().is_some_and(|name| name == "dockerd") && words.contains(&host)
        })?;
        let value = |file, name| {
            let words = words(&process.join(file)).into_iter();
            words.into_iter().find_map(|word| word.strip_prefix(name).map(str::to_owned))
        };
        let settings = fs::read_to_string(value("cmdline", "--config-file=")?).ok()?;
        let (path, bridge) = (value("environ", "PATH=")?, value("cmdline", "--bridge=")?);
        let addresses = upper_half(&bridge)?;
        Some(Self { path, bridge, addresses, settings })
    }

    fn command(&self, program: &str) -> Command {
        let folders = self.path.split(':').map(Path::new);
        let file = folders.map(|folder| folder.join(program)).find(|file| file.is_file());
        let mut command = Command::new(file.unwrap_or_else(|| panic!("no {program}")));
        command.env("PATH", &self.path).stdin(Stdio::null());
        command
    }
}

/// The upper half of the 256 addresses of a bridge: an engine begins at the lowest.
fn upper_half(bridge: &str) -> Option<String> {
    let mut command = Command::new("ip");
    let shown = command.args(["-4", "-oneline", "address", "show", bridge]).output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let network = shown.split_whitespace().find_map(|word| word.strip_suffix(".1/24"))?;
    Some(format!("{network}.128/25"))
}

/// Words that end in NUL; none of a process that is gone.
fn words(file: &Path) -> Vec<String> {
    let text = fs::read(file).unwrap_or_default();
    String::from_utf8_lossy(&text).split_terminator('\0').map(str::to_owned).collect()
}

impl OwnEngine {
    /// Starts it with its images and its cache in `data`, which may be small. It
    /// has the base image. None where that cannot be: the test is skipped.
    pub fn start(data: &Path) -> Option<Self> {
        let Some(pattern) = Pattern::find() else {
            skip("the engine was not started by scripts/engine, so no second one like it can be");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let containerd = containerd(&pattern, folder.path(), data);
        // From here on all of it goes by itself.
        let dockerd = dockerd(&pattern, folder.path(), data);
        let own = Self { folder, data: data.to_owned(), dockerd, containerd };
        wait_until("an engine of our own answers", || own.docker(&["version"]).status.success());
        own.load_base();
        Some(own)
    }

    /// Its address, as docker writes it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }

    /// Runs `docker ARGS` on it.
    pub fn docker(&self, args: &[&str]) -> std::process::Output {
        let mut command = Command::new("docker");
        command.args(["--host", &self.host()]).args(args).stdin(Stdio::null()).output().unwrap()
    }

    /// Ends the daemon as an update of the engine does: it stops its containers
    /// first.
    pub fn end(&mut self) {
        end(&mut self.dockerd);
    }

    /// Ends the daemon as a crash does: what it ran goes on without it.
    pub fn kill(&mut self) {
        self.dockerd.kill().unwrap();
        self.dockerd.wait().unwrap();
    }

    fn load_base(&self) {
        let archive = self.folder.path().join("base.tar");
        let archive = archive.to_str().unwrap();
        Docker::new().ok(&["save", "--output", archive, BASE]);
        let loaded = self.docker(&["load", "--input", archive]);
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        end(&mut self.dockerd);
        end(&mut self.containerd);
        // What stands between containerd and containers outlives it.
        end_processes_with(self.folder.path().to_str().unwrap());
        for folder in [self.folder.path(), &self.data] {
            // Steps of builds, which dockerd itself started: each goes on, and keeps its
            // address on the bridge.
            for id in processes_rooted_in(folder) {
                // One that has just ended is no fault.
                let _ = Command::new("kill").args(["-KILL", &id]).output();
            }
            wait_until("no step runs any more", || processes_rooted_in(folder).is_empty());
            // One that was killed has unmounted nothing.
            unmount_below(folder);
        }
    }
}

/// A containerd of its own: dockerd would else use the system's.
fn containerd(pattern: &Pattern, folder: &Path, data: &Path) -> Child {
    let at = |name: &str| folder.join(name).display().to_string();
    let (socket, config) = (at("containerd.sock"), at("containerd.toml"));
    let off = r#"["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]"#;
    let text = format!(
        "version = 2\nroot = {:?}\nstate = {:?}\ndisabled_plugins = {off}\n[grpc]\naddress = {socket:?}\n",
        // There the images are, if the engine keeps them in containerd.
        data.join("containerd").display().to_string(),
        at("containerd-run"),
    );
    fs::write(&config, text).unwrap();
    let mut command = pattern.command("containerd");
    let child = spawn(command.args(["--config", &config]), &folder.join("containerd.log"));
    wait_until("its containerd listens", || is_socket(Path::new(&socket)));
    child
}

fn dockerd(pattern: &Pattern, folder: &Path, data: &Path) -> Child {
    let at = |name: &str| folder.join(name).display().to_string();
    fs::write(at("daemon.json"), &pattern.settings).unwrap();
    let mut command = pattern.command("dockerd");
    command.args(["--iptables=false", "--ip6tables=false"]);
    for (option, value) in [
        ("--bridge", pattern.bridge.clone()),
        ("--fixed-cidr", pattern.addresses.clone()),
        ("--pidfile", at("dockerd.pid")),
        ("--config-file", at("daemon.json")),
        ("--host", format!("unix://{}", at("docker.sock"))),
        ("--data-root", data.display().to_string()),
        ("--exec-root", at("run")),
        ("--containerd", at("containerd.sock")),
    ] {
        command.arg(format!("{option}={value}"));
    }
    spawn(&mut command, &folder.join("dockerd.log"))
}

fn spawn(command: &mut Command, log: &Path) -> Child {
    let log = File::create(log).unwrap();
    command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

fn is_socket(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// Asks it to end, once, and waits until it has: one that is asked again gives
/// up stopping its containers, and leaves them behind. One that has ended
/// already hears nothing.
fn end(daemon: &mut Child) {
    if daemon.try_wait().unwrap().is_none() {
        let _ = Command::new("kill").arg(daemon.id().to_string()).status();
    }
    wait_until("a daemon of ours has ended", || daemon.try_wait().unwrap().is_some());
}

/// Ends what an engine left: all that has this word, which nothing else has, in
/// its command line, and what that started. A container has not: it is a child
/// of the process that stands between it and containerd.
fn end_processes_with(word: &str) {
    for process in process_folders().filter(|process| process.join("cmdline").exists()) {
        if words(&process.join("cmdline")).iter().any(|one| one.contains(word)) {
            let id = process.file_name().unwrap().to_string_lossy().into_owned();
            let ids = children(&process).into_iter().chain([id]);
            let _ = Command::new("kill").arg("-KILL").args(ids).status();
        }
    }
}

/// The processes whose root file system is below a folder: those of containers and
/// steps of builds, whoever started them.
fn processes_rooted_in(folder: &Path) -> Vec<String> {
    let is_root = |line: &str| {
        let point = line.split(' ').nth(4);
        point == Some("/") && line.contains(&format!("={}/", folder.display()))
    };
    let rooted = process_folders().filter(|process| {
        let mounts = fs::read_to_string(process.join("mountinfo")).unwrap_or_default();
        mounts.lines().any(is_root)
    });
    rooted.map(|process| process.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// The processes that one started and that still run.
fn children(process: &Path) -> Vec<String> {
    let tasks = fs::read_dir(process.join("task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Takes away what is mounted below a folder, innermost first.
pub fn unmount_below(folder: &Path) {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let points = table.lines().filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from);
    let mut below: Vec<PathBuf> = points.filter(|point| point.starts_with(folder)).collect();
    below.sort();
    for point in below.iter().rev() {
        let done = Command::new("umount").arg(point).status().unwrap();
        if !done.success() {
            let _ = Command::new("umount").arg("--lazy").arg(point).status();
        }
    }
}
