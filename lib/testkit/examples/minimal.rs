//! The least that a program with clap can be: what the start of our tools is
//! compared with.

use clap::Parser;

/// Does nothing.
#[derive(Parser)]
struct Args {}

fn main() {
    Args::parse();
}
