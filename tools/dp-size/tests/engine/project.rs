//! Images that no engine has built before, and what an oracle says of them.

use std::process::{Command, Stdio};

use dp_record::Record;
use dp_testkit::{Context, Docker, Ran, Tool, of_kind, unique};
use serde_json::Value;

/// An image on the engine, gone at the end.
pub(crate) struct Image {
    /// The engine, seen by the docker CLI.
    pub(crate) docker: Docker,
    /// Its files.
    pub(crate) context: Context,
    /// Its name.
    pub(crate) name: String,
    builder: Builder,
}

/// Which builder makes an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builder {
    Legacy,
    BuildKit,
}

impl Image {
    /// Builds an image of this Dockerfile.
    pub(crate) fn build(word: &str, dockerfile: &str) -> Self {
        Self::build_in(Context::new(dockerfile), word, Builder::BuildKit)
    }

    /// Builds an image of this context.
    pub(crate) fn build_in(context: Context, word: &str, builder: Builder) -> Self {
        let image = Self { docker: Docker::new(), context, name: unique(word), builder };
        let mut docker = Command::new("docker");
        docker.args(["build", "--tag", &image.name]).arg(image.context.path());
        docker.env("DOCKER_BUILDKIT", if builder == Builder::Legacy { "0" } else { "1" });
        docker.env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1").stdin(Stdio::null());
        let output = docker.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        image
    }

    /// What dp-size says of it from each source that reads its files, then of what
    /// `docker save` writes.
    pub(crate) fn sizes(&self) -> Vec<Record> {
        // Of the old builder's layers containerd has more than one folder each.
        let is_divided = self.builder == Builder::Legacy && self.docker.has_containerd_store();
        let sources = if is_divided { &["auto", "export"] } else { &SOURCES };
        let read = sources.iter().map(|source| self.size(source));
        read.chain([self.archived_size()]).collect()
    }

    /// What dp-size says of it from this source.
    pub(crate) fn size(&self, source: &str) -> Record {
        size(&dp_size(&["--source", source, "--top", "100", &self.name]))
    }

    /// What dp-size says of what `docker save` writes of it.
    pub(crate) fn archived_size(&self) -> Record {
        let saved = self.docker.run(&["image", "save", &self.name]);
        assert!(saved.status.success());
        let tool = Tool::new("dp-size").args(["-q", "--archive", "-", "--top", "100"]);
        size(&tool.stdin(saved.stdout).run().expect(0))
    }

    /// Bytes of the files that a container of it sees, by the tar crate's
    /// reading of `docker export`.
    pub(crate) fn container_bytes(&self) -> u64 {
        container_bytes(&self.docker, &self.name)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // With its parents: the old builder leaves one for each step.
        self.docker.run(&["image", "rm", &self.name]);
    }
}

/// The sources that read the files of an image; dp-size takes the first by itself.
pub(crate) const SOURCES: [&str; 2] = ["storage", "export"];

/// Bytes of the files that a container of an image sees.
pub(crate) fn container_bytes(docker: &Docker, image: &str) -> u64 {
    let container = docker.ok(&["container", "create", image, "sh"]);
    let exported = docker.run(&["container", "export", container.trim()]);
    docker.ok(&["container", "rm", container.trim()]);
    assert!(exported.status.success());
    let mut archive = tar::Archive::new(&exported.stdout[..]);
    let entries = archive.entries().unwrap().map(Result::unwrap);
    entries.filter(|one| one.header().entry_type().is_file()).map(|one| one.size()).sum()
}

/// dp-size without words.
pub(crate) fn dp_size(args: &[&str]) -> Ran {
    Tool::new("dp-size").args(["-q"]).args(args).run().expect(0)
}

/// The only size record.
pub(crate) fn size(ran: &Ran) -> Record {
    let records = ran.records();
    let sizes = of_kind(&records, "size");
    assert_eq!(sizes.len(), 1, "{}", ran.stdout);
    sizes[0].clone()
}

/// A metric as the count that it is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
pub(crate) fn count(record: &Record, name: &str) -> u64 {
    record.metrics.get(name).unwrap_or_else(|| panic!("no {name}")) as u64
}

/// A list of the detail.
pub(crate) fn list(record: &Record, name: &str) -> Vec<Value> {
    dp_testkit::detail(record)[name].as_array().unwrap().clone()
}
