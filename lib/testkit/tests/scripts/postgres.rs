//! `postgres-tuning.sh`: two ways to start one image, under one load.

use dp_testkit::{Docker, Ran, assert_records, of_kind};

use crate::{Stubs, by_sh, command, ran, root};

const SCRIPT: &str = "postgres-tuning.sh";

/// The script with these programs instead of the tools.
fn with_stubs(stats: &str, report: &str, args: &[&str]) -> Ran {
    let stubs = Stubs::new(&[("dp-stats", stats), ("dp-report", report)]);
    let results = tempfile::tempdir().unwrap();
    let script = root().join("scripts").join(SCRIPT);
    let words = [&["sh", script.to_str().unwrap()], args].concat();
    ran(command(Some(stubs.path()), &words).env("DP_RESULTS", results.path()))
}

#[test]
fn the_same_image_is_started_by_its_own_command_and_by_the_plan_s() {
    let print = r#"printf '%s\n' "$@""#;
    let told = with_stubs(print, "exit 1", &["--records", "image", "--memory", "2g"]).expect(0);
    let words: Vec<&str> = told.stdout.lines().collect();
    assert_eq!(words[0], "image");
    let after = |option: &str| {
        let found = words.iter().enumerate().filter(|(_, word)| **word == option);
        found.map(|(at, _)| words[at + 1]).collect::<Vec<_>>()
    };
    let [default, tuned] = after("--variant")[..] else { panic!("{words:?}") };
    assert_eq!(default, "default=");
    assert!(tuned.starts_with("tuned=-- postgres -c shared_buffers=1GB -c "), "{tuned}");
    assert_eq!(tuned.matches(" -c ").count(), 16);
    assert_eq!(after("--memory"), ["2g"]);
    assert_eq!(after("--runs"), Vec::<&str>::new());
}

#[test]
fn no_exit_code_is_lost() {
    for code in [2, 3, 130] {
        let ended = with_stubs(&format!("exit {code}"), "echo reported >&2", &[]).expect(code);
        assert_eq!(ended.stderr, "");
    }
    for code in [0, 1, 2, 4] {
        let report = format!("cat \"$1\"; shift; echo \"$@\"; exit {code}");
        let ended = with_stubs("echo {}; exit 4", &report, &[]).expect(code);
        assert_eq!(ended.stdout, "{}\n--against default\n");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn both_servers_do_the_whole_load() {
    let image = "dp-base/postgres";
    assert!(Docker::new().image(image).is_some(), "no {image}: run scripts/bases postgres");
    let ended = ran(&mut by_sh(SCRIPT, &["--records", image, "--runs", "1"])).expect(0);
    let records = assert_records(&ended.stdout);
    let stats = of_kind(&records, "stats");
    assert_eq!(stats.len(), 2);
    for record in stats {
        assert_eq!(record.metrics.get("load_transactions"), Some(4.0 * 5000.0));
        assert_eq!(record.metrics.get("load_transactions_failed"), Some(0.0));
        assert!(record.metrics.get("memory_peak_bytes").is_some(), "{record:?}");
    }
}
