//! Gates: what a demand ends with does not depend on how it is shown.

use dp_testkit::{Ran, Tool};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");

/// Demands on `two-files.jsonl`, and what each ends with. By hand: the images
/// are 500 and 100 MB, the builds run 3 and 2 steps, 8 times each.
const DEMANDS: [(&[&str], i32); 16] = [
    (&["--max", "size.engine_size_bytes=500MB"], 0),
    (&["--min", "build.steps_executed=2"], 0),
    (&["--against", "Dockerfile", "--improve", "size.engine_size_bytes=80%"], 0),
    (&["--expect", "build/Dockerfile.production>=8"], 0),
    // Broken.
    (&["--max", "size.engine_size_bytes=499MB"], 1),
    (&["--min", "build.steps_executed=3"], 1),
    (&["--against", "Dockerfile", "--improve", "size.engine_size_bytes=81%"], 1),
    // Not there.
    (&["--expect", "size>=3"], 4),
    (&["--expect", "start>=1"], 4),
    (&["--expect", "size/Dockerfile.slim>=1"], 4),
    // Unknown metrics, in every option.
    (&["--max", "build.wall_secs=10s"], 2),
    (&["--min", "layer=1"], 2),
    (&["--against", "Dockerfile", "--improve", "size.bytes=1%"], 2),
    // Not of that unit, and better than nothing.
    (&["--max", "size.engine_size_bytes=10s"], 2),
    (&["--improve", "size.engine_size_bytes=1%"], 2),
    // The worst answer wins.
    (&["--max", "size.engine_size_bytes=499MB", "--expect", "size>=3"], 1),
];

fn gate(demand: &[&str], shown: &[&str], code: i32) -> Ran {
    let args = [&["two-files.jsonl"], demand, shown].concat();
    let ran = Tool::new("dp-report").args(&args).at(FILES.as_ref()).run();
    assert_eq!(ran.code, Some(code), "{args:?}: {}{}", ran.stderr, ran.stdout);
    ran
}

#[test]
fn a_demand_ends_alike_in_every_format() {
    let formats = ["text", "markdown", "csv", "jsonl", "github", "junit", "prometheus", "html"];
    for (demand, code) in DEMANDS {
        for format in formats {
            let ran = gate(demand, &["--format", format], code);
            // A sheet of series has no line for a demand without one.
            assert!(!ran.stdout.is_empty() || format == "github", "{demand:?} {format}");
        }
    }
}

#[test]
fn a_demand_ends_alike_on_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md.in").display().to_string();
    std::fs::write(&page, "{{ report.counts }}\n").unwrap();
    for (demand, code) in DEMANDS {
        let ran = gate(demand, &["--template", &page], code);
        let word = ["pass", "fail", "error", "", "incomplete"][usize::try_from(code).unwrap()];
        let (_, counts) = ran.stdout.split_once("budget: ").unwrap();
        assert!(counts.contains(word), "{demand:?}: {counts}");
    }
}

#[test]
fn a_demand_that_means_nothing_is_said_on_stderr_too() {
    let silent = |code: i32| code != 2;
    for (demand, code) in DEMANDS {
        let ran = gate(demand, &["--format", "csv"], code);
        assert_eq!(ran.stderr.is_empty(), silent(code), "{demand:?}: {}", ran.stderr);
    }
}
