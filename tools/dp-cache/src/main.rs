//! Entry point.

use std::process::ExitCode;

fn main() -> ExitCode {
    dp_tool::main(dp_cache::run)
}
