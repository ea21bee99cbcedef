//! A new version, a broken one, and the way back, while the service is asked.

use std::process::{Command, Stdio};

use dp_testkit::{Ran, shown_elsewhere};

use crate::{Compose, Example, ran};

const FILE: &str = "deploy/docker-compose.yml";

/// Runs a script of deploy/ while the service is asked all along. Answers what the script
/// ended with, and how many answers came that were not good.
fn under_probe(example: &Example, address: &str, words: &[&str]) -> (Ran, u64) {
    let url = format!("http://{address}/api/bytes/2kB");
    let mut command = example.command(example.path("deploy/probe.sh"));
    command.arg(url).arg(example.path(words[0])).args(&words[1..]).env("DEPLOY_TIMEOUT", "60");
    let ended = ran(&mut command);
    let figure = |name: &str| {
        let start = format!("dp: {name}=");
        let line = ended.stdout.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {name}: {} {}", ended.stdout, ended.stderr))
    };
    assert!(figure("answers").parse::<u64>().unwrap() > 10, "{}", ended.stdout);
    let errors = figure("errors").parse().unwrap();
    (ended, errors)
}

/// The image of the container that web asks now.
fn answering(system: &Compose<'_>) -> String {
    let asked = system.ok(&["exec", "-T", "web", "curl", "--silent", "http://127.0.0.1:8081/"]);
    let service = if asked == "api" { "api-blue" } else { asked.as_str() };
    let containers = system.containers(service);
    assert_eq!(containers.len(), 1, "{service}");
    let image = ["inspect", "--format={{.Config.Image}}", &containers[0]];
    system.example.docker.ok(&image).trim().to_owned()
}

/// An image of the api with other lines after it.
fn version(example: &Example, tag: &str, lines: &str) {
    let (image, base) = (format!("{}/api:{tag}", example.name), example.name.clone());
    let dockerfile = format!("FROM {base}/api:latest\n{lines}");
    let mut build = Command::new("docker");
    build.args(["build", "--quiet", "--tag", &image, "-"]).stdin(Stdio::piped());
    let mut child = build.stdout(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), dockerfile.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_broken_version_reaches_nobody_and_a_good_one_is_left_without_a_gap() {
    if shown_elsewhere() {
        return;
    }
    let example = Example::new();
    let system = example.compose(FILE, &["web"]);
    let web = system.address("web", "8080");
    let image = |tag: &str| format!("{}/api:{tag}", example.name);
    version(&example, "good", "");
    version(&example, "dead", "CMD [\"node\", \"-e\", \"process.exit(1)\"]\n");
    // Healthy by its check, and wrong for whoever asks.
    let wrong = "USER root\nRUN sed -i s/1000/1001/ dist/size.js\nUSER 65534:65534\n";
    version(&example, "wrong", wrong);

    for broken in ["dead", "wrong"] {
        let (ended, errors) = under_probe(&example, &web, &["deploy/deploy.sh", broken]);
        let ended = ended.expect(1);
        assert!(ended.stderr.contains("rollback: api-blue answers"), "{}", ended.stderr);
        assert_eq!((errors, answering(&system)), (0, image("latest")));
        assert!(system.containers("api-green").is_empty());
    }
    let (ended, errors) = under_probe(&example, &web, &["deploy/deploy.sh", "good"]);
    let _ = ended.expect(0);
    assert_eq!((errors, answering(&system)), (0, image("good")));
    // The way back of the newest migration too: it only takes an index away.
    let there = "select to_regclass($$public.jobs_waiting$$) is not null";
    assert_eq!(system.query(there), "t");
    let (ended, errors) = under_probe(&example, &web, &["deploy/rollback.sh", "-m", "1"]);
    let _ = ended.expect(0);
    assert_eq!((errors, answering(&system)), (0, image("latest")));
    assert_eq!(system.query(there), "f");

    let refused = example.script("deploy/rollback.sh", &[]).expect(2);
    assert!(refused.stderr.contains("nothing to go back to"), "{}", refused.stderr);
    let refused = example.script("deploy/deploy.sh", &["none"]).expect(2);
    assert!(refused.stderr.contains("no such image: "), "{}", refused.stderr);
}
