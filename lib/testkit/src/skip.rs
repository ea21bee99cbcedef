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

/// Whether a test that shows nothing of the engine runs on another one: then it is skipped,
/// and returns.
pub fn shown_elsewhere() -> bool {
    let elsewhere = engine_elsewhere();
    if let Some(engine) = &elsewhere {
        skip(&format!("it shows nothing of the engine, and runs on the {engine} one"));
    }
    elsewhere.is_some()
}

/// The other engine on which tests run that show nothing of the engine, or a table as a whole of
/// which a part is enough here; none if it is this one. `scripts/test` names in `DP_SHOWN` the
/// engine for such tests, and behind it others for some crates (`stable dp-stats=newer`), and in
/// `DP_ENGINE` this one.
pub fn engine_elsewhere() -> Option<String> {
    let [shown, here] = ["DP_SHOWN", "DP_ENGINE"].map(|name| env::var(name).unwrap_or_default());
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    engine_of(&shown, &package).filter(|engine| *engine != here).map(str::to_owned)
}

/// The engine on which such tests of this crate run; none where nobody says it.
fn engine_of<'s>(shown: &'s str, package: &str) -> Option<&'s str> {
    let of_package = |word: &'s str| word.split_once('=').filter(|(name, _)| *name == package);
    let own = shown.split(' ').find_map(of_package).map(|(_, engine)| engine);
    own.or_else(|| shown.split(' ').next().filter(|engine| !engine.is_empty()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_has_its_engine_or_that_of_all() {
        let shown = "stable dp-start=newer dp-stats=newer";
        assert_eq!(engine_of(shown, "dp-build"), Some("stable"));
        assert_eq!(engine_of(shown, "dp-stats"), Some("newer"));
        assert_eq!(engine_of("", "dp-stats"), None);
    }
}
