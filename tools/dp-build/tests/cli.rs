//! The command line, without an engine.

use dp_testkit::{Context, Tool, assert_help, assert_version};

/// What the documentation promises.
const OPTIONS: &str = "-f --file -t --tag --target --all-targets --warm --cold --discard --log \
    --build-arg --secret --platform --builder -r --runs -w --warmup --seed --dry-run \
    -i --ignore-failure -H --host --context -n --name --meta --no-detail -q --quiet \
    --progress --color";

fn dp_build(args: &[&str]) -> dp_testkit::Ran {
    Tool::new("dp-build").args(args).run()
}

#[test]
fn every_documented_command_line_is_answered_as_written() {
    trycmd::TestCases::new()
        .env("DOCKER_CONFIG", "/nonexistent")
        .env("DOCKER_CONTEXT", "")
        .case("tests/cmd/*.trycmd");
}

#[test]
fn the_help_names_every_option_within_100_columns() {
    assert_help("dp-build", OPTIONS);
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_version("dp-build", env!("CARGO_PKG_VERSION"));
}

#[test]
fn whatever_goes_wrong_is_one_line_on_stderr() {
    let context = Context::new("FROM dp-base/busybox\n");
    let app = context.path().to_str().unwrap();
    for (args, code) in [
        (&["--typo"][..], 2),
        (&["--runs", "many", app], 2),
        (&["-"], 2),
        (&["nowhere\u{1b}[31m\r"], 2),
        (&["--host", "unix:///nonexistent/docker.sock", app], 3),
        (&["--context", "nowhere", app], 3),
        (&["--log", "nowhere"], 2),
        (&[app, "--", "--push"], 2),
    ] {
        let ran = dp_build(args).expect(code);
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(ran.stderr.starts_with("dp-build: "), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{args:?}: {}", ran.stderr);
        let text = ran.stderr.trim_end_matches('\n');
        assert!(!text.chars().any(char::is_control), "{args:?}: {text:?}");
    }
}

#[test]
fn quiet_says_nothing_but_the_error() {
    let context = Context::empty();
    let ran = dp_build(&["--quiet", context.path().to_str().unwrap()]).expect(2);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}

#[test]
fn the_seed_decides_the_order() {
    let context = Context::new("FROM dp-base/busybox AS a\nFROM a AS b\nFROM a AS c\n");
    let plan = |seed: &str| {
        let args = ["--dry-run", "--all-targets", "-r", "5", "--seed", seed, "."];
        Tool::new("dp-build").args(args).at(context.path()).run().expect(0).stderr
    };
    assert_eq!(plan("1"), plan("1"));
    assert_ne!(order(&plan("1")), order(&plan("2")));
    let (mut one, mut two) = (order(&plan("1")), order(&plan("2")));
    one.sort_unstable();
    two.sort_unstable();
    assert_eq!(one, two);
}

/// What would be built, in this order.
fn order(plan: &str) -> Vec<String> {
    let rounds = plan.lines().filter(|line| line.contains(": round "));
    rounds.map(str::to_owned).collect()
}

#[test]
fn no_credential_that_was_typed_is_printed() {
    let context = Context::new("FROM dp-base/busybox\n");
    let app = context.path().to_str().unwrap();
    for args in [
        &["https://user:SECRET@host/x.tar"][..],
        &["https://SECRET@host/x.git"],
        &["https://host/x.tar?token=SECRET"],
        &["--dry-run", "--build-arg", "HTTP_PROXY=http://u:SECRET@proxy:3128", app],
        &["--dry-run", "--build-arg", "https_proxy=u:SECRET@proxy:3128", app],
        &["--dry-run", app, "--", "--build-context", "lib=https://u:SECRET@host/x.tar"],
        &["--dry-run", "--cache-from", "type=s3,endpoint_url=https://h?sig=SECRET", app],
        &["--log", "https://user:SECRET@host/build.log"],
        &["--typo=https://user:SECRET@host/x"],
        &["-f", "https://user:SECRET@host/Dockerfile", app],
    ] {
        let ran = dp_build(args);
        assert!(!ran.stderr.is_empty(), "{args:?}");
        assert!(!ran.output().contains("SECRET"), "{args:?}: {}", ran.output());
    }
}
