//! Every Dockerfile in files/ as real engines named its steps, against lines written by hand.
//!
//! `NAME.steps` holds what must come out: for each build (`# build: OPTIONS`) one line a step,
//! `stage n KEYWORD line end_line`, with `-` for the stage where the engine shows none, and `- -`
//! for steps that are in no line of the file. `NAME.ENGINE.names` holds the names that an engine
//! gave (made by `record`), one JSON string a line.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use dp_dockerfile::{BuildArgs, Dockerfile, StepIndex, StepRef};

const ENGINES: [&str; 2] = ["20.10", "28.5"];

/// Stage as the engine shows it, and number.
type Step = (String, usize);
/// Keyword, first and last line; none for a step of no line.
type Lines = Option<(String, usize, usize)>;

fn files() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files")
}

fn read(name: &str) -> String {
    fs::read_to_string(files().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn fixtures() -> BTreeSet<String> {
    let entries = fs::read_dir(files()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| name.strip_suffix(".Dockerfile").map(str::to_owned)).collect()
}

/// The options and the other lines of each build.
fn builds(text: &str) -> Vec<(String, Vec<&str>)> {
    let mut builds: Vec<(String, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        if let Some(options) = line.strip_prefix("# build:") {
            builds.push((options.trim().to_owned(), Vec::new()));
        } else if !line.starts_with('#') {
            if builds.is_empty() {
                builds.push((String::new(), Vec::new()));
            }
            builds.last_mut().unwrap().1.push(line);
        }
    }
    builds
}

fn expected(lines: &[&str]) -> BTreeMap<Step, Lines> {
    let parse = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [stage, n, keyword, first, last] = words[..] else { panic!("{line}") };
        let lines =
            first.parse().ok().map(|first| (keyword.to_owned(), first, last.parse().unwrap()));
        ((stage.to_owned(), n.parse().unwrap()), lines)
    };
    lines.iter().map(parse).collect()
}

/// The step that a name announces, read apart from the code under test.
fn announced(name: &str) -> Option<Step> {
    let inside = name.strip_prefix('[')?.split(']').next()?;
    let mut words: Vec<&str> =
        inside.split_whitespace().filter(|w| !w.starts_with("linux/")).collect();
    let n = words.pop()?.split_once('/')?.0.parse().ok()?;
    Some((words.pop().unwrap_or("-").to_owned(), n))
}

fn build_args(options: &str) -> BuildArgs {
    let words: Vec<&str> = options.split_whitespace().collect();
    let pairs = words.windows(2).filter(|pair| pair[0] == "--build-arg");
    let args = pairs.map(|pair| pair[1].split_once('=').unwrap());
    args.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn lines(found: Option<StepRef<'_>>) -> Lines {
    found.map(|found| {
        let instruction = found.instruction;
        (instruction.keyword.clone(), instruction.line, instruction.end_line)
    })
}

/// One build as one engine named it; returns how many steps were there.
fn check(what: &str, file: &Dockerfile, options: &str, steps: &[&str], names: &[String]) -> usize {
    let expected = expected(steps);
    let index = StepIndex::with_args(file, &build_args(options));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    for (name, found) in names.iter().zip(index.locate(&names)) {
        let Some(step) = announced(name) else {
            assert_eq!(found, None, "{what}: {name}");
            continue;
        };
        let expected = expected.get(&step).unwrap_or_else(|| panic!("{what}: unforeseen {name}"));
        assert_eq!(&lines(found), expected, "{what}: {name}");
        seen.insert(step);
    }
    for (step, lines) in &expected {
        // Stages of one image share one FROM.
        let shared = lines.as_ref().is_some_and(|(keyword, ..)| keyword == "FROM");
        assert!(shared || seen.contains(step), "{what}: the engine showed no {step:?}");
    }
    seen.len()
}

#[test]
fn every_step_that_an_engine_names_is_found_at_its_line() {
    let mut recordings = 0;
    let mut count = 0;
    for name in fixtures() {
        let text = read(&format!("{name}.Dockerfile"));
        let steps = read(&format!("{name}.steps"));
        let file = Dockerfile::parse(&text);
        let engines = steps.lines().find_map(|line| line.strip_prefix("# engines: "));
        for engine in ENGINES.iter().filter(|e| engines.is_none_or(|only| only.contains(**e))) {
            let recorded = read(&format!("{name}.{engine}.names"));
            let (given, recorded) = (builds(&steps), builds(&recorded));
            assert_eq!(given.len(), recorded.len(), "{name} on {engine}: builds");
            for ((options, steps), (recorded_options, names)) in given.iter().zip(&recorded) {
                assert_eq!(options, recorded_options, "{name} on {engine}: options");
                let names: Vec<String> =
                    names.iter().map(|n| serde_json::from_str(n).unwrap()).collect();
                let what = format!("{name} {options} on {engine}");
                count += check(&what, &file, options, steps, &names);
            }
            recordings += 1;
        }
    }
    assert!(recordings >= 50, "{recordings} recordings");
    assert!(count >= 250, "{count} steps");
}
