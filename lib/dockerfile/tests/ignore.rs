//! The table `ignore_cases.txt` against the matcher.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::collections::BTreeSet;
use std::path::Path;

use dp_dockerfile::{Ignore, Visit, ignore_files};

const CASES: &str = include_str!("ignore_cases.txt");
const TREE: &str = include_str!("ignore_tree.txt");

#[derive(Debug, Default)]
struct Case {
    title: String,
    text: String,
    /// The files that are left out; none where the engine refuses.
    ignored: Option<BTreeSet<&'static str>>,
}

fn tree() -> BTreeSet<&'static str> {
    TREE.lines().collect()
}

/// The files that a list means: `A | B/`.
fn listed(list: &str) -> BTreeSet<&'static str> {
    let mut files = BTreeSet::new();
    for entry in list.split(" | ").filter(|entry| !entry.is_empty()) {
        let is_meant = |file: &&str| match entry.strip_suffix('/') {
            Some(_) => file.starts_with(entry),
            None => *file == entry,
        };
        let before = files.len();
        files.extend(tree().into_iter().filter(is_meant));
        assert!(files.len() > before, "no such file: {entry}");
    }
    files
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in CASES.lines() {
        if let Some(title) = line.strip_prefix("case ") {
            cases.push(Case { title: title.to_owned(), ..Case::default() });
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(text) = line.strip_prefix(">> ") {
            case.text = serde_json::from_str(text).unwrap();
        } else if let Some(text) = line.strip_prefix('>') {
            case.text += text.strip_prefix(' ').unwrap_or(text);
            case.text += "\n";
        } else if let Some(list) = line.strip_prefix("ignored:") {
            case.ignored = Some(listed(list.trim_start()));
        } else if let Some(list) = line.strip_prefix("kept:") {
            case.ignored = Some(&tree() - &listed(list.trim_start()));
        }
    }
    cases
}

/// What a walk over the tree leaves out, folder by folder and with pruning.
fn walked(ignore: &Ignore) -> BTreeSet<&'static str> {
    let mut ignored = BTreeSet::new();
    for file in tree() {
        let mut above: Option<Visit> = None;
        let folders = file.match_indices('/').map(|(end, _)| &file[..end]);
        let pruned = folders.into_iter().any(|folder| {
            let visit = ignore.visit(above.as_ref(), folder);
            let prune = ignore.may_prune(folder, &visit);
            above = Some(visit);
            prune
        });
        if pruned || ignore.visit(above.as_ref(), file).ignored {
            ignored.insert(file);
        }
    }
    ignored
}

#[test]
fn every_case_leaves_out_the_files_that_the_table_says() {
    let cases = cases();
    assert!(cases.len() >= 90, "{} cases", cases.len());
    for case in cases {
        let parsed = Ignore::parse(&case.text);
        let Some(expected) = case.ignored else {
            assert!(parsed.is_err(), "{}: should be refused", case.title);
            continue;
        };
        let ignore = parsed.unwrap_or_else(|error| panic!("{}: {error}", case.title));
        let ignored: BTreeSet<&str> = tree().into_iter().filter(|f| ignore.is_ignored(f)).collect();
        assert_eq!(ignored, expected, "{}", case.title);
        assert_eq!(walked(&ignore), expected, "{}, walked", case.title);
    }
}

#[test]
fn a_refused_pattern_is_named_with_its_line() {
    let error = Ignore::parse("a\n\n[\n").unwrap_err();
    assert_eq!((error.line, error.pattern.as_str()), (3, "["));
    let message = "line 3: bad ignore pattern \"[\": malformed [...] (mend or remove it)";
    assert_eq!(error.to_string(), message);
}

#[test]
fn the_file_named_after_the_dockerfile_comes_first() {
    let [own, general] = ignore_files(Path::new("../docker/Web.Dockerfile"), Path::new("/ctx"));
    assert_eq!(own, Path::new("../docker/Web.Dockerfile.dockerignore"));
    assert_eq!(general, Path::new("/ctx/.dockerignore"));
}
