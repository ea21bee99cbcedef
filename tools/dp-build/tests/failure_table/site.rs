//! A folder to build, and what dp-build tells of it.

use std::path::PathBuf;

use dp_record::Record;
use dp_testkit::{Context, Docker, Ran, Tool, of_kind, unique};

/// The backends.
pub(crate) const ALL: [&str; 3] = ["buildx", "engine", "legacy"];

/// A folder, and a word that nothing else has.
pub(crate) struct Site {
    pub(crate) docker: Docker,
    pub(crate) context: Context,
    pub(crate) name: String,
}

impl Site {
    /// An empty folder.
    pub(crate) fn new(word: &str) -> Self {
        Self { docker: Docker::new(), context: Context::empty(), name: unique(word) }
    }

    /// Writes a file, in which `UNIQUE` is the site's name.
    pub(crate) fn write(&self, path: &str, text: &str) {
        self.context.write(path, &text.replace("UNIQUE", &self.name));
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.context.path().join(name)
    }

    /// dp-build in the folder.
    pub(crate) fn dp_build(&self, backend: &str, args: &[&str]) -> Tool {
        self.at(Tool::new("dp-build"), backend, args)
    }

    /// The same in the folder.
    pub(crate) fn at(&self, tool: Tool, backend: &str, args: &[&str]) -> Tool {
        let args = args.iter().map(|arg| arg.replace("UNIQUE", &self.name));
        tool.args(["--backend", backend]).args(args).at(self.context.path())
    }

    /// Images that bear the site's name.
    pub(crate) fn image_names(&self) -> Vec<String> {
        let all = self.docker.ok(&["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
        all.lines().filter(|name| name.contains(&self.name)).map(str::to_owned).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for name in self.image_names() {
            self.docker.run(&["image", "rm", &name]);
        }
    }
}

/// The build records of what it printed; every line must be whole.
pub(crate) fn builds(ran: &Ran) -> Vec<Record> {
    assert!(ran.stdout.is_empty() || ran.stdout.ends_with('\n'), "{ran:?}");
    of_kind(&ran.records(), "build").into_iter().cloned().collect()
}

/// The lines of stderr that tell no progress.
pub(crate) fn told(ran: &Ran) -> Vec<&str> {
    let progress = |line: &&str| line.starts_with("dp-build: round ");
    ran.stderr.lines().filter(|line| !progress(line)).collect()
}
