//! Containers that run already: watched, and left as they are.

use dp_record::Outcome;
use dp_testkit::{Load, Tool, unique, wait_until};

use crate::job::{MIB, assert_within, detail, findings, is_watching, metric, one, stats};

fn watch(names: &[&str], options: &[&str]) -> Tool {
    Tool::new("dp-stats").args(["-q"]).args(names).args(options)
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_runs_is_told_by_name_and_goes_on_running() {
    let load = Load::new();
    let name = unique("held");
    let id = load.run(&["--name", &name, "--memory", "128m"], &["spike=90", "memory=64"]);
    let inspect = ["inspect", "--format", "{{.State.StartedAt}} {{.State.Pid}}", &id];
    let before = load.docker.ok(&inspect);
    for asked in [&name, &id, &id[..12].to_owned()] {
        let record = one(&watch(&[asked], &["--for", "500ms"]).run().expect(0));
        let subject = record.subject.as_ref().unwrap();
        assert_eq!((&subject.name, subject.container.as_ref()), (&name, Some(&name)));
        assert_eq!(subject.reference.as_ref(), Some(&load.image));
        assert_within(&record, "memory_working_set_bytes", 64.0 * MIB, 2.0 * MIB);
        assert_within(&record, "memory_rss_max_bytes", 64.0 * MIB, 2.0 * MIB);
        // The spike was before we came.
        assert_within(&record, "memory_peak_bytes", 64.0 * MIB, 2.0 * MIB);
        assert_eq!(detail(&record)["peak_source"], "sampled");
        assert_eq!(metric(&record, "memory_limit_bytes"), 128.0 * MIB);
        assert!(metric(&record, "samples") + metric(&record, "samples_missed") >= 6.0);
        assert_eq!(record.metrics.get("exit_code"), None);
        assert!(findings(&record).is_empty());
    }
    assert_eq!(load.docker.ok(&inspect), before);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn many_are_watched_at_once_whatever_becomes_of_one() {
    let load = Load::new();
    let ids: Vec<String> =
        ["10", "20", "30"].map(|mib| load.run(&[], &[&format!("memory={mib}")])).into();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let running = watch(&names, &["--until-exit"]).start();
    wait_until("all are watched", || ids.iter().all(|id| is_watching(&running, id)));
    load.docker.ok(&["rm", "--force", &ids[2]]);
    load.docker.ok(&["stop", "--time", "5", &ids[0]]);
    load.docker.ok(&["stop", "--time", "5", &ids[1]]);
    let records = stats(&running.wait().expect(0));
    assert_eq!(records.len(), 3);
    for (record, (mib, code)) in records.iter().zip([(10.0, 0.0), (20.0, 0.0), (30.0, 137.0)]) {
        assert_within(record, "memory_rss_max_bytes", mib * MIB, 2.0 * MIB);
        assert_eq!(metric(record, "exit_code"), code);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_compose_project_is_known_by_its_labels() {
    let load = Load::new();
    let project = unique("project");
    let run = |service: &str, number: &str, oneoff: &str| {
        let labels = [
            format!("com.docker.compose.project={project}"),
            format!("com.docker.compose.service={service}"),
            format!("com.docker.compose.container-number={number}"),
            format!("com.docker.compose.oneoff={oneoff}"),
        ];
        let options = labels.iter().flat_map(|label| ["--label", label.as_str()]);
        load.run(&options.collect::<Vec<_>>(), &["memory=8"])
    };
    for (service, number) in [("web", "2"), ("db", "1"), ("web", "1")] {
        run(service, number, "False");
    }
    run("web", "9", "True");
    let ran = watch(&[], &["--compose", &project, "--for", "300ms"]).run().expect(0);
    let names: Vec<_> = stats(&ran).iter().map(|one| one.subject.clone().unwrap().name).collect();
    assert_eq!(names, ["db", "web", "web-2"]);
    let none = watch(&[], &["--compose", &unique("none"), "--for", "300ms"]).run().expect(4);
    assert!(none.stderr.contains(" runs (docker compose ls shows the projects)"), "{none:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_does_not_run_is_told_with_the_way_out() {
    let load = Load::new();
    let (gone, ended) = (unique("gone"), unique("ended"));
    load.docker.ok(&["run", "--name", &ended, &load.image, "end"]);
    let alive = load.run(&[], &[]);
    let names = [gone.as_str(), &ended, &alive];
    let records = stats(&watch(&names, &["--for", "300ms"]).run().expect(4));
    let code = |at: usize| records[at].error.as_ref().map(|error| error.code.as_str());
    assert_eq!((code(0), code(1)), (Some("no_such_container_or_image"), Some("not_running")));
    assert_eq!(records[2].outcome, Outcome::Ok);
    let message = format!("container {ended} does not run (start it, or name its image)");
    assert_eq!(records[1].error.as_ref().unwrap().message, message);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_ends_while_it_is_watched_is_told() {
    let load = Load::new();
    let watched_to_its_end = |options: &[&str]| {
        let id = load.run(&[], &[]);
        let running = watch(&[&id], options).start();
        wait_until("it is watched", || is_watching(&running, &id));
        load.docker.ok(&["stop", "--time", "5", &id]);
        running.wait()
    };
    let records = stats(&watched_to_its_end(&["--for", "600s"]).expect(4));
    let error = records[0].error.as_ref().unwrap();
    assert_eq!(error.code, "ended_early", "{error:?}");
    assert!(error.partial.as_ref().unwrap()["cpu_seconds"].is_number());
    let id = load.run(&[], &[]);
    let running = watch(&[&id], &["--for", "600s"]).start();
    wait_until("it is watched", || is_watching(&running, &id));
    load.docker.ok(&["rm", "--force", &id]);
    let error = stats(&running.wait().expect(4))[0].error.clone().unwrap();
    // The engine tells of the end before all of it is removed.
    assert!(["container_removed", "ended_early"].contains(&error.code.as_str()), "{error:?}");
    let record = one(&watched_to_its_end(&["--until-exit"]).expect(0));
    assert_eq!(metric(&record, "exit_code"), 0.0);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_is_about_starting_is_refused_of_what_runs() {
    let load = Load::new();
    let id = load.run(&[], &[]);
    for (options, says) in [
        (&["--memory", "1g"][..], "is a running container: run options, variants, limits"),
        (&["--limits", "none"], "is a running container: run options"),
        (&["--ready", "health"], "is a running container: run options"),
        (&[load.image.as_str()], " an image: watch them one after the other"),
    ] {
        let ran = watch(&[&id], options).run().expect(2);
        assert!(ran.stderr.contains(says) && ran.stdout.is_empty(), "{options:?}: {ran:?}");
        assert_eq!(ran.stderr.lines().count(), 1);
    }
}

/// Stopped for one second, in which ten readings are due, by its own load: that begins when
/// the first reading has been made.
#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn readings_that_could_not_be_made_are_counted() {
    let load = Load::new();
    let id = load.run(&[], &[]);
    let stopped = "sleep 0.5; kill -STOP $PPID; sleep 1; kill -CONT $PPID; sleep 0.5";
    let record = one(&watch(&[&id], &["--load-command", stopped]).run().expect(0));
    let (made, missed) = (metric(&record, "samples"), metric(&record, "samples_missed"));
    assert!(missed >= 9.0, "{missed}");
    let due = (metric(&record, "observed_seconds") / 0.1).floor() + 1.0;
    assert!((made + missed - due).abs() <= 1.0, "{made} and {missed} of {due}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_look_at_an_idle_container_lowers_no_limit_and_a_load_does() {
    let load = Load::new();
    let id = load.run(&["--memory", "128m"], &["memory=1"]);
    for options in [&["--for", "500ms"][..], &["--for", "500ms", "--probe", "exec=true"]] {
        let record = one(&watch(&[&id], options).run().expect(0));
        assert!(findings(&record).is_empty(), "{options:?}: {:?}", findings(&record));
    }
    let record = one(&watch(&[&id], &["--load-command", "seq 100000"]).run().expect(0));
    assert_eq!(findings(&record), ["memory_limit_far_above_need"]);
    let advice = detail(&record)["findings"][0]["advice"].as_str().unwrap().to_owned();
    assert!(advice.contains(" s of the load \"seq 100000\": lower it"), "{advice}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_kill_for_want_of_memory_is_why_a_load_failed() {
    let load = Load::new();
    let limits = ["--memory", "64m", "--memory-swap", "64m"];
    let id = load.run(&limits, &["memory=1"]);
    // The container itself lives on.
    let command = ["--load-command", "docker exec $DP_CONTAINER tail /dev/zero"];
    let started = Tool::new("dp-stats")
        .args(["-q", &load.image, "--memory", "64m", "--run-option", "--memory-swap 64m"])
        .args(command)
        .args(["--", "memory=1"]);
    for tool in [watch(&[&id], &command), started] {
        let ran = tool.run().expect(4);
        let error = stats(&ran)[0].error.clone().unwrap();
        assert_eq!(error.code, "oom_killed", "{}", error.message);
        let said = "a process of it was killed for want of memory: the load command ended with 137";
        assert!(error.message.ends_with(said), "{}", error.message);
    }
}
