//! What the tools cost beside docker itself. Each pair runs in interleaved
//! rounds of random order; what counts is the ratio, not the seconds.
//!
//! `scripts/bench` builds what is compared and brings up the engine.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dp_math::{Sample, shift_paired};
use dp_session::Rounds;
use dp_testkit::{BASE, Context, Docker, tool, unique};

/// Level of the intervals.
const ALPHA: f64 = 0.01;

/// One side of a comparison.
struct Side {
    name: &'static str,
    command: Box<dyn Fn() -> Command>,
}

impl Side {
    fn new(name: &'static str, command: impl Fn() -> Command + 'static) -> Self {
        Self { name, command: Box::new(command) }
    }

    /// Wall time of one run.
    fn time(&self) -> f64 {
        let mut command = (self.command)();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().unwrap();
        let wall = start.elapsed();
        assert!(status.success(), "{} failed: {status}", self.name);
        wall.as_secs_f64()
    }
}

/// Runs both sides and prints medians, difference and ratio.
fn compare(what: &str, runs: u32, sides: &[Side; 2]) {
    let mut times = [Vec::new(), Vec::new()];
    for slot in Rounds::new(2, runs, 2, 7).slots() {
        let time = sides[slot.subject].time();
        if !slot.warmup {
            times[slot.subject].push(time);
        }
    }
    let differences = times[1].iter().zip(&times[0]).map(|(new, base)| new - base);
    let differences = Sample::new(differences.collect()).unwrap();
    let [base, new] = times.map(|times| Sample::new(times).unwrap());
    println!("{what}: {runs} rounds");
    println!("  {:<44} median {:8.2} ms", sides[0].name, base.median() * 1e3);
    println!("  {:<44} median {:8.2} ms", sides[1].name, new.median() * 1e3);
    if let Some(shift) = shift_paired(&differences, ALPHA) {
        let [estimate, low, high] =
            [shift.estimate, shift.interval.low, shift.interval.high].map(|value| value * 1e3);
        println!("  difference {estimate:.2} ms, interval {low:.2} to {high:.2} ms");
    }
    println!("  ratio {:.3}", new.median() / base.median());
}

fn minimal() -> PathBuf {
    let examples = tool("dp-build").parent().unwrap().join("examples");
    examples.join("minimal")
}

fn help(program: PathBuf) -> impl Fn() -> Command {
    move || {
        let mut command = Command::new(&program);
        command.arg("--help");
        command
    }
}

fn start_up() {
    for name in ["dp-build", "dp-size", "dp-report"] {
        let sides = [
            Side::new("minimal clap program --help", help(minimal())),
            Side::new(name, help(tool(name))),
        ];
        compare(&format!("start of {name} --help"), 200, &sides);
    }
}

/// The same cached build by `docker buildx build` and by dp-build.
fn cached_build() {
    let mut docker = Docker::new();
    let (name, context) = (unique("bench"), Context::new(&dockerfile()));
    let (plain_tag, dp_tag) = (format!("{name}/plain:1"), format!("{name}/dp:1"));
    docker.remove_at_end(&plain_tag);
    docker.remove_at_end(&dp_tag);
    let (folder, other) = (context.path().to_owned(), context.path().to_owned());
    let sides = [
        Side::new("docker buildx build", move || buildx(&folder, &plain_tag)),
        Side::new("dp-build (the whole process)", move || {
            let mut command = Command::new(tool("dp-build"));
            command.args(["--quiet", "--tag", &dp_tag]).arg(&other);
            command
        }),
    ];
    compare("a fully cached build", 30, &sides);
}

fn buildx(folder: &Path, tag: &str) -> Command {
    let mut command = Command::new("docker");
    command
        .args(["buildx", "build", "--progress=rawjson", "--provenance=false", "--tag", tag])
        .arg(folder);
    command
}

fn dockerfile() -> String {
    let steps: Vec<String> = (1..=10).map(|step| format!("RUN echo {step} > /{step}\n")).collect();
    format!("FROM {BASE}\n{}", steps.concat())
}

fn main() {
    let begin = Instant::now();
    start_up();
    cached_build();
    let seconds = Duration::as_secs(&begin.elapsed());
    println!("took {seconds} s");
}
