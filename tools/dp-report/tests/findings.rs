//! What the records advise: what many subjects share is said once, and what saves next
//! to nothing is counted.

mod drawn;

use serde_json::{Value, json};

use drawn::report;

/// A record with these findings.
fn record(kind: &str, subject: &str, findings: &Value) -> Value {
    let metrics = if kind == "size" {
        json!({ "size_bytes": 90_000_000 })
    } else {
        json!({ "cpu_seconds": 1.5 })
    };
    json!({
        "dp": "1.1", "kind": kind, "at": "2026-01-02T03:04:05Z", "subject": { "name": subject },
        "outcome": "ok", "metrics": metrics, "detail": { "findings": findings },
    })
}

/// The lines below the title of a section.
fn section(text: &str, title: &str) -> Vec<String> {
    let below = text.lines().skip_while(|line| !line.starts_with(title)).skip(1);
    below.take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn fifty_containers_with_the_same_findings_are_a_few_lines() {
    let of = |n: usize| {
        let figure = format!("{n}.0 MiB of its peak were page cache");
        let findings = json!([
            { "code": "no_memory_limit", "severity": "risk", "advice": "set --memory" },
            { "code": "peak_is_page_cache", "severity": "note", "advice": figure },
        ]);
        record("stats", &format!("web-{n}"), &findings)
    };
    let records: Vec<Value> = (1..=50).map(of).collect();
    let text = report(&records, &[]).expect(0).stdout;
    let lines = section(&text, "limits and waiting");
    let expected = [
        " of several subjects",
        "         risk            no_memory_limit stats web-1 stats web-2 stats web-3 (50 subjects)",
        "                         set --memory",
        "         note            peak_is_page_cache stats web-1 stats web-2 stats web-3 (50 subjects)",
        "                         such as stats web-1: 1.0 MiB of its peak were page cache",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_shared_and_what_is_not_stand_apart() {
    let common = json!({ "code": "no_memory_limit", "severity": "risk", "advice": "set --memory" });
    let own = json!({ "code": "oom_killed", "severity": "risk", "advice": "raise it" });
    let mut records: Vec<Value> =
        ["a", "b", "c"].map(|name| record("stats", name, &json!([common]))).to_vec();
    records[1]["detail"]["findings"] = json!([own, common]);
    let text = report(&records, &["--format", "markdown"]).expect(0).stdout;
    let shared = "- `of several subjects`\n  - risk `no_memory_limit` `stats a` `stats b` `stats c` \
                  (3 subjects): set --memory\n- `stats b`\n  - risk `oom_killed`: raise it\n";
    assert!(text.contains(shared), "{text}");
}

#[test]
fn bytes_and_seconds_below_the_floor_are_counted() {
    let waste = |code: &str, bytes: u64| json!({ "code": code, "severity": "waste", "bytes": bytes, "advice": "x" });
    let findings = json!([waste("big", 5_000_000), waste("tiny", 999), waste("tinier", 1)]);
    let text = report(&[record("size", "app", &findings)], &[]).expect(0).stdout;
    let lines = section(&text, "what could be saved");
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[3].trim(), "and 2 smaller, 1.00 kB together");
}

#[test]
fn annotations_have_the_dockerfile_and_its_line_once_for_all_subjects() {
    let finding = |bytes: u64| {
        json!([{
            "code": "apt_cache", "severity": "waste", "bytes": bytes, "line": 7,
            "dockerfile": "app/Dockerfile", "advice": "clean it",
        }])
    };
    let lost = json!([{
        "code": "sources_before_dependencies", "severity": "waste", "seconds": 4.6, "line": 9,
        "dockerfile": "app/Dockerfile", "advice": "copy them later",
    }]);
    let mut cache = record("cache", "app", &lost);
    cache["metrics"] = json!({ "wall_seconds": 9.5 });
    let records = [
        record("size", "dev", &finding(200_000)),
        record("size", "prod", &finding(900_000)),
        cache,
    ];
    let text = report(&records, &["--format", "github"]).expect(0).stdout;
    let expected = "\
::notice file=app/Dockerfile,line=7,title=dp-report%3A bytes for nothing::size prod and 1 more: 900 kB: apt_cache: clean it
::notice file=app/Dockerfile,line=9,title=dp-report%3A the cache could save more::cache app: 4.60 s: sources_before_dependencies: copy them later
";
    assert_eq!(text, expected);
}

#[test]
fn a_start_that_failed_names_the_dockerfile_of_its_build() {
    let mut build = record("build", "app", &json!([]));
    build["subject"]["dockerfile"] = json!("app/Dockerfile");
    build["metrics"] = json!({ "wall_seconds": 9.5 });
    let mut start = record("start", "app", &json!([]));
    start["outcome"] = json!("failed");
    start["error"] = json!({ "code": "not_ready", "message": "it never answered" });
    start["metrics"] = json!({});
    let text = report(&[build, start], &["--format", "github"]).expect(4).stdout;
    let expected = "::error file=app/Dockerfile,title=dp-report%3A runs failed::\
                    start app: 1 run failed: not_ready: it never answered\n";
    assert_eq!(text, expected);
}
