//! The old builder makes an image of every instruction: which of them stay.

use std::process::Command;

use dp_testkit::Snapshot;

use crate::project::Project;

/// One stage that the result needs, one that it does not, and five instructions
/// of its own.
const STAGES: &str = "\
FROM dp-base/busybox AS made
WORKDIR /UNIQUE
RUN echo UNIQUE > made
FROM dp-base/busybox AS unused
RUN echo UNIQUE > /unused
FROM dp-base/busybox
LABEL dp.test=UNIQUE
COPY --from=made /UNIQUE/made /made
COPY data /data
RUN cat /made /data END
";

const LEGACY: [&str; 2] = ["--backend", "legacy"];

fn project(end: &str) -> Project {
    let project = Project::new("legacy", &STAGES.replace("END", end));
    project.write("data", "UNIQUE");
    project
}

/// Builds as a user of the old builder does.
fn build_by_docker(project: &Project, tag: &str) {
    let mut docker = Command::new("docker");
    docker.args(["build", "--quiet", "--tag", tag, "."]).env("DOCKER_BUILDKIT", "0");
    let output = docker.current_dir(project.context.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn nothing_stays_of_builds_that_are_discarded() {
    let project = project("");
    let before = Snapshot::take(&project.docker);
    let args = [&LEGACY[..], &["--discard", "--warm", "-r", "2", "UNIQUE=."]].concat();
    let records = project.measure(&args);
    // Until the end all of it was there as cache.
    assert_eq!(records[2].metrics.get("steps_executed"), Some(0.0));
    before.assert_unchanged(&project.docker, "a discarded batch");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn nothing_stays_of_a_build_that_fails() {
    let project = project("; exit 1");
    let before = Snapshot::take(&project.docker);
    let args = [&LEGACY[..], &["UNIQUE=."]].concat();
    let _ = project.dp_build(&args).run().expect(4);
    before.assert_unchanged(&project.docker, "a failed build");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn beside_the_image_that_stays_there_is_only_what_it_is_built_on() {
    let project = project("");
    let before = Snapshot::take(&project.docker);
    let args = [&LEGACY[..], &["-r", "2", "UNIQUE=."]].concat();
    for content in ["one UNIQUE", "two UNIQUE"] {
        project.write("data", content);
        let _ = project.measure(&args);
        let shown = project.docker.ok(&["image", "ls", "--quiet", "--filter", "dangling=true"]);
        let added = Snapshot::take(&project.docker).added_since(&before);
        let unnamed = added.iter().filter(|image| image.starts_with("<none>"));
        // LABEL and the two COPY; RUN is the image itself. In containerd it needs no other.
        let parents = if project.docker.has_containerd_store() { 0 } else { 3 };
        assert_eq!((added.len(), unnamed.count()), (1 + parents, parents), "{added:?}");
        let ours = |id: &&str| added.iter().any(|image| image.contains(*id));
        assert_eq!(shown.lines().filter(ours).count(), 0, "{shown}");
    }
    // Docker takes them away with it.
    project.docker.ok(&["image", "rm", &project.image()]);
    before.assert_unchanged(&project.docker, "docker image rm");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_users_own_images_stay_his_cache() {
    let project = project("");
    let name = format!("{}:mine", project.name);
    build_by_docker(&project, &name);
    let before = Snapshot::take(&project.docker);
    let args = [&LEGACY[..], &["--discard", "UNIQUE=."]].concat();
    let records = project.measure(&args);
    assert_eq!(records[0].metrics.get("steps_executed"), Some(0.0));
    // With another last step on top of them.
    project.write("Dockerfile", &STAGES.replace("END", "| wc"));
    let records = project.measure(&args);
    assert_eq!(records[0].metrics.get("steps_executed"), Some(1.0));
    before.assert_unchanged(&project.docker, "builds on the user's cache");
    let leave = |id: &str| project.docker.run(&["image", "rm", id]);
    leave(&name);
    // The stages that docker itself leaves without a name.
    for image in before.images.iter().filter(|image| image.starts_with("<none>")) {
        let id = image.rsplit(' ').next().unwrap();
        let history =
            project.docker.run(&["history", "--no-trunc", "--format", "{{.CreatedBy}}", id]);
        if String::from_utf8_lossy(&history.stdout).contains(&project.name) {
            leave(id);
        }
    }
}
