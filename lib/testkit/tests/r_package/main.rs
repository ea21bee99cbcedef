//! The example `dockerfiles/r-package`: its images, its check, its budget and
//! its compose files do what they promise. Needs the base image `dp-base/r`.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod budget;
mod compose;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use dp_testkit::{Docker, copy_folder, shown_elsewhere, unique};
use tempfile::TempDir;

/// What the package says of its example data; the package's own tests tell
/// where the figures come from.
const LINE: &str = "24 students, 12 sessions, 68.4 % of the time attended, 10 below 60 %\n";

const SINGLE: &str = "Dockerfile";
const MULTISTAGE: &str = "Dockerfile.multistage";
const PRODUCTION: &str = "Dockerfile.production";

/// A private copy of the folder, and a word that all that is made here bears.
struct Example {
    docker: Docker,
    name: String,
    folder: TempDir,
}

impl Example {
    fn new() -> Self {
        let docker = Docker::new();
        assert!(docker.image("dp-base/r").is_some(), "no dp-base/r: run scripts/bases r");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dockerfiles/r-package");
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&source, folder.path());
        Self { docker, name: unique("r"), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Adds text to a file.
    fn append(&self, name: &str, text: &str) {
        let before = fs::read_to_string(self.path(name)).unwrap();
        fs::write(self.path(name), before + text).unwrap();
    }

    /// Builds a stage (the last one if it is empty) of a Dockerfile, as an image
    /// that goes at the end of the test.
    fn build(&mut self, file: &str, target: &str) -> (String, Output) {
        let image = format!("{}:{}", self.name, file.to_lowercase());
        let dockerfile = self.path(file);
        let names =
            [["--tag", &image], ["--target", target], ["--file", dockerfile.to_str().unwrap()]];
        let context = [self.folder.path().to_str().unwrap()];
        let command = [&["buildx", "build", "--progress=plain"], names.as_flattened(), &context];
        let output = self.docker.run(&command.concat());
        self.docker.remove_at_end(&image);
        (image, output)
    }

    /// Builds an image, which must succeed. Answers its name and the progress.
    fn image(&mut self, file: &str) -> (String, String) {
        let (image, output) = self.build(file, "");
        let progress = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{file}: {progress}");
        (image, progress)
    }

    /// What a shell command prints in a new container without a network.
    fn shell(&self, image: &str, command: &str) -> String {
        let run = ["run", "--rm", "--network=none", "--entrypoint=sh", image, "-c", command];
        self.docker.ok(&run)
    }

    /// Size of an image in bytes, as the engine says.
    fn size(&self, image: &str) -> u64 {
        self.docker.image(image).unwrap()["Size"].as_u64().unwrap()
    }
}

/// Whether the step with this text was answered from the cache.
fn is_cached(progress: &str, text: &str) -> bool {
    let mut lines = progress.lines();
    let step = lines.find(|line| line.contains("RUN") && line.contains(text));
    let step = step.unwrap_or_else(|| panic!("no step {text}: {progress}"));
    let number = step.split_whitespace().next().unwrap();
    progress.lines().any(|line| line == format!("{number} CACHED"))
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_three_images_say_the_same_and_shrink_from_the_first_to_the_last() {
    if shown_elsewhere() {
        return;
    }
    let mut example = Example::new();
    let images = [SINGLE, MULTISTAGE, PRODUCTION].map(|file| example.image(file).0);
    for image in &images {
        assert_eq!(example.docker.ok(&["run", "--rm", "--network=none", image]), LINE);
    }
    let sizes = images.each_ref().map(|image| example.size(image));
    assert!(sizes.is_sorted_by(|bigger, smaller| bigger > smaller), "{sizes:?}");

    let [single, multistage, production] = &images;
    let tools = "for tool in gcc make git; do command -v $tool; done; true";
    assert_eq!(example.shell(single, tools).lines().count(), 3);
    assert_eq!(example.shell(multistage, tools), "");
    assert_eq!(example.shell(production, tools), "");
    let users = images.each_ref().map(|image| example.shell(image, "id -u"));
    assert_eq!(users, ["0\n", "65534\n", "65534\n"]);
    let testing = "Rscript -e 'cat(requireNamespace(\"testthat\", quietly = TRUE))'";
    assert_eq!(example.shell(multistage, testing), "TRUE");
    assert_eq!(example.shell(production, testing), "FALSE");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_edit_does_not_install_the_dependencies_again_where_they_come_first() {
    if shown_elsewhere() {
        return;
    }
    let mut example = Example::new();
    // That it is so of the single stage, its budget shows.
    for (file, cached) in [(MULTISTAGE, true), (PRODUCTION, true)] {
        example.image(file);
        example.append("R/log.R", &format!("# {} {file}\n", example.name));
        let (_, progress) = example.image(file);
        assert_eq!(is_cached(&progress, "install-dependencies"), cached, "{file}: {progress}");
        assert!(!is_cached(&progress, "R CMD INSTALL"), "{file}: {progress}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_package_passes_its_check_and_a_broken_one_does_not_get_built() {
    if shown_elsewhere() {
        return;
    }
    let mut example = Example::new();
    let (_, checked) = example.build(MULTISTAGE, "check");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));

    example.append("R/presence.R", "\nsession_windows <- function(entries) stop(\"broken\")\n");
    let (_, broken) = example.build(MULTISTAGE, "");
    let progress = String::from_utf8_lossy(&broken.stderr);
    assert!(!broken.status.success());
    assert!(progress.contains("time outside the session does not count"), "{progress}");
}
