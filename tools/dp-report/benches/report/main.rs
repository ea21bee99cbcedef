//! What dp-report takes for many records, beside duckdb and jq on the same file.
//!
//! Ends with 1 if a limit is broken. `DUCKDB` names a Python that has the module
//! duckdb. `cargo bench --bench report -- 3` takes three rounds.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

mod data;
mod program;

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use data::Shape;
use program::{Taken, run};

/// Rounds in which the programs take turns, where none are asked for.
const ROUNDS: usize = 5;
/// Rounds in which jq takes part, which takes a minute.
const JQ_ROUNDS: usize = 2;
/// The records of the file that all programs read: 36 subjects, a new batch every ten.
const MANY: Shape = Shape { records: 1_000_000, batch: 10, subjects: 36 };
/// A file of some hundred builds, as people have it.
const FEW: Shape = Shape { records: 1_000, ..MANY };
/// Runs on the latter.
const SHORT_RUNS: usize = 60;
/// Series in a batch and their rounds, of 300,000 records.
const SHAPES: [(u64, u64); 6] = [(36, 1000), (36, 10), (36, 1), (1, 10), (4, 1), (1, 1)];
const SHAPED_RECORDS: u64 = 300_000;

/// CPU time, as a multiple of duckdb's.
const MOST_OF_DUCKDB: f64 = 1.0;
/// CPU time of jq, as a multiple of ours.
const LEAST_OF_JQ: f64 = 10.0;
/// How much sooner two threads are done than one.
const LEAST_OF_THREADS: f64 = 1.6;
/// Most memory, in MB.
const MOST_MEGABYTES: f64 = 64.0;
/// Most time of a short run at its best, in milliseconds: others may be at work, too.
const MOST_MILLISECONDS: f64 = 5.0;

/// Typed columns, two of them read, one thread.
const DUCKDB: &str = "\
import duckdb, sys
session = duckdb.connect()
session.execute('SET threads = 1')
columns = \"{kind: 'VARCHAR', subject: 'STRUCT(name VARCHAR)', metrics: 'STRUCT(wall_seconds DOUBLE)'}\"
print(session.execute(f'''
    SELECT subject.name, count(*), median(metrics.wall_seconds),
        quantile_cont(metrics.wall_seconds, 0.95), min(metrics.wall_seconds), max(metrics.wall_seconds)
    FROM read_json('{sys.argv[1]}', format = 'newline_delimited', columns = {columns})
    GROUP BY ALL ORDER BY ALL''').fetchall())";

const JQ: &str = "\
jq -c '[.subject.name, .metrics.wall_seconds]' \"$1\" | jq -c -s 'group_by(.[0])[]
| (map(.[1]) | sort) as $all | ($all | length) as $n
| [.[0][0], $n, $all[$n / 2 | floor], $all[0.95 * $n | floor], $all[0], $all[-1]]'";

fn main() -> ExitCode {
    let asked = std::env::args().skip(1).find_map(|text| text.parse().ok());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    let mut limits = Limits::default();
    few(&file, &mut limits);
    shapes(&file, &mut limits);
    many(&file, asked.unwrap_or(ROUNDS), &mut limits);
    limits.answer()
}

/// The command that reports on a file.
fn dp_report(threads: u32, file: &Path) -> Vec<String> {
    let threads = format!("--threads={threads}");
    let program = env!("CARGO_BIN_EXE_dp-report");
    [program, "--format=jsonl", "--stat=p95", &threads, file.to_str().unwrap()]
        .map(str::to_owned)
        .into()
}

/// A file of some records: most of it is the start of the process.
fn few(file: &Path, limits: &mut Limits) {
    FEW.write(file).unwrap();
    let command = dp_report(2, file);
    let mut times: Vec<f64> = (0..SHORT_RUNS)
        .map(|_| {
            let mut program = Command::new(&command[0]);
            program.args(&command[1..]).stdin(Stdio::null()).stdout(Stdio::null());
            let began = Instant::now();
            let status = program.status().unwrap();
            let taken = began.elapsed().as_secs_f64();
            assert!(status.success());
            1e3 * taken
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (best, median) = (times[0], times[times.len() / 2]);
    println!(
        "{} records, {SHORT_RUNS} runs: {best:.1} ms at best, median {median:.1} ms\n",
        FEW.records
    );
    limits.at_most("milliseconds at best, few records", best, MOST_MILLISECONDS);
}

/// What batches and series cost.
fn shapes(file: &Path, limits: &mut Limits) {
    println!("{:<24} {:>8} {:>8}", "series a batch x rounds", "batches", "peak MB");
    for (series, rounds) in SHAPES {
        let shape = Shape::of(SHAPED_RECORDS, series, rounds);
        shape.write(file).unwrap();
        let peak = run(&dp_report(2, file)).peak;
        println!("{:<24} {:>8} {peak:>8.1}", format!("{series} x {rounds}"), shape.batches());
        limits.at_most(&format!("MB, {} batches", shape.batches()), peak, MOST_MEGABYTES);
    }
    println!();
}

/// All programs in turn on one file.
fn many(file: &Path, rounds: usize, limits: &mut Limits) {
    MANY.write(file).unwrap();
    let text = |text: &str| text.to_owned();
    let path = file.to_str().unwrap();
    let duckdb = std::env::var("DUCKDB").unwrap();
    let programs = [
        ("dp-report, one thread", dp_report(1, file), rounds),
        ("dp-report, two threads", dp_report(2, file), rounds),
        ("duckdb, one thread", vec![duckdb, text("-c"), text(DUCKDB), text(path)], rounds),
        ("jq", ["sh", "-c", JQ, "sh", path].map(text).into(), JQ_ROUNDS.min(rounds)),
    ];
    let mut taken: [Vec<Taken>; 4] = Default::default();
    for round in 0..rounds {
        for (taken, (_, command, _)) in
            taken.iter_mut().zip(&programs).filter(|(_, (.., rounds))| round < *rounds)
        {
            taken.push(run(command));
        }
    }
    println!(
        "{} records, {} MB, medians of {rounds} rounds (jq: {})",
        MANY.records,
        file.metadata().unwrap().len() / 1_000_000,
        JQ_ROUNDS.min(rounds)
    );
    println!("{:<24} {:>8} {:>8} {:>8}", "", "CPU s", "wall s", "peak MB");
    let medians = taken.map(|taken| Taken {
        cpu: median(&taken, |taken| taken.cpu),
        wall: median(&taken, |taken| taken.wall),
        peak: median(&taken, |taken| taken.peak),
    });
    for ((name, ..), Taken { cpu, wall, peak }) in programs.iter().zip(medians) {
        println!("{name:<24} {cpu:>8.2} {wall:>8.2} {peak:>8.1}");
    }
    println!();
    let [one, two, duckdb, jq] = medians;
    limits.at_most("CPU time of duckdb's", one.cpu / duckdb.cpu, MOST_OF_DUCKDB);
    limits.at_least("CPU time of jq's in ours", jq.cpu / one.cpu, LEAST_OF_JQ);
    limits.at_least("wall time of one thread in two", one.wall / two.wall, LEAST_OF_THREADS);
    limits.at_most("MB, one thread", one.peak, MOST_MEGABYTES);
    limits.at_most("MB, two threads", two.peak, MOST_MEGABYTES);
}

fn median(taken: &[Taken], figure: fn(&Taken) -> f64) -> f64 {
    let mut figures: Vec<f64> = taken.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    if figures.len().is_multiple_of(2) {
        f64::midpoint(figures[middle - 1], figures[middle])
    } else {
        figures[middle]
    }
}

/// What must hold, a line each.
#[derive(Default)]
struct Limits(Vec<(String, bool)>);

impl Limits {
    fn at_most(&mut self, what: &str, found: f64, limit: f64) {
        self.add(what, found, ("at most", limit), found <= limit);
    }

    fn at_least(&mut self, what: &str, found: f64, limit: f64) {
        self.add(what, found, ("at least", limit), found >= limit);
    }

    fn add(&mut self, what: &str, found: f64, (word, limit): (&str, f64), holds: bool) {
        let answer = if holds { "" } else { "  BROKEN" };
        self.0.push((format!("{what:<34} {found:>8.2}   {word} {limit}{answer}"), holds));
    }

    fn answer(&self) -> ExitCode {
        for (line, _) in &self.0 {
            println!("{line}");
        }
        let broken = self.0.iter().filter(|(_, holds)| !holds).count();
        println!("{broken} of {} limits broken", self.0.len());
        if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
