//! Run options mean what docker's mean: each row is given to `docker create` and to
//! dp, on the engine of this environment, and what the engine then has of both
//! containers must be equal. Where docker or its engine refuses, dp refuses.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

mod lines;
mod rows;

use std::fs;
use std::path::Path;

use dp_engine::container::options::{OPTIONS, refused_options};
use dp_engine::container::{Request, RunOptions};
use dp_engine::{Engine, Environment, Selection, resolve};
use dp_testkit::{BASE, Docker, engine_elsewhere, shown_elsewhere, unique};
use serde_json::{Map, Value};

/// What became of one row: the names of the container that docker made and of ours.
struct Row {
    line: String,
    theirs: Option<String>,
    ours: Result<String, String>,
}

/// An engine with an image that has a variable of its own, a network, and files.
struct Ground {
    docker: Docker,
    engine: Engine,
    image: String,
    network: String,
    folder: tempfile::TempDir,
    prefix: String,
}

impl Ground {
    async fn new() -> Self {
        let mut docker = Docker::new();
        let prefix = unique("options");
        let image = format!("{prefix}-image");
        let made = docker.ok(&["create", BASE]);
        docker.ok(&["commit", "-c", "ENV DP_OF_IMAGE=1", "-c", "EXPOSE 7", made.trim(), &image]);
        docker.ok(&["rm", made.trim()]);
        docker.remove_at_end(&image);
        let network = format!("{prefix}-net");
        docker.ok(&["network", "create", "--subnet", "10.211.99.0/24", &network]);
        docker.ok(&["network", "create", &format!("{network}-2")]);
        let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
        let engine = Engine::connect(&endpoint).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path());
        Self { docker, engine, image, network, folder, prefix }
    }

    /// The row with this ground's names in it.
    fn line(&self, row: &str) -> String {
        row.replace("NETWORK", &self.network)
            .replace("FOLDER", &self.folder.path().display().to_string())
            .replace("VOLUME", &format!("{}-volume", self.prefix))
    }

    async fn try_row(&self, at: usize, row: &str) -> Row {
        let line = self.line(row);
        let words = shlex::split(&line).unwrap();
        let name = format!("{}-{at}-docker", self.prefix);
        let mut args = vec!["create", "--name", &name];
        args.extend(words.iter().map(String::as_str));
        args.push(&self.image);
        let theirs = self.docker.run(&args).status.success().then(|| name.clone());
        let ours = self.ours(&line, format!("{}-{at}-dp", self.prefix)).await;
        Row { line, theirs, ours }
    }

    async fn ours(&self, line: &str, name: String) -> Result<String, String> {
        let (options, _) = RunOptions::parse_line(line).map_err(|error| error.to_string())?;
        let request =
            Request::new(&self.image, &options, None).map_err(|error| error.to_string())?;
        let created = self.engine.create_container(&name, &request).await;
        created.map(|()| name).map_err(|error| error.to_string())
    }

    /// What the engine has of these containers, in their order.
    fn inspected(&self, names: &[&str]) -> Vec<Value> {
        let args = [&["container", "inspect"], names].concat();
        serde_json::from_str(&self.docker.ok(&args)).unwrap()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let filter = format!("name={}", self.prefix);
        let found = self.docker.run(&["ps", "-aq", "--filter", &filter]).stdout;
        let found = String::from_utf8(found).unwrap();
        let ids: Vec<&str> = found.split_whitespace().collect();
        for some in ids.chunks(200) {
            self.docker.run(&[&["rm", "-fv"], some].concat());
        }
        self.docker.run(&["network", "rm", &self.network, &format!("{}-2", self.network)]);
        self.docker.run(&["volume", "rm", &format!("{}-volume", self.prefix)]);
    }
}

fn write_files(folder: &Path) {
    for (name, text) in [
        ("env", "# note\nFROM_FILE=1\n  LEADING=x \nDP_NOT_SET\nPATH\n"),
        ("bad-env", "A B=1\n"),
        ("no-name", "=1\n"),
        ("labels", "a=1\nb\nc=\n"),
        ("profile", "{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }\n"),
        ("no-json", "{"),
        ("marked", "\u{feff}MARKED=1\r\nNEXT=2\r\n"),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    fs::write(folder.join("no-utf8"), b"A=\xff\n").unwrap();
}

/// The long options in a help text of docker.
fn long_options(help: &str) -> Vec<&str> {
    let words = help.lines().filter_map(|line| line.split_once("--"));
    let names = words.filter(|(before, _)| before.trim().len() <= 3).map(|(_, after)| after);
    names.filter_map(|after| after.split([' ', '=']).next()).collect()
}

#[test]
#[ignore = "needs the docker CLI: make test-engine"]
fn every_option_of_docker_run_is_known_or_refused_with_its_reason() {
    if shown_elsewhere() {
        return;
    }
    let help = Docker::new().ok(&["run", "--help"]);
    let named = long_options(&help);
    assert!(named.len() > 90, "{named:?}");
    let strange: Vec<&str> = named
        .into_iter()
        .filter(|name| {
            let known = OPTIONS.iter().any(|spec| spec.name == *name);
            !known && !refused_options().any(|refused| refused == *name)
        })
        .collect();
    // Help is not asked for within an option.
    assert_eq!(strange.iter().filter(|name| **name != "help").collect::<Vec<_>>(), [&""; 0]);
}

/// What is compared: nothing that differs between any two containers.
fn compared(container: &Value) -> Value {
    let (id, name) = (container["Id"].as_str().unwrap(), container["Name"].as_str().unwrap());
    let short = &id[..12];
    let mut parts = Map::new();
    for part in ["Config", "HostConfig"] {
        parts.insert(part.to_owned(), container[part].clone());
    }
    parts.insert("Networks".to_owned(), container["NetworkSettings"]["Networks"].clone());
    let mut all = Value::Object(parts);
    clean(&mut all, &|text: &str| {
        text.replace(id, "ID").replace(short, "ID").replace(name.trim_start_matches('/'), "NAME")
    });
    all
}

/// Lists whose order docker leaves to chance are sorted, and what is empty is
/// absent.
fn clean(value: &mut Value, rename: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = rename(text),
        Value::Array(all) => {
            for one in all.iter_mut() {
                clean(one, rename);
            }
            all.sort_by_key(Value::to_string);
        }
        Value::Object(all) => {
            for one in all.values_mut() {
                clean(one, rename);
            }
            let empty = |value: &Value| match value {
                Value::Null => true,
                Value::Array(all) => all.is_empty(),
                Value::Object(all) => all.is_empty(),
                _ => false,
            };
            all.retain(|name, value| !empty(value) || name.ends_with("Paths"));
        }
        _ => {}
    }
}

/// The fields in which two values differ, as `path: theirs, ours`.
fn differences(path: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for name in names {
                let of = |all: &Map<String, Value>| all.get(name).cloned().unwrap_or(Value::Null);
                differences(&format!("{path}.{name}"), &of(a), &of(b), found);
            }
        }
        (a, b) if a != b => found.push(format!("{path}: docker {a}, dp {b}")),
        _ => {}
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn every_row_means_what_docker_makes_of_it() {
    let ground = Ground::new().await;
    let rows = rows::all(ground.docker.is_newer());
    // The docker CLI, which reads the options, is the same for all engines: what else an engine
    // makes of them is seen in a part of the rows, on the others.
    let every = if engine_elsewhere().is_some() { 4 } else { 1 };
    let mut all = Vec::new();
    for (at, row) in rows.iter().enumerate().step_by(every) {
        all.push(ground.try_row(at, row).await);
    }
    let mut wrong = Vec::new();
    let mut made = Vec::new();
    for row in &all {
        match (&row.theirs, &row.ours) {
            (Some(theirs), Ok(ours)) => made.push((row, theirs.as_str(), ours.as_str())),
            (None, Err(_)) => {}
            (Some(_), Err(why)) => wrong.push(format!("{}: docker takes it, dp: {why}", row.line)),
            (None, Ok(_)) => wrong.push(format!("{}: docker refuses it, dp does not", row.line)),
        }
    }
    for some in made.chunks(100) {
        let names: Vec<&str> = some.iter().flat_map(|(_, theirs, ours)| [*theirs, *ours]).collect();
        let inspected = ground.inspected(&names);
        for ((row, ..), pair) in some.iter().zip(inspected.chunks(2)) {
            let mut found = Vec::new();
            differences("", &compared(&pair[0]), &compared(&pair[1]), &mut found);
            wrong.extend(found.into_iter().map(|what| format!("{}: {what}", row.line)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    // Neither side is empty.
    let refused = all.iter().filter(|row| row.theirs.is_none()).count();
    assert!(
        made.len() > 200 / every && refused > 150 / every,
        "{} made, {refused} refused",
        made.len()
    );
}
