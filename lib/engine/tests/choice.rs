//! Does dp reach the engine that the docker CLI reaches? Case by case, with fake engines.
//!
//! Each case is compared with what is known beforehand; and then, where there is a docker CLI,
//! with what that reaches.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

mod fake;
mod reach;

use std::process::Command;

use reach::Ground;
use reach::cases::{CASES, Case, Expected};
use reach::child::{self, Outcome};

/// What is wrong with the case's outcome, if anything.
fn wrong(case: &Case, found: &Outcome) -> Option<String> {
    let expected = match case.expected {
        Expected::Engine(name) | Expected::Dialled(name) | Expected::OursAlone(name) => Some(name),
        Expected::Nothing => None,
        Expected::AsCli => return None,
    };
    (found.reached.as_deref() != expected)
        .then(|| format!("{}: expected {expected:?}, got {found}", case.name))
}

/// What is different from the docker CLI, if anything.
fn different(case: &Case, ours: &Outcome, cli: &Outcome) -> Option<String> {
    let may_fail = matches!(case.expected, Expected::OursAlone(_));
    let same = ours.reached == cli.reached || (may_fail && cli.reached.is_none());
    (!same).then(|| format!("{}:\n    dp {ours}\n    docker {cli}", case.name))
}

/// The docker CLI's major version.
fn docker_major() -> u32 {
    let output = Command::new("docker").arg("--version").output().unwrap();
    let line = String::from_utf8_lossy(&output.stdout).into_owned();
    let word = line.split(' ').nth(2).and_then(|word| word.split('.').next());
    word.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no version: {line}"))
}

#[test]
fn every_case_reaches_the_engine_that_is_known_beforehand() {
    let ground = Ground::new();
    let wrong: Vec<String> = CASES
        .iter()
        .filter(|case| !matches!(case.expected, Expected::Dialled(_)))
        .filter_map(|case| wrong(case, &ground.dp(case)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs the docker CLI: make test-engine"]
fn every_case_reaches_the_engine_that_the_docker_cli_reaches() {
    let ground = Ground::new();
    let mut failures = Vec::new();
    let version = docker_major();
    for case in CASES {
        let ours = ground.dp(case);
        failures.extend(wrong(case, &ours));
        if version >= case.since {
            failures.extend(different(case, &ours, &ground.docker(case)));
        }
    }
    assert!(failures.is_empty(), "of {} cases:\n{}", CASES.len(), failures.join("\n"));
}

#[test]
#[ignore = "needs the docker CLI: make test-engine"]
fn the_engine_of_this_environment_is_the_one_that_docker_reaches() {
    child::run();
}
