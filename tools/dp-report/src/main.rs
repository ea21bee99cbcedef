//! What changed, is it real, is it allowed?

use std::process::ExitCode;

fn main() -> ExitCode {
    dp_tool::main(dp_report::run)
}
