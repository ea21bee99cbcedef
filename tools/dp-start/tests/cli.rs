//! The command line, without an engine.

use dp_testkit::{Ran, Tool, assert_help, assert_version};

/// What the documentation promises.
const OPTIONS: &str = "--compose --ready --timeout --hold --variant --run-option --parallel --aa --events \
    -e --env --env-file -v --volume -p --publish --network --memory --cpus --entrypoint -u --user \
    --init --platform --tmpfs --add-host --workdir --health-cmd --health-interval \
    --health-timeout --health-retries --health-start-period --health-start-interval \
    --no-healthcheck --stop-signal --stop-timeout -r --runs -w --warmup --seed --dry-run \
    -i --ignore-failure -H --host --context -n --name --meta --no-detail -q --quiet --progress \
    --color";

fn dp_start(args: &[&str]) -> Ran {
    Tool::new("dp-start").args(args).run()
}

#[test]
fn the_help_names_every_option_within_100_columns() {
    assert_help("dp-start", OPTIONS);
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_version("dp-start", env!("CARGO_PKG_VERSION"));
}

#[test]
fn whatever_goes_wrong_is_one_line_on_stderr() {
    for (args, code, message) in [
        (&["--typo"][..], 2, "unexpected argument '--typo' found"),
        (
            &["--ready", "log=(", "app"],
            2,
            "invalid value 'log=(' for '--ready <CONDITION>': the pattern",
        ),
        (
            &["--ready", "soon", "app"],
            2,
            "invalid value 'soon' for '--ready <CONDITION>': \"soon\" is no",
        ),
        (&["--ready", "http=web:80/", "app"], 2, "--ready http=web:80/: it asks a port of the con"),
        (&["--compose", "=a.yml"], 2, "invalid value '=a.yml' for '--compose <[NAME=]FILE[:FILE]>"),
        (&["--compose", "a.yml", "app"], 2, "the argument '--compose <[NAME=]FILE[:FILE]>' cannot"),
        (
            &["--compose", "a.yml", "--parallel", "2"],
            2,
            "the argument '--compose <[NAME=]FILE[:FILE]>' cannot be used with '--parallel <N>'",
        ),
        (
            &["--timeout", "5", "app"],
            2,
            "invalid value '5' for '--timeout <DURATION>': write a dur",
        ),
        (
            &["--stop-signal", "FOO", "app"],
            2,
            "bad value \"FOO\" for --stop-signal: no such signal",
        ),
        (&["--memory", "much", "app"], 2, "bad value \"much\" for --memory: write a number"),
        (&["-p", "http", "app"], 2, "bad value \"http\" for --publish: \"http\" is no port"),
        (&["--run-option=--speed 9", "app"], 2, "no such run option: --speed"),
        (&["--init=maybe", "app"], 2, "bad value \"maybe\" for --init: it is true or false"),
        (&["--no-healthcheck", "--health-cmd", "x", "app"], 2, "cannot honour --no-healthcheck"),
        (&["--run-option=--name x", "app"], 2, "cannot honour --name: dp names its containers"),
        (&["--run-option", "-e 'A", "app"], 2, "unclosed quote in \"-e 'A\""),
        (&["--variant", "plain", "app"], 2, "--variant plain: write NAME="),
        (
            &["--env-file", "nowhere", "app"],
            2,
            "bad value \"nowhere\" for --env-file: No such file",
        ),
        (
            &["--hold", "1s", "--ready", "exit", "app"],
            2,
            "--hold: what has ended cannot be watched",
        ),
        (&["--parallel", "0", "app"], 2, "invalid value '0' for '--parallel <N>'"),
        (&["--name", "a", "--name", "b", "app"], 2, "--name was given 2 times for 1 images"),
        (&["--host", "unix:///nonexistent/docker.sock", "app"], 3, "no engine at unix:///none"),
        (&["--events", "nowhere"], 2, "cannot read nowhere: No such file or directory"),
        (&["--events", "src/lib.rs"], 2, "src/lib.rs:1: no event: "),
        (&["--events", "/dev/null"], 2, "/dev/null: no container started in it"),
        (
            &["--events", "x", "--ready", "tcp=80"],
            2,
            "--ready tcp=80: events tell running, exit and",
        ),
        (&["--events", "x", "-r", "2"], 2, "events are read once: leave --runs"),
    ] {
        let ran = dp_start(args).expect(code);
        assert_eq!(ran.stdout, "", "{args:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{args:?}: {}", ran.stderr);
        assert!(
            ran.stderr.starts_with(&format!("dp-start: {message}")),
            "{args:?}: {}",
            ran.stderr
        );
        assert!(ran.stderr.trim_end().chars().all(|c| !c.is_control()), "{args:?}");
    }
}

#[test]
fn a_dry_run_shows_the_order_and_hides_values() {
    let args = ["--dry-run", "-r", "2", "--seed", "1", "-e", "TOKEN=can4ry", "--ready"];
    let all =
        [&args[..], &["exec=can4ry", "--aa", "--variant", "a=", "--variant", "b=--init", "app"]];
    let ran = dp_start(&all.concat()).expect(0);
    assert_eq!(ran.stdout, "");
    assert!(!ran.stderr.contains("can4ry"), "{}", ran.stderr);
    assert!(ran.stderr.contains("8 observations, ready is exec=***, seed 1:"), "{}", ran.stderr);
    for label in ["app a", "app a aa", "app b", "app b aa"] {
        let lines = ran.stderr.lines().filter(|line| line.ends_with(&format!(": {label}")));
        assert_eq!(lines.count(), 2, "{label}");
    }
}

#[test]
fn what_is_wrong_is_said_without_credentials() {
    for args in [
        &["--ready", "http=http://me:can4ry@host/", "app"][..],
        &["--ready", "http=me:can4ry@host:8080/", "app"],
        &["--ready", "http=80000/?token=can4ry", "app"],
        &["--ready", "http=80/?token=can4ry=99x y", "app"],
        &["--probe", "https://can4ry@host", "app"],
        &["--env-file", "https://me:can4ry@host/none", "app"],
        &["--add-host", "a:http://me:can4ry@host", "app"],
        &["-e", "=can4ry", "app"],
        &["--dry-run", "--run-option", "--speed=http://me:can4ry@host", "app"],
    ] {
        let ran = Tool::new("dp-start").args(args).run();
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.output());
        assert!(!ran.output().contains("can4ry"), "{args:?}: {}", ran.output());
    }
    let ran = Tool::new("dp-start")
        .args(["--dry-run", "--ready", "http=80/?token=can4ry", "app"])
        .run()
        .expect(0);
    assert!(ran.stderr.contains("http=80/?token=***"), "{}", ran.output());
}
