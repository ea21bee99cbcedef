//! The base image `dp-base/postgres` behaves as the usual one, and the example
//! `dockerfiles/pilotpros/docker/postgres-performance.Dockerfile` has the plan's settings.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::Path;

use dp_testkit::{Docker, shown_elsewhere, unique, wait_until};

const BASE: &str = "dp-base/postgres";

/// A server, gone at the end with its data.
struct Server {
    docker: Docker,
    name: String,
}

impl Server {
    /// Waits until it answers by TCP, which it does not while it fills its data
    /// folder. `words` are options, the image and its command.
    fn new(words: &[&str]) -> Self {
        let docker = Docker::new();
        assert!(docker.image(BASE).is_some(), "no {BASE}: run scripts/bases postgres");
        let server = Self { docker, name: unique("postgres") };
        server.docker.ok(&[&["run", "--detach", "--name", &server.name], words].concat());
        wait_until("the server answers", || {
            let ask = ["exec", &server.name, "pg_isready", "--quiet", "--host=127.0.0.1"];
            server.docker.run(&ask).status.success()
        });
        server
    }

    /// What a query answers, asked by TCP; the URL's account and database.
    fn query(&self, account: &str, query: &str) -> Result<String, String> {
        let (who, database) = account.split_once('/').unwrap();
        let url = format!("postgresql://{who}@127.0.0.1/{database}");
        let ask = ["exec", &self.name, "psql", "--no-align", "--tuples-only", "-c", query, &url];
        let output = self.docker.run(&ask);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim_end().to_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.docker.run(&["rm", "--force", "--volumes", &self.name]);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_server_lets_in_whom_it_was_told_to_and_ends_in_order() {
    // What is shown is in the image.
    if shown_elsewhere() {
        return;
    }
    // Passwords count on the server's own addresses only if it is said so.
    let server = Server::new(&[
        "--env=POSTGRES_USER=someone",
        "--env=POSTGRES_PASSWORD=it's two",
        "--env=POSTGRES_DB=other",
        "--env=POSTGRES_INITDB_ARGS=--data-checksums --auth-host=scram-sha-256",
        BASE,
    ]);
    let all = "select datname from pg_database where not datistemplate order by 1";
    assert_eq!(server.query("someone:it%27s%20two/other", all).unwrap(), "other\npostgres");
    let refused = server.query("someone:wrong/other", all).unwrap_err();
    assert!(refused.contains("password authentication failed"), "{refused}");
    let checksums = server.query("someone:it%27s%20two/other", "show data_checksums");
    assert_eq!(checksums.unwrap(), "on");

    let owner = server.docker.ok(&["exec", &server.name, "stat", "-c", "%U", "/proc/1"]);
    assert_eq!(owner, "postgres\n");
    server.docker.ok(&["stop", &server.name]);
    // The server's own end; by SIGKILL, after ten seconds, it were 137.
    let code = ["inspect", "--format", "{{.State.ExitCode}}", &server.name];
    assert_eq!(server.docker.ok(&code), "0\n");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_database_that_would_let_everybody_in_must_be_asked_for() {
    // What is shown is in the image.
    if shown_elsewhere() {
        return;
    }
    let output = Docker::new().run(&["run", "--rm", BASE]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("set POSTGRES_PASSWORD"), "{message}");
    assert!(message.contains("POSTGRES_HOST_AUTH_METHOD=trust"), "{message}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_plan_s_file_counts_only_if_the_command_names_it() {
    // What is shown is in the image.
    if shown_elsewhere() {
        return;
    }
    let mut docker = Docker::new();
    let image = unique("pilotpros");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dockerfiles/pilotpros");
    let [context, file] = ["config", "docker/postgres-performance.Dockerfile"].map(|name| {
        let path = folder.join(name);
        path.to_str().unwrap().to_owned()
    });
    let base = format!("POSTGRES_IMAGE={BASE}");
    docker.ok(&["buildx", "build", "--build-arg", &base, "--tag", &image, "-f", &file, &context]);
    docker.remove_at_end(&image);

    let trust = "--env=POSTGRES_HOST_AUTH_METHOD=trust";
    let file = "config_file=/etc/postgresql/postgresql.conf";
    for (command, buffers, statistics) in [
        (&[][..], "128MB", ""),
        (&["postgres", "-c", file], "1GB", "pg_stat_statements"),
        (&["-c", "shared_buffers=256MB"], "256MB", ""),
    ] {
        let server = Server::new(&[&[trust, &image], command].concat());
        let show = |name: &str| server.query("postgres/postgres", &format!("show {name}")).unwrap();
        assert_eq!(show("shared_buffers"), buffers, "{command:?}");
        assert_eq!(show("shared_preload_libraries"), statistics, "{command:?}");
        assert_eq!(show("listen_addresses"), "*", "{command:?}");
    }
}
