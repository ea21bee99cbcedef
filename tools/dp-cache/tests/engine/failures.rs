//! What fails fails as a record, and the others go on.

use dp_record::{Outcome, Record};
use dp_testkit::{Ran, of_kind};

use crate::project::{Project, scenario};

const DOCKERFILE: &str =
    "FROM dp-base/busybox\nCOPY a.c b.c /\nRUN ! grep broken /a.c; echo UNIQUE\n";

fn cache_records(ran: &Ran) -> Vec<Record> {
    of_kind(&ran.records(), "cache").into_iter().cloned().collect()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_scenario_that_fails_is_a_failed_record_and_the_others_are_measured() {
    let project = Project::new("failing", DOCKERFILE, &["a.c", "b.c"]);
    let args = [
        "-r",
        "2",
        "--scenario",
        "cold",
        "--scenario",
        "gone=delete:b.c",
        "--scenario",
        "code",
        "--scenario",
        "broken=cmd:exit 3",
    ];
    let ran = project.dp_cache(&args).run().expect(4);
    let records = cache_records(&ran);
    let failed = |name: &str| {
        let found = records.iter().filter(|record| scenario(record) == name);
        found
            .map(|record| record.error.as_ref().map(|error| error.code.clone()))
            .collect::<Vec<_>>()
    };
    // Each is given up after it failed once.
    assert_eq!(failed("gone"), [Some("source_missing".to_owned())]);
    assert_eq!(failed("broken").len(), 1);
    assert!(failed("broken")[0].is_some());
    assert_eq!((failed("cold"), failed("code")), (vec![None, None], vec![None, None]));
    assert!(ran.stderr.contains("exit code 3"), "{}", ran.stderr);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn without_a_cold_build_every_scenario_says_why_it_has_none() {
    let project =
        Project::new("hopeless", "FROM dp-base/busybox\nCOPY a.c /\nRUN exit 7\n", &["a.c"]);
    for args in [
        &["--scenario", "cold", "--scenario", "warm", "--scenario", "code"][..],
        &["--scenario", "warm", "--scenario", "code"],
    ] {
        let ran = project.dp_cache(args).run().expect(4);
        let records = cache_records(&ran);
        assert!(records.iter().all(|record| record.outcome == Outcome::Failed));
        let scenarios: std::collections::BTreeSet<&str> = records.iter().map(scenario).collect();
        assert!(scenarios.contains("warm") && scenarios.contains("code"), "{scenarios:?}");
        // The first one has the failure itself, whether a cold build is a record or not.
        let errors: Vec<_> = records.iter().map(|record| record.error.clone().unwrap()).collect();
        assert_eq!(errors[0].code, "step_failed", "{errors:?}");
        assert!(errors[0].message.contains("(line 3): exit code 7"), "{errors:?}");
        for error in &errors[1..] {
            assert!(error.message.contains("the cold build before it failed"), "{error:?}");
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn links_pipes_and_sockets_in_the_context_are_built_as_docker_builds_them() {
    let project = Project::new(
        "odd",
        "FROM dp-base/busybox\nCOPY . /c\nRUN test -L /c/loop && test ! -e /c/s; echo UNIQUE\n",
        &["a.c"],
    );
    let path = project.context.path();
    std::os::unix::fs::symlink("loop", path.join("loop")).unwrap();
    std::os::unix::fs::symlink("..", path.join("up")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(path.join("s")).unwrap();
    let records = project.measure(&["--scenario", "warm", "--scenario", "code"]);
    assert_eq!(records.len(), 2);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn two_at_once_on_one_context_do_not_disturb_each_other() {
    let project = Project::new("twice", DOCKERFILE, &["a.c", "b.c"]);
    let args = ["--scenario", "cold", "--scenario", "warm", "--scenario", "code", "-r", "2"];
    let both = [project.dp_cache(&args).start(), project.dp_cache(&args).start()];
    for running in both {
        let ran = running.wait().expect(0);
        let records = cache_records(&ran);
        assert_eq!(records.len(), 6);
        assert!(records.iter().all(|record| record.outcome == Outcome::Ok));
    }
}
