//! The check of the health: content with a server that answers, and with nothing less.

use dp_testkit::{shown_elsewhere, wait_until};

use crate::{Container, System};

/// Often, and sure after the first answer.
const OFTEN: [&str; 2] = ["--health-interval=300ms", "--health-retries=1"];

fn wait_for(container: &Container, health: &str) {
    wait_until(health, || container.field("State.Health.Status") == health);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_check_asks_the_server_while_the_plan_s_is_content_without_one() {
    if shown_elsewhere() {
        return;
    }
    let mut system = System::new();
    let (image, _) = system.image("runtime", &[]);
    let served = system.start(&[&OFTEN[..], &["--health-start-period=0s"]].concat(), &image, &[]);
    wait_for(&served, "healthy");
    // It still listens, and answers nobody.
    system.docker.ok(&["kill", "--signal=STOP", &served.name]);
    wait_for(&served, "unhealthy");
    system.docker.ok(&["kill", "--signal=CONT", &served.name]);
    wait_for(&served, "healthy");

    let nothing = ["--entrypoint=sh"];
    let command = ["-c", "trap exit TERM; sleep 600 & wait"];
    let plan = ["--health-cmd=memcached --help >/dev/null || exit 1"];
    let asked = system.start(
        &[&OFTEN[..], &nothing, &["--health-start-period=0s"]].concat(),
        &image,
        &command,
    );
    let planned = system.start(&[&OFTEN[..], &nothing, &plan].concat(), &image, &command);
    wait_for(&planned, "healthy");
    wait_for(&asked, "unhealthy");
}
