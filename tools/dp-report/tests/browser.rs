//! The page in a real browser: nothing wider than the screen, nothing asked of the network,
//! nothing that those who do not see it would miss, whatever records say.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use dp_testkit::{Tool, skip};
use serde_json::Value;

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

/// Arguments of dp-report, below `tests/files`: names that try to break out, failures,
/// budgets, and what was measured of real images.
const CASES: [(&str, &[&str]); 8] = [
    ("nasty", &["nasty.jsonl", "--against", "main", "--max", "rate=105"]),
    ("failed", &["failed.jsonl", "--against", "main", "--all"]),
    ("budget", &["two-files.jsonl", "--against", "Dockerfile", "--budget", "broken.toml", "--all"]),
    ("sizes", &["sizes-after.jsonl", "--baseline", "sizes-before.jsonl"]),
    (
        "records",
        &[
            "../../../../docs/records/r-package-code.jsonl",
            "../../../../docs/records/services-api-code.jsonl",
            "../../../../docs/records/services-api-cold.jsonl",
        ],
    ),
    ("cache", &["../../../../docs/records/r-package-cache.jsonl"]),
    (
        "containers",
        &[
            "containers.jsonl",
            "../../../../docs/records/r-package-limits.jsonl",
            "../../../dp-stats/tests/files/cgroup-v2/spike-300.jsonl",
            "../../../dp-stats/tests/files/cgroup-v2/half-core.jsonl",
        ],
    ),
    ("history", &["--history", "history.jsonl", "--trend"]),
];

/// Node with its modules, and Chromium.
struct Browser {
    node: PathBuf,
    modules: PathBuf,
    chromium: PathBuf,
}

impl Browser {
    /// What `scripts/browser up` brings, or what is missing.
    fn find() -> Result<Self, String> {
        let on_path = |name: &str| {
            let path = env::var_os("PATH").unwrap_or_default();
            let found =
                env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file());
            found.ok_or_else(|| format!("no {name} on PATH (scripts/browser up)"))
        };
        let target = env::current_exe().unwrap();
        let target = target.ancestors().nth(3).map(|target| target.join("browser"));
        let modules = env::var_os("DP_BROWSER").map(PathBuf::from).or(target).unwrap();
        for name in ["playwright-core", "axe-core"] {
            if !modules.join("node_modules").join(name).is_dir() {
                return Err(format!("no {name} in {} (scripts/browser up)", modules.display()));
            }
        }
        Ok(Self { node: on_path("node")?, modules, chromium: on_path("chromium")? })
    }

    /// What is wrong with these pages, a line each.
    fn faults(&self, pages: &[PathBuf]) -> Vec<Value> {
        let output = Command::new(&self.node)
            .arg(Path::new(TESTS).join("browser/pages.mjs"))
            .arg("check")
            .args([&self.modules, &self.chromium])
            .args(pages)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        // Three widths in two schemes.
        assert_eq!(errors.matches(" faults\n").count(), pages.len() * 6, "{errors}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn render(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let page = folder.join(format!("{name}.html"));
    let files = Path::new(TESTS).join("files");
    let format = format!("html={}", page.display());
    let arguments = [arguments, &["-q", "--format", &format]].concat();
    let _ = Tool::new("dp-report").args(arguments).at(&files).run();
    page
}

#[test]
fn every_page_is_whole_quiet_and_readable_at_any_width_in_both_schemes() {
    let browser = match Browser::find() {
        Ok(browser) => browser,
        Err(reason) => return skip(&reason),
    };
    let folder = tempfile::tempdir().unwrap();
    let pages: Vec<PathBuf> =
        CASES.iter().map(|(name, arguments)| render(folder.path(), name, arguments)).collect();
    let faults: Vec<String> = browser.faults(&pages).iter().map(Value::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_page_that_is_too_wide_asks_the_network_or_hides_an_answer_is_found_out() {
    let browser = match Browser::find() {
        Ok(browser) => browser,
        Err(reason) => return skip(&reason),
    };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("bad.html");
    let bad = "<!DOCTYPE html><html lang=\"en\"><title>x</title><main>\
        <div style=\"width: 2500px\">wide</div><img src=\"none.png\"/>\
        <div class=\"scroll\" style=\"overflow: auto; width: 100px\">\
        <table style=\"width: 900px\"><tr><td>a</td><td class=\"answer\">regressed</td></tr></table></div>\
        <svg role=\"img\" width=\"90\" height=\"20\"><text y=\"12\">one</text><text y=\"12\">two</text></svg>\
        <script>console.log('loud')</script></main></html>";
    std::fs::write(&page, bad).unwrap();
    let faults: Vec<String> = browser.faults(&[page]).iter().map(Value::to_string).collect();
    let all = faults.join("\n");
    for expected in [
        "the page is 25",
        "request: ",
        "console: loud",
        "an answer is out of view",
        "1 scripts",
        "lies on",
        "axe: image-alt",
        "axe: svg-img-alt",
    ] {
        assert!(all.contains(expected), "{expected} in {all}");
    }
}
