//! dive, which looks for wasted bytes too.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::run::{Cost, cost};
use crate::{cpu, print_ratio};

/// What dive says of an image, and what it costs.
pub(crate) fn measure(dive: &Path, image: &str) -> (Value, Cost) {
    let report = tempfile::NamedTempFile::new().unwrap();
    let words =
        [&dive.display().to_string(), image, "--json", &report.path().display().to_string()];
    let cost = cost(&words.map(str::to_owned));
    (serde_json::from_slice(&fs::read(report.path()).unwrap()).unwrap(), cost)
}

/// CPU of dive's whole process tree beside ours: `ours` seconds of CPU.
pub(crate) fn compare(dive: &Path, what: &str, image: &str, ours: f64, runs: usize, bound: &str) {
    let costs: Vec<Cost> = (0..runs).map(|_| measure(dive, image).1).collect();
    let theirs = cpu(&costs);
    println!("{what}: dive --json, {runs} runs: {theirs:.1} s CPU, dp-size {ours:.3} s");
    print_ratio("dive / dp-size storage, CPU", theirs / ours, bound);
}
