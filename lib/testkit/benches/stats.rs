//! What watching costs: 50 idle containers at 10 Hz, beside `docker stats`, and
//! whether what dp-stats says of its own cost is what the kernel says.
//!
//! `scripts/bench stats` builds what is compared and brings up the engine.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dp_engine::endpoint::{Environment, Selection, resolve};
use dp_record::Record;
use dp_session::host::{engine_process, process_cpu};
use dp_testkit::{Load, Running, Tool, has_open, of_kind, wait_until};

/// Containers that are watched at once, for how long, and readings a second.
const CONTAINERS: usize = 50;
const SECONDS: u64 = 30;
const PER_SECOND: f64 = 10.0;

/// CPU time of a process and its threads, in seconds: the first field of their
/// schedstat, in nanoseconds (Documentation/scheduler/sched-stats.rst).
fn kernels_account(process: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten();
    let nanos = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() / 1e9
}

/// Whether a process reads the groups of all of these.
fn watches(process: u32, containers: &[String]) -> bool {
    containers.iter().all(|id| has_open(process, id))
}

fn engine() -> u32 {
    let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
    engine_process(&endpoint.transport).unwrap()
}

fn metric(record: &Record, name: &str) -> f64 {
    record.metrics.get(name).unwrap()
}

fn sum(records: &[&Record], name: &str) -> f64 {
    records.iter().map(|record| metric(record, name)).sum()
}

fn by_dp_stats(containers: &[String], engine: u32) -> f64 {
    let before = process_cpu(engine).unwrap();
    let period = format!("{SECONDS}s");
    let tool = Tool::new("dp-stats").args(["-q", "--for", &period]).args(containers);
    let running: Running = tool.start();
    let process = running.pid();
    wait_until("all are watched", || watches(process, containers));
    let begun = kernels_account(process);
    // Nothing of it happens while the benchmark looks elsewhere: the account is
    // read as long as there is one.
    let mut last = begun;
    while fs::metadata(format!("/proc/{process}/task")).is_ok() && watches(process, containers) {
        last = kernels_account(process).max(last);
        std::thread::sleep(Duration::from_millis(200));
    }
    let kernels = last - begun;
    let ran = running.wait().expect(0);
    let records = ran.records();
    let records = of_kind(&records, "stats");
    let readings = sum(&records, "samples");
    let told = metric(records[0], "overhead_cpu_seconds");
    let due = CONTAINERS as f64 * (SECONDS as f64 * PER_SECOND + 1.0);
    println!("{CONTAINERS} idle containers at {PER_SECOND} Hz for {SECONDS} s");
    println!(
        "  readings          {readings} of {due} due, {} missed",
        sum(&records, "samples_missed")
    );
    println!("  a reading         {:.1} us of CPU time (limit 100)", told / readings * 1e6);
    println!("  of one core       {:.2} % (limit 10)", told / SECONDS as f64 * 100.0);
    println!(
        "  told of itself    {told:.3} s, the kernel says {kernels:.3} s: {:.3} x (limit 0.9 to 1.1)",
        told / kernels
    );
    let engines = process_cpu(engine).unwrap().saturating_sub(before).as_secs_f64();
    println!("  with the engine   {:.3} s", told + engines);
    told + engines
}

/// `docker stats`, which shows about one reading a second.
fn by_docker(containers: &[String], engine: u32) -> f64 {
    let before = process_cpu(engine).unwrap();
    let mut child: Child = Command::new("docker")
        .args(["stats", "--format", "{{.MemUsage}}"])
        .args(containers)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(SECONDS));
    let ours = kernels_account(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    let engines = process_cpu(engine).unwrap().saturating_sub(before).as_secs_f64();
    println!("docker stats, once a second: {ours:.3} s, with the engine {:.3} s", ours + engines);
    ours + engines
}

fn main() {
    let load = Load::new();
    let engine = engine();
    let containers: Vec<String> =
        (0..CONTAINERS).map(|_| load.run(&["--network", "none"], &["memory=1"])).collect();
    let ours = by_dp_stats(&containers, engine);
    let dockers = by_docker(&containers, engine);
    println!(
        "dp-stats at {PER_SECOND} Hz / docker stats at 1 Hz: {:.3} x of its CPU time",
        ours / dockers
    );
}
