//! The development stages: an edit is answered by the container that runs.

use dp_testkit::{ask, shown_elsewhere, wait_until};

use crate::{Compose, Example};

/// Ids of all containers: the same ones as long as nothing is built or made anew.
fn containers(system: &Compose<'_>) -> String {
    system.ok(&["ps", "--all", "--quiet", "--no-trunc"])
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_edit_of_each_service_is_answered_without_a_build() {
    if shown_elsewhere() {
        return;
    }
    let example = Example::new();
    let system = example.compose("docker-compose.dev.yml", &[]);
    let before = containers(&system);
    let web = format!("http://{}", system.address("web", "8080"));
    let assets = format!("http://{}", system.address("assets", "8000"));
    let get = |url: &str| ask(url, &[], &[]).text();

    example.replace(
        "api/src/app.ts",
        "app.get(\"/live\", (_request, response) => {\n        response.json({ status: \"ok\" });",
        "app.get(\"/live\", (_request, response) => {\n        response.json({ status: \"new\" });",
    );
    wait_until("the api answers with the edit", || {
        get(&format!("{web}/api/live")).contains("\"new\"")
    });
    example.replace("web/src/jobs.js", " words, ", " words and ");
    wait_until("the page has the edit", || {
        get(&format!("{web}/src/jobs.js")).contains(" words and ")
    });
    example.replace("assets/src/base.css", "--distance: 1rem", "--distance: 2rem");
    wait_until("the style has the edit", || get(&format!("{assets}/base.css")).contains(": 2rem"));

    example.replace("workers/worker/job.py", "\"value\": float(", "\"new\": 1, \"value\": float(");
    example.replace(
        "workers-node/src/job.js",
        "    return {\n        words:",
        "    return {\n        new: 1,\n        words:",
    );
    let add = "insert into jobs (kind, input) values
        ('figure', '{\"figure\": \"mean\", \"values\": [1]}'), ('text', '{\"text\": \"a\"}')";
    let done = "select count(distinct kind) from jobs where answer->>'new' = '1'";
    wait_until("both workers answer with the edit", || {
        system.query(add);
        system.query(done) == "2"
    });
    assert_eq!(containers(&system), before);
}
