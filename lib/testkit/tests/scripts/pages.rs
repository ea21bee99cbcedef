//! The result pages: filled from the records beside them, and from nothing else.

use std::fs;

use dp_testkit::{Ran, assert_records};
use tempfile::TempDir;

use crate::{command, ran, root};

const PAGES: [&str; 8] = [
    "performance-results.md",
    "before-after-comparison.md",
    "volume-caching-guide.md",
    "build-cache-results.md",
    "docker-optimization-audit.md",
    "docker-multi-stage-strategy.md",
    "docker-development-guide.md",
    "docker-deployment.md",
];
const RECORDS: [&str; 22] = [
    "r-package-warm.jsonl",
    "r-package-code.jsonl",
    "r-package-cold.jsonl",
    "r-package-limits.jsonl",
    "r-package-volume.jsonl",
    "r-package-cache.jsonl",
    "hello-service-cache.jsonl",
    "services-api-cache.jsonl",
    "services-workers-cache.jsonl",
    "services-api-cold.jsonl",
    "services-api-code.jsonl",
    "services-migrations-cold.jsonl",
    "services-migrations-code.jsonl",
    "services-workers-cold.jsonl",
    "services-workers-code.jsonl",
    "services-workers-node-cold.jsonl",
    "services-workers-node-code.jsonl",
    "services-web-cold.jsonl",
    "services-web-code.jsonl",
    "services-assets-cold.jsonl",
    "services-assets-code.jsonl",
    "services-deploy-rehearsal.jsonl",
];
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
    for page in PAGES {
        let read = |path: std::path::PathBuf| fs::read_to_string(path).unwrap();
        let filled = read(folder.path().join(page));
        assert_eq!(
            filled,
            read(root().join("docs").join(page)),
            "{page}: run scripts/results --fill docs"
        );
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
    let page = fs::read_to_string(root().join("docs").join(PAGES[0])).unwrap();
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
    for name in RECORDS {
        let text = fs::read_to_string(root().join("docs/records").join(name)).unwrap();
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
    for name in RECORDS {
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
