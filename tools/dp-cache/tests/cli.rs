//! The command line, without an engine.

use dp_testkit::{Context, Ran, Tool, assert_help, assert_version, of_kind};

/// What the documentation promises.
const OPTIONS: &str = "-f --file --target --scenario --log --volume --run --use-volume --explain --list-findings --backend --build-arg --secret \
    --platform --builder --cache-to --cache-from -r --runs -w --warmup --seed --dry-run -i --ignore-failure -H --host \
    --context -n --name --meta --no-detail -q --quiet --progress --color";

fn dp_cache(args: &[&str], context: &Context) -> Ran {
    Tool::new("dp-cache").args(args).at(context.path()).run()
}

/// A context with a manifest, a source, and what `.dockerignore` leaves out.
fn context() -> Context {
    let context = Context::new("FROM dp-base/busybox\nCOPY package.json src /app/\n");
    context.write("package.json", "{}\n");
    context.write("src/a.c", "int a;\n");
    context.write("logo.png", "x");
    context.write("logs/x", "x");
    context.write(".dockerignore", "logs\n");
    context
}

#[test]
fn the_help_names_every_option_within_100_columns() {
    assert_help("dp-cache", OPTIONS);
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_version("dp-cache", env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_kinds_of_findings_are_listed() {
    let ran = dp_cache(&["--list-findings"], &Context::empty()).expect(0);
    let codes: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(
        codes,
        [
            "sources_before_dependencies",
            "unneeded_file_copied",
            "package_step_without_cache_mount",
            "argument_before_steps",
            "stage_not_needed",
            "cache_mount_empty",
            "cache_mount_ids_differ",
        ]
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_dry_run_says_what_changes_and_why_and_touches_no_engine() {
    let args = ["--dry-run", "-r", "2", "--seed", "7", "-H", "unix:///nonexistent/docker.sock"];
    let ran = dp_cache(&args, &context()).expect(0);
    assert_eq!(ran.stdout, "");
    for line in [
        ": warm: no change",
        ": code: edit src/a.c (the first source by its path of those that are read (line 2))",
        ": deps: edit package.json (the manifest of npm ",
        "8 builds, seed 7:",
    ] {
        assert!(ran.stderr.contains(line), "{line}: {}", ran.stderr);
    }
    // The cold builds begin each round.
    let rounds: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("round ")).collect();
    assert_eq!(rounds.len(), 8);
    assert!(rounds[0].contains("round 1/2: ") && rounds[0].ends_with(", cold"), "{rounds:?}");
    assert!(rounds[4].contains("round 2/2: ") && rounds[4].ends_with(", cold"), "{rounds:?}");
}

/// Two logs of real builds (engine 28.5) compared: lines that ran, and line, cause
/// and what of the first of each branch.
#[test]
fn recorded_builds_are_compared_as_far_as_they_tell() {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");
    let compare = |before: &str, after: &str| {
        let args = ["--log", before, "--log", after, "-f", "Dockerfile"];
        let ran = Tool::new("dp-cache").args(args).at(files.as_ref()).run().expect(0);
        let records = of_kind(&ran.records(), "cache").into_iter().cloned().collect::<Vec<_>>();
        let after = records[1].cache_detail().unwrap();
        let first = after
            .invalidated
            .iter()
            .map(|one| (one.line, one.cause.to_string(), one.what.clone(), one.followed.len()));
        (records.len(), first.collect::<Vec<_>>())
    };
    // `src` had changed: both RUN and the COPY of what was made followed.
    assert_eq!(
        compare("before.rawjson", "after.rawjson"),
        (2, vec![(Some(3), "file".to_owned(), None, 4)])
    );
    // The last instruction was another one, which the Dockerfile has no more.
    let (count, first) = compare("after.rawjson", "other.rawjson");
    assert_eq!((count, first.len()), (2, 1));
    assert_eq!(first[0].1, "command");
    assert!(first[0].2.as_ref().unwrap().starts_with("was RUN echo done "), "{first:?}");
    // Nothing ran.
    assert_eq!(compare("after.rawjson", "before.rawjson"), (2, vec![]));
}

#[test]
fn whatever_is_wrong_is_one_line_on_stderr_with_the_way_out() {
    let context = context();
    for (args, code, words) in [
        (&["--typo"][..], 2, "--typo"),
        (&["nowhere"], 2, "cannot read the build context nowhere"),
        (&["-"], 2, "unpack it into a folder"),
        (&["https://example.invalid/a.git"], 2, "clone it first"),
        (&["-f", "-"], 2, "save it, and give its path"),
        (&["-f", "Missing"], 2, "no such Dockerfile: Missing"),
        (&["--scenario", "hot"], 2, "is none of cold, warm, code and deps"),
        (&["--scenario", "x=edit:../y"], 2, "is not in the context"),
        (&["--scenario", "x=edit:/etc/passwd"], 2, "is not in the context"),
        (&["--scenario", "x=edit:missing"], 2, "to add it: x=add:missing"),
        (&["--scenario", "x=edit:logs/x"], 2, "left out by .dockerignore"),
        (&["--scenario", "x=edit:src"], 2, "is no regular file"),
        (&["--scenario", "x=edit:logo.png"], 2, "say x=append:logo.png"),
        (&["--scenario", "x=add:src/a.c"], 2, "is there already"),
        (
            &["--scenario", "x=edit:src/a.c", "--scenario", "x=touch:src/a.c"],
            2,
            "two scenarios are called x",
        ),
        (&["-n", "a", "-n", "b", "."], 2, "--name was given 2 times for 1 subjects"),
        (&["--", "--no-cache"], 2, "--no-cache"),
        (&["--volume", "p", "--run", "x", "a"], 2, "it is NAME:PATH"),
        (&["--volume", "p:v", "--run", "x", "a"], 2, "it is NAME:PATH"),
        (&["--volume", "/p:/v", "--run", "x", "a"], 2, "it is NAME:PATH"),
        (&["--volume", "p:/v", "a"], 2, "--run"),
        (&["--run", "x", "a"], 2, "--volume"),
        (&["--volume", "p:/v", "--run", "x"], 2, "one IMAGE"),
        (&["--volume", "p:/v", "--run", "x", "a", "b"], 2, "one IMAGE"),
        (&["--volume", "p:/v", "--run", "x", "a", "--scenario", "warm"], 2, "--volume"),
        (&["--log", "a"], 2, "give --log twice"),
        (&["--log", "a", "--log", "b"], 2, "cannot read a"),
        (&["--log", "src/a.c", "--log", "src/a.c"], 2, "no progress of a build in it"),
        (&["--log", "a", "--scenario", "warm"], 2, "--log"),
        (&["--host", "unix:///nonexistent/docker.sock"], 3, "/nonexistent/docker.sock"),
    ] {
        let ran = dp_cache(args, &context).expect(code);
        assert_eq!(ran.stdout, "", "{args:?}");
        assert!(ran.stderr.starts_with("dp-cache: "), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_dockerfile_that_copies_nothing_suitable_names_the_option() {
    let context = Context::new("FROM dp-base/busybox\nCOPY data /\n");
    context.write("data", "x");
    let ran = dp_cache(&[], &context).expect(2);
    assert!(ran.stderr.contains("--scenario code=PATH"), "{}", ran.stderr);
}
