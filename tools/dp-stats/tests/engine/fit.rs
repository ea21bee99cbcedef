//! `--fit memory` on work whose need is known.

use dp_record::{Outcome, Record};
use dp_testkit::{
    BASE, Docker, Load, Ran, Relay, Signal, Tool, batch, groups_of, left, remove_groups,
    shown_elsewhere, wait_until,
};
use serde_json::Value;

use crate::job::{MIB, detail, dp_stats, metric, stats};

/// Runs of the work without a limit, and the record of the fit, the last one.
fn fitted(ran: &Ran) -> (Vec<Record>, Record) {
    let mut records = stats(ran);
    let fit = records.pop().unwrap();
    assert_eq!(fit.subject.as_ref().unwrap().scenario.as_deref(), Some("fit"), "{}", ran.output());
    (records, fit)
}

fn tries(fit: &Record) -> Vec<Value> {
    detail(fit)["fit"]["tries"].as_array().unwrap().clone()
}

/// The exit code of the work under a limit, by docker run.
fn code_under(load: &Load, limit: f64, words: &[&str]) -> Option<i32> {
    let (memory, swap) = (format!("--memory={limit}"), format!("--memory-swap={limit}"));
    let run = ["run", "--rm", "--network", "none", "--volume", "/data", &memory, &swap];
    load.docker.run(&[&run[..], &[&load.image], words].concat()).status.code()
}

#[track_caller]
fn assert_nothing_left(load: &Load, record: &Record) {
    assert!(left(&load.docker, &load.image).is_empty());
    assert_eq!(groups_of(batch(record)), Vec::<String>::new());
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn work_that_needs_100_mib_fits_within_three_percent_after_six_limited_runs_at_most() {
    // The kernel's limits are tried, in many runs.
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    // Long enough that a moment's wait for a CPU is no matter.
    let words = ["memory=100", "burn=300", "end"];
    let ran = dp_stats(&load, &["--network", "none", "--fit", "memory"], &words).run().expect(0);
    let (baseline, fit) = fitted(&ran);
    assert_eq!(baseline.len(), 3);
    let searching = tries(&fit).iter().filter(|one| one["confirming"] == false).count();
    assert!(searching <= 6, "{fit:?}");
    assert_eq!(detail(&fit)["fit"]["sure"]["searching_runs"], searching);
    // 100 MiB, and the pages of the program itself: at most what the kernel saw.
    let limit = metric(&fit, "memory_fit_bytes");
    let peak = baseline.iter().map(|one| metric(one, "memory_peak_bytes")).fold(0.0, f64::max);
    assert!(limit > 100.0 * MIB && limit <= peak * 1.03, "{limit}, with a peak of {peak}");
    let (failing, passing) =
        (metric(&fit, "memory_fit_failing_bytes"), metric(&fit, "memory_fit_passing_bytes"));
    assert!(failing < passing && passing <= limit, "{fit:?}");
    assert!(tries(&fit).iter().any(|one| one["failing"] == "oom_killed"), "{fit:?}");
    // Docker says so too: it holds, and 3 % less does not.
    for _ in 0..3 {
        assert_eq!(code_under(&load, limit, &words), Some(0), "{limit}");
    }
    assert_eq!(code_under(&load, (limit / 1.03 / 4096.0).floor() * 4096.0, &words), Some(137));
    assert_nothing_left(&load, &fit);
}

/// 200 MiB are written, of which 40 MiB are read again and again.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn work_with_page_cache_gets_what_it_needs_by_memory_pressure_and_not_its_peak() {
    // The kernel's limits are tried, in many runs.
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let words = ["cache=200", "reread=40", "burn=1000", "end"];
    let options = ["--network", "none", "--volume", "/data"];
    let fits = [&options[..], &["--fit", "memory"]].concat();
    let ran = dp_stats(&load, &fits, &words).run().expect(0);
    let (baseline, fit) = fitted(&ran);
    assert!(baseline.iter().all(|one| metric(one, "memory_peak_bytes") > 200.0 * MIB));
    let limit = metric(&fit, "memory_fit_bytes");
    assert!(limit > 40.0 * MIB && limit < 120.0 * MIB, "{limit}");
    let failing: Vec<Value> =
        tries(&fit).into_iter().filter(|one| one["passed"] == false).collect();
    assert!(!failing.is_empty());
    for one in failing {
        // It would have passed, if slowly; the slowest are stopped.
        assert!(one["exit_code"] == 0 || one["seconds"].is_null(), "{one}");
        assert_eq!(one["oom_kills"], 0, "{one}");
        assert!(one["failing"] == "memory_pressure" || one["failing"] == "slower", "{one}");
    }
    // In runs of another batch it neither is killed nor, mostly, waits longer.
    let passes = &detail(&fit)["fit"]["passes"];
    let bound = |name: &str| passes[name].as_f64().unwrap();
    let limits = format!("memory={limit}");
    let again = [&options[..], &["--limits", &limits, "-r", "3"]].concat();
    let runs = stats(&dp_stats(&load, &again, &words).run().expect(0));
    let waited = |run| metric(run, "memory_pressure_ratio") * metric(run, "observed_seconds");
    let longer = runs.iter().map(waited).filter(|waited| *waited > bound("stalled_seconds"));
    assert!(longer.clone().count() <= 1, "{:?} {passes}", longer.collect::<Vec<_>>());
    for _ in runs {
        assert_eq!(code_under(&load, limit, &words), Some(0));
    }
    assert_nothing_left(&load, &fit);
}

/// The load takes 60 MiB within a container that has nothing else to do.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_service_is_fitted_to_its_load() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let command = "docker exec $DP_CONTAINER /load memory=60 end";
    let options = ["--network", "none", "--load-command", command, "--fit", "memory"];
    let (baseline, fit) = fitted(&dp_stats(&load, &options, &[]).run().expect(0));
    let limit = metric(&fit, "memory_fit_bytes");
    let peak = baseline.iter().map(|one| metric(one, "memory_peak_bytes")).fold(0.0, f64::max);
    assert!(limit > 60.0 * MIB && limit <= peak * 1.03, "{limit}, with a peak of {peak}");
    assert!(tries(&fit).iter().any(|one| one["passed"] == false), "{fit:?}");
    assert_nothing_left(&load, &fit);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn every_variant_is_fitted_for_itself() {
    // The kernel's limits are tried, in many runs.
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let options =
        ["-r", "1", "--variant", "small=-- memory=20 end", "--variant", "big=-- memory=60 end"];
    let args = [&["-q", &load.image, "--fit", "memory"][..], &options].concat();
    let records = stats(&Tool::new("dp-stats").args(args).run().expect(0));
    let of = |variant: &str| {
        let is = |one: &&Record| {
            let subject = one.subject.as_ref().unwrap();
            let fit = subject.scenario.as_deref() == Some("fit");
            fit && subject.variant.as_deref() == Some(variant)
        };
        metric(records.iter().find(is).unwrap(), "memory_fit_bytes") / MIB
    };
    assert!((20.0..26.0).contains(&of("small")), "{}", of("small"));
    assert!((60.0..64.0).contains(&of("big")), "{}", of("big"));
    assert_eq!(records.len(), 4);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn work_that_does_not_pass_without_a_limit_has_no_fit() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let ran = dp_stats(&load, &["--fit", "memory"], &["nonsense"]).run().expect(4);
    let (_, fit) = fitted(&ran);
    assert_eq!(fit.outcome, Outcome::Failed);
    assert_eq!(fit.error.as_ref().unwrap().code, "fit_without_baseline");
    assert_nothing_left(&load, &fit);
}

/// It hangs as soon as it has a limit: each try is given up after its time.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn work_that_hangs_under_every_limit_has_no_fit_and_an_end() {
    // The kernel's limits are tried, in many runs.
    if shown_elsewhere() {
        return;
    }
    let _ = Docker::new();
    let hangs = "case $(cat /sys/fs/cgroup/memory.max \
        /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null) in \
        max | ???????????????*) ;; *) exec sleep 600 ;; esac";
    let options = ["-q", BASE, "--stop-signal", "SIGKILL", "--fit", "memory", "-r", "1"];
    let args = [&options[..], &["--", "sh", "-c", hangs]].concat();
    let ran = Tool::new("dp-stats").args(args).run().expect(4);
    let (_, fit) = fitted(&ran);
    assert_eq!(fit.error.as_ref().unwrap().code, "fit_not_found");
    assert!(tries(&fit).iter().all(|one| one["failing"] == "slower"), "{fit:?}");
    assert_eq!(tries(&fit).iter().filter(|one| one["confirming"] == false).count(), 6);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_cannot_be_fitted_is_wrong_usage() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let id = load.run(&[], &["memory=8"]);
    for (args, says) in [
        (vec![id.as_str()], "name its image, not a container"),
        (vec![&load.image, "--for", "1s"], "leave --for out"),
        (vec![&load.image, "--memory", "64m"], "leave --memory out"),
        (vec![&load.image, "--limits", "memory=64m"], "leave --memory out"),
    ] {
        let ran = Tool::new("dp-stats").args(["--fit", "memory"]).args(&args).run().expect(2);
        assert!(ran.stderr.contains(says) && ran.stdout.is_empty(), "{args:?}: {}", ran.output());
    }
}

/// Whether a container of a limited run is there.
fn is_fitting(load: &Load) -> bool {
    let ancestor = format!("ancestor={}", load.image);
    let list = ["ps", "--all", "--quiet", "--filter", &ancestor, "--filter", "name=-fit"];
    !load.docker.ok(&list).is_empty()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_signal_in_the_midst_of_a_fit_leaves_nothing_and_whole_records() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let options = ["-r", "1", "--fit", "memory"];
    let mut running = dp_stats(&load, &options, &["memory=8", "wait=2000", "end"]).start();
    wait_until("a limited run is there", || is_fitting(&load) || running.has_ended());
    running.signal(Signal::INT);
    let ran = running.wait().expect(130);
    let records = stats(&ran);
    assert_eq!((records.len(), records[0].outcome), (1, Outcome::Ok), "{}", ran.output());
    assert_nothing_left(&load, &records[0]);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_engine_that_hangs_up_in_the_midst_of_a_fit_is_told() {
    if shown_elsewhere() {
        return;
    }
    let load = Load::new();
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::new(folder.path().join("fitting"));
    let options = ["-r", "1", "--fit", "memory"];
    let tool = dp_stats(&load, &options, &["memory=8", "wait=2000", "end"]);
    let mut running = tool.env("DOCKER_HOST", &relay.host()).start();
    wait_until("a limited run is there", || is_fitting(&load) || running.has_ended());
    relay.cut();
    let ran = running.wait().expect(3);
    assert!(ran.stderr.contains("may be left (make clean-engine removes them)"), "{ran:?}");
    for id in left(&load.docker, &load.image) {
        load.docker.ok(&["rm", "--force", &id]);
    }
    remove_groups(batch(&stats(&ran)[0]));
}
