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
            let visit = ignore.visit(above.as_ref(), folder).unwrap();
            let prune = ignore.may_prune(folder, &visit);
            above = Some(visit);
            prune
        });
        if pruned || ignore.visit(above.as_ref(), file).unwrap().ignored {
            ignored.insert(file);
        }
    }
    ignored
}

#[test]
fn every_case_leaves_out_the_files_that_the_table_says() {
    let cases = cases();
    assert!(cases.len() >= 115, "{} cases", cases.len());
    for case in cases {
        let parsed = Ignore::parse(&case.text);
        let Some(expected) = case.ignored else {
            let refused = parsed.and_then(|ignore| {
                tree().into_iter().try_for_each(|file| ignore.is_ignored(file).map(drop))
            });
            assert!(refused.is_err(), "{}: should be refused", case.title);
            continue;
        };
        let ignore = parsed.unwrap_or_else(|error| panic!("{}: {error}", case.title));
        let ignored: BTreeSet<&str> =
            tree().into_iter().filter(|f| ignore.is_ignored(f).unwrap()).collect();
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
fn a_pattern_that_go_cannot_compile_is_an_error_only_where_it_is_needed() {
    let ignore = Ignore::parse("foo\n!f*[b-a]\n").unwrap();
    assert_eq!(ignore.is_ignored("a.txt"), Ok(false));
    let error = ignore.is_ignored("foo").unwrap_err();
    let message = "line 2: bad ignore pattern \"!f*[b-a]\": a range in [...] runs backwards (mend or remove it)";
    assert_eq!(error.to_string(), message);
}

#[test]
fn the_legacy_builder_enters_an_ignored_folder_only_for_an_exception_that_begins_with_its_name() {
    let ignored = |text: &str, path: &str| {
        let ignore = Ignore::parse(text).unwrap();
        let legacy = ignore.clone().with_legacy_rules();
        (ignore.is_ignored(path).unwrap(), legacy.is_ignored(path).unwrap())
    };
    for (text, path, by_buildkit, by_legacy) in [
        ("src\n!src/main.c\n", "src/main.c", false, false),
        ("src\n!src/*.c\n", "src/main.c", false, false),
        ("src\n!*/main.c\n", "src/main.c", false, true),
        ("*\n!**/main.c\n", "src/main.c", false, true),
        ("src\n!s?c/main.c\n", "src/main.c", false, true),
        ("a/*\n!a/**/x\n", "a/b/x", false, true),
        ("*\n!src\n", "src/main.c", false, false),
    ] {
        assert_eq!(ignored(text, path), (by_buildkit, by_legacy), "{text} {path}");
    }
}

#[test]
fn the_file_named_after_the_dockerfile_comes_first() {
    let [own, general] = ignore_files(Path::new("../docker/Web.Dockerfile"), Path::new("/ctx"));
    assert_eq!(own, Path::new("../docker/Web.Dockerfile.dockerignore"));
    assert_eq!(general, Path::new("/ctx/.dockerignore"));
}
