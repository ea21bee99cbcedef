//! The command line, without an engine.

use dp_testkit::{Ran, Tool, assert_help, assert_version};

/// What the documentation promises.
const OPTIONS: &str = "--compose --for --until-exit --interval --ready --timeout --limits --variant \
    --load-command --load-timeout --probe --probe-rate --run-option --samples-out --samples -e --env --env-file -v --volume -p --publish --network \
    --memory --cpus --entrypoint -u --user --init --platform --tmpfs --add-host --workdir \
    -r --runs -w --warmup --seed --dry-run -i --ignore-failure -H --host --context -n --name \
    --meta --no-detail -q --quiet --progress --color";

fn dp_stats(args: &[&str]) -> Ran {
    Tool::new("dp-stats").args(args).run()
}

#[test]
fn the_help_names_every_option_within_100_columns() {
    assert_help("dp-stats", OPTIONS);
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_version("dp-stats", env!("CARGO_PKG_VERSION"));
}

#[test]
fn whatever_goes_wrong_is_one_line_on_stderr() {
    for (args, code, message) in [
        (&["--typo"][..], 2, "unexpected argument '--typo' found"),
        (&["--for", "soon", "app"], 2, "invalid value 'soon' for '--for <DURATION>': write a dur"),
        (&["--for", "1s", "--until-exit", "app"], 2, "the argument '--for <DURATION>' cannot be"),
        (&["--limits", "1g", "app"], 2, "--limits 1g: \"1g\" is no limit (none, or some of mem"),
        (&["--memory", "much", "--samples", "x"], 2, "cannot read x: No such file or directory"),
        (&["--variant", "plain", "app"], 2, "--variant plain: write NAME="),
        (&["--load-timeout", "1s", "app"], 2, "the following required arguments were not prov"),
        (&["--load-command", "x", "--for", "1s", "app"], 2, "the argument '--load-command <COM"),
        (
            &["--probe", "http", "app"],
            2,
            "invalid value 'http' for '--probe <CONDITION>': \"http\"",
        ),
        (&["--probe", "log=x", "app"], 2, "invalid value 'log=x' for '--probe <CONDITION>': log="),
        (&["--probe", "tcp=1", "--probe-rate", "0", "a"], 2, "invalid value '0' for '--probe-rate"),
        (&["--compose", "./a.yml", "app"], 2, "--compose FILE: stacks are started alone: watch"),
        (
            &["--compose", "./a.yml", "--compose", "shop"],
            2,
            "--compose FILE: stacks are started al",
        ),
        (&["--compose", "./a.yml", "--memory", "1g"], 2, "--compose FILE: limits, options and com"),
        (&["--compose", "./a.yml", "--until-exit"], 2, "--compose FILE: --fit and --until-exit"),
        (&["--samples", "nowhere"], 2, "cannot read nowhere: No such file or directory"),
        (&["--samples", "src/lib.rs"], 2, "src/lib.rs:1: "),
        (&["--samples", "/dev/null"], 2, "/dev/null: no readings in it"),
        (&["--samples", "x", "-r", "2"], 2, "readings are read once: leave --runs"),
        (&["--host", "unix:///nonexistent/docker.sock", "app"], 3, "no engine at unix:///none"),
    ] {
        let ran = dp_stats(args).expect(code);
        assert_eq!(ran.stdout, "", "{args:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{args:?}: {}", ran.stderr);
        assert!(
            ran.stderr.starts_with(&format!("dp-stats: {message}")),
            "{args:?}: {}",
            ran.stderr
        );
        assert!(ran.stderr.trim_end().chars().all(|c| !c.is_control()), "{args:?}");
    }
}

#[test]
fn an_empty_pipe_is_an_error() {
    let ran = Tool::new("dp-stats").stdin("").run().expect(2);
    assert_eq!(ran.stderr, "dp-stats: no records: did the tool before fail?\n");
}
