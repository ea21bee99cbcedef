//! What scripts say of themselves, and what they refuse.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use dp_testkit::Context;

use crate::{by_sh, command, ran, root};

/// Those for any POSIX shell.
const POSIX: [&str; 13] = [
    "optimize-layers.sh",
    "performance-testing.sh",
    "postgres-tuning.sh",
    "resource-optimization.sh",
    "setup-cache.sh",
    "build-docker.sh",
    "build-metrics.sh",
    "validate-phase2.sh",
    "compare-revisions.sh",
    "optimize-containers.sh",
    "rollback-containers.sh",
    "monitor-resources.sh",
    "performance-test.sh",
];

#[test]
fn every_script_prints_its_help() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("scripts")).unwrap() {
        let path = entry.unwrap().path();
        let executable = path.is_file() && path.metadata().unwrap().permissions().mode() & 1 == 1;
        if !executable {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let help = |option: &str| ran(Command::new(&path).arg(option)).expect(0).stdout;
        assert!(help("-h").starts_with(&format!("Usage: scripts/{name}")), "{name}");
        assert_eq!(help("-h"), help("--help"));
        let longest = help("-h").lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(100), "{name}: {longest:?}");
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn the_posix_scripts_need_no_bash() {
    for name in POSIX {
        let help = ran(&mut by_sh(name, &["--help"])).expect(0);
        let words = help.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("Exit codes: "), "{}", help.stdout);
        let script = root().join("scripts").join(name);
        let first = fs::read_to_string(script).unwrap();
        assert!(first.starts_with("#!/bin/sh\n"), "{name}");
    }
}

#[test]
fn wrong_arguments_end_with_2_and_a_line_that_names_them() {
    let empty = Context::empty();
    let named = empty.path().to_str().unwrap();
    let cases: [(&str, &[&str], &str); 33] = [
        (POSIX[0], &["--warm"], "unknown option: --warm"),
        (POSIX[0], &[named], "no Dockerfile to compare with: "),
        (POSIX[1], &["--rounds"], "unknown option: --rounds"),
        (POSIX[1], &["-r"], "-r takes a value"),
        (POSIX[1], &["-r", "0"], "0 is no number of rounds"),
        (POSIX[1], &["-r", "many"], "many is no number of rounds"),
        (POSIX[1], &["-e", "R/none.R"], "no file to edit: "),
        (POSIX[1], &[named], "no file to edit: "),
        (POSIX[2], &["--warm"], "unknown option: --warm"),
        (POSIX[3], &["--warm"], "unknown option: --warm"),
        (POSIX[3], &["-f", "none"], "no such Dockerfile: "),
        (POSIX[3], &["-r", "0"], "0 is no number of rounds"),
        (POSIX[4], &["--warm"], "unknown option: --warm"),
        (POSIX[4], &["-r", "0"], "0 is no number of rounds"),
        (POSIX[4], &["-v", "a:/b"], "-v, -i and -c belong together"),
        (POSIX[1], &["one", "two"], "more than one folder: one two"),
        (POSIX[5], &["--warm"], "unknown option: --warm"),
        (POSIX[5], &["--target", "none", "api"], "no stage none"),
        (POSIX[5], &["none"], "no Dockerfile: "),
        (POSIX[6], &["--warm"], "unknown option: --warm"),
        (POSIX[6], &[], "no records: "),
        (POSIX[6], &["none.jsonl"], "no such file: none.jsonl"),
        (POSIX[7], &["--warm"], "unknown option: --warm"),
        (POSIX[7], &["-r", "0"], "0 is no number of rounds"),
        (POSIX[7], &[named], "no Dockerfile to compare with: "),
        (POSIX[9], &["--file", "none.yml"], "no such compose file: none.yml"),
        (POSIX[9], &["--timeout", "0"], "0 is no number of seconds"),
        (POSIX[10], &["now"], "unknown argument: now"),
        (POSIX[11], &["--warm"], "unknown option: --warm"),
        (POSIX[11], &["--times", "all"], "all is no number of periods"),
        (POSIX[11], &["--budget", "none.toml"], "no such budget: none.toml"),
        (POSIX[12], &["--warm"], "unknown option: --warm"),
        (POSIX[12], &["--rounds", "0"], "0 is no number of rounds"),
    ];
    for (name, args, message) in cases {
        let refused = ran(&mut by_sh(name, args)).expect(2);
        assert_eq!(refused.stdout, "");
        let program = name.strip_suffix(".sh").unwrap();
        assert!(refused.stderr.starts_with(&format!("{program}: {message}")), "{}", refused.stderr);
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
    }
    for name in ["demo", "results", "systems"] {
        let script = root().join("scripts").join(name);
        let refused = ran(&mut command(None, &[script.to_str().unwrap(), "--twice"])).expect(2);
        assert_eq!(refused.stderr, format!("{name}: unknown argument: --twice (try --help)\n"));
    }
}

/// Each has a `measure.sh`.
#[test]
fn every_example_system_tells_its_steps_and_refuses_another() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("dockerfiles")).unwrap() {
        let script = entry.unwrap().path().join("measure.sh");
        if !script.exists() {
            continue;
        }
        let by_sh = |word: &str| ran(Command::new("sh").arg(&script).arg(word));
        let help = by_sh("--help").expect(0).stdout;
        assert!(help.starts_with("Usage: ") && help.contains("Exit codes: "), "{help}");
        let steps = by_sh("--steps").expect(0).stdout;
        for line in steps.lines() {
            let [step, what, tools] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            assert!(help.contains(&format!("  {step} ")) && help.contains(what), "{help}");
            assert!(tools.split(' ').all(|tool| tool.starts_with("dp-")), "{line}");
        }
        assert!(!steps.is_empty());
        assert_eq!(by_sh("--against").expect(0).stdout.lines().count(), 1);
        let refused = by_sh("none").expect(2);
        assert_eq!(refused.stderr, "measure: no such step: none (--steps prints them)\n");
        seen += 1;
    }
    assert!(seen >= 3, "{seen}");
}

#[test]
fn a_tool_that_is_not_there_is_named() {
    let tools = ["dp-build", "dp-build", "dp-stats", "dp-build", "dp-cache"];
    for (name, tool) in POSIX.into_iter().zip(tools) {
        let nowhere = Context::empty();
        let mut script = by_sh(name, &[]);
        script.env("PATH", "/usr/bin:/bin").env("CARGO_TARGET_DIR", nowhere.path());
        let refused = ran(&mut script).expect(2);
        let message = format!(": no {tool}: make install");
        assert!(refused.stderr.contains(&message), "{}", refused.stderr);
    }
}
