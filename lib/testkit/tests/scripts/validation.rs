//! The validation of the R package's plan: a part that is broken is named, whichever tool
//! says so, and the others are still checked.

use dp_testkit::{Context, Ran};

use crate::{Stubs, command, ran, root};

const PARTS: [&str; 6] = ["stages", "production", "caches", "volume", "resources", "performance"];

/// `scripts/validate-phase2.sh FOLDER`, where a tool ends with a code if its arguments match a
/// pattern.
fn validate(broken: &str, pattern: &str, code: i32) -> Ran {
    let context = Context::new("FROM scratch\n")
        .with("Dockerfile.multistage", "FROM scratch\n")
        .with("Dockerfile.production", "FROM scratch\n")
        .with("R/log.R", "")
        .with("budget.toml", "")
        .with("budget-cache.toml", "");
    let tools = [
        ("dp-build", "echo '{}'"),
        ("dp-size", "cat"),
        ("dp-start", "cat"),
        ("dp-stats", "case $1 in --fit) echo '{\"memory_fit_bytes\":1}' ;; *) cat ;; esac"),
        ("dp-cache", "echo '{}'"),
        ("dp-report", "true"),
    ];
    let stubs = tools.map(|(tool, text)| {
        let breaks = format!("case \"$*\" in {pattern}) echo spoilt >&2; exit {code} ;; esac\n");
        (tool, if tool == broken { breaks + text } else { text.to_owned() })
    });
    let stubs = Stubs::new(&stubs.each_ref().map(|(tool, text)| (*tool, text.as_str())));
    let script = root().join("scripts/validate-phase2.sh");
    let words = ["sh", script.to_str().unwrap(), context.path().to_str().unwrap()];
    ran(&mut command(Some(stubs.path()), &words))
}

#[test]
fn all_parts_that_hold_are_said() {
    let said = PARTS.map(|part| format!("ok    {part}\n")).concat();
    assert_eq!(validate("", "none", 0).expect(0).stdout, said);
}

#[test]
fn a_part_that_is_broken_is_named_with_what_it_said() {
    let cases = [
        ("dp-build", "*--all-targets*", 4, "stages"),
        ("dp-start", "*'--ready exit'*", 4, "production"),
        ("dp-report", "*start.jsonl*", 4, "production"),
        ("dp-cache", "*--scenario*", 3, "caches"),
        ("dp-report", "*budget-cache.toml*", 1, "caches"),
        ("dp-cache", "*--volume*", 4, "volume"),
        ("dp-report", "*cache.saved_ratio=0*", 1, "volume"),
        ("dp-stats", "*--fit*", 3, "resources"),
        ("dp-start", "*'--ready output'*", 3, "performance"),
        ("dp-report", "*/budget.toml*", 1, "performance"),
    ];
    for (tool, pattern, code, broken) in cases {
        let said = validate(tool, pattern, code).expect(1).stdout;
        for part in PARTS {
            let line = if part == broken {
                format!("FAIL  {part} (exit code {code})\n")
            } else {
                format!("ok    {part}\n")
            };
            assert!(said.contains(&line), "{tool} {pattern}: {said}");
        }
        assert!(said.contains("      spoilt\n"), "{said}");
    }
}
