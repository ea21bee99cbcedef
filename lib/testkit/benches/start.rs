//! What dp-start costs beside `docker run --rm`, how far its readiness is from
//! the server's own stamps, and what it says of equal subjects.
//!
//! `scripts/bench start` builds what is compared and brings up the engine.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dp_math::Sample;
use dp_record::Record;
use dp_session::Rounds;
use dp_testkit::{BASE, Ran, Tool, Truth, assert_records, of_kind, tool};

/// Rounds of the comparison with docker; starts that one dp-start makes in each.
const ROUNDS: u32 = 6;
const STARTS: u32 = 10;
/// Starts whose readiness is compared with stamps.
const STAMPED: u32 = 20;
/// A/A trials, and their rounds.
const TRIALS: u32 = 20;
const TRIAL_ROUNDS: u32 = 20;

fn median(values: &[f64]) -> f64 {
    Sample::new(values.to_vec()).unwrap().median()
}

/// CPU time of all children of this process that have ended, in seconds.
fn children_cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    // Fields 16 and 17 of proc(5), in ticks of 10 ms.
    let ticks: f64 = fields[13..15].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// Wall and CPU time of a command, per start.
fn cost(command: &mut Command, starts: u32) -> (f64, f64) {
    let (begun, before) = (Instant::now(), children_cpu());
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.unwrap().success(), "{command:?}");
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), children_cpu() - before);
    (wall / f64::from(starts), cpu / f64::from(starts))
}

fn docker_run() -> Command {
    let mut command = Command::new("docker");
    command.args(["run", "--rm", BASE, "true"]);
    command
}

fn dp_start() -> Command {
    let mut command = Command::new(tool("dp-start"));
    let runs = STARTS.to_string();
    command.args(["-q", BASE, "--runs", &runs, "--ready", "exit", "--", "true"]);
    command
}

/// Both start `true` equally often in each round.
fn beside_docker() {
    let mut costs = [Vec::new(), Vec::new()];
    for slot in Rounds::new(2, ROUNDS, 1, 7).slots() {
        let found = if slot.subject == 0 {
            let all: Vec<(f64, f64)> = (0..STARTS).map(|_| cost(&mut docker_run(), 1)).collect();
            let sum = |of: fn(&(f64, f64)) -> f64| all.iter().map(of).sum::<f64>();
            (sum(|one| one.0) / f64::from(STARTS), sum(|one| one.1) / f64::from(STARTS))
        } else {
            cost(&mut dp_start(), STARTS)
        };
        if !slot.warmup {
            costs[slot.subject].push(found);
        }
    }
    println!("start, wait and remove `true`: {ROUNDS} rounds of {STARTS}, a start");
    for (name, costs) in ["docker run --rm", "dp-start"].iter().zip(&costs) {
        let wall = median(&costs.iter().map(|cost| cost.0).collect::<Vec<_>>());
        // Ticks are coarse: the mean of many is not.
        let cpu = costs.iter().map(|cost| cost.1).sum::<f64>() / f64::from(ROUNDS);
        println!("  {name:<16} wall {:6.1} ms  client CPU {:5.2} ms", wall * 1e3, cpu * 1e3);
    }
    let pairs = costs[1].iter().zip(&costs[0]).map(|(ours, docker)| ours.0 / docker.0);
    println!("  wall ratio, median of rounds: {:.3}", median(&pairs.collect::<Vec<_>>()));
}

/// Readiness less the server's stamp, in milliseconds.
fn errors(truth: &Truth, ready: &str, word: &str) -> Vec<f64> {
    truth.forget();
    let volume = truth.volume();
    let runs = STAMPED.to_string();
    let options = ["-q", &truth.image, "-v", &volume, "--runs", &runs, "--ready", ready];
    let service = ["--", "listen=700", "answer=300", "say=ready"];
    let ran = Tool::new("dp-start").args(options).args(service).run().expect(0);
    let ready = starts(&ran).iter().map(ready_at).collect::<Vec<_>>();
    let stamps = truth.stamps(word);
    // A run whose server was stopped before it could stamp has none to compare.
    assert_eq!(ready.len(), stamps.len(), "{word}");
    ready.iter().zip(stamps).map(|(ready, stamp)| (ready - stamp) as f64 / 1e6).collect()
}

fn starts(ran: &Ran) -> Vec<Record> {
    of_kind(&assert_records(&ran.stdout), "start").into_iter().cloned().collect()
}

/// In nanoseconds of the realtime clock.
#[expect(clippy::cast_possible_truncation, reason = "seconds of a benchmark")]
fn ready_at(record: &Record) -> i128 {
    let call = record.start_detail().unwrap().start_call.unwrap();
    call.as_nanosecond() + (record.metrics.get("ready_seconds").unwrap() * 1e9).round() as i128
}

fn against_stamps() {
    let truth = Truth::new();
    println!("readiness less the server's own stamp: {STAMPED} starts of each kind");
    for (ready, word) in [("http=8080/", "answer"), ("log=^ready", "say"), ("tcp=8080", "listen")] {
        let errors = errors(&truth, ready, word);
        let first = errors.iter().copied().fold(f64::INFINITY, f64::min);
        let last = errors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        println!(
            "  {ready:<12} median {:5.2} ms  earliest {first:5.2} ms  latest {last:5.2} ms",
            median(&errors)
        );
        assert!(first >= 0.0, "{ready}: before the truth");
    }
}

/// How often equal subjects are called equal, or not known to differ.
fn against_itself() {
    let rounds = TRIAL_ROUNDS.to_string();
    let mut good = 0;
    for trial in 0..TRIALS {
        let (seed, begun) = (trial.to_string(), Instant::now());
        let options = ["-q", BASE, "--aa", "--ready", "exit", "--runs", &rounds, "--seed", &seed];
        let ran =
            Tool::new("dp-start").args(options).args(["--variant", "it=", "--", "true"]).run();
        let report = ["--against", "it", "--format", "jsonl"];
        let report = Tool::new("dp-report").args(report).stdin(ran.expect(0).stdout).run();
        let verdicts = assert_records(&report.stdout);
        let of_ready = verdicts.iter().find_map(|record| {
            let detail = record.verdict_detail()?;
            detail.verdict.clone().filter(|_| detail.metric.as_deref() == Some("ready_seconds"))
        });
        let verdict = of_ready.unwrap();
        good += u32::from(["unchanged", "inconclusive"].contains(&verdict.as_str()));
        println!("  trial {:2}: {verdict} ({} s)", trial + 1, Duration::as_secs(&begun.elapsed()));
    }
    println!("equal subjects: unchanged or inconclusive in {good} of {TRIALS} trials");
}

fn main() {
    let truth = Truth::new();
    println!("engine {}", truth.docker.version());
    drop(truth);
    beside_docker();
    against_stamps();
    against_itself();
}
