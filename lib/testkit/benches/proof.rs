//! A real image that takes 10 % longer to build is told from what it was, and an equal
//! folder never is: dp-build and dp-report as people pipe them, on a real engine, beside
//! another load.
//!
//! Verdicts only: nothing here is timed. `scripts/bench proof` builds the tools
//! and brings up the engine. `cargo bench --bench proof -- 3` takes 3 trials.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use dp_math::Sample;
use dp_testkit::{Context, Docker, copy_folder, replace_text, tool};
use serde_json::Value;

/// How often both are asked, where nothing else is said, and rounds each time.
const TRIALS: usize = 20;
const ROUNDS: usize = 20;
/// In how many of ten trials the slower folder must be told; an equal one in none.
const TOLD_OF_TEN: usize = 9;
/// How much longer `slower` takes than `main`, as a share.
const ADDED: f64 = 0.1;

const IMAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dockerfiles/hello-service");
const MAKE: &str = "LDFLAGS=\"-static -s\"\n";

/// One processor's worth of other work, until it is dropped.
struct Load {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Load {
    fn new() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let busy = move || while !seen.load(Ordering::Relaxed) {};
        Self { over, thread: Some(thread::spawn(busy)) }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// The example's folder, whose compiling step takes so much longer.
fn folder(name: &str, parent: &Path, longer: f64) -> PathBuf {
    let folder = parent.join(name);
    copy_folder(Path::new(IMAGE), &folder);
    let slept = format!("{} && sleep {longer:.3}\n", MAKE.trim());
    replace_text(&folder.join("Dockerfile.optimized"), MAKE, &slept);
    folder
}

/// `dp-build NAME=FOLDER... > FILE`: rounds of builds, each after an edit of a source. No two
/// edits are alike, so that none finds the steps of another folder in the cache.
fn build(folders: &[(&str, &Path)], rounds: usize, file: &Path) {
    let mut build = Command::new(tool("dp-build"));
    build.args(["--quiet", "--discard", "--no-detail", "--scenario", "code", "--warmup", "1"]);
    build.args(["--file", "Dockerfile.optimized", "--runs", &rounds.to_string()]);
    build.args(["--prepare", "echo \"// $DP_RUN\" >>src/routes.c"]);
    for (name, folder) in folders {
        build.arg(format!("{name}={}", folder.display()));
    }
    let output = build.stdin(Stdio::null()).stdout(fs::File::create(file).unwrap());
    assert!(output.status().unwrap().success(), "dp-build failed");
}

/// The median of what the builds of a file took, in seconds.
fn median_seconds(file: &Path) -> f64 {
    let text = fs::read_to_string(file).unwrap();
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let counted = records.filter(|record| record["run"]["warmup"] == false);
    let seconds = counted.filter_map(|record| record["metrics"]["wall_seconds"].as_f64());
    Sample::new(seconds.collect()).unwrap().median()
}

/// `dp-report FILE --against main` on `main` and one other: the verdicts on that.
fn verdicts(file: &Path, other: &str) -> Vec<Value> {
    let mut report = Command::new(tool("dp-report"));
    report.arg(file).args(["--against", "main", "--format", "jsonl"]);
    let unasked = if other == "same" { "slower" } else { "same" };
    report.args(["--where", &format!("name!={unasked}")]);
    let output = report.stdin(Stdio::null()).output().unwrap();
    // 1 is a regression that was found.
    assert!(matches!(output.status.code(), Some(0 | 1)), "dp-report: {}", output.status);
    let lines = String::from_utf8(output.stdout).unwrap();
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.map(|record| record["detail"].clone()).filter(|it| it["verdict"].is_string()).collect()
}

/// The verdict on the time of `other`, with its interval in percent, for people.
fn shown(verdict: &Value) -> String {
    let percent = |end: &str| 100.0 * verdict[end].as_f64().unwrap_or(f64::NAN);
    let (low, high) = (percent("change_low_ratio"), percent("change_high_ratio"));
    format!("{} ({low:+.1} .. {high:+.1} %)", verdict["verdict"].as_str().unwrap())
}

fn main() {
    let trials = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(TRIALS);
    println!("engine {}", Docker::new().version());
    let place = Context::empty();
    let file = place.path().join("records.jsonl");
    let _load = Load::new();
    let main = folder("main", place.path(), 0.0);
    build(&[("main", &main)], ROUNDS / 2, &file);
    let seconds = median_seconds(&file);
    let longer = seconds * ADDED;
    println!("a build takes {seconds:.2} s, the slower one {longer:.3} s more");
    let same = folder("same", place.path(), 0.0);
    let slower = folder("slower", place.path(), longer);
    let (mut apart, mut told) = (0, 0);
    for trial in 1..=trials {
        build(&[("main", &main), ("same", &same), ("slower", &slower)], ROUNDS, &file);
        let time = |verdicts: &[Value]| {
            verdicts.iter().find(|it| it["metric"] == "wall_seconds").cloned().unwrap()
        };
        let equal = verdicts(&file, "same");
        let told_apart =
            |it: &Value| matches!(it["verdict"].as_str(), Some("improved" | "regressed"));
        apart += usize::from(equal.iter().any(told_apart));
        let found = time(&verdicts(&file, "slower"));
        told += usize::from(found["verdict"] == "regressed");
        println!("  {trial}: equal {}, slower {}", shown(&time(&equal)), shown(&found));
    }
    println!("equal folders told apart in {apart} of {trials}, 10 % found in {told} of {trials}");
    assert_eq!(apart, 0, "equal folders were told apart");
    assert!(told * 10 >= trials * TOLD_OF_TEN, "a slower build was found too seldom");
}
