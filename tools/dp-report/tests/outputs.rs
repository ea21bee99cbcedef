//! What is written where: never over what is read, never twice into one file, and
//! as much as can be.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use dp_testkit::{Signal, Tool, wait_until};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");

/// A folder with records, a budget and a template.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["two-files.jsonl", "budget.toml"] {
        fs::copy(format!("{FILES}/{name}"), folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("page.md.in"), "{{ report.counts }}\n").unwrap();
    folder
}

fn tool(folder: &Path, args: &[&str]) -> Tool {
    Tool::new("dp-report").args(args).at(folder)
}

/// All files with what they hold.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let name = |entry: &fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut all: Vec<_> =
        files.map(|entry| (name(&entry), fs::read(entry.path()).unwrap_or_default())).collect();
    all.sort();
    all
}

#[test]
fn nothing_is_written_over_what_is_read_by_whatever_name() {
    let folder = folder();
    symlink("two-files.jsonl", folder.path().join("soft.jsonl")).unwrap();
    fs::hard_link(folder.path().join("two-files.jsonl"), folder.path().join("hard.jsonl")).unwrap();
    let before = contents(folder.path());
    for path in ["two-files.jsonl", "./two-files.jsonl", "soft.jsonl", "hard.jsonl"] {
        for option in [["--format", "jsonl="], ["--history", ""], ["--alert", ""]] {
            let [option, prefix] = option;
            let value = format!("{prefix}{path}");
            let mut args = vec!["two-files.jsonl", option, &value];
            if option == "--alert" {
                args.extend(["--history", "h.jsonl"]);
            }
            let ran = tool(folder.path(), &args).run().expect(2);
            let told = format!("{path} would be written over two-files.jsonl, which is read");
            assert!(ran.stderr.contains(&told), "{}", ran.stderr);
        }
    }
    let budget = ["two-files.jsonl", "--budget", "budget.toml", "--format", "csv=budget.toml"];
    let _ = tool(folder.path(), &budget).run().expect(2);
    let template = ["two-files.jsonl", "--template", "page.md.in", "--format", "csv=page.md.in"];
    let _ = tool(folder.path(), &template).run().expect(2);
    let baseline = ["two-files.jsonl", "--baseline", "hard.jsonl", "--format", "csv=soft.jsonl"];
    let _ = tool(folder.path(), &baseline).run().expect(2);
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn nothing_is_written_over_the_file_that_is_stdin() {
    let folder = folder();
    let before = contents(folder.path());
    let path = folder.path().join("two-files.jsonl");
    let mut command = std::process::Command::new(dp_testkit::tool("dp-report"));
    command.args(["--format", "csv=two-files.jsonl"]).current_dir(folder.path());
    let output = command.stdin(fs::File::open(&path).unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("two-files.jsonl would be written over stdin"), "{stderr}");
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn two_formats_never_go_into_one_file() {
    let folder = folder();
    symlink("new", folder.path().join("link")).unwrap();
    let before = contents(folder.path());
    for [one, other] in [
        ["csv=a", "text=a"],
        ["csv=a", "jsonl=./a"],
        ["csv=new", "jsonl=link"],
        ["csv=/dev/stdout", "text"],
    ] {
        let args = ["two-files.jsonl", "--format", one, "--format", other, "--format", "html=page"];
        let ran = tool(folder.path(), &args).run().expect(2);
        assert!(ran.stderr.contains("would be written twice"), "{}", ran.stderr);
        assert_eq!((contents(folder.path()), ran.stdout.as_str()), (before.clone(), ""));
    }
    let nowhere = ["two-files.jsonl", "--format", "csv=/dev/null", "--format", "text=/dev/null"];
    let _ = tool(folder.path(), &nowhere).run().expect(0);
}

#[test]
fn a_path_that_cannot_be_written_does_not_stop_the_others() {
    let folder = folder();
    let formats = ["csv=nowhere/a.csv", "jsonl=b.jsonl", "html=none/c.html", "text"];
    let mut args = vec!["two-files.jsonl"];
    args.extend(formats.iter().flat_map(|format| ["--format", format]));
    let ran = tool(folder.path(), &args).run().expect(2);
    let told = "dp-report: nowhere/a.csv: cannot write: No such file or directory; \
                none/c.html: cannot write: No such file or directory; the rest is reported\n";
    assert_eq!(ran.stderr, told);
    assert!(ran.stdout.contains("wall_seconds"), "{}", ran.stdout);
    assert!(fs::metadata(folder.path().join("b.jsonl")).unwrap().len() > 100);
}

#[test]
fn a_template_that_runs_for_ever_ends_with_the_first_signal() {
    let folder = folder();
    // Each of its steps takes long, so that a limit of their number is far away.
    let endless = "{% for a in range(10000) %}{% for b in range(10000) %}\
                   {% if range(99999) | sum > 1 %}{% endif %}{% endfor %}{% endfor %}";
    fs::write(folder.path().join("endless"), endless).unwrap();
    let args = ["two-files.jsonl", "--format", "csv=first.csv", "--template", "endless"];
    for signal in [Signal::TERM, Signal::INT] {
        let mut running = tool(folder.path(), &args).start();
        let first = folder.path().join("first.csv");
        wait_until("the first format is written", || first.exists());
        running.signal(signal);
        let ran = running.wait();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(130), ""), "{}", ran.stderr);
        fs::remove_file(first).unwrap();
    }
}

#[test]
fn a_template_that_writes_for_ever_ends_at_a_length() {
    let folder = folder();
    let text = "x".repeat(100_000);
    let endless = format!("{{% for a in range(10000) %}}{text}{{% endfor %}}");
    fs::write(folder.path().join("endless"), endless).unwrap();
    let ran = tool(folder.path(), &["two-files.jsonl", "--template", "endless"]).run().expect(2);
    assert!(ran.stderr.contains("the page gets longer than 256 MiB"), "{}", ran.stderr);
}

#[test]
fn a_byte_order_mark_before_records_budgets_and_templates_is_no_fault() {
    let folder = folder();
    for name in ["two-files.jsonl", "budget.toml", "page.md.in"] {
        let path = folder.path().join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("\u{feff}{text}")).unwrap();
    }
    let args = [
        "two-files.jsonl",
        "--budget",
        "budget.toml",
        "--against",
        "Dockerfile",
        "--template",
        "page.md.in",
    ];
    let ran = tool(folder.path(), &args).run().expect(0);
    assert!(ran.stdout.starts_with("3 improved"), "{}", ran.stdout);
}

#[test]
fn a_metric_that_is_twice_in_a_record_is_refused() {
    let text = fs::read_to_string(format!("{FILES}/single.jsonl")).unwrap();
    let twice = text.replacen("\"metrics\":{", "\"metrics\":{\"wall_seconds\":1,", 1);
    let ran = Tool::new("dp-report").stdin(twice).run().expect(2);
    assert!(ran.stderr.contains("has \"wall_seconds\" twice"), "{}", ran.stderr);
}

#[test]
fn why_a_line_is_no_record_is_said_to_those_who_want_quiet_too() {
    let ran = Tool::new("dp-report").args(["-q"]).stdin("{\"a\":1}\n").run().expect(2);
    assert!(ran.stderr.contains("warning: stdin:1: not a dp record"), "{}", ran.stderr);
    assert!(ran.stderr.contains("stdin: no records"), "{}", ran.stderr);
}
