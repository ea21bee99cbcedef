//! What is planted in one Dockerfile is found, at its file and line; the steps of
//! continuous integration run here as there.

use std::fs;

use dp_testkit::{assert_records, of_kind, shown_elsewhere};

use crate::Example;

const SCRIPT: &str = "tests/docker-build-validation.sh";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_is_planted_in_a_dockerfile_is_found_at_its_line() {
    if shown_elsewhere() {
        return;
    }
    let mut example = Example::new();
    for file in ["dockerfile", "dockerfile-backup"] {
        example.docker.remove_at_end(&format!("dp/workers-node-{file}:latest"));
    }
    let good = example.script(SCRIPT, &["workers-node"]).expect(0);
    let expected =
        ["tests", "budget", "image", "health"].map(|check| format!("ok    workers-node: {check}"));
    assert_eq!(good.stdout.lines().collect::<Vec<_>>(), expected, "{}", good.stderr);

    // An order that is spoilt, a compiler left in, and a health check that always passes.
    let file = "workers-node/Dockerfile";
    let text = fs::read_to_string(example.path(file)).unwrap();
    let (before, production) = text.split_once("AS production\n").unwrap();
    let before = before.replacen("COPY package.json package-lock.json ./", "COPY . .", 1);
    let check = production.lines().find(|line| line.starts_with("HEALTHCHECK")).unwrap();
    let production = production.replace(check, "HEALTHCHECK --interval=5s CMD [\"true\"]");
    let left_in = "COPY --from=dp-base/gcc /usr/lib/gcc /usr/lib/gcc\n";
    fs::write(example.path(file), format!("{before}AS production\n{left_in}{production}")).unwrap();

    let bad = example.script(SCRIPT, &["workers-node"]).expect(1);
    let said = |check: &str| {
        let start = format!("FAIL  workers-node: {check}");
        let lines = bad.stdout.lines().skip_while(|line| *line != start);
        lines.skip(1).take_while(|line| line.starts_with(' ')).collect::<Vec<_>>().join("\n")
    };
    let at = |text: &str| example.line(file, text);
    assert!(bad.stdout.starts_with("ok    workers-node: tests\n"), "{}", bad.stdout);
    let budget = said("budget");
    assert!(budget.contains(&format!("line {}: COPY . .", at("COPY . ."))), "{}", bad.stdout);
    assert!(
        budget.contains(&format!("line {}: COPY --from=dp-base/gcc", at(left_in.trim()))),
        "{budget}"
    );
    let health = format!("{file}:{}: it holds", at("HEALTHCHECK --interval=5s CMD [\"true\"]"));
    assert!(said("health").contains(&health), "{}", bad.stdout);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_steps_of_continuous_integration_run_here_too() {
    if shown_elsewhere() {
        return;
    }
    let example = Example::new();
    let summary = example.project.path().join("summary.md");
    let step = |words: &[&str]| {
        let mut command = example.command(example.path("tests/ci.sh"));
        command.args(words).env("GITHUB_STEP_SUMMARY", &summary).env("CACHE_TO", "type=inline");
        crate::ran(&mut command)
    };
    for target in ["development", "test", "production"] {
        let _ = step(&["build", "workers-node", target]).expect(0);
    }
    let text = fs::read_to_string(&summary).unwrap();
    assert_eq!(text.matches("### `size workers-node (").count(), 3, "{text}");
    let records = example.project.path().join("dp-results/ci/workers-node-production.jsonl");
    let records = assert_records(&fs::read_to_string(records).unwrap());
    let names: Vec<_> = ["build", "size"]
        .iter()
        .map(|kind| of_kind(&records, kind)[0].subject.as_ref().unwrap().name.clone())
        .collect();
    assert_eq!(names, ["workers-node", "workers-node"]);

    let comment = example.project.path().join("comment.md");
    let _ = step(&["comment", comment.to_str().unwrap()]).expect(0);
    let comment = fs::read_to_string(comment).unwrap();
    for target in ["development", "test", "production"] {
        assert!(comment.contains(&format!("workers-node {target}")), "{comment}");
    }
    let refused = step(&["build", "workers-node", "none"]).expect(2);
    assert!(refused.stderr.contains("no stage none: "), "{}", refused.stderr);
}
