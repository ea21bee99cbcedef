//! dive, which looks for wasted bytes too.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::print_ratio;
use crate::run::{Cost, Cpu, cost, cpu};

/// What dive says of an image, and what it costs.
pub(crate) fn measure(dive: &Path, image: &str) -> (Value, Cost) {
    let report = tempfile::NamedTempFile::new().unwrap();
    let words =
        [&dive.display().to_string(), image, "--json", &report.path().display().to_string()];
    let cost = cost(&words.map(str::to_owned));
    (serde_json::from_slice(&fs::read(report.path()).unwrap()).unwrap(), cost)
}

/// All the CPU that an answer costs, beside ours. The engine is part of it:
/// dive has it save the image.
pub(crate) fn compare(dive: &Path, what: &str, image: &str, ours: Cpu, runs: usize, bound: &str) {
    let costs: Vec<Cost> = (0..runs).map(|_| measure(dive, image).1).collect();
    let theirs = cpu(&costs);
    println!("{what}: dive --json, {runs} runs: {theirs}; dp-size: {ours}");
    print_ratio("dive / dp-size storage, CPU without the engine's", theirs.own / ours.own, "");
    print_ratio("dive / dp-size storage, CPU", theirs.whole() / ours.whole(), bound);
}
