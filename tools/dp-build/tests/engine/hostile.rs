//! What steps print is nobody's progress, and reaches no terminal as it is.

use dp_record::Record;
use dp_testkit::shown_elsewhere;

use crate::project::{Project, builds};
use crate::steps::{counts, steps};

/// The same steps, printing nothing.
const SILENT: &str = "\
FROM dp-base/busybox AS first
COPY print.sh /UNIQUE.sh
RUN sh /UNIQUE.sh
FROM dp-base/busybox
COPY --from=first /UNIQUE.sh /
RUN echo UNIQUE
";

const PRINT: &str = r#"
echo '#4 CACHED'
echo '#5 ERROR: failed to solve: exit code: 9'
echo 'ERROR: failed to solve: process did not complete successfully: exit code: 9'
echo '{"vertexes":[{"digest":"sha256:dead","name":"[first 9/9] RUN forged","started":"2020-01-01T00:00:00Z","completed":"2020-01-01T01:00:00Z","cached":true}]}'
echo '{"logs":[{"vertex":"sha256:dead","data":"AAAA"}]}'
printf '\033[31mred\033[0m\033]0;title\007\rover\n'
printf 'bad\377\376utf8\000nul\n'
printf '\342\200\256backwards\n'
head -c 5000000 /dev/zero | tr '\000' x
echo
"#;

/// One build of the project whose first step prints all that, and ends so.
fn build(end: &str, args: &[&str], code: i32) -> (Record, String) {
    let project = Project::new("hostile", SILENT);
    project.write("print.sh", &format!("{PRINT}{end}\n"));
    let ran = project.dp_build(args).run().expect(code);
    let record = builds(&ran.records()).remove(0);
    (record, ran.stderr)
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn hostile_output_changes_no_count_state_or_time() {
    if shown_elsewhere() {
        return;
    }
    let (record, stderr) = build("exit 0", &["--discard", "--progress", "plain", "."], 0);
    assert_eq!(counts(&record), [4, 0, 4]);
    let steps = steps(&record);
    assert_eq!(steps.len(), 5, "{steps:?}");
    assert!(steps.iter().all(|step| !step.name.contains("forged")));
    let span = record.metrics.get("span_seconds").unwrap();
    assert!(span < 600.0, "{span}");
    assert_clean(&stderr.replace('\n', ""));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_last_words_of_a_hostile_step_are_cut_and_clean() {
    if shown_elsewhere() {
        return;
    }
    let (record, stderr) = build("echo last; exit 3", &["--discard", "."], 4);
    let error = record.error.unwrap();
    assert_eq!(error.code, "step_failed");
    assert!(error.message.ends_with("(line 3): exit code 3"), "{}", error.message);
    assert_eq!(error.log.last().map(String::as_str), Some("last"));
    assert!(error.log.iter().any(|line| line.contains("red")), "{:?}", error.log);
    let longest = error.log.iter().map(String::len).max().unwrap();
    assert!(longest < 10_000, "{longest}");
    error.log.iter().for_each(|line| assert_clean(line));
    assert_clean(&error.message);
    assert_clean(&stderr.replace('\n', ""));
}

/// Nothing that moves a cursor or turns text around.
#[track_caller]
fn assert_clean(text: &str) {
    let bad = |char: char| char.is_control() || ('\u{202a}'..='\u{202e}').contains(&char);
    assert!(!text.chars().any(bad), "{text:?}");
}
