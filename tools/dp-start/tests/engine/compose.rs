//! Stacks of services with known moments: their order, what they wait for, what is left.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use dp_record::{Outcome, Record};
use dp_testkit::{Ran, Signal, Tool, Truth, batch, groups_of, unique, wait_until};
use serde_json::Value;
use tempfile::TempDir;

use crate::service::{after_start, detail, ready_at, starts};

/// A health check that passes once the service listens.
const LISTENS: &str = "{test: [CMD, grep, -q, ':1F90 00000000:0000 0A', /proc/net/tcp], interval: 100ms, retries: 300}";

/// A folder with compose files.
struct Files {
    truth: Truth,
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        Self { truth: Truth::new(), folder: tempfile::tempdir().unwrap() }
    }

    /// A file of these services: each line is the name of one and the rest of its section, in
    /// which `IMAGE` is the program and its stamps, and `LISTENS` its health check.
    fn write(&self, name: &str, services: &str, rest: &str) -> PathBuf {
        let image = format!(
            "image: {}, stop_grace_period: 1s, volumes: ['{}', 'data:/data']",
            self.truth.image,
            self.truth.volume()
        );
        let services = services.trim().replace("IMAGE", &image).replace("LISTENS", LISTENS);
        let services: Vec<String> =
            services.lines().map(|line| format!("  {}\n", line.trim())).collect();
        let path = self.folder.path().join(name);
        let rest = if rest.is_empty() { "volumes: {data: {}}\n" } else { rest };
        fs::write(&path, format!("name: shop\nservices:\n{}{rest}", services.concat())).unwrap();
        path
    }

    fn dp_start(&self, files: &[&str], options: &[&str]) -> Tool {
        let files = files.iter().flat_map(|file| ["--compose", file]);
        Tool::new("dp-start").at(self.folder.path()).args(files).args(options)
    }

    /// What bears the label of dp.
    fn left(&self) -> String {
        let label = "label=dp.session";
        let lists = [
            &["ps", "--all", "--quiet", "--filter", label][..],
            &["network", "ls", "--quiet", "--filter", label],
            &["volume", "ls", "--quiet", "--filter", label],
        ];
        lists.iter().map(|list| self.truth.docker.ok(list)).collect()
    }

    /// The only record, which failed; nothing is left of its stack.
    fn failed(&self, options: &[&str]) -> Record {
        let ran = self.dp_start(&["compose.yml"], options).run().expect(4);
        let records = starts(&ran);
        assert_eq!(records.len(), 1, "{}", ran.output());
        assert_eq!(records[0].outcome, Outcome::Failed);
        assert!(records[0].metrics.is_empty());
        self.assert_nothing_left(&records);
        records[0].clone()
    }

    fn assert_nothing_left(&self, records: &[Record]) {
        assert_eq!(self.left(), "");
        assert_eq!(groups_of(batch(&records[0])), Vec::<String>::new());
    }
}

/// The detail of a service of a stack.
fn service(record: &Record, name: &str) -> Value {
    let detail = detail(record);
    let services = detail["stack"]["services"].as_array().unwrap().iter();
    services.clone().find(|one| one["name"] == name).unwrap().clone()
}

fn seconds(service: &Value, key: &str) -> f64 {
    service[key].as_f64().unwrap_or_else(|| panic!("no {key}: {service}"))
}

/// Three services: db listens after 700 ms, job waits for its health, web for the end of job.
const SHOP: &str = "
    db: {IMAGE, command: [listen=700], healthcheck: LISTENS DB}
    job: {IMAGE, command: [exit=0], depends_on: {db: {condition: service_healthy}}}
    web: {IMAGE, command: [listen=0], depends_on: {job: {condition: service_completed_successfully}, db: {condition: service_started}}}";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn services_start_in_their_order_beside_the_users_own_project_of_the_same_file() {
    let files = Files::new();
    let docker = &files.truth.docker;
    let (name, taken) = (unique("shop"), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = taken.local_addr().unwrap().port();
    drop(taken);
    // All that can collide: a name, a port, a network and its subnet, a volume.
    let db = format!(
        ", container_name: {name}, ports: ['127.0.0.1:{port}:8080'], \
         networks: {{back: {{ipv4_address: 10.213.7.9}}}}"
    );
    let file = files.write(
        "compose.yml",
        &SHOP.replace(" DB", &db).replace("command: [exit=0]", "command: [exit=0], networks: [back]"),
        &format!(
            "networks: {{back: {{name: {name}-net, ipam: {{config: [{{subnet: 10.213.7.0/24}}]}}}}}}\n\
             volumes: {{data: {{name: {name}-data}}}}\n"
        ),
    );
    let path = file.to_str().unwrap();
    let users =
        |words: &[&str]| docker.ok(&[&["compose", "-p", &name, "-f", path][..], words].concat());
    let state = || {
        docker.ok(&[
            "ps",
            "--all",
            "--no-trunc",
            "--filter",
            &format!("label=com.docker.compose.project={name}"),
            "--format",
            "{{.ID}} {{.Names}} {{.State}} {{.Ports}} {{.Networks}}",
        ])
    };
    let _down = Down { files: &files, name: &name, file: &file };
    users(&["up", "--detach"]);
    let before = state();
    assert_eq!(before.lines().count(), 3, "{before}");
    files.truth.forget();

    let ran = files.dp_start(&["compose.yml"], &["-r", "1"]).run().expect(0);
    assert_eq!(state(), before);
    let records = starts(&ran);
    let record = &records[0];
    assert_eq!(record.subject.as_ref().unwrap().name, "shop");

    // By the stamps of the services themselves.
    let (main, listen) = (files.truth.stamps("main"), files.truth.stamps("listen"));
    assert_eq!((main.len(), listen.len()), (3, 2), "{}", ran.output());
    assert!(listen[0] - main[0] >= 700_000_000 && main[1] > listen[0] && main[2] > main[1]);
    let [db, job, web] = ["db", "job", "web"].map(|name| service(record, name));
    let at = |seconds| after_start(record, seconds);
    assert!(at(seconds(&db, "ready_seconds")) >= listen[0], "{db}");
    assert!(seconds(&db, "ready_seconds") - seconds(&db, "started_seconds") > 0.7, "{db}");
    assert!(at(seconds(&job, "ready_seconds")) >= main[1], "{job}");
    assert_eq!((&job["ready"], &job["exit_code"]), (&"exit".into(), &0.into()));
    assert_eq!((&db["ready"], &web["ready"]), (&"health".into(), &"running".into()));
    assert!(ready_at(record) >= main[1] && record.metrics.get("start_seconds").unwrap() > 0.7);
    let order: Vec<Value> = detail(record)["stack"]["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    assert_eq!(order, ["db", "job", "web"]);

    // Who waited for whom.
    let waits = &job["waits_for"][0];
    assert_eq!((&waits["service"], &waits["condition"]), (&"db".into(), &"service_healthy".into()));
    assert_eq!(waits["held_seconds"], db["ready_seconds"]);
    let last: Vec<&Value> =
        web["waits_for"].as_array().unwrap().iter().filter(|one| one["last"] == true).collect();
    assert_eq!(last.len(), 1);
    assert_eq!(last[0]["service"], "job");
    assert!(seconds(&web, "started_seconds") > seconds(last[0], "held_seconds"));

    for figure in ["create_seconds", "teardown_seconds"] {
        assert!(record.metrics.get(figure).unwrap() > 0.0, "{figure}");
    }
    let said = detail(record)["stack"]["changes"].to_string();
    for change in [
        "published ports (db)",
        "container_name (db)",
        "fixed addresses (db)",
        "networks (back)",
        "volumes (data)",
    ] {
        assert!(said.contains(change) && ran.stderr.contains(change), "{change}: {said}");
    }
    let report = Tool::new("dp-report").stdin(ran.stdout).run().expect(0);
    let told = |line: &&str| line.contains(" web ") && line.contains(" after job (");
    assert!(report.stdout.lines().any(|line| told(&line)), "{}", report.stdout);
    files.assert_nothing_left(&records);
}

/// Takes the user's own project away.
struct Down<'a> {
    files: &'a Files,
    name: &'a str,
    file: &'a Path,
}

impl Drop for Down<'_> {
    fn drop(&mut self) {
        let file = self.file.to_str().unwrap();
        let down = ["compose", "-p", self.name, "-f", file, "down", "--volumes", "--timeout=0"];
        self.files.truth.docker.run(&down);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn two_stacks_are_two_variants_and_a_service_is_asked_beside() {
    let files = Files::new();
    let of = |ms: u32| {
        format!("
            db: {{IMAGE, command: [listen={ms}], healthcheck: LISTENS}}
            web: {{IMAGE, command: [listen=0], ports: ['8080'], depends_on: {{db: {{condition: service_healthy}}}}}}")
    };
    files.write("slow.yml", &of(1500), "");
    files.write("fast.yml", &of(0), "");
    let ready = ["-r", "2", "--ready", "http=web:8080/"];
    let ran = files.dp_start(&["before=slow.yml", "after=fast.yml"], &ready).run().expect(0);
    let records = starts(&ran);
    let of = |variant: &str| -> Vec<f64> {
        let of = |one: &&Record| one.subject.as_ref().unwrap().variant.as_deref() == Some(variant);
        records.iter().filter(of).map(|one| one.metrics.get("ready_seconds").unwrap()).collect()
    };
    let (before, after) = (of("before"), of("after"));
    assert_eq!((before.len(), after.len()), (2, 2), "{}", ran.output());
    assert!(
        before.iter().all(|slow| after.iter().all(|fast| slow - fast > 0.5)),
        "{before:?} {after:?}"
    );
    // db is asked by its health check alone: the answers are those of web.
    assert_eq!(files.truth.stamps("answer").len(), 4);
    for (record, answer) in records.iter().zip(files.truth.stamps("answer")) {
        assert!(ready_at(record) >= answer);
        assert!(record.metrics.get("probes").unwrap() >= 1.0);
        let by = detail(record)["ready_by"].as_str().unwrap().to_owned();
        assert!(by.starts_with("container address "), "{by}");
    }
    files.assert_nothing_left(&records);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_keeps_a_stack_from_being_ready_is_told_by_the_name_of_its_service() {
    let files = Files::new();
    let code = |record: &Record| record.error.as_ref().unwrap().code.clone();
    let message = |record: &Record| record.error.as_ref().unwrap().message.clone();
    let sick = "{test: [CMD, 'false'], interval: 100ms, retries: 2}";
    let waits = "depends_on: {db: {condition: service_healthy}}";

    files.write(
        "compose.yml",
        &format!(
            "
        db: {{IMAGE, command: [listen=0], healthcheck: {sick}}}
        web: {{IMAGE, command: [listen=0], {waits}}}"
        ),
        "",
    );
    let record = files.failed(&["-r", "3"]);
    assert_eq!(code(&record), "unhealthy");
    assert_eq!(message(&record), "shop: service db is unhealthy by its own health check");
    assert_eq!(service(&record, "web").get("started_seconds"), None);

    files.write(
        "compose.yml",
        "
        db: {IMAGE, command: [listen=0]}
        web: {IMAGE, command: [exit=3, say=last words], depends_on: [db]}
        late: {IMAGE, command: [listen=600000], healthcheck: LISTENS}",
        "",
    );
    let record = files.failed(&["-r", "3"]);
    assert_eq!(message(&record), "shop: service web exited with 3 before the stack was ready");
    assert_eq!(
        (code(&record).as_str(), &record.error.unwrap().log[..]),
        ("exited", &["last words".to_owned()][..])
    );

    files.write(
        "compose.yml",
        &format!(
            "
        db: {{IMAGE, command: [listen=600000], healthcheck: LISTENS}}
        web: {{IMAGE, command: [listen=0], {waits}}}"
        ),
        "",
    );
    let record = files.failed(&["--timeout", "1500ms"]);
    assert_eq!(code(&record), "not_ready");
    assert_eq!(message(&record), "shop: not ready within 1.5 s: db, web");

    let missing = unique("missing");
    files.write(
        "compose.yml",
        &format!(
            "
        db: {{IMAGE, command: [listen=0]}}
        web: {{image: {missing}}}"
        ),
        "",
    );
    let record = files.failed(&[]);
    let expected =
        format!("shop: service web: no such image: {missing} (run docker compose pull first)");
    assert_eq!(
        (code(&record).as_str(), message(&record).as_str()),
        ("no_such_image", expected.as_str())
    );
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn nothing_is_left_of_a_stack_that_is_stopped_or_whose_dp_is_killed() {
    let files = Files::new();
    files.write(
        "compose.yml",
        "
        db: {IMAGE, command: [listen=600000], healthcheck: LISTENS}
        web: {IMAGE, command: [listen=0], depends_on: {db: {condition: service_healthy}}}",
        "",
    );
    let running = || files.dp_start(&["compose.yml"], &["-q"]).start();
    let waits = || !files.truth.stamps("main").is_empty();
    let mut first = running();
    wait_until("db runs", waits);
    first.signal(Signal::INT);
    let ran = first.wait().expect(130);
    assert_eq!(starts(&ran).len(), 0);
    assert_eq!(files.left(), "");

    files.truth.forget();
    let mut second = running();
    wait_until("db runs", waits);
    second.signal(Signal::KILL);
    let ran: Ran = second.wait();
    assert_eq!(ran.signal, Some(9));
    assert_ne!(files.left(), "");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cleaned = std::process::Command::new(root.join("scripts/clean-engine")).output().unwrap();
    assert!(cleaned.status.success(), "{cleaned:?}");
    assert_eq!(files.left(), "");
    assert_eq!(groups_of(batch(&ran.records()[0])), Vec::<String>::new());
}
