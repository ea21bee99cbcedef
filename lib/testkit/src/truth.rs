//! A program whose moments are known, in an image, with the stamps that it leaves.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::Docker;
use crate::program::build;

const PROGRAM: &str = include_str!("../programs/truth.c");

/// An image of `lib/testkit/programs/truth.c`, and a folder for its stamps.
#[derive(Debug)]
pub struct Truth {
    /// The engine.
    pub docker: Docker,
    /// Name of the image.
    pub image: String,
    stamps: TempDir,
}

impl Truth {
    /// Builds the image (`scripts/bases busybox gcc` first).
    pub fn new() -> Self {
        Self::with("")
    }

    /// The same with more instructions.
    pub fn with(instructions: &str) -> Self {
        let mut docker = Docker::new();
        let image = build(&mut docker, "truth", PROGRAM, instructions);
        Self { docker, image, stamps: tempfile::tempdir().unwrap() }
    }

    /// The value of `--volume` that makes a container leave its stamps.
    pub fn volume(&self) -> String {
        format!("{}:/stamps", self.stamps.path().display())
    }

    /// All stamps of one word, in their order: nanoseconds of the realtime clock.
    pub fn stamps(&self, word: &str) -> Vec<i128> {
        read(&self.stamps.path().join("log"), word)
    }

    /// Forgets all stamps.
    pub fn forget(&self) {
        let _ = fs::remove_file(self.stamps.path().join("log"));
    }
}

impl Default for Truth {
    fn default() -> Self {
        Self::new()
    }
}

fn read(path: &Path, word: &str) -> Vec<i128> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let stamps = text.lines().filter_map(|line| line.split_once(' '));
    stamps.filter(|(name, _)| *name == word).map(|(_, nanos)| nanos.parse().unwrap()).collect()
}
