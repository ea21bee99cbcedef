//! The result pages: filled from the records beside them, and from nothing else.

use std::fs;
use std::path::Path;

use dp_testkit::{Ran, assert_records};
use tempfile::TempDir;

use crate::{command, ran, root};

const FILES: [&str; 3] = ["Dockerfile", "Dockerfile.multistage", "Dockerfile.production"];

fn fill(folder: &TempDir) -> Ran {
    let script = root().join("scripts/results");
    let words = [script.to_str().unwrap(), "--fill", folder.path().to_str().unwrap()];
    ran(&mut command(None, &words))
}

#[test]
fn the_pages_are_what_the_records_beside_them_fill_in() {
    let folder = tempfile::tempdir().unwrap();
    let _ = fill(&folder).expect(0);
    let pages = names(folder.path());
    for page in &pages {
        let read = |folder: &Path| fs::read_to_string(folder.join(page)).unwrap();
        let (filled, kept) = (read(folder.path()), read(&root().join("docs")));
        let same = filled == kept;
        assert!(same, "{page}: run scripts/results --fill docs");
    }
    assert!(pages.len() >= 13, "{pages:?}");
}

/// Names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.is_file());
    files.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// The files of records that the pages are filled from.
fn records() -> Vec<String> {
    let records = names(&root().join("docs/records"));
    assert!(records.len() >= 30, "{records:?}");
    records
}

#[test]
fn one_page_leads_to_all_others_and_no_link_leads_nowhere() {
    let docs = root().join("docs");
    let leading = fs::read_to_string(docs.join("README.md")).unwrap();
    let links = |text: &str| -> Vec<String> {
        let ends = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let links = ends.map(|(link, _)| link.split('#').next().unwrap().to_owned());
        links.filter(|link| !link.is_empty() && !link.contains("://")).collect()
    };
    let led_to = links(&leading);
    for page in
        names(&docs).iter().filter(|name| Path::new(name).extension().is_some_and(|it| it == "md"))
    {
        assert!(page == "README.md" || led_to.contains(page), "docs/README.md lacks {page}");
        for link in links(&fs::read_to_string(docs.join(page)).unwrap()) {
            assert!(docs.join(&link).exists(), "docs/{page} leads to {link}");
        }
    }
}

/// The plans' targets are all there, each with what was measured of it.
#[test]
fn every_target_has_a_measured_figure() {
    let page = fs::read_to_string(root().join("docs/targets.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<Vec<&str>> =
        rows.map(|row| row.trim_matches('|').split(" | ").collect()).collect();
    let targets: Vec<_> =
        rows.iter().filter(|row| row[0] != " target" && row[0] != " ---").collect();
    assert!(targets.len() >= 60, "{}", targets.len());
    for row in targets {
        assert_eq!(row.len(), 5, "{row:?}");
        assert!(row[3].contains(|digit: char| digit.is_ascii_digit()), "{row:?}");
        let met = row[4].trim();
        assert!(["yes", "no", "not shown"].iter().any(|word| met.starts_with(word)), "{row:?}");
    }
}

/// Values of a metric in the records of the pages, smallest first.
fn values(records: &str, kind: &str, name: &str, metric: &str) -> Vec<f64> {
    let text = fs::read_to_string(root().join("docs/records").join(records)).unwrap();
    let records = assert_records(&text).into_iter().filter(|record| {
        let warmup = record.run.as_ref().is_some_and(|run| run.warmup);
        let of_name = record.subject.as_ref().is_some_and(|subject| subject.name == name);
        record.kind == kind && of_name && !warmup
    });
    let mut values: Vec<f64> = records.filter_map(|record| record.metrics.get(metric)).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: &[f64]) -> f64 {
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// Three digits, as people write seconds from 0.1 to 999 and megabytes.
fn three_digits(value: f64, unit: &str) -> String {
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$} {unit}")
}

fn seconds(value: f64) -> String {
    if value < 1.0 { three_digits(value * 1e3, "ms") } else { three_digits(value, "s") }
}

#[test]
fn the_figures_of_the_first_table_are_medians_counted_anew_from_the_records() {
    let page = fs::read_to_string(root().join("docs/performance-results.md")).unwrap();
    for name in FILES {
        let start = format!("| `{name}` | ");
        let row = page.lines().find(|line| line.starts_with(&start)).unwrap();
        let cells: Vec<&str> = row.split(" | ").collect();
        for (cell, (records, runs)) in
            cells[1..].iter().zip([("warm", 8), ("code", 8), ("cold", 1)])
        {
            let values =
                values(&format!("r-package-{records}.jsonl"), "build", name, "wall_seconds");
            assert_eq!(values.len(), runs, "{records}");
            let median = seconds(median(&values));
            assert!(cell.starts_with(&median), "{name} {records}: {median}: {row}");
        }
        let bytes = values("r-package-code.jsonl", "size", name, "size_bytes");
        assert_eq!(bytes.len(), 1);
        assert!(cells[4].starts_with(&three_digits(bytes[0] / 1e6, "MB")), "{row}");
    }
}

#[test]
fn the_records_name_no_folder_of_who_measured() {
    for name in records() {
        let text = fs::read_to_string(root().join("docs/records").join(&name)).unwrap();
        for record in assert_records(&text) {
            let context = record.subject.and_then(|subject| subject.context).unwrap_or_default();
            assert!(context.is_empty() || context.starts_with("dockerfiles/"), "{name}: {context}");
        }
    }
}

#[test]
fn records_that_lack_a_run_fill_no_page() {
    let project = tempfile::tempdir().unwrap();
    let copy = |path: &str| {
        let to = project.path().join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root().join(path), to).unwrap();
    };
    for path in ["results", "lib/say.sh", "lib/keep.sh", "lib/systems.sh"] {
        copy(&format!("scripts/{path}"));
    }
    for name in records() {
        copy(&format!("docs/records/{name}"));
    }
    let warm = project.path().join("docs/records/r-package-warm.jsonl");
    let text = fs::read_to_string(&warm).unwrap();
    let short: Vec<&str> = text.lines().take(text.lines().count() - 1).collect();
    fs::write(&warm, short.join("\n")).unwrap();

    let script = project.path().join("scripts/results");
    let to = tempfile::tempdir().unwrap();
    let words = [script.to_str().unwrap(), "--fill", to.path().to_str().unwrap()];
    let refused = ran(&mut command(None, &words)).expect(4);
    assert_eq!(refused.stderr, "results: docs/records: not whole (exit code 4)\n");
    assert_eq!(to.path().read_dir().unwrap().count(), 0);
}
