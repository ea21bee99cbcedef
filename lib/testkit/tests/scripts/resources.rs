//! `resource-optimization.sh`: the same job without limits, under the usual ones,
//! and under the one that was found.

use std::fs;

use dp_testkit::{Context, Docker, Ran, assert_records, of_kind, unique};

use crate::{Stubs, by_sh, command, ran, root};

const SCRIPT: &str = "resource-optimization.sh";
/// Finds a limit, and says how it was called when it is not asked for one.
const STATS: &str = r#"case "$*" in
*--fit*) echo '{"metrics":{"memory_fit_bytes":7340032,"x":1}}' ;;
*) echo "$*" ;;
esac"#;

fn folder() -> Context {
    Context::new("").with("Dockerfile.production", "FROM dp-base/busybox\n")
}

fn with_stubs(build: &str, stats: &str, report: &str, args: &[&str]) -> Ran {
    let stubs = Stubs::new(&[("dp-build", build), ("dp-stats", stats), ("dp-report", report)]);
    let (results, folder) = (tempfile::tempdir().unwrap(), folder());
    let script = root().join("scripts").join(SCRIPT);
    let words = [&["sh", script.to_str().unwrap()], args, &[folder.path().to_str().unwrap()]];
    ran(command(Some(stubs.path()), &words.concat()).env("DP_RESULTS", results.path()))
}

#[test]
fn the_limit_that_was_found_is_one_of_those_that_are_compared() {
    let told = with_stubs("echo {}", STATS, "exit 1", &["--records", "-r", "3"]).expect(0);
    let expected = "--limits none --limits memory=1g,cpus=1 --variant \
                    fitted=--memory 7340032 --memory-swap 7340032 --runs 3\n";
    assert!(told.stdout.starts_with(expected), "{}", told.stdout);
    assert!(told.stdout.contains("\"memory_fit_bytes\":7340032"), "{}", told.stdout);
}

#[test]
fn no_exit_code_is_lost() {
    for code in [2, 3, 130] {
        let ended = with_stubs(&format!("exit {code}"), STATS, "echo reported >&2", &[]);
        assert_eq!(ended.expect(code).stderr, "");
        let ended = with_stubs("echo {}", &format!("exit {code}"), "echo reported >&2", &[]);
        assert_eq!(ended.expect(code).stderr, "");
    }
    for code in [0, 1, 2, 4] {
        let ended = with_stubs("echo {}", STATS, &format!("cat \"$1\"; exit {code}"), &[]);
        assert!(ended.expect(code).stdout.starts_with("--limits none"));
    }
    // Nothing was found: the records say why, and there is nothing to compare.
    let ended = with_stubs("echo {}", "echo none; exit 4", "cat \"$1\"; exit 4", &[]).expect(4);
    assert_eq!(ended.stdout, "none\n");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_job_is_measured_under_the_limit_that_it_needs() {
    let mut docker = Docker::new();
    let name = unique("resources");
    // It holds about 40 MB while it counts.
    let job =
        "CMD [\"sh\", \"-c\", \"x=$(head -c 20000000 /dev/zero | tr '\\\\0' a); echo ${#x}\"]\n";
    let text = format!("FROM dp-base/busybox\nRUN echo {name}\n{job}");
    let context = Context::empty().with("Dockerfile.production", &text);
    docker.remove_all_at_end(&context.word());
    let mut script = by_sh(SCRIPT, &["--records", "-r", "2", "."]);
    let records = assert_records(&ran(script.current_dir(context.path())).expect(0).stdout);
    let stats = of_kind(&records, "stats");
    let limits = stats.iter().filter_map(|one| one.metrics.get("memory_limit_bytes"));
    let mut limits: Vec<f64> = limits.collect();
    limits.sort_by(f64::total_cmp);
    let fit = stats.iter().find_map(|one| one.metrics.get("memory_fit_bytes")).unwrap();
    // Those of the fit itself come without a limit.
    assert_eq!(limits, [fit, fit, 1_073_741_824.0, 1_073_741_824.0]);
    let killed = stats.iter().filter_map(|one| one.metrics.get("oom_kills")).fold(0.0, f64::max);
    assert!(killed.abs() < f64::EPSILON, "{killed}");
    assert!(!fs::exists(context.path().join("dp-results")).unwrap());
}
