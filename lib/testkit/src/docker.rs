//! The engine under test, seen through the docker CLI: an oracle that shares
//! no code with dp.

use std::mem;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// The base image of all tests (`scripts/bases busybox`).
pub const BASE: &str = "dp-base/busybox";

/// The engine that the environment chooses. What a test makes on it is taken
/// away when this goes.
#[derive(Debug)]
pub struct Docker {
    images: Vec<String>,
    /// Words in names of such images.
    words: Vec<String>,
}

impl Docker {
    /// The engine; it must answer and have the base image.
    pub fn new() -> Self {
        let docker = Self { images: Vec::new(), words: Vec::new() };
        let found = docker.run(&["image", "inspect", "--format", "{{.Id}}", BASE]);
        assert!(
            found.status.success(),
            "no engine, or no {BASE} on it: run the tests by `make test-engine`"
        );
        if is_first_of_test() && docker.has_containerd_store() {
            // What an earlier test built there is in the way of cold builds.
            docker.forget_builds();
        }
        docker
    }

    /// Whether the engine keeps its images in containerd.
    pub fn has_containerd_store(&self) -> bool {
        self.ok(&["info", "--format", "{{.DriverStatus}}"]).contains("io.containerd.snapshotter.v1")
    }

    /// An engine of `scripts/engine` forgets all that was built on it; another's is left alone.
    pub fn forget_builds(&self) {
        let host = std::env::var("DOCKER_HOST").unwrap_or_default();
        let socket = host.strip_prefix("unix://").map(Path::new);
        let home = socket.and_then(|socket| socket.parent()?.parent());
        if home.is_some_and(|home| home.join(".dp-engine").exists()) {
            self.ok(&["builder", "prune", "--all", "--force"]);
        }
    }

    /// Runs `docker ARGS`.
    pub fn run(&self, args: &[&str]) -> Output {
        Command::new("docker").args(args).stdin(Stdio::null()).output().expect("docker on PATH")
    }

    /// What `docker ARGS` prints; it must succeed.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {args:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Version of the engine.
    pub fn version(&self) -> String {
        self.ok(&["version", "--format", "{{.Server.Version}}"]).trim().to_owned()
    }

    /// Whether the engine is 28 or newer.
    pub fn is_newer(&self) -> bool {
        let version = self.version();
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        major.is_some_and(|major| major >= 28)
    }

    /// `docker image inspect NAME`, if there is such an image.
    pub fn image(&self, name: &str) -> Option<Value> {
        let output = self.run(&["image", "inspect", name]);
        let images: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_default();
        images.into_iter().next()
    }

    /// This name is taken away at the end.
    pub fn remove_at_end(&mut self, name: &str) {
        self.images.push(name.to_owned());
    }
}

impl Docker {
    /// All names of images in which this word stands are taken away at the end.
    pub fn remove_all_at_end(&mut self, word: &str) {
        self.words.push(word.to_owned());
    }

    fn names_with(&self, word: &str) -> Vec<String> {
        let listed = self.run(&["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]).stdout;
        let all = String::from_utf8_lossy(&listed);
        all.lines().filter(|name| name.contains(word)).map(str::to_owned).collect()
    }
}

impl Default for Docker {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        let with_words = self.words.iter().flat_map(|word| self.names_with(word));
        for image in &self.images.iter().cloned().chain(with_words).collect::<Vec<_>>() {
            self.run(&["image", "rm", "--no-prune", image]);
        }
    }
}

/// Whether the test that runs in this thread has not looked at the engine yet. What it
/// builds itself is not to be forgotten when it looks again.
fn is_first_of_test() -> bool {
    static LAST: Mutex<String> = Mutex::new(String::new());
    let current = thread::current();
    // libtest names the thread of a test; those without a name are the test's own.
    let Some(name) = current.name() else { return false };
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    mem::replace(&mut *last, name.to_owned()) != name
}

/// A word that no other test run uses.
pub fn unique(word: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    format!("dp-test-{word}-{:x}", now.as_nanos() & 0xffff_ffff_ffff)
}
