//! Reads the group of a running container, and tells what one reading costs:
//!
//!     cargo run -p dp-engine --example sample -- CONTAINER_ID PID [TIMES]
#![expect(clippy::print_stdout, reason = "that is what an example is for")]

use std::time::Instant;

use dp_engine::cgroup::{CgroupError, Group, Interfaces};

fn main() -> Result<(), CgroupError> {
    let mut args = std::env::args().skip(1);
    let container = args.next().unwrap_or_default();
    let mut number =
        |otherwise| args.next().and_then(|word| word.parse().ok()).unwrap_or(otherwise);
    let (pid, times) = (number(0), number(10_000));
    let mut group = Group::of_container(&container, pid)?;
    println!("{:#?}\n{:#?}\n{:#?}", group.sample()?, group.totals(), group.limits());
    let begin = Instant::now();
    for _ in 0..times {
        group.sample()?;
    }
    let sample = begin.elapsed() / times.max(1);
    let begin = Instant::now();
    for _ in 0..times {
        group.totals();
    }
    let totals = begin.elapsed() / times.max(1);
    let interfaces = Interfaces::of_process(pid)?;
    let begin = Instant::now();
    for _ in 0..times {
        interfaces.read()?;
    }
    let network = begin.elapsed() / times.max(1);
    println!("one sample {sample:?}, totals {totals:?}, network {network:?} (means of {times})");
    Ok(())
}
