//! However many threads read an input, the report is the same.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};

use fastrand::Rng;

/// Records of three megabytes, far more than one block of lines: series that begin late,
/// failures, warm-ups, other people's units, and lines that are no records.
fn records() -> String {
    let mut rng = Rng::with_seed(11);
    let mut text = String::new();
    for at in 0..12_000_u32 {
        let subject = if at < 9_000 { at % 7 } else { at % 11 };
        let head = format!(
            r#"{{"dp":"1.0","kind":"bench","at":"2026-01-02T03:04:05Z","subject":{{"name":"s{subject}","image":"sha256:{at:064x}"}},"meta":{{"commit":"{:x}"}},"run":{{"batch":"b{}","n":{at},"warmup":{}}}"#,
            at / 100,
            at / 300,
            at % 50 == 0,
        );
        let rest = match at {
            400 | 5_000 | 11_500 => r#","outcome":"perhaps"}"#.to_owned(),
            6_000 | 6_001 => {
                r#","outcome":"ok","units":{"ms":"s higher"},"metrics":{"ms":1}}"#.to_owned()
            }
            _ if at % 97 == 0 => {
                r#","outcome":"failed","error":{"code":"x","message":"m"}}"#.to_owned()
            }
            _ => format!(
                r#","outcome":"ok","units":{{"ms":"ms lower"}},"metrics":{{"ms":{}}},"env":"e{}"}}"#,
                rng.f64(),
                at % 3
            ),
        };
        writeln!(text, "{head}{rest}").unwrap();
    }
    text
}

fn report(threads: &str, file: &str, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dp-report"))
        .args(["--threads", threads, file])
        .args(options)
        .output()
        .unwrap()
}

#[test]
fn the_report_is_the_same_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    fs::write(&file, records()).unwrap();
    let file = file.to_str().unwrap();
    for options in [
        &["--format", "jsonl"][..],
        &["--format", "text", "--against", "s3", "--all"],
        &["--format", "html", "--where", "name!=s1"],
        &["--format", "csv", "--by", "meta.commit"],
        &["--format", "markdown", "--against", "meta.commit=3"],
    ] {
        let one = report("1", file, options);
        assert_eq!(one.status.code(), Some(2), "{one:?}");
        assert!(!one.stdout.is_empty());
        let told = String::from_utf8_lossy(&one.stderr);
        for line in [401, 5_001, 6_001, 6_002, 11_501] {
            assert!(told.contains(&format!("records.jsonl:{line}: ")), "{told}");
        }
        for threads in ["2", "3", "8"] {
            assert_eq!(report(threads, file, options), one, "{threads} {options:?}");
        }
    }
}

#[test]
fn no_threads_are_refused() {
    let output = report("0", "none.jsonl", &[]);
    assert_eq!(output.status.code(), Some(2));
}
