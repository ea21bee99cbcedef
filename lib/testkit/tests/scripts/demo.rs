//! The demo: what comes first, what is measured again, and that verdicts and a
//! missing engine end it as they should.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use dp_testkit::{Context, Ran};

use crate::{Stubs, command, ran, root};

/// Copies a file of the project, with its mode.
fn copy(place: &Context, path: &str) {
    let text = fs::read_to_string(root().join(path)).unwrap();
    place.write(path, &text);
    make_executable(place, path);
}

fn make_executable(place: &Context, path: &str) {
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(place.path().join(path), mode).unwrap();
}

/// A copy of the script whose tools and other scripts write down what they are
/// called for, in `events`.
struct Site {
    place: Context,
    stubs: Stubs,
}

impl Site {
    /// `up` is what bringing up an engine does, in `sh`.
    fn new(up: &str) -> Self {
        let place =
            Context::empty().with("dockerfiles/hello-service/Dockerfile", "FROM dp-base/gcc\n");
        for name in ["demo", "lib/say.sh", "lib/keep.sh", "lib/systems.sh", "lib/system.sh"] {
            copy(&place, &format!("scripts/{name}"));
        }
        copy(&place, "scripts/lib/compare.sh");
        copy(&place, "dockerfiles/hello-service/measure.sh");
        let up = format!("if [ $1 = up ]; then {up}; fi");
        let scripts = [
            ("engine", up.as_str()),
            ("bases", ""),
            ("optimize-layers.sh", "echo cached >>events; echo '{}'"),
            ("performance-testing.sh", "echo edited >>events; echo '{}'"),
        ];
        for (name, text) in scripts {
            let name = format!("scripts/{name}");
            place.write(&name, &format!("#!/bin/sh\n{text}\n"));
            make_executable(&place, &name);
        }
        // Two builds, of 10 s each.
        let record = r#"{"metrics":{"wall_seconds":10.0,"steps":3}}"#;
        let build = format!("echo cold >>events; printf '%s\\n' '{record}' '{record}'");
        let stubs = Stubs::new(&[
            ("cargo", "echo \"compile $(echo $* | grep -o 'dp-[a-z]*' | wc -l)\" >>events"),
            ("docker", "echo 28.5.2"),
            ("dp-build", &build),
            ("dp-size", ""),
            ("dp-start", ""),
            ("dp-stats", ""),
            // Something regressed.
            ("dp-report", "echo report >>events; exit 1"),
        ]);
        Self { place, stubs }
    }

    fn demo(&self) -> Ran {
        let script = self.place.path().join("scripts/demo");
        let words = ["bash", script.to_str().unwrap()];
        ran(command(Some(self.stubs.path()), &words).current_dir(self.place.path()))
    }

    /// What happened since the last time.
    fn events(&self) -> Vec<String> {
        let file = self.place.path().join("events");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let _ = fs::remove_file(file);
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn the_first_report_comes_before_all_that_takes_long() {
    let site = Site::new("true");
    let ended = site.demo().expect(0);
    assert_eq!(
        site.events(),
        ["compile 3", "cold", "cached", "report", "compile 5", "edited", "report"]
    );
    // Nine rounds of 21 s at most, and 100 s of starts and use.
    assert!(
        ended.stderr.contains("measuring what is left takes about 5 min\n"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("make demo-r"), "{}", ended.stderr);
}

#[test]
fn a_second_demo_measures_nothing_that_has_not_changed() {
    let site = Site::new("true");
    let _ = site.demo().expect(0);
    site.events();
    let _ = site.demo().expect(0);
    assert_eq!(site.events(), ["compile 3", "report", "compile 5", "report"]);
    site.place.write("dockerfiles/hello-service/Dockerfile", "FROM dp-base/busybox\n");
    let _ = site.demo().expect(0);
    assert!(site.events().contains(&"cold".to_owned()));
}

#[test]
fn without_an_engine_the_demo_ends_with_its_code_and_words() {
    let site = Site::new("echo 'engine: only root can' >&2; exit 3");
    let ended = site.demo().expect(3);
    assert!(ended.stderr.contains("engine: only root can\n"), "{}", ended.stderr);
    assert_eq!(site.events(), ["compile 3"]);
}
