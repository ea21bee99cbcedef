//! What `scripts/test` says at its end, of recorded output of cargo, and of
//! tests that skip themselves.

use std::fs;
use std::path::Path;
use std::process::Command;

use dp_testkit::{Context, Ran, skip};

use crate::ran;
use crate::site::{Site, copy, write_script};

/// Two crates: six tests of which one fails and one ends its program, three more
/// that need an engine.
const NO_ENGINE: &str = include_str!("cargo/no-engine.txt");
const ENGINE: &str = include_str!("cargo/engine.txt");
const LIST: &str = include_str!("cargo/list.txt");

/// `scripts/test` with a cargo that prints what was recorded, and engines that
/// the test describes in `sh`: `no_engine` and `engine` run instead of the tests without
/// and with one; `up` brings up the engine `$3`.
fn site(no_engine: &str, engine: &str, up: &str) -> Site {
    let place = Context::empty()
        .with("no-engine.txt", NO_ENGINE)
        .with("engine.txt", ENGINE)
        .with("list.txt", LIST)
        .with("again", "echo 'test a_wrong_option_is_refused ... FAILED'");
    for name in ["test", "lib/say.sh", "test.d/summary.awk"] {
        copy(&place, &format!("scripts/{name}"));
    }
    write_script(&place, "scripts/engine", &format!("if [ \"$1\" = up ]; then {up}; fi"));
    write_script(&place, "scripts/bases", "");
    let cargo = format!(
        "case \"$*\" in
             *--no-run*) ;;
             *--list*) cat list.txt ;;
             *--exact*) . ./again ;;
             *--ignored*) {engine} ;;
             *) {no_engine} ;;
             esac"
    );
    Site::new(place, &[("cargo", &cargo), ("docker", "echo 20.10.24")])
}

fn last(ran: &Ran) -> &str {
    ran.stdout.lines().last().unwrap()
}

/// The numbers of the line of the summary that begins with this name, without the
/// seconds.
fn row<'a>(ran: &'a Ran, name: &str) -> Vec<&'a str> {
    let (_, summary) = ran.stdout.rsplit_once("seconds\n").unwrap();
    let line = summary.lines().find_map(|line| line.strip_prefix(name));
    let mut numbers: Vec<_> =
        line.unwrap_or_else(|| panic!("{summary}")).split_whitespace().collect();
    numbers.pop();
    numbers
}

#[test]
fn the_last_line_adds_up_what_passed_failed_and_was_skipped() {
    let site = site("cat no-engine.txt; exit 101", "cat engine.txt", "true");
    let ended = site.run("test", &[]).expect(1);
    assert_eq!(row(&ended, "no engine"), ["4", "2", "0"]);
    assert_eq!(row(&ended, "stable engine"), ["3", "0", "0"]);
    assert_eq!(row(&ended, "newer engine"), ["3", "0", "0"]);
    assert_eq!(row(&ended, "containerd engine"), ["3", "0", "0"]);
    assert_eq!(last(&ended), "13 passed, 2 failed, 0 skipped");
    assert!(!ended.stderr.contains("passed"), "{}", ended.stderr);
}

#[test]
fn what_failed_is_named_with_its_crate_and_why_even_if_it_ended_its_whole_program() {
    let site = site("cat no-engine.txt; exit 101", "cat engine.txt", "true");
    let ended = site.run("test", &[]).expect(1);
    let (_, failed) = ended.stdout.rsplit_once("failed:\n").unwrap();
    let failed: Vec<_> = failed.lines().take(3).map(str::trim).collect();
    assert_eq!(
        failed,
        [
            "no engine: dp-a tests/cli.rs a_wrong_option_is_refused",
            "a/tests/cli.rs:2:102: assertion `left == right` failed   left: 1  right: 2",
            "no engine: dp-b tests/cli.rs ended without a result",
        ]
    );
}

#[test]
fn a_failure_whose_line_was_torn_is_one_all_the_same() {
    let torn = "sed 's/^test starts ... ok/test starts ... a word of its own\\nFAILED/
        s/ok. 2 passed; 0 failed/FAILED. 1 passed; 1 failed/' engine.txt; exit 101";
    let ended = site("true", torn, "true").run("test", &["--engine", "stable"]).expect(1);
    assert_eq!(row(&ended, "stable engine"), ["2", "1", "0"]);
    assert_eq!(last(&ended), "2 passed, 1 failed, 0 skipped");
}

#[test]
fn a_part_that_broke_off_has_not_passed() {
    let ended = site("true", "kill -KILL $PPID", "true").run("test", &[]).expect(1);
    assert!(!ended.stdout.ends_with(" 0 failed, 0 skipped\n"), "{}", ended.stdout);
}

/// What comes of tests of which one fails, where cargo does this when it is run once more.
fn failing_once(again: &str) -> Ran {
    failing("true", again)
}

/// The same, with this done before the first run.
fn failing(before: &str, again: &str) -> Ran {
    // Without the program that ends in the middle.
    let failing = format!("{before}; sed '/c6d45ee775023229)/,/SIGABRT/d' no-engine.txt; exit 101");
    let site = site(&failing, "cat engine.txt", "true");
    site.place.write("again", again);
    site.run("test", &["--engine", "none"])
}

#[test]
fn a_test_that_passes_once_more_has_passed_and_is_named_as_unsteady() {
    let ended = failing_once("echo 'test a_wrong_option_is_refused ... ok'").expect(0);
    let says = "unsteady (failed, and passed once more):
        no engine: dp-a tests/cli.rs a_wrong_option_is_refused
            a/tests/cli.rs:2:102: assertion `left == right` failed   left: 1  right: 2
5 passed, 0 failed, 0 skipped\n";
    assert!(ended.stdout.ends_with(says), "{}", ended.stdout);
    assert!(!ended.stdout.contains("\nfailed:\n"), "{}", ended.stdout);
    assert_eq!(row(&ended, "no engine"), ["5", "0", "0"]);
}

#[test]
fn a_test_that_fails_once_more_or_skips_itself_or_does_not_run_has_failed() {
    let passes = "echo 'test a_wrong_option_is_refused ... ok'";
    let fails = "echo 'test a_wrong_option_is_refused ... FAILED'; exit 101";
    for again in [
        fails,
        "echo 'error: could not compile `dp-a`'; exit 101",
        // Two programs may each have a test of this name.
        &format!("{passes}; {fails}"),
        &format!("echo '{{}}' >>\"$DP_SKIPS\"; {passes}"),
    ] {
        let ended = failing_once(again).expect(1);
        assert_eq!(last(&ended), "4 passed, 1 failed, 0 skipped", "{again}");
        assert!(!ended.stdout.contains("unsteady"), "{}", ended.stdout);
    }
}

#[test]
fn a_test_on_an_engine_runs_once_more_there() {
    // The test, and two lines below it the result of its program.
    let fails = "s/ok$/FAILED/;n;n;s/ok. 1 passed; 0 failed/FAILED. 0 passed; 1 failed/";
    let failing = format!("sed '/^test builds/{{{fails}}}' engine.txt; exit 101");
    let site = site("true", &failing, "true");
    site.place.write("again", "echo \"test builds ... ok\"; echo \"$*\" >told");
    let ended = site.run("test", &["--engine", "newer"]).expect(0);
    assert_eq!(row(&ended, "newer engine"), ["3", "0", "0"]);
    assert!(ended.stdout.contains("unsteady"), "{}", ended.stdout);
    let [told] = <[String; 1]>::try_from(told(&site)).unwrap();
    assert!(told.ends_with("--ignored --test-threads=1 --exact builds"), "{told}");
}

#[test]
fn what_fails_in_number_does_not_run_once_more() {
    let more = "for name in b c d; do echo \"test $name ... FAILED\"; done";
    let ended = failing(more, "echo 'test a_wrong_option_is_refused ... ok'").expect(1);
    assert!(!ended.output().contains("once more"), "{}", ended.output());
}

/// Writes down what cargo got and what it was told, then prints as it did.
const TELLING: &str = r#"echo "$* on $DP_ENGINE: $DP_SHOWN" >>told; cat engine.txt"#;

fn told(site: &Site) -> Vec<String> {
    let text = fs::read_to_string(site.place.path().join("told")).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn on_the_containerd_store_runs_what_it_can_change_most_or_all_where_it_is_asked_for() {
    let first = site("true", TELLING, "true");
    let _ = first.run("test", &[]).expect(0);
    // The first engine's tests run beside those of the others.
    let shown =
        ": stable dp-engine=newer dp-size=newer dp-start=newer dp-stats=newer dp-testkit=newer";
    let all = told(&first);
    assert!(all.len() == 3 && all.iter().all(|line| line.ends_with(shown)), "{all:?}");
    let on = |engine: &str| all.iter().find(|line| line.contains(engine)).unwrap();
    let [stable, newer] = ["on stable:", "on newer:"].map(on);
    assert!(stable.contains("--workspace") && newer.contains("--workspace"), "{all:?}");
    let containerd = on("harm::what_a_killed on containerd:");
    assert!(containerd.contains("--workspace --test=engine --lib"), "{containerd}");
    assert!(!newer.contains("--test=engine"), "{newer}");
    let another = site("true", TELLING, "true");
    let _ = another.run("test", &["--engine", "containerd"]).expect(0);
    assert!(told(&another)[0].contains("--workspace"), "{:?}", told(&another));
}

/// A system has a folder in dockerfiles/, and a test program of its name.
#[test]
fn the_tests_of_an_example_system_run_once_on_whichever_engine_is_free() {
    let with_systems = |up| {
        let site = site("true", TELLING, up);
        let root = site.place.path();
        for path in [
            "dockerfiles/the-shop/measure.sh",
            "lib/testkit/tests/the_shop/main.rs",
            "dockerfiles/small/measure.sh",
            "lib/testkit/tests/pipes.rs",
            "tools/dp-size/tests/engine/main.rs",
            "tools/dp-stats/tests/engine/main.rs",
        ] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), "").unwrap();
        }
        site
    };
    let site = with_systems("true");
    let ended = site.run("test", &[]).expect(0);
    let told = told(&site);
    let of_system: Vec<_> = told.iter().filter(|line| line.contains("the_shop")).collect();
    let [once] = of_system.as_slice() else { panic!("{told:?}") };
    assert!(once.contains("--workspace --test the_shop --locked") && once.ends_with(": "));
    let others = told.iter().filter(|line| line.contains("--bins --test pipes --test engine --l"));
    assert_eq!(others.count(), 2, "{told:?}");
    assert_eq!(last(&ended), "12 passed, 0 failed, 0 skipped");

    let alone = with_systems("true");
    let ended = alone.run("test", &["--engine", "containerd"]).expect(0);
    assert_eq!(row(&ended, "the_shop (containerd engine)"), ["3", "0", "0"]);

    let nowhere = with_systems("exit 4");
    let ended = nowhere.run("test", &[]);
    assert_eq!(row(&ended, "the_shop"), ["0", "0", "3"]);
}

#[test]
fn the_slowest_test_programs_come_first() {
    let site = site("cat no-engine.txt; exit 101", "cat engine.txt", "true");
    let ended = site.run("test", &[]).expect(1);
    let (_, slowest) = ended.stdout.rsplit_once("slowest test programs:\n").unwrap();
    let (programs, tests) = slowest.split_once("slowest tests with an engine:\n").unwrap();
    let programs: Vec<_> = programs.lines().map(str::trim).collect();
    assert_eq!(programs[0], "0.3 s  no engine: dp-a tests/cli.rs");
    assert_eq!(programs.len(), 10, "{programs:?}");
    // Then the last line.
    assert_eq!(tests.lines().count(), 10, "{tests}");
    assert!(tests.lines().next().unwrap().contains(" engine: dp-"), "{tests}");
}

#[test]
fn tests_of_an_engine_that_cannot_be_had_are_skipped_with_its_reason() {
    let up = "if [ $3 = newer ]; then echo 'engine: no newer engine: no network' >&2; exit 4; fi";
    let site = site("true", "cat engine.txt", up);
    let ended = site.run("test", &[]).expect(0);
    assert_eq!(row(&ended, "newer engine"), ["0", "0", "3"]);
    let reason = "\nskipped:\n     3  newer engine: no newer engine: no network\n";
    assert!(ended.stdout.contains(reason), "{}", ended.stdout);
    assert_eq!(last(&ended), "6 passed, 0 failed, 3 skipped");
}

#[test]
fn without_any_engine_the_counts_are_printed_and_the_exit_code_is_3() {
    let site = site("true", "cat engine.txt", "echo 'engine: only root can' >&2; exit 3");
    let ended = site.run("test", &["--engine", "stable"]).expect(3);
    assert_eq!(last(&ended), "0 passed, 0 failed, 3 skipped");
}

#[test]
fn a_test_that_skips_itself_has_not_passed_and_counts_once() {
    let line = r#"{"reason":"no \"loop\" device","test":"dp-a cli builds"}"#;
    let twice = format!("printf '%s\\n' '{line}' '{line}' >>\"$DP_SKIPS\"; cat engine.txt");
    let ended = site("true", &twice, "true").run("test", &["--engine", "stable"]).expect(0);
    assert_eq!(row(&ended, "stable engine"), ["2", "0", "1"]);
    let reason =
        "\nskipped:\n     1  stable engine: no \"loop\" device\n          dp-a cli builds\n";
    assert!(ended.stdout.contains(reason), "{}", ended.stdout);
    assert_eq!(last(&ended), "2 passed, 0 failed, 1 skipped");
}

#[test]
fn tests_that_do_not_compile_are_a_failure() {
    let site = site("echo 'error: could not compile `dp-a`'; exit 101", "cat engine.txt", "true");
    let ended = site.run("test", &[]).expect(1);
    assert_eq!(last(&ended), "9 passed, 1 failed, 0 skipped");
}

#[test]
fn a_run_without_a_test_is_no_good_one() {
    let ended = site("true", "true", "true").run("test", &[]).expect(1);
    assert!(ended.stdout.ends_with("\nno test ran\n0 passed, 0 failed, 0 skipped\n"));
}

/// What comes of the test of this name when it is run alone and skips itself.
fn skipping_itself(name: &str, skips: Option<&Path>) -> Ran {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name]).env(SKIPS_ITSELF, "yes").env_remove("DP_SKIPS");
    if let Some(file) = skips {
        command.env("DP_SKIPS", file);
    }
    ran(&mut command)
}

const SKIPS_ITSELF: &str = "DP_TEST_SKIPS_ITSELF";

#[test]
fn a_skipped_test_writes_its_name_and_reason_where_it_is_counted() {
    if std::env::var_os(SKIPS_ITSELF).is_some() {
        return skip("it is the \"example\"");
    }
    let name = "summary::a_skipped_test_writes_its_name_and_reason_where_it_is_counted";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("skips");
    let _ = skipping_itself(name, Some(&file)).expect(0);
    let line: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(line["test"], format!("dp-testkit scripts {name}"));
    assert_eq!(line["reason"], "it is the \"example\"");
}

#[test]
fn a_test_that_cannot_run_fails_where_nobody_counts_it() {
    if std::env::var_os(SKIPS_ITSELF).is_some() {
        return skip("it is an example");
    }
    let name = "summary::a_test_that_cannot_run_fails_where_nobody_counts_it";
    let ended = skipping_itself(name, None).expect(101);
    let message = format!("{name} cannot run here: it is an example (scripts/test counts it");
    assert!(ended.output().contains(&message), "{}", ended.output());
}
