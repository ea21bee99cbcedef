//! Two equal folders are not told apart, and a step that takes 20 % longer is:
//! dp-build and dp-report as people pipe them, on a real engine.
//!
//! Verdicts only: nothing here is timed. `scripts/bench proof` builds the tools
//! and brings up the engine.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

use std::process::{Command, Stdio};

use dp_testkit::{BASE, Context, Docker, tool, unique};
use serde_json::Value;

/// How often equal folders are compared, and how often they may be told apart.
const EQUAL_RUNS: usize = 20;
const TOLD_APART: usize = 2;
/// How often the slower folder is compared; it must be told each time.
const SLOWER_RUNS: usize = 2;
/// What the step takes at `main`, and what is added to it at `head`, in seconds:
/// long enough to stand out on a busy machine too.
const STEP: f64 = 4.0;
const ADDED: f64 = 0.8;

/// `dp-build main=A head=B ARGS | dp-report --against main`: the verdicts on `head`.
fn verdicts(main: &Context, head: &Context, args: &[&str]) -> Vec<Value> {
    let mut build = Command::new(tool("dp-build"));
    for (name, context) in [("main", main), ("head", head)] {
        build.arg(format!("{name}={}", context.path().display()));
    }
    build.args(["--quiet", "--discard", "--runs", "10"]).args(args);
    let mut build = build.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut report = Command::new(tool("dp-report"));
    report.args(["--against", "main", "--format", "jsonl"]);
    let output = report.stdin(build.stdout.take().unwrap()).output().unwrap();
    assert!(build.wait().unwrap().success(), "dp-build failed");
    // 1 is a regression that was found.
    assert!(matches!(output.status.code(), Some(0 | 1)), "dp-report: {}", output.status);
    let lines = String::from_utf8(output.stdout).unwrap();
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.map(|record| record["detail"].clone()).filter(|it| it["verdict"].is_string()).collect()
}

fn tells_apart(verdict: &Value) -> bool {
    matches!(verdict["verdict"].as_str(), Some("improved" | "regressed"))
}

fn equal(name: &str) {
    let steps: Vec<String> =
        (1..=10).map(|step| format!("RUN echo {name} {step} > /{step}\n")).collect();
    let text = format!("FROM {BASE}\n{}", steps.concat());
    let (main, head) = (Context::new(&text), Context::new(&text));
    let mut apart = 0;
    for run in 1..=EQUAL_RUNS {
        let verdicts = verdicts(&main, &head, &["--warm"]);
        assert!(verdicts.iter().any(|it| it["metric"] == "wall_seconds"), "no verdict");
        let told: Vec<_> = verdicts.iter().filter(|it| tells_apart(it)).collect();
        apart += usize::from(!told.is_empty());
        println!("  equal folders, run {run}: {} told apart", told.len());
    }
    println!("equal folders: told apart in {apart} of {EQUAL_RUNS} runs");
    assert!(apart <= TOLD_APART, "{apart} of {EQUAL_RUNS} runs told equal folders apart");
}

/// The stamp is another one in every build, so the step behind it runs in all.
fn slower(name: &str) {
    let context = |seconds: f64| {
        let step = format!("COPY stamp /\nRUN sleep {seconds} && : {name}\n");
        Context::new(&format!("FROM {BASE}\n{step}")).with("stamp", "")
    };
    let (main, head) = (context(STEP), context(STEP + ADDED));
    let args = ["--scenario", "code", "--warmup", "1", "--prepare", "echo $DP_RUN > stamp"];
    for run in 1..=SLOWER_RUNS {
        let verdicts = verdicts(&main, &head, &args);
        let wall = verdicts.iter().find(|it| it["metric"] == "wall_seconds").unwrap();
        let seconds = |name: &str| wall[name].as_f64().unwrap();
        let (low, high) = (seconds("change_low"), seconds("change_high"));
        let verdict = &wall["verdict"];
        println!("a step {ADDED} s slower, run {run}: {verdict}, by {low:.3} to {high:.3} s");
        assert_eq!(verdict, "regressed", "{wall}");
        assert!(low <= ADDED && ADDED <= high, "{wall}");
    }
}

fn main() {
    let docker = Docker::new();
    println!("engine {}", docker.version());
    let name = unique("proof");
    slower(&name);
    equal(&name);
}
