//! How often verdicts are wrong, and how often they find what is there: dp-report
//! itself, on records of which the truth is known; then the levels of histories.
//!
//! Each data set is one input and one process, since the number of verdicts in a
//! report is a part of the rule. Ends with 1 if a share lies beyond its limit by
//! more than three standard errors. No times, so that the machine may be busy.
//! `cargo bench --bench verdicts -- 200` takes 200 data sets a cell.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

mod cells;
mod levels;
mod noise;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, ExitCode, Stdio};
use std::thread;

use fastrand::Rng;
use serde_json::{Value, json};

use cells::{Cell, Limit, cells};
use noise::Noise;

/// Data sets a cell, where none are asked for.
const DATA_SETS: usize = 2000;
/// Metrics of a subject: as many as a kind has headlines.
const METRICS: [&str; 3] = ["a", "b", "c"];
/// How many of the days are busy, if any.
const BUSY_DAYS: f64 = 0.05;
/// Seconds that a run takes without noise and change.
const SECONDS: f64 = 2.0;

/// The records of a data set: `base`, and the other subjects, which are all
/// changed alike.
fn records(cell: &Cell, rng: &mut Rng) -> String {
    let Some(days) = cell.days else {
        let mut factors = vec![SECONDS; cell.subjects + 1];
        factors[1..].fill(SECONDS * (1.0 + cell.change));
        let names = (0..=cell.subjects).map(name).collect::<Vec<_>>();
        return batch("b", &names, &[&factors; METRICS.len()], cell, rng);
    };
    // Each metric has days of its own: some tools wait for the disk, others count.
    let mut of_day = |number: usize, name: String, level: f64, rounds: usize| {
        let cell = &Cell { rounds, ..*cell };
        let is_busy = days.busy && rng.f64() < BUSY_DAYS;
        let machine = Noise::Lognormal(if is_busy { 3.0 * days.between } else { days.between });
        let levels = METRICS.map(|_| vec![level * noise::times(machine, &[1.0], 1, rng)[0][0]]);
        let levels: Vec<&Vec<f64>> = levels.iter().collect();
        batch(&format!("b{number}"), &[name], &levels, cell, rng)
    };
    let old = (0..days.batches).map(|day| of_day(day, name(0), SECONDS, days.rounds));
    let old: String = old.collect();
    old + &of_day(days.batches, name(1), SECONDS * (1.0 + cell.change), cell.rounds)
}

fn name(subject: usize) -> String {
    if subject == 0 { "base".to_owned() } else { format!("head{subject}") }
}

/// The records of one batch; `factors` are those of each metric.
fn batch(id: &str, names: &[String], factors: &[&Vec<f64>], cell: &Cell, rng: &mut Rng) -> String {
    let metrics: Vec<_> =
        factors.iter().map(|factors| noise::times(cell.noise, factors, cell.rounds, rng)).collect();
    let units = METRICS.map(|name| (name.to_owned(), json!("seconds lower")));
    let units: Value = serde_json::Map::from_iter(units).into();
    let mut lines = String::new();
    for round in 0..cell.rounds {
        for (subject, name) in names.iter().enumerate() {
            let values = metrics.iter().map(|times| json!(times[round][subject]));
            let values = METRICS.map(str::to_owned).into_iter().zip(values);
            let record = json!({
                "dp": "1.1", "kind": "bench", "at": "2026-01-02T03:04:05Z",
                "subject": {"name": name},
                "run": {"batch": id, "n": round + 1, "warmup": false},
                "outcome": "ok",
                "metrics": values.collect::<serde_json::Map<_, _>>(),
                "units": units,
            });
            writeln!(lines, "{record}").unwrap();
        }
    }
    lines
}

/// Verdicts by their word, of one report or of many.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    regressed: usize,
    improved: usize,
    unchanged: usize,
    all: usize,
    /// Reports, and those with a change in them.
    reports: usize,
    changed_reports: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.regressed += other.regressed;
        self.improved += other.improved;
        self.unchanged += other.unchanged;
        self.all += other.all;
        self.reports += other.reports;
        self.changed_reports += other.changed_reports;
    }
}

fn report(records: &str) -> Counts {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dp-report"))
        .args(["--against", "base", "--format", "jsonl", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(records.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let mut counts = Counts { reports: 1, ..Counts::default() };
    for line in lines.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let Some(verdict) = record["detail"]["verdict"].as_str() else { continue };
        counts.all += 1;
        match verdict {
            "regressed" => counts.regressed += 1,
            "improved" => counts.improved += 1,
            "unchanged" => counts.unchanged += 1,
            _ => assert_eq!(verdict, "inconclusive", "{line}"),
        }
    }
    counts.changed_reports = usize::from(counts.regressed + counts.improved > 0);
    // 1 is a regression that was found.
    let code = i32::from(counts.regressed > 0);
    assert_eq!(output.status.code(), Some(code), "{lines}");
    counts
}

/// All data sets of a cell, on all processors; each has a seed of its own.
fn run(cell: &Cell, place: usize, data_sets: usize) -> Counts {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let part = |worker: usize| {
        let mut counts = Counts::default();
        for set in (worker..data_sets).step_by(workers) {
            let mut rng = Rng::with_seed(((place as u64) << 32) + set as u64);
            counts.add(report(&records(cell, &mut rng)));
        }
        counts
    };
    let part = &part;
    thread::scope(|scope| {
        let parts: Vec<_> = (0..workers).map(|worker| scope.spawn(move || part(worker))).collect();
        let mut counts = Counts::default();
        for one in parts {
            counts.add(one.join().unwrap());
        }
        counts
    })
}

/// Whether a cell keeps its limit, within what chance does to a share.
fn holds(limit: &Limit, counts: &Counts) -> bool {
    let within = |count: usize, of: usize, limit: f64, sign: f64| {
        let share = count as f64 / of as f64;
        let error = (limit * (1.0 - limit) / of as f64).sqrt();
        sign * (share - limit) <= 3.0 * error
    };
    let changed = counts.regressed + counts.improved;
    match *limit {
        Limit::None => true,
        Limit::Changed(most) => within(changed, counts.all, most, 1.0),
        Limit::Reports(most) => within(counts.changed_reports, counts.reports, most, 1.0),
        Limit::Regressed(most) => within(counts.regressed, counts.all, most, 1.0),
        Limit::Found(least) => within(counts.regressed, counts.all, least, -1.0),
        Limit::Improved(least) => within(counts.improved, counts.all, least, -1.0),
    }
}

fn main() -> ExitCode {
    let data_sets = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let data_sets = data_sets.unwrap_or(DATA_SETS);
    println!("{data_sets} data sets a cell, {} metrics a subject; shares in %", METRICS.len());
    println!(
        "{:48} {:>3} {:>4} {:>9} {:>8} {:>9} {:>12} {:>8}  limit",
        "", "n", "sets", "regressed", "improved", "unchanged", "inconclusive", "reports"
    );
    let mut broken = 0;
    for (place, cell) in cells().iter().enumerate() {
        let counts = run(cell, place, data_sets);
        let share = |count: usize| 100.0 * count as f64 / counts.all as f64;
        let rest = counts.all - counts.regressed - counts.improved - counts.unchanged;
        let good = holds(&cell.limit, &counts);
        broken += usize::from(!good);
        println!(
            "{:48} {:>3} {:>4} {:>9.2} {:>8.2} {:>9.1} {:>12.1} {:>8.2}  {}{}",
            cell.name(),
            cell.rounds,
            METRICS.len() * cell.subjects,
            share(counts.regressed),
            share(counts.improved),
            share(counts.unchanged),
            share(rest),
            100.0 * counts.changed_reports as f64 / counts.reports as f64,
            cell.limit,
            if good { "" } else { ": BROKEN" },
        );
    }
    broken += levels::run(data_sets);
    println!("{broken} limits are broken");
    ExitCode::from(u8::from(broken > 0))
}
