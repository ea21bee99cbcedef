//! A cache that is kept elsewhere: `--cache-to`, `--cache-from`. The truth is a step of two
//! seconds that no cache of the engine answers, and blobs that a registry of our own is asked for.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use dp_record::detail::cache::CacheTransfer;
use dp_record::{Outcome, Record};
use dp_testkit::{
    Docker, OwnEngine, Ran, Signal, Snapshot, Tool, of_kind, processes_with, skip, wait_until,
};
use serde_json::Value;

use crate::project::{Project, detail, scenario};

/// A step of two seconds whose result is 3,000,000 bytes that no compressor makes fewer, and
/// one in a cache mount.
const DOCKERFILE: &str = "\
FROM dp-base/busybox AS build
WORKDIR /w
COPY a.txt .
RUN sleep 2 && head -c 3000000 /dev/urandom > big
RUN --mount=type=cache,target=/c cp a.txt /c/ && cp a.txt b.txt
FROM dp-base/busybox
COPY --from=build /w /w
";

fn project() -> Project {
    Project::new("transfer", DOCKERFILE, &["a.txt"])
}

fn cache_records(ran: &Ran) -> Vec<Record> {
    of_kind(&ran.records(), "cache").into_iter().cloned().collect()
}

fn value(record: &Record, name: &str) -> f64 {
    record.metrics.get(name).unwrap_or_else(|| panic!("no {name}: {record:?}"))
}

fn transfer(record: &Record) -> &CacheTransfer {
    detail(record).transfer.as_ref().unwrap()
}

/// What holds of a plain build, an export and an import, whatever the place. `answered` steps
/// are the engine's own to answer.
fn assert_true(records: &[Record], kind: &str, answered: f64) {
    let order: Vec<&str> = records.iter().map(scenario).collect();
    assert!(matches!(order[..], ["plain", "export", "import"] | ["export", "plain", "import"]));
    let of = |name| records.iter().find(|record| scenario(record) == name).unwrap();
    let (plain, export, import) = (of("plain"), of("export"), of("import"));
    for built in [plain, export] {
        // Five steps, of which each ran that the engine could not know.
        let steps = (value(built, "steps"), value(built, "steps_cached"));
        assert_eq!(steps, (5.0, answered), "{built:?}");
        assert!(value(built, "wall_seconds") > 2.0);
    }
    assert_eq!((value(import, "steps_cached"), value(import, "steps_executed")), (5.0, 0.0));
    let saved = value(plain, "wall_seconds") - value(import, "wall_seconds");
    let of_import = |name| import.metrics.get(name);
    assert_eq!(of_import("saved_seconds"), Some(saved));
    assert_eq!(of_import("saved_ratio"), Some(saved / value(plain, "wall_seconds")));
    // How long a build takes beside its steps differs with what else the machine does.
    assert!(saved > 1.0, "{saved}");
    let cost = value(export, "cache_export_seconds");
    assert_eq!(of_import("pays_after_builds"), Some((cost / saved).ceil().max(1.0)));
    assert!(value(import, "cache_import_seconds") > 0.0);
    assert_eq!(transfer(import).export_seconds, Some(cost));
    let bytes = transfer(import).export_bytes.map(|bytes| bytes as f64);
    assert_eq!(export.metrics.get("cache_export_bytes"), bytes);
    assert_eq!(transfer(export).kind, kind);
    assert!(plain.metrics.get("cache_export_seconds").is_none());
    let limits = usize::from(answered > 0.0) + usize::from(kind == "inline");
    assert_eq!(transfer(import).limits.len(), limits, "{import:?}");
}

/// An engine like the one that the environment chooses, whose build cache is empty.
fn empty_engine(folder: &std::path::Path) -> Option<OwnEngine> {
    if !Docker::new().has_containerd_store() {
        skip("the engine has not the containerd image store");
        return None;
    }
    OwnEngine::start(folder)
}

fn on(own: &OwnEngine, project: &Project, args: &[&str]) -> Tool {
    project.dp_cache(args).args([format!("--host={}", own.host())])
}

/// Records of the build cache that are no files of a client, images, containers.
fn left_on(own: &OwnEngine) -> Vec<String> {
    let lines = |args: &[&str]| {
        let output = own.docker(args);
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut left = lines(&["image", "ls", "--all", "--format", "{{.Repository}}"]);
    left.extend(lines(&["buildx", "du", "--format", "{{.ID}} {{.Description}}"]));
    left.retain(|line| line != "dp-base/busybox");
    left
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_inline_cache_answers_what_the_engine_does_not_know_and_nothing_is_left() {
    let project = project();
    if project.docker.has_containerd_store() {
        skip("the containerd image store reads inline caches from registries alone");
        return;
    }
    // The user has built the same before.
    let users = project.build("A=1");
    let before = Snapshot::take(&project.docker);
    let records = project.measure(&["--cache-to", "type=inline"]);
    // WORKDIR and COPY come before the first RUN: their keys are the user's.
    assert_true(&records, "inline", 2.0);
    let export = records.iter().find(|record| scenario(record) == "export").unwrap();
    let bytes = value(export, "cache_export_bytes");
    assert!((100.0..100_000.0).contains(&bytes), "{bytes}");
    before.assert_unchanged(&project.docker, "an inline cache");
    assert_eq!(project.build("A=1"), users);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_cache_in_a_folder_is_measured_beside_the_folder_that_was_named() {
    let (project, data) = (project(), tempfile::tempdir().unwrap());
    let Some(own) = empty_engine(data.path()) else { return };
    let place = tempfile::tempdir().unwrap();
    let named = place.path().join("cache");
    let to = format!("type=local,dest={},mode=max", named.display());
    let from = format!("type=local,src={}", named.display());
    let ran = on(&own, &project, &["--cache-to", &to, "--cache-from", &from]).run().expect(0);
    let records = cache_records(&ran);
    assert_true(&records, "local", 0.0);
    let export = records.iter().find(|record| scenario(record) == "export").unwrap();
    // The random bytes are in it twice: in the layer of RUN and in that of COPY.
    let bytes = value(export, "cache_export_bytes");
    assert!((6_000_000.0..9_500_000.0).contains(&bytes), "{bytes}");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    assert_eq!(left_on(&own), Vec::<String>::new());
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_cache_in_a_registry_has_the_bytes_of_its_blobs_and_is_never_overwritten() {
    let (project, data) = (project(), tempfile::tempdir().unwrap());
    let Some(own) = empty_engine(data.path()) else { return };
    let Some(registry) = Registry::find() else { return };
    let name = project.name.to_lowercase();
    let reference = format!("{}/{name}:cache", registry.0);
    let to = format!("type=registry,ref={reference},mode=max");
    let ran = on(&own, &project, &["--cache-to", &to]).run().expect(0);
    let records = cache_records(&ran);
    assert_true(&records, "registry", 0.0);
    let (manifest, bytes) = registry.cache(&name, "cache");
    let of = |name: &str| records.iter().find(|record| scenario(record) == name).unwrap();
    assert_eq!(of("export").metrics.get("cache_export_bytes"), Some(bytes as f64));
    // The layer of the image that the last COPY makes; the base is there already.
    let fetched = value(of("import"), "cache_import_bytes");
    assert!((3_000_000.0..bytes as f64).contains(&fetched), "{fetched} of {bytes}");
    assert!(ran.stderr.contains(&format!("what was exported to {reference} stays there")));
    assert_eq!(left_on(&own), Vec::<String>::new());
    // It is there now.
    let again = on(&own, &project, &["--cache-to", &to]).run().expect(2);
    assert!(again.stderr.contains("it is there already"), "{}", again.stderr);
    assert_eq!((again.stdout.as_str(), registry.cache(&name, "cache").0), ("", manifest));
    // Another's cache, without one of dp's own: no other build has its host name.
    let foreign = ["--cache-from", &reference, "-f", "Dockerfile.plain"];
    project
        .write("Dockerfile.plain", "FROM dp-base/busybox\nCOPY a.txt /\nRUN sleep 1; date > /d\n");
    let made = format!("type=registry,ref={}/{name}:users", registry.0);
    let path = project.context.path().to_str().unwrap().to_owned();
    let file = project.context.path().join("Dockerfile.plain");
    let user = own.docker(&[
        "buildx",
        "build",
        "--quiet",
        "--cache-to",
        &made,
        "--output=type=cacheonly",
        "-f",
        file.to_str().unwrap(),
        &path,
    ]);
    assert!(user.status.success());
    // On this store a removal would cost the user cached steps on such a base.
    let refused = on(&own, &project, &foreign).run().expect(2);
    assert!(refused.stderr.contains("would make the engine forget "), "{}", refused.stderr);
    assert!(own.docker(&["builder", "prune", "--all", "--force"]).status.success());
    let users = foreign.map(|word| {
        if word == reference { made.replace("type=registry,ref=", "") } else { word.to_owned() }
    });
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let records = cache_records(&on(&own, &project, &users).run().expect(0));
    let (plain, import) = (&records[0], &records[1]);
    assert_eq!((scenario(plain), scenario(import)), ("plain", "import"));
    assert_eq!((value(plain, "steps_executed"), value(import, "steps_cached")), (2.0, 2.0));
    assert_eq!(left_on(&own), Vec::<String>::new());
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_the_engine_cannot_export_is_refused_before_anything_is_built() {
    let project = project();
    let before = Snapshot::take(&project.docker);
    let (to, reason) = if project.docker.has_containerd_store() {
        ("type=inline", "on the containerd image store an inline cache is read from a registry")
    } else {
        ("type=local,dest=cache", "exports none but inline caches (give type=inline")
    };
    let ran = project.dp_cache(&["--cache-to", to]).run().expect(2);
    assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    assert_eq!((ran.stdout.as_str(), ran.stderr.trim().lines().count()), ("", 1));
    assert!(!project.context.path().join("cache").exists());
    before.assert_unchanged(&project.docker, "what was refused");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_cache_that_is_not_there_is_a_failed_import() {
    let project = Project::new("absent", "FROM dp-base/busybox\nRUN echo UNIQUE > /a\n", &[]);
    if project.docker.has_containerd_store() {
        skip("its build cache may hold steps that a removal would cost, which is refused there");
        return;
    }
    let before = Snapshot::take(&project.docker);
    let from = format!("127.0.0.1:1/{}:no", project.name.to_lowercase());
    let ran = project.dp_cache(&["--cache-from", &from]).run().expect(4);
    let records = cache_records(&ran);
    assert_eq!(records[0].outcome, Outcome::Ok);
    assert_eq!(records[1].error.as_ref().unwrap().code, "cache_import");
    before.assert_unchanged(&project.docker, "an import that failed");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_stop_leaves_nothing() {
    let dockerfile = "FROM dp-base/busybox\nRUN sleep 300; echo UNIQUE\n";
    let project = Project::new("stopped", dockerfile, &[]);
    if project.docker.has_containerd_store() {
        skip("inline caches are measured on the graphdriver image store alone");
        return;
    }
    let before = Snapshot::take(&project.docker);
    let mut running = project.dp_cache(&["--cache-to", "type=inline"]).start();
    let is_step = |line: &String| !line.contains("dp-cache");
    wait_until("the step runs", || processes_with(&project.name).iter().any(is_step));
    running.signal(Signal::INT);
    let _ = running.wait().expect(130);
    before.assert_unchanged(&project.docker, "a stop");
}

/// The registry that `scripts/registry` started, asked without any code of dp.
struct Registry(String);

impl Registry {
    fn find() -> Option<Self> {
        let found = std::env::var("DP_REGISTRY").ok();
        if found.is_none() {
            skip("there is no registry: scripts/registry up");
        }
        found.map(Self)
    }

    fn get(&self, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.0).unwrap();
        let accept =
            "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";
        let request =
            format!("GET {path} HTTP/1.0\r\nHost: {}\r\nAccept: {accept}\r\n\r\n", self.0);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        assert!(answer.starts_with(b"HTTP/1.0 200"), "{}", String::from_utf8_lossy(&answer[..end]));
        answer.split_off(end + 4)
    }

    /// The manifest of a cache, and the bytes of it with all of its blobs, as they come.
    fn cache(&self, name: &str, tag: &str) -> (Vec<u8>, u64) {
        let manifest = self.get(&format!("/v2/{name}/manifests/{tag}"));
        let value: Value = serde_json::from_slice(&manifest).unwrap();
        let listed = value["layers"].as_array().or(value["manifests"].as_array()).unwrap();
        let config = value["config"]["digest"].as_str();
        let digests = listed.iter().map(|blob| blob["digest"].as_str().unwrap()).chain(config);
        let blob = |digest| self.get(&format!("/v2/{name}/blobs/{digest}")).len() as u64;
        let sizes: BTreeMap<&str, u64> = digests.map(|digest| (digest, blob(digest))).collect();
        let bytes = manifest.len() as u64 + sizes.values().sum::<u64>();
        (manifest, bytes)
    }
}
