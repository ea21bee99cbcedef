//! What dp-cache costs beside the builds that it measures, and whether these take as
//! long as the same builds by hand.
//!
//! `scripts/bench cache` builds what is compared and brings up the engine.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use dp_math::{Sample, shift_paired};
use dp_testkit::{BASE, Context, Docker, Tool, of_kind, tool, unique};

/// Level of the intervals.
const ALPHA: f64 = 0.01;
/// Files of the large context, each of so many bytes: 300 MB.
const FILES: usize = 3_000;
const FILE_BYTES: usize = 100_000;
/// How often the large context is prepared.
const PREPARED: usize = 10;
/// Pairs of builds, one by hand and one by dp-cache.
const PAIRS: usize = 10;

fn main() {
    prepared();
    let project = Project::new();
    project.pairs("warm", |_| {});
    project.pairs("code", |n| {
        fs::write(project.hand.path().join("src/a.c"), format!("int a;\n// by hand {n}\n"))
            .unwrap();
    });
    project.whole();
}

fn median(values: &[f64]) -> f64 {
    Sample::new(values.to_vec()).unwrap().median()
}

/// From the start to the first call of the engine, which is none: the context is
/// listed and copied before.
fn prepared() {
    let context = Context::new(&format!("FROM {BASE}\nCOPY . /app\n"));
    context.write("package.json", "{}\n");
    context.write("src/a.c", "int a;\n");
    for n in 0..FILES {
        context.write(&format!("data/{}/{n}", n % 50), &"x".repeat(FILE_BYTES));
    }
    let mut seconds = Vec::new();
    for _ in 0..PREPARED {
        let mut command = Command::new(tool("dp-cache"));
        command.args(["-q", "-H", "unix:///nonexistent/docker.sock"]).arg(context.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let begin = Instant::now();
        assert_eq!(command.status().unwrap().code(), Some(3));
        seconds.push(begin.elapsed().as_secs_f64());
    }
    let megabytes = FILES * FILE_BYTES / 1_000_000;
    println!(
        "a context of {megabytes} MB and {FILES} files is prepared in {:.3} s (median of {PREPARED})",
        median(&seconds)
    );
}

/// A small project, and a copy of it that is built by hand.
struct Project {
    /// Forgets the image that is built by hand.
    _docker: Docker,
    context: Context,
    hand: Context,
    tag: String,
}

impl Project {
    fn new() -> Self {
        let name = unique("bench-cache");
        let dockerfile = format!(
            "FROM {BASE}\nCOPY package.json /app/\nRUN echo {name}; sleep 2\nCOPY src /app/src\nRUN echo {name}; sleep 1\n"
        );
        let context = || {
            let context = Context::new(&dockerfile);
            context.write("package.json", "{}\n");
            context.write("src/a.c", "int a;\n");
            context
        };
        let (context, hand, tag) = (context(), context(), format!("{name}:hand"));
        let mut docker = Docker::new();
        docker.remove_at_end(&tag);
        Self { _docker: docker, context, hand, tag }
    }

    fn by_hand(&self) -> f64 {
        let mut command = Command::new("docker");
        command.args([
            "buildx",
            "build",
            "--progress=rawjson",
            "--provenance=false",
            "--tag",
            &self.tag,
        ]);
        command.arg(self.hand.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let begin = Instant::now();
        assert!(command.status().unwrap().success());
        begin.elapsed().as_secs_f64()
    }

    fn by_dp(&self, scenarios: &[&str], runs: usize) -> Vec<f64> {
        let runs = runs.to_string();
        let scenarios = scenarios.iter().flat_map(|name| ["--scenario", name]);
        let args = ["-q", "--backend", "buildx", "-r", &runs].into_iter().chain(scenarios);
        let ran = Tool::new("dp-cache").args(args).at(self.context.path()).run().expect(0);
        let records = ran.records();
        let walls = of_kind(&records, "cache").into_iter();
        walls.map(|record| record.metrics.get("wall_seconds").unwrap()).collect()
    }

    /// The same build by hand and by dp-cache, one after the other.
    fn pairs(&self, scenario: &str, change: impl Fn(usize)) {
        let _ = self.by_hand();
        let (mut hand, mut dp) = (Vec::new(), Vec::new());
        for n in 0..PAIRS {
            change(n);
            hand.push(self.by_hand());
            dp.extend(self.by_dp(&[scenario], 1));
        }
        let differences = dp.iter().zip(&hand).map(|(dp, hand)| dp - hand).collect();
        println!("scenario {scenario}, {PAIRS} pairs");
        println!("  docker buildx build by hand   median {:8.1} ms", median(&hand) * 1e3);
        println!("  the same build by dp-cache    median {:8.1} ms", median(&dp) * 1e3);
        if let Some(shift) = shift_paired(&Sample::new(differences).unwrap(), ALPHA) {
            let [estimate, low, high] =
                [shift.estimate, shift.interval.low, shift.interval.high].map(|value| value * 1e3);
            println!("  difference {estimate:.1} ms, interval {low:.1} to {high:.1} ms");
        }
    }

    /// What dp-cache takes beyond its builds, as a share of the cold ones.
    fn whole(&self) {
        let scenarios = ["cold", "warm", "code", "deps"];
        let begin = Instant::now();
        let walls = self.by_dp(&scenarios, 3);
        let whole = begin.elapsed().as_secs_f64();
        let (builds, cold) = (
            walls.iter().sum::<f64>(),
            median(&walls.iter().copied().step_by(4).collect::<Vec<_>>()),
        );
        let each = (whole - builds) / walls.len() as f64;
        println!(
            "{} builds: {whole:.2} s, of which {builds:.2} s are the builds: {each:.3} s more a build, {:.1} % of a cold one",
            walls.len(),
            100.0 * each / cold
        );
    }
}
