//! All services together, as they are deployed.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use dp_testkit::{Answer, Tool, ask, of_kind, shown_elsewhere, wait_until};
use serde_json::{Value, json};

use crate::{Compose, Example};

const FILE: &str = "deploy/docker-compose.yml";

/// Steps of each image, counted by hand: RUN, COPY and WORKDIR of all stages that it needs,
/// what is the same in several of them once.
const STEPS: [(&str, f64); 6] = [
    ("api", 10.0),
    ("migrations", 8.0),
    ("workers", 5.0),
    ("workers-node", 6.0),
    ("web", 10.0),
    ("assets", 7.0),
];

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
}

/// Gives a job to the service behind web; its number.
fn add(address: &str, job: &Value) -> u64 {
    let body = job.to_string();
    let url = format!("http://{address}/api/jobs");
    let answer = ask(&url, &["Content-Type: application/json"], &["--data", &body]);
    assert_eq!(answer.status(), "201", "{}", answer.text());
    json_of(&answer)["id"].as_u64().unwrap()
}

fn job(address: &str, id: u64) -> Value {
    json_of(&ask(&format!("http://{address}/api/jobs/{id}"), &[], &[]))
}

/// The job, as soon as it is worked off.
fn finished(address: &str, id: u64) -> Value {
    let mut found = Value::Null;
    wait_until("the job is worked off", || {
        found = job(address, id);
        found["state"] != "waiting"
    });
    found
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn jobs_go_from_the_pages_to_a_worker_and_back() {
    let example = Example::new();
    let system = example.compose(FILE, &[]);
    let web = system.address("web", "8080");
    let figure = json!({ "figure": "p95", "values": [1, 0, 5, 1, 3] });
    let figure = add(&web, &json!({ "kind": "figure", "input": figure }));
    let words = add(&web, &json!({ "kind": "text", "input": { "text": "one two\nthree" } }));
    let wrong = add(&web, &json!({ "kind": "text", "input": {} }));
    let python = finished(&web, figure);
    assert_eq!(python["answer"], json!({ "figure": "p95", "value": 4.6 }));
    let node = finished(&web, words);
    assert_eq!([&node["answer"]["words"], &node["answer"]["lines"]], [3, 2]);
    assert_eq!(finished(&web, wrong)["state"], "failed");
    let workers = [&python, &node].map(|job| job["worker"].as_str().unwrap());
    assert_ne!(workers[0], workers[1]);

    assert_served_as_it_should_be(&web);
    assert_that_a_held_job_is_passed_over(&system, &web);
    assert_forward_and_back(&system);
    assert_steps(&example);
    for service in ["api-blue", "web", "workers", "workers-node"] {
        let user = system.ok(&["exec", "-T", service, "id", "-u"]);
        assert_eq!(user, "65534\n", "{service}");
    }
}

/// Every engine has the same steps, and none to do again after what compose built.
fn assert_steps(example: &Example) {
    for (service, steps) in STEPS {
        let image = format!("{}/{service}:steps", example.name);
        let folder = example.path(service);
        let build =
            Tool::new("dp-build").args([OsStr::new("--tag"), image.as_ref(), folder.as_os_str()]);
        let records = build.run().expect(0).records();
        let metrics = &of_kind(&records, "build")[0].metrics;
        assert_eq!(metrics.get("steps"), Some(steps), "{service}");
        if service != "assets" {
            assert_eq!(metrics.get("steps_executed"), Some(0.0), "{service}");
        }
    }
}

/// Compression and what browsers may keep, by the headers and bytes that come.
fn assert_served_as_it_should_be(web: &str) {
    let gzip = "Accept-Encoding: gzip";
    let page = ask(&format!("http://{web}/"), &[], &[]);
    assert_eq!([page.status(), &page.header("cache-control")], ["200", "no-cache"]);
    let tag = page.header("etag");
    let again = ask(&format!("http://{web}/"), &[&format!("If-None-Match: {tag}")], &[]);
    assert_eq!([again.status(), &again.text()], ["304", ""]);

    let text = page.text();
    let names = text.split('"').filter(|part| part.starts_with("/assets/"));
    let names: BTreeSet<&str> = names.collect();
    assert_eq!(names.len(), 2, "{text}");
    for name in names {
        let url = format!("http://{web}{name}");
        let (plain, small) = (ask(&url, &[], &[]), ask(&url, &[gzip], &[]));
        assert_eq!(plain.header("content-encoding"), "");
        assert_eq!(small.header("content-encoding"), "gzip");
        assert!(small.body.len() < plain.body.len(), "{name}");
        // As it was compressed when it was built: its length is known before.
        assert_eq!(small.header("content-length"), small.body.len().to_string());
        assert_eq!(ask(&url, &[], &["--compressed"]).body, plain.body);
        for answer in [plain, small] {
            assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(answer.header("vary"), "accept-encoding");
        }
    }
    assert_eq!(ask(&format!("http://{web}/assets/none.js"), &[], &[]).status(), "404");
    let jobs = ask(&format!("http://{web}/api/jobs"), &[gzip], &[]);
    assert_eq!(jobs.header("cache-control"), "no-store");
    assert_eq!(jobs.header("content-encoding"), "gzip");
    assert!(!jobs.head.to_lowercase().contains("nginx/"), "{}", jobs.head);
}

/// FOR UPDATE SKIP LOCKED: one that another holds keeps no worker from the next.
fn assert_that_a_held_job_is_passed_over(system: &Compose<'_>, web: &str) {
    system.ok(&["stop", "workers-node"]);
    let text = json!({ "kind": "text", "input": { "text": "a" } });
    let [held, free] = [add(web, &text), add(web, &text)];
    let lock = format!("select 1 from jobs where id = {held} for update; select pg_sleep(600)");
    system.ok(&["exec", "-T", "-d", "db", "psql", "--username=jobs", "-c", &lock]);
    let holder = "from pg_stat_activity where wait_event = 'PgSleep'";
    wait_until("somebody holds the first", || {
        system.query(&format!("select count(*) {holder}")) == "1"
    });
    system.ok(&["start", "workers-node"]);
    assert_eq!(finished(web, free)["state"], "done");
    assert_eq!(job(web, held)["state"], "waiting");
    system.query(&format!("select pg_terminate_backend(pid) {holder}"));
    assert_eq!(finished(web, held)["state"], "done");
}

/// The migrations of the running database, one back, all back, and forward again.
fn assert_forward_and_back(system: &Compose<'_>) {
    let migrate = |words: &[&str]| {
        system.ok(&[&["run", "--rm", "--no-deps", "-T", "migrations"], words].concat())
    };
    let there = || {
        let named = "coalesce(to_regclass($$public.%$$)::text, $$none$$)";
        let [table, index] = ["jobs", "jobs_waiting"].map(|name| named.replace('%', name));
        system.query(&format!("select {table} || ' ' || {index}"))
    };
    assert_eq!(there(), "jobs jobs_waiting");
    migrate(&["down", "1"]);
    assert_eq!(there(), "jobs none");
    let list = migrate(&["list"]);
    let states: Vec<&str> = list.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(states[states.len() - 2..], ["A", "U"], "{list}");
    migrate(&["down", "1"]);
    assert_eq!(there(), "none none");
    migrate(&["up"]);
    assert_eq!(there(), "jobs jobs_waiting");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn assets_are_copied_out_whole_and_older_ones_stay() {
    if shown_elsewhere() {
        return;
    }
    let example = Example::new();
    let image = format!("{}/assets:latest", example.name);
    let folder = example.project.path().join("site");
    let build = || {
        example.docker.ok(&[
            "buildx",
            "build",
            "--quiet",
            "--tag",
            &image,
            example.path("assets").to_str().unwrap(),
        ])
    };
    let deploy = || {
        let _ = example.script("assets/deploy.sh", &[&image, folder.to_str().unwrap()]).expect(0);
        let text = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_str(&text).unwrap();
        let name = |source: &str| manifest[source].as_str().unwrap().to_owned();
        let names = [name("base.css"), name("table.js")];
        for name in &names {
            for suffix in ["", ".gz", ".br"] {
                assert!(folder.join(format!("{name}{suffix}")).is_file(), "{name}{suffix}");
            }
        }
        names
    };
    build();
    let [css, script] = deploy();
    example.replace("assets/src/base.css", "--distance: 1rem", "--distance: 2rem");
    build();
    let [other, same] = deploy();
    assert_ne!(css, other);
    assert_eq!(script, same);
    assert!(folder.join(css).is_file());
    // Nothing that is half copied, and no container.
    let left = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(left, 3 * 3 + 1);
    let containers = format!("--filter=ancestor={image}");
    assert_eq!(example.docker.ok(&["container", "ls", "--all", "--quiet", &containers]), "");
}
