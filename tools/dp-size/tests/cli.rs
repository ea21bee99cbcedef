//! The command line, without an engine.

use dp_testkit::{Ran, Tool, assert_help, assert_version};

/// What the documentation promises.
const OPTIONS: &str = "--archive --source --base --diff --compressed --content --list-findings --top -r --runs -w --warmup --seed --dry-run \
    -i --ignore-failure -H --host --context -n --name --meta --no-detail -q --quiet \
    --progress --color";

fn dp_size(args: &[&str]) -> Ran {
    Tool::new("dp-size").args(args).run()
}

#[test]
fn the_help_names_every_option_within_100_columns() {
    assert_help("dp-size", OPTIONS);
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_version("dp-size", env!("CARGO_PKG_VERSION"));
}

#[test]
fn whatever_goes_wrong_is_one_line_on_stderr() {
    for (args, code, message) in [
        (&["--typo"][..], 2, "unexpected argument '--typo' found"),
        (&["--source", "magic", "app"], 2, "invalid value 'magic' for '--source <SOURCE>'"),
        (&["--archive", "a.tar", "app"], 2, "the argument '--archive <FILE>' cannot be used with"),
        (&["--archive", "nowhere.tar"], 2, "cannot read nowhere.tar: No such file or directory"),
        (&["--archive", "nowhere\u{1b}[31m\r"], 2, "cannot read nowhere"),
        (&["--archive", "-"], 2, "-: no manifest.json and no index.json in it"),
        (&["--archive", "src"], 2, "src: no manifest.json and no index.json in it"),
        (&["--archive", "src/lib.rs"], 2, "src/lib.rs: it is no image archive but something else"),
        (&["--diff", "--source", "inspect", "a", "b"], 2, "--source inspect sees no files"),
        (&["--compressed", "--source", "storage", "a"], 2, "compressed sizes need the tars"),
        (&["--compressed=rough", "a"], 2, "invalid value 'rough' for '--compressed[=<HOW>]'"),
        (&["--content", "--source", "inspect", "a"], 2, "--source inspect sees no content"),
        (&["--diff", "a"], 2, "--diff compares images with the first one: give it two or more"),
        (
            &["--diff", "--archive", "tests/files/oci-gzip.tar"],
            2,
            "--diff compares images with the first one",
        ),
        (
            &["--base", "gone", "--archive", "tests/files/oci-gzip.tar"],
            2,
            "no such base image: gone (give an archive of it, or the name of an image in one",
        ),
        (&["--archive", "a", "--runs", "2"], 2, "an archive is read once: leave --runs"),
        (&["--name", "a", "--name", "b", "app"], 2, "--name was given 2 times for 1 images"),
        (&["--host", "unix:///nonexistent/docker.sock", "app"], 3, "no engine at unix:///none"),
    ] {
        let ran = dp_size(args).expect(code);
        assert_eq!(ran.stdout, "", "{args:?}");
        let said =
            ran.stderr.lines().filter(|line| !line.contains(": reading ")).collect::<Vec<_>>();
        assert_eq!(said.len(), 1, "{args:?}: {}", ran.stderr);
        assert!(said[0].starts_with(&format!("dp-size: {message}")), "{args:?}: {}", ran.stderr);
        assert!(said[0].chars().all(|c| !c.is_control()), "{args:?}");
    }
}

#[test]
fn all_codes_of_findings_are_listed_with_their_meaning_and_their_cure() {
    let ran = dp_size(&["--list-findings"]).expect(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    for pair in lines.chunks(2) {
        let severity = pair[0].split_whitespace().nth(1);
        assert!(matches!(severity, Some("waste" | "risk")), "{pair:?}");
        assert!(pair[1].trim_start().starts_with("cure: "), "{pair:?}");
    }
    assert_eq!(
        lines[0],
        "removed_later      waste  bytes that a later layer deleted: they are still stored"
    );
    let cure = "cure: install with apk add --no-cache, in place of apk update and apk add";
    let at = lines.iter().position(|line| line.starts_with("apk_cache ")).unwrap();
    assert_eq!(lines[at + 1].trim_start(), cure);
    assert!(lines.iter().any(|line| line.starts_with("runs_as_root       risk   ")));
    let other = dp_size(&["--list-findings", "app"]).expect(2);
    assert!(other.stderr.contains("cannot be used with"), "{}", other.stderr);
}

#[test]
fn quiet_is_quiet_but_for_errors() {
    let ran = dp_size(&["--quiet", "--archive", "tests/files/saved-20.10.tar"]).expect(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(dp_size(&["-q", "--archive", "Cargo.toml"]).expect(2).stderr.lines().count(), 1);
}
