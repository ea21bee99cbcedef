//! The budget: what makes an image or an edit dear breaks it, and is named by
//! its line.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use dp_record::Record;
use dp_record::detail::size::Layer;
use dp_testkit::{Ran, Tool, assert_records, of_kind, shown_elsewhere, tool};

use crate::{Example, MULTISTAGE, PRODUCTION, SINGLE};

/// A compiler's own files.
const LEFT_IN: &str = "COPY --from=dp-base/gcc /usr/lib/gcc /usr/lib/gcc\n";

impl Example {
    /// Changes a text that stands once in a file.
    fn replace(&self, file: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert_eq!(text.matches(old).count(), 1, "{file}: {old}");
        fs::write(self.path(file), text.replace(old, new)).unwrap();
    }

    /// Number of the line of a file that has this text.
    fn line(&self, file: &str, text: &str) -> usize {
        let content = fs::read_to_string(self.path(file)).unwrap();
        content.lines().position(|line| line.contains(text)).unwrap() + 1
    }

    /// One edit, built with every Dockerfile: the script's answer, and the
    /// records on which it is founded.
    fn edited_once(&mut self) -> (Ran, String) {
        let folder = self.folder.path().file_name().unwrap().to_string_lossy().to_lowercase();
        self.docker.remove_all_at_end(folder.trim_start_matches('.'));
        let results = tempfile::tempdir().unwrap();
        let ran = performance_testing(self.folder.path(), results.path());
        let records = fs::read_to_string(results.path().join("performance-testing.jsonl")).unwrap();
        (ran, records)
    }
}

/// `scripts/performance-testing.sh -r 1 FOLDER`.
fn performance_testing(folder: &Path, results: &Path) -> Ran {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/performance-testing.sh");
    let tools = tool("dp-build").parent().unwrap().to_owned();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.arg(script).args(["-r", "1"]).arg(folder);
    command.env("PATH", path).env("DP_RESULTS", results).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Ran { code: output.status.code(), signal: None, stdout, stderr }
}

/// `steps, of which ran` of the last build with a Dockerfile.
fn steps(records: &[Record], file: &str) -> String {
    let builds = of_kind(records, "build");
    let named = |record: &&&Record| record.subject.as_ref().unwrap().name == file;
    let metrics = &builds.iter().rfind(named).unwrap().metrics;
    let count = |name| metrics.get(name).unwrap();
    format!("{}, {}", count("steps"), count("steps_executed"))
}

/// A sentence of the budget, of which a report breaks the lines where it likes.
fn assert_said(report: &str, start: &str, end: &str) {
    let words = report.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentences: Vec<&str> = words.split(" fail: ").collect();
    let said = |sentence: &&str| sentence.contains(start) && sentence.contains(end);
    assert!(sentences.iter().any(said), "{start} ... {end}: {report}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_tool_left_in_and_a_spoilt_order_break_the_budget_at_their_lines() {
    // What is shown is in the Dockerfiles.
    if shown_elsewhere() {
        return;
    }
    let mut example = Example::new();
    let stage = "AS production\n";
    example.replace(PRODUCTION, stage, &format!("{stage}{LEFT_IN}"));
    example.replace(MULTISTAGE, "COPY tools tools\nCOPY DESCRIPTION ./\n", "COPY . .\n");
    let (ran, records) = example.edited_once();
    let report = ran.expect(1).stdout;

    let left_in = format!("line {}: {}", example.line(PRODUCTION, LEFT_IN.trim()), LEFT_IN.trim());
    let demand = "engine_size_bytes of Dockerfile.production code:";
    assert_said(&report, demand, &left_in);
    let spoilt = example.line(MULTISTAGE, "COPY . .");
    let demand = "cache_hit_ratio of Dockerfile.multistage code: 0.286, demanded is min 0.6";
    assert_said(&report, demand, &format!(", line {spoilt}: COPY . ."));
    // What is in order is not blamed.
    assert!(!report.contains("cache_hit_ratio of Dockerfile.production"), "{report}");
    assert!(!report.contains("engine_size_bytes of Dockerfile.multistage"), "{report}");

    assert_counts(&assert_records(&records));
    assert_bytes_left_in(&example, &assert_records(&records));
    assert_that_a_missing_record_is_no_pass(&records);
}

/// Steps by hand, the same on every engine: RUN, COPY and WORKDIR that the last
/// stage needs, and of these the ones after the first that saw the edit.
fn assert_counts(records: &[Record]) {
    assert_eq!(steps(records, SINGLE), "7, 5");
    // WORKDIR, COPY all, dependencies, COPY all again, package | 2 COPY
    assert_eq!(steps(records, MULTISTAGE), "7, 5");
    // WORKDIR, 2 COPY, dependencies, 4 COPY, package | 3 COPY
    assert_eq!(steps(records, PRODUCTION), "12, 3");
}

/// The layer of what was left in has the bytes that `find` counts in its image.
fn assert_bytes_left_in(example: &Example, records: &[Record]) {
    let count = "find /usr/lib/gcc -type f -printf '%s\\n' | awk '{sum += $1} END {print sum}'";
    let expected: u64 = example.shell("dp-base/gcc", count).trim().parse().unwrap();
    let of_size = of_kind(records, "size");
    let layers = of_size.iter().flat_map(|record| &record.size_detail().unwrap().layers);
    let of_instruction = |layer: &&Layer| layer.instruction.as_deref() == Some(LEFT_IN.trim());
    let bytes: Vec<u64> = layers.filter(of_instruction).map(|layer| layer.bytes.unwrap()).collect();
    assert_eq!(bytes, [expected]);
}

/// What demands nothing but whole records ends with 4 if one is not there.
fn assert_that_a_missing_record_is_no_pass(records: &str) {
    let report = |text: String| Tool::new("dp-report").args(["--expect", "size>=3"]).stdin(text);
    let _ = report(records.to_owned()).run().expect(0);
    let is_size = |line: &&str| line.contains("\"kind\":\"size\"") && line.contains("\"metrics\"");
    let lost = records.lines().find(is_size).unwrap();
    let short: Vec<&str> = records.lines().filter(|line| *line != lost).collect();
    let ran = report(short.join("\n")).run().expect(4);
    assert!(ran.stdout.contains("1 of 1 planned runs is missing"), "{}", ran.stdout);
    assert!(ran.stdout.contains("size records: 2, demanded is min 3"), "{}", ran.stdout);
}
