//! Loads and probes while a container is watched.

use dp_record::{Outcome, Record};
use dp_testkit::{Signal, Tool, Truth, left, processes_with, shown_elsewhere, unique, wait_until};

use crate::job::{detail, metric, one, stats};

/// dp-stats of a server that answers each request after 30 ms.
fn dp_stats(truth: &Truth, options: &[&str]) -> Tool {
    let ready = ["--ready", "http=8080/"];
    let words = ["--", "each=30"];
    Tool::new("dp-stats").args(["-q", &truth.image]).args(ready).args(options).args(words)
}

#[track_caller]
fn failed(truth: &Truth, options: &[&str]) -> Record {
    let records = stats(&dp_stats(truth, options).run().expect(4));
    assert_eq!((records.len(), records[0].outcome), (1, Outcome::Failed));
    assert!(left(&truth.docker, &truth.image).is_empty());
    records[0].clone()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn probes_are_never_quicker_than_the_server() {
    // Probes go to the container, past the engine.
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    let probe = ["--for", "6s", "--probe", "http=8080/", "--probe-rate", "20"];
    let started = one(&dp_stats(&truth, &probe).run().expect(0));
    let name = unique("probed");
    truth.docker.ok(&["run", "--detach", "--name", &name, &truth.image, "each=30"]);
    let running = Tool::new("dp-stats").args(["-q", &name, "--name", "server"]).args(probe).run();
    truth.docker.ok(&["rm", "--force", &name]);
    assert_eq!(one(&running).subject.unwrap().name, "server");
    for record in [started, one(&running.expect(0))] {
        let p50 = metric(&record, "probe_p50_seconds");
        assert!(p50 >= 0.03 && metric(&record, "probe_p95_seconds") >= p50, "{record:?}");
        // 500 answers would be needed.
        assert_eq!(record.metrics.get("probe_p99_seconds"), None);
        assert_eq!(metric(&record, "probe_errors"), 0.0);
        let probe = &detail(&record)["probe"];
        // 50 ms apart from the first to the end.
        assert!(probe["answers"].as_u64().unwrap() >= 120, "{probe}");
        assert_eq!((&probe["condition"], &probe["rate"]), (&"http=8080/".into(), &20.0.into()));
        assert!(probe["by"].as_str().unwrap().starts_with("container address "), "{probe}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn ports_and_commands_are_probed_too_and_wrong_answers_have_no_time() {
    // Probes go to the container, past the engine.
    if shown_elsewhere() {
        return;
    }
    let truth = Truth::new();
    let probed = |condition| {
        let options = ["--for", "2s", "--probe", condition, "--probe-rate", "2"];
        one(&dp_stats(&truth, &options).run().expect(0))
    };
    for condition in ["tcp=8080", "exec=true"] {
        let record = probed(condition);
        assert!(metric(&record, "probe_p50_seconds") > 0.0, "{record:?}");
        assert_eq!(metric(&record, "probe_errors"), 0.0);
    }
    for (condition, why) in [
        ("tcp=8081", "connection refused"),
        ("http=8080/=204", "status 200"),
        ("exec=false", "command failed"),
    ] {
        let record = probed(condition);
        assert_eq!(record.metrics.get("probe_p50_seconds"), None);
        let errors = metric(&record, "probe_errors");
        assert!(errors >= 4.0, "{record:?}");
        assert_eq!(detail(&record)["probe"]["errors"][why].as_f64(), Some(errors), "{record:?}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_cannot_be_probed_fails_with_its_reason() {
    let truth = Truth::new();
    let nowhere = ["--network", "none", "--ready", "running", "--for", "1s", "--probe"];
    let run = |probe| {
        let tool = Tool::new("dp-stats").args(["-q", &truth.image]);
        stats(&tool.args(nowhere).args([probe]).run().expect(4))[0].error.clone().unwrap()
    };
    let error = run("http=8080/");
    assert_eq!(error.code, "no_address");
    assert!(error.message.contains("cannot probe: port 8080 of the container"), "{error:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_load_is_timed_knows_its_container_and_reports_metrics() {
    let truth = Truth::new();
    let load = "sleep 0.3; docker exec $DP_CONTAINER wget -q -O - http://$DP_ADDRESS:8080/; \
                echo; echo $DP_NAME $DP_VARIANT $DP_RUN; echo dp: requests=1 higher";
    let options = ["--load-command", load, "--variant", "plain=", "--name", "server"];
    let record = one(&dp_stats(&truth, &options).run().expect(0));
    // A new shell, a pause and one answer.
    let seconds = metric(&record, "load_seconds");
    assert!(seconds >= 0.33 && metric(&record, "observed_seconds") >= seconds, "{record:?}");
    let load = &detail(&record)["load"];
    let output = ["ok", "server plain 1", "dp: requests=1 higher"];
    assert_eq!(load["output"], serde_json::json!(output));
    assert_eq!(metric(&record, "requests"), 1.0);
    assert_eq!(record.units["requests"], "count higher");
    assert_eq!(load["end"], serde_json::json!({"exit_code": 0}));
    assert_eq!(detail(&record)["period"], "ready to the end of the load");
    assert!(left(&truth.docker, &truth.image).is_empty());
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_load_that_fails_or_hangs_fails_the_run_and_leaves_nothing() {
    let truth = Truth::new();
    let record = failed(&truth, &["--load-command", "echo one; echo two >&2; exit 3"]);
    let error = record.error.unwrap();
    assert_eq!(
        (error.code.as_str(), error.log.as_slice()),
        ("load_failed", &["one", "two"].map(str::to_owned)[..])
    );
    assert!(error.message.ends_with(": the load command ended with 3"), "{}", error.message);
    let partial = error.partial.unwrap();
    assert!(partial["cpu_seconds"].is_number() && partial["load_seconds"].is_null(), "{partial}");

    let word = unique("hanging");
    let hangs = format!("sh -c 'sleep 1000; : {word}' & sleep 1000");
    let record = failed(&truth, &["--load-command", &hangs, "--load-timeout", "300ms"]);
    let error = record.error.unwrap();
    assert_eq!(error.code, "load_timeout");
    assert!(error.message.ends_with("(raise --load-timeout)"), "{}", error.message);
    wait_until("nothing of the load is left", || processes_with(&word).is_empty());
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_signal_ends_the_load_with_its_children() {
    let truth = Truth::new();
    for signal in [Signal::INT, Signal::TERM] {
        let word = unique("load");
        let load = format!("sh -c 'sleep 1000; : {word}' & sleep 1000");
        let probe = ["--probe", "http=8080/", "--load-command", &load];
        let mut running = dp_stats(&truth, &probe).start();
        let begun =
            || processes_with(&format!(": {word}")).iter().any(|line| line.contains("sh -c sleep"));
        wait_until("the load runs", || begun() || running.has_ended());
        running.signal(signal);
        let ran = running.wait().expect(130);
        assert!(stats(&ran).is_empty(), "{ran:?}");
        assert!(left(&truth.docker, &truth.image).is_empty());
        wait_until("nothing of the load is left", || processes_with(&word).is_empty());
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_container_that_ends_under_its_load_is_the_failure() {
    let truth = Truth::new();
    let word = unique("load");
    for after in [format!("sleep 1000; : {word}"), "exit 1".to_owned()] {
        let load = format!("docker kill $DP_CONTAINER; {after}");
        let error = failed(&truth, &["--load-command", &load]).error.unwrap();
        assert_eq!(error.code, "ended_early", "{error:?}");
        assert!(error.message.contains("before the load had ended"), "{error:?}");
        wait_until("nothing of the load is left", || processes_with(&word).is_empty());
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn several_that_run_are_watched_under_one_load() {
    let truth = Truth::new();
    let names = ["a", "b"].map(unique);
    for name in &names {
        truth.docker.ok(&["run", "--detach", "--name", name, &truth.image, "each=30"]);
    }
    let load = ["--load-command", "echo $DP_CONTAINER $DP_NAME; sleep 0.2"];
    let ran = Tool::new("dp-stats").args(["-q"]).args(&names).args(load).run();
    truth.docker.ok(&["rm", "--force", &names[0], &names[1]]);
    let records = stats(&ran.expect(0));
    assert_eq!(records.len(), 2);
    let first = &names[0];
    for record in &records {
        assert_eq!(
            detail(record)["load"]["output"],
            serde_json::json!([format!("{first} {first}")])
        );
        assert_eq!(metric(record, "load_seconds"), metric(&records[0], "load_seconds"));
        assert!(metric(record, "observed_seconds") >= 0.2);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_a_load_says_holds_no_secret_and_is_read_again_as_it_was() {
    let truth = Truth::with("ENV APP_TOKEN=can4ry-written");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("samples.jsonl");
    let samples = ["--samples-out", file.to_str().unwrap(), "--probe", "http=8080/"];
    let says = "sleep 0.2; echo can4ry-value; docker exec $DP_CONTAINER sh -c 'echo $APP_TOKEN'";
    let load = ["--load-command", says, "-e", "TOKEN=can4ry-value"];
    let ran = dp_stats(&truth, &[&samples[..], &load[..]].concat()).run().expect(0);
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(!ran.output().contains("can4ry") && !written.contains("can4ry"), "{ran:?}");
    let record = one(&ran);
    assert_eq!(detail(&record)["load"]["output"], serde_json::json!(["***", "***"]));
    let again = Tool::new("dp-stats").args(["-q", "--samples", file.to_str().unwrap()]).run();
    let again = one(&again.expect(0));
    assert_eq!(again.metrics, record.metrics);
    assert!(again.metrics.get("probe_p50_seconds").is_some());
    for part in ["load", "probe"] {
        assert_eq!(detail(&again)[part], detail(&record)[part]);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn credentials_in_addresses_stand_in_no_output_nor_in_the_readings() {
    let truth = Truth::new();
    let (user, token) = (unique("can4ry"), unique("t0ken"));
    let probe = format!("http=8080/x?token={token}");
    let load = format!("echo http://me:{user}@host/ {user} {token}");
    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().join("samples.jsonl").display().to_string();
    let options = ["--load-command", &load, "--probe", &probe, "--samples-out", &samples];
    let ran = dp_stats(&truth, &options).run().expect(0);
    let record = one(&ran);
    let detail = detail(&record);
    assert_eq!(detail["load"]["output"][0], "http://***@host/ *** ***");
    assert_eq!(detail["load"]["command"], "echo http://***@host/ *** ***");
    assert_eq!(detail["probe"]["condition"], "http=8080/x?token=***");
    let replayed = Tool::new("dp-stats").args(["--samples", &samples]).run().expect(0);
    let written = std::fs::read_to_string(&samples).unwrap();
    for text in [&ran.output(), &replayed.output(), &written] {
        assert!(!text.contains(&user) && !text.contains(&token), "{text}");
    }
}
