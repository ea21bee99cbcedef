//! Services of a compose file as subjects.

use std::collections::BTreeMap;

use dp_testkit::shown_elsewhere;

use crate::project::Project;
use crate::steps::step;

const COMPOSE: &str = "\
services:
  api:
    build:
      context: api
      dockerfile: Dockerfile.api
      target: wanted
      network: none
      args: {WORD: '${DP_TEST_WORD}'}
  web:
    build: {context: web}
  db:
    image: dp-base/busybox
";

const API: &str = "\
FROM dp-base/busybox AS wanted
ARG WORD
RUN test \"$WORD\" = told && test \"$(ls /sys/class/net)\" = lo && : UNIQUE
FROM wanted
RUN false
";

/// Overlays the first one.
const OVERLAY: &str = "services:\n  web:\n    build: {dockerfile: Other}\n";

fn project() -> Project {
    let project = Project::empty("compose");
    project.write("compose.yml", COMPOSE);
    project.write("overlay.yml", OVERLAY);
    project.write("api/Dockerfile.api", API);
    project.write("web/Dockerfile", "FROM dp-base/busybox\nWORKDIR /UNIQUE/web\n");
    project.write("web/Other", "FROM dp-base/busybox\nWORKDIR /UNIQUE/other\n");
    project
}

/// Records by service.
fn services(project: &Project, args: &[&str]) -> BTreeMap<String, dp_record::Record> {
    let tool = project.dp_build(&[&["--discard"], args].concat()).env("DP_TEST_WORD", "told");
    let records = crate::project::builds(&tool.run().expect(0).records());
    records.into_iter().map(|one| (one.subject.clone().unwrap().name, one)).collect()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn services_are_built_as_the_file_says_and_none_that_is_not_built() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let found = services(&project, &["--compose", "compose.yml"]);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["api", "web"]);
    let api = found["api"].subject.as_ref().unwrap();
    assert_eq!(api.target.as_deref(), Some("wanted"));
    assert_eq!(step(&found["api"], "RUN").state, "executed");
    assert_eq!(step(&found["web"], "WORKDIR").line, Some(2));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn one_service_may_be_chosen_and_files_overlaid() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    let overlaid = ["--compose", "compose.yml", "--compose", "overlay.yml", "web"];
    let found = services(&project, &overlaid);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["web"]);
    let _ = step(&found["web"], "/other");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_service_that_is_not_there_or_not_built_is_wrong_usage() {
    if shown_elsewhere() {
        return;
    }
    let project = project();
    for (service, says) in
        [("db", "service db has no build section"), ("x", "no service x (known: api, db, web)")]
    {
        let ran = project.dp_build(&["--compose", "compose.yml", service]).run().expect(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert_eq!((ran.stdout.as_str(), ran.stderr.lines().count()), ("", 1), "{}", ran.stderr);
    }
}
