//! Tests that cannot run on every machine. libtest knows no such test: one that
//! returns early has passed. So it is written down, and `scripts/test` counts it.

use std::env;
use std::fs::File;
use std::io::Write as _;
use std::thread;

use serde_json::json;

/// Says that the test that runs in this thread cannot run here, and why; the test
/// returns then. One JSON line goes to the file that `DP_SKIPS` names.
///
/// # Panics
/// Without `DP_SKIPS`: where nobody counts, no test passes without testing.
pub fn skip(reason: &str) {
    let test = name_of_this_test();
    let Some(file) = env::var_os("DP_SKIPS") else {
        panic!("{test} cannot run here: {reason} (scripts/test counts it as skipped)");
    };
    let mut file = File::options().append(true).create(true).open(file).unwrap();
    // In one piece: tests run side by side.
    let line = format!("{}\n", json!({ "test": test, "reason": reason }));
    file.write_all(line.as_bytes()).unwrap();
}

/// Whether a test that shows nothing of the engine has run on another one already, which
/// `scripts/test` names in `DP_SHOWN_ON`: then it is skipped, and returns.
pub fn shown_elsewhere() -> bool {
    let engine = env::var("DP_SHOWN_ON").unwrap_or_default();
    if engine.is_empty() {
        return false;
    }
    skip(&format!("it shows nothing of the engine, and ran on the {engine} one"));
    true
}

/// Crate, test program and test, as in `dp-stats engine lost::name`.
fn name_of_this_test() -> String {
    // Cargo names the crate, libtest the thread.
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    let program = env::current_exe().unwrap();
    let program = program.file_stem().unwrap_or_default().to_string_lossy();
    let program = program.rsplit_once('-').map_or(&*program, |(name, _hash)| name);
    let current = thread::current();
    format!("{package} {program} {}", current.name().unwrap_or("(a thread without a name)"))
}
