//! Records that are kept: whole, and only as long as nothing has changed.

use std::fs;
use std::path::Path;

use dp_testkit::{Context, Ran};

use crate::{Stubs, command, ran, root};

/// A folder to measure, one for the records, and an engine whose answers the
/// test gives. Each measurement adds a line to `measured`.
struct Site {
    place: Context,
    stubs: Stubs,
}

const MEASURE: &str = "echo measured >>measured; wc -l <measured; exit ${CODE:-0}";

impl Site {
    fn new() -> Self {
        let place = Context::empty()
            .with("example/Dockerfile", "ARG BASE=dp-base/busybox\n")
            .with("example/R/log.R", "# a log\n")
            .with("engine", "28.5.2\n");
        let docker = "cat engine";
        let tools = [
            ("docker", docker),
            ("dp-build", ""),
            ("dp-size", ""),
            ("dp-start", ""),
            ("dp-stats", ""),
        ];
        let stubs = Stubs::new(&tools);
        Self { place, stubs }
    }

    /// Keeps what a script prints, as `scripts/demo` does.
    fn keep(&self, setting: &str, argument: &str) -> Ran {
        let line = format!(
            "set -euo pipefail; program=keep; here={here}; . $here/lib/say.sh; . $here/lib/keep.sh
             {setting}; keep measuring records example dp-build dp-size -- ./measure {argument}",
            here = root().join("scripts").display(),
        );
        self.place.write("measure", &format!("#!/bin/sh\n{MEASURE}\n"));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(self.place.path().join("measure"), mode).unwrap();
        let words = ["bash", "-c", &line];
        ran(command(Some(self.stubs.path()), &words).current_dir(self.place.path()))
    }

    /// How often was measured after keeping once more.
    fn count(&self, argument: &str) -> String {
        let _ = self.keep("true", argument).expect(0);
        fs::read_to_string(self.path("records")).unwrap()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        Path::join(self.place.path(), name)
    }
}

#[test]
fn what_has_not_changed_is_not_measured_again() {
    let site = Site::new();
    assert_eq!(site.count(""), "1\n");
    let again = site.keep("true", "").expect(0);
    assert!(again.stderr.starts_with("keep: records: kept, measured 2"), "{}", again.stderr);
    assert_eq!(site.count(""), "1\n");
}

#[test]
fn a_change_of_anything_is_measured_anew() {
    let site = Site::new();
    assert_eq!(site.count(""), "1\n");
    assert_eq!(site.count("--runs=9"), "2\n");
    site.place.write("example/R/log.R", "# an edit\n");
    assert_eq!(site.count("--runs=9"), "3\n");
    fs::rename(site.path("example/R/log.R"), site.path("example/R/logs.R")).unwrap();
    assert_eq!(site.count("--runs=9"), "4\n");
    site.place.write("engine", "29.0.0\n");
    assert_eq!(site.count("--runs=9"), "5\n");
    fs::write(site.stubs.path().join("dp-size"), "#!/bin/sh\n# newer\n").unwrap();
    assert_eq!(site.count("--runs=9"), "6\n");
    site.place.write("records", "6 by hand\n");
    assert_eq!(site.count("--runs=9"), "7\n");
    assert_eq!(site.count("--runs=9"), "7\n");
}

#[test]
fn what_failed_or_was_interrupted_is_not_kept() {
    let site = Site::new();
    for (setting, code) in [("export CODE=130", 130), ("export CODE=3", 3)] {
        let ended = site.keep(setting, "").expect(code);
        assert!(ended.stderr.contains(&format!("not measured (exit code {code})")));
        assert!(!site.path("records").exists() && !site.path("records.part").exists());
    }
    assert_eq!(site.count(""), "3\n");
    // A later failure leaves nothing of the former success, which was of other inputs.
    let _ = site.keep("export CODE=4", "--runs=9").expect(4);
    assert!(!site.path("records").exists());
}
