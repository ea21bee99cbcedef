//! A program whose use of the machine is known, in an image.

use crate::program::build;
use crate::{Docker, wait_until};

const PROGRAM: &str = include_str!("../programs/load.c");

/// An image of `lib/testkit/programs/load.c`, and the containers of it that a
/// test itself runs.
#[derive(Debug)]
pub struct Load {
    /// The engine.
    pub docker: Docker,
    /// Name of the image.
    pub image: String,
}

impl Load {
    /// Builds the image (`scripts/bases busybox gcc` first).
    pub fn new() -> Self {
        let mut docker = Docker::new();
        let image = build(&mut docker, "load", PROGRAM, "");
        Self { docker, image }
    }

    /// `docker run --detach OPTIONS IMAGE WORDS`, until it says that it is done;
    /// answers its id. It is removed at the end.
    pub fn run(&self, options: &[&str], words: &[&str]) -> String {
        let run = ["run", "--detach"];
        let id = self.docker.ok(&[&run, options, &[&self.image], words].concat());
        let id = id.trim().to_owned();
        wait_until("the load is done", || self.docker.ok(&["logs", &id]).contains("done"));
        id
    }
}

impl Default for Load {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let filter = format!("ancestor={}", self.image);
        let output = self.docker.run(&["ps", "--all", "--quiet", "--filter", &filter]);
        for id in String::from_utf8_lossy(&output.stdout).lines() {
            self.docker.run(&["rm", "--force", "--volumes", id]);
        }
    }
}
