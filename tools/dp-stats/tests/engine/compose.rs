//! Stacks that are brought up, watched and taken down.

use std::fs;
use std::path::Path;

use dp_record::{Outcome, Record};
use dp_testkit::{Docker, Load, Signal, Tool, Truth, batch, groups_of, wait_until};

use crate::job::{MIB, assert_within, detail, findings, metric, stats};

/// Writes a compose file of these services: each line is a name and its section.
fn write(folder: &Path, name: &str, image: &str, services: &str) {
    let services = services.trim().replace("IMAGE", &format!("image: {image}"));
    let services: Vec<String> =
        services.lines().map(|line| format!("  {}\n", line.trim())).collect();
    let text = format!("name: shop\nservices:\n{}", services.concat());
    fs::write(folder.join(name), text).unwrap();
}

/// What bears the label of dp.
fn left(docker: &Docker) -> String {
    let label = "label=dp.session";
    let lists = [
        &["ps", "--all", "--quiet", "--filter", label][..],
        &["network", "ls", "--quiet", "--filter", label],
        &["volume", "ls", "--quiet", "--filter", label],
    ];
    lists.iter().map(|list| docker.ok(list)).collect()
}

/// The record of a service, or of the sum of all (`shop`).
fn of<'r>(records: &'r [Record], name: &str, variant: Option<&str>) -> &'r Record {
    let is = |record: &&Record| {
        let subject = record.subject.as_ref().unwrap();
        subject.name == name && subject.variant.as_deref() == variant
    };
    records.iter().find(is).unwrap_or_else(|| panic!("no {name}: {records:?}"))
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn each_service_and_their_sum_are_told_under_the_limits_of_each_file() {
    let load = Load::new();
    let folder = tempfile::tempdir().unwrap();
    let services = |limit: &str| {
        format!("
        a: {{IMAGE, command: [memory=60]{limit}}}
        b: {{IMAGE, command: [memory=30], depends_on: [a]}}
        job: {{IMAGE, command: [memory=1, end]}}
        c: {{IMAGE, command: [memory=1], depends_on: {{job: {{condition: service_completed_successfully}}}}}}")
    };
    write(folder.path(), "free.yml", &load.image, &services(""));
    write(folder.path(), "bound.yml", &load.image, &services(", mem_limit: 128m"));
    let files = ["--compose", "free=free.yml", "--compose", "bound=bound.yml"];
    let ran = Tool::new("dp-stats").at(folder.path()).args(files).args(["--for", "1s"]).run();
    let ran = ran.expect(0);
    let records = stats(&ran);
    // Three services and the sum, of two stacks; the job has ended.
    assert_eq!(records.len(), 8, "{}", ran.output());
    assert!(ran.stderr.contains("job: others wait for its end: not watched"), "{}", ran.stderr);
    for variant in [Some("free"), Some("bound")] {
        let [a, b, c, sum] = ["a", "b", "c", "shop"].map(|name| of(&records, name, variant));
        for (record, truth) in [(a, 60.0), (b, 30.0), (c, 1.0)] {
            assert_within(record, "memory_rss_max_bytes", truth * MIB, 3.0 * MIB);
        }
        assert_eq!(sum.subject.as_ref().unwrap().scenario.as_deref(), Some("sum"));
        assert_within(sum, "memory_rss_max_bytes", 91.0 * MIB, 9.0 * MIB);
        let of_each: f64 = [a, b, c].iter().map(|one| metric(one, "memory_rss_max_bytes")).sum();
        assert!(metric(sum, "memory_rss_max_bytes") >= of_each * 0.98, "{sum:?}");
        assert_eq!(detail(sum)["sum_of"], serde_json::json!(["a", "b", "c"]));
        assert_eq!(metric(sum, "pids_max"), 3.0);
        assert_eq!(sum.metrics.get("memory_limit_bytes"), None);
        let sent: f64 = [a, b, c].iter().map(|one| metric(one, "net_rx_bytes")).sum();
        assert_eq!(metric(sum, "net_rx_bytes"), sent);
        assert_eq!(metric(sum, "oom_kills"), 0.0);
        assert!(findings(b).contains(&"no_memory_limit") && findings(sum).is_empty());
    }
    assert_eq!(of(&records, "a", Some("free")).metrics.get("memory_limit_bytes"), None);
    assert_eq!(metric(of(&records, "a", Some("bound")), "memory_limit_bytes"), 128.0 * MIB);
    assert_eq!(left(&load.docker), "");
    assert_eq!(groups_of(batch(&records[0])), Vec::<String>::new());
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_load_knows_the_stack_and_only_the_service_that_was_named_is_probed() {
    let truth = Truth::new();
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "compose.yml",
        &truth.image,
        "
        db: {IMAGE, command: [port=8080]}
        web: {IMAGE, command: [each=30]}",
    );
    // The engine's own answers: which container has that address, and what the project has.
    let load = "ids=$(docker ps --quiet --filter label=com.docker.compose.project=$DP_PROJECT)
        echo dp: services_asked=$(echo $ids | wc -w)
        docker inspect $ids --format '{{.Name}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' |
            grep \" $DP_ADDRESS$\" | grep -q \"^/$DP_CONTAINER \" &&
        case $DP_CONTAINER in *-web-1) sleep 1 ;; *) exit 9 ;; esac";
    let options = ["--probe", "http=web:8080/", "--load-command", load];
    let ran = Tool::new("dp-stats").at(folder.path()).args(["-q", "--compose", "compose.yml"]);
    let ran = ran.args(options).run().expect(0);
    let records = stats(&ran);
    assert_eq!(records.len(), 3, "{}", ran.output());
    let [db, web, sum] = ["db", "web", "shop"].map(|name| of(&records, name, None));
    assert!(metric(web, "probe_p50_seconds") >= 0.03, "{web:?}");
    assert_eq!(metric(web, "probe_errors"), 0.0);
    assert_eq!((db.metrics.get("probe_errors"), sum.metrics.get("probe_errors")), (None, None));
    assert!(metric(sum, "load_seconds") >= 1.0 && metric(sum, "services_asked") == 2.0);
    assert_eq!((db.metrics.get("load_seconds"), web.metrics.get("load_seconds")), (None, None));
    assert_eq!(left(&truth.docker), "");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_service_that_ends_meanwhile_fails_by_its_name_and_a_signal_leaves_nothing() {
    let truth = Truth::new();
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "compose.yml",
        &truth.image,
        "
        db: {IMAGE, command: [listen=0]}
        web: {IMAGE, command: [listen=0, die=600]}",
    );
    let run = |options: &[&str]| {
        let tool = Tool::new("dp-stats").at(folder.path());
        tool.args(["-q", "--compose", "./compose.yml"]).args(options)
    };
    // It is asked once, and ends 600 ms after its answer.
    let ready = ["--ready", "http=web:8080/", "--for", "3s"];
    let records = stats(&run(&ready).run().expect(4));
    let error = |name| of(&records, name, None).error.as_ref().map(|error| error.message.clone());
    let expected = "web: it ended with 1 before the time was over";
    assert_eq!(error("web").as_deref(), Some(expected));
    assert_eq!(error("shop").as_deref(), Some(expected));
    assert_eq!(of(&records, "db", None).outcome, Outcome::Ok);
    assert_eq!(left(&truth.docker), "");

    let mut running = run(&["--for", "600s"]).start();
    wait_until("a container runs", || {
        !truth.docker.ok(&["ps", "--quiet", "--filter", "label=dp.session"]).is_empty()
    });
    running.signal(Signal::INT);
    let _ = running.wait().expect(130);
    assert_eq!(left(&truth.docker), "");
}
