//! dp-size beside what reads the same bytes: `find` over the layer folders, the
//! bare stream of the export, the bare calls of the API, and dive.
//!
//! `scripts/bench size` brings all that up. CPU is that of whole process trees,
//! in interleaved rounds; what counts is the ratio.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

mod dive;
mod engine;
mod image;
mod run;
mod truth;
mod wire;

use std::path::{Path, PathBuf};

use dp_math::Sample;
use dp_session::Rounds;
use dp_testkit::{Docker, tool, unique, wait_until};

use image::Plan;
use run::{Cost, Cpu, cost, cpu};

/// Measured rounds, and rounds before them.
const ROUNDS: u32 = 7;
const WARMUP: u32 = 2;

/// 1.02 GB in 80,000 files of ten layers, nothing deleted.
const BIG: Plan = Plan { layers: 10, files: 8_000, file_bytes: 12_800, deletes: 0 };

/// 1.02 GB in 20,000 files, 2,000 of which a last layer deletes.
const DELETES: Plan = Plan { layers: 4, files: 5_000, file_bytes: 51_200, deletes: 2_000 };

/// A command in words.
type Words = Vec<String>;

fn words(words: &[&str]) -> Words {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn dp_size(source: &str, image: &str) -> Words {
    let program = tool("dp-size").display().to_string();
    words(&[&program, "--quiet", "--source", source, image])
}

fn median(values: &[f64]) -> f64 {
    Sample::new(values.to_vec()).unwrap().median()
}

/// Runs commands in interleaved rounds.
fn interleaved(commands: &[Words]) -> Vec<Vec<Cost>> {
    let mut costs = vec![Vec::new(); commands.len()];
    for slot in Rounds::new(commands.len(), ROUNDS, WARMUP, 7).slots() {
        let one = cost(&commands[slot.subject]);
        if !slot.warmup {
            costs[slot.subject].push(one);
        }
    }
    costs
}

/// A ratio beside what it must not exceed, or must reach.
fn print_ratio(what: &str, ratio: f64, bound: &str) {
    let bound = if bound.is_empty() { String::new() } else { format!("  ({bound})") };
    println!("  {what:<58} {ratio:8.2}{bound}");
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The layer folders of an image, as the engine names them.
fn folders(docker: &Docker, image: &str) -> Words {
    let facts = docker.image(image).unwrap();
    let data = &facts["GraphDriver"]["Data"];
    let keys = ["LowerDir", "UpperDir"].map(|key| data[key].as_str().unwrap_or("").to_owned());
    keys.iter().flat_map(|paths| paths.split(':')).map(str::to_owned).collect()
}

/// Storage beside `find`: both read the metadata of the same folders.
fn storage(docker: &Docker, image: &str, what: &str) -> Cpu {
    let mut find = words(&["find"]);
    find.extend(folders(docker, image));
    find.extend(words(&["-printf", "%y %s %m %U %G %n %i %p\\n"]));
    let costs = interleaved(&[find, dp_size("storage", image)]);
    let (find, ours) = (cpu(&costs[0]), cpu(&costs[1]));
    println!("{what}: storage, {ROUNDS} rounds");
    println!("  find -printf: {find}; dp-size: {ours}");
    print_ratio("dp-size storage / find -printf, CPU", ours.own / find.own, "at most 1.5");
    ours
}

/// The export beside the bare stream.
fn export(image: &str) {
    let bare = |measured: &mut Vec<f64>| measured.push(wire::drain(image).as_secs_f64());
    let (mut plain, mut ours, mut peak) = (Vec::new(), Vec::new(), 0);
    let command = dp_size("export", image);
    let staging = engine::staging_folder();
    for slot in Rounds::new(2, ROUNDS, 1, 7).slots() {
        let mut times = Vec::new();
        // The engine tidies up after an export beside the next one.
        wait_until("the engine is done with the last export", || engine::is_tidy(&staging));
        if slot.subject == 0 {
            bare(&mut times);
        } else {
            let cost = cost(&command);
            times.push(cost.wall_seconds);
            peak = peak.max(cost.peak_bytes);
        }
        if !slot.warmup {
            [&mut plain, &mut ours][slot.subject].extend(times);
        }
    }
    let (plain, ours) = (median(&plain), median(&ours));
    println!("1 GB, 80,000 files: export, {ROUNDS} rounds");
    println!("  GET /images/X/get to nowhere {plain:.2} s, dp-size {ours:.2} s");
    print_ratio("dp-size export / bare stream, wall", ours / plain, "at most 1.1");
    print_ratio("peak memory of dp-size, MB", mega(peak), "at most 64");
}

/// `inspect` beside the calls that it makes, sent again by hand.
fn inspect(image: &str) {
    let command = dp_size("inspect", image);
    let calls = wire::calls(&command);
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for slot in Rounds::new(2, 31, 3, 7).slots() {
        let seconds = if slot.subject == 0 {
            wire::replay(&calls).as_secs_f64()
        } else {
            cost(&command).wall_seconds
        };
        if !slot.warmup {
            [&mut bare, &mut ours][slot.subject].push(seconds);
        }
    }
    let (bare, ours) = (median(&bare) * 1e3, median(&ours) * 1e3);
    println!("inspect, 31 rounds: its {} calls {bare:.1} ms, dp-size {ours:.1} ms", calls.len());
    print_ratio("dp-size inspect - its calls, ms", ours - bare, "at most 20");
}

/// All about the image without deletes. One image at a time: each is a gigabyte
/// on the engine, and another one while it is exported.
fn big(dive: Option<&Path>) {
    let what = "1 GB, 80,000 files";
    let mut docker = Docker::new();
    let name = unique("bench-big");
    docker.remove_at_end(&name);
    image::load(&name, &BIG);
    let ours = storage(&docker, &name, what);
    export(&name);
    inspect(&name);
    if let Some(dive) = dive {
        dive::compare(dive, what, &name, ours, 3, "at least 40");
    }
}

/// CPU on the image with deletes. dive takes minutes for it: once is enough.
fn deletes(dive: Option<&Path>) {
    let what = "1 GB, 2,000 deletes";
    let mut docker = Docker::new();
    let name = unique("bench-deletes");
    docker.remove_at_end(&name);
    image::load(&name, &DELETES);
    let ours = storage(&docker, &name, what);
    if let Some(dive) = dive {
        dive::compare(dive, what, &name, ours, 1, "at least 500");
    }
}

fn main() {
    let dive = std::env::var_os("DIVE").map(PathBuf::from);
    println!("engine {}", Docker::new().version());
    if dive.is_none() {
        println!("skipped: dive, since DIVE names no program");
    }
    truth::compare(dive.as_deref());
    big(dive.as_deref());
    deletes(dive.as_deref());
}
