//! Images and facts of a real engine: the one of this environment.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

mod objects;

use dp_engine::image::HistoryEntry;
use dp_engine::info::{BuildxVersion, ImageStore};
use dp_engine::{Engine, EngineError, Environment, ErrorKind, Selection, resolve};
use objects::{BYTES, Builder, Objects};

async fn engine() -> Engine {
    let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
    Engine::connect(&endpoint).await.unwrap()
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn facts_are_those_that_docker_shows() {
    let engine = engine().await;
    let facts = engine.facts().await.unwrap();
    let docker = Objects::new(&engine, "facts");
    for (shown, ours) in [
        ("{{.ServerVersion}}", facts.engine_version),
        ("{{.Driver}}", facts.storage_driver),
        ("{{.CgroupVersion}}", facts.cgroup_version.unwrap().to_string()),
        ("{{.CgroupDriver}}", facts.cgroup_driver.unwrap()),
        ("{{.OSType}}", facts.os),
        ("{{.OperatingSystem}}", facts.operating_system),
        ("{{.KernelVersion}}", facts.kernel),
        ("{{.NCPU}}", facts.cpus.to_string()),
        ("{{.MemTotal}}", facts.memory_bytes.to_string()),
        ("{{.ID}}", facts.engine_id),
        ("{{.DockerRootDir}}", facts.data_root),
    ] {
        assert_eq!(docker.says(&["info", "--format", shown]), ours, "{shown}");
    }
    let api = docker.says(&["version", "--format", "{{.Server.APIVersion}} {{.Server.Arch}}"]);
    assert_eq!(format!("{} {}", facts.api_version, facts.architecture), api);
    let status = docker.says(&["info", "--format", "{{.DriverStatus}}"]);
    let containerd = status.contains("io.containerd.snapshotter.v1");
    assert_eq!(facts.image_store == ImageStore::Containerd, containerd, "{status}");
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn an_engine_is_local_when_its_containers_run_under_our_boot() {
    let engine = engine().await;
    let docker = Objects::new(&engine, "local");
    let boot_id = "/proc/sys/kernel/random/boot_id";
    // From scripts/bases.
    let theirs =
        docker.says(&["run", "--rm", "--network", "none", "dp-base/busybox", "cat", boot_id]);
    let ours = std::fs::read_to_string(boot_id).unwrap();
    assert_eq!(engine.facts().await.unwrap().local, theirs == ours.trim());
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn the_version_of_buildx_is_the_one_that_docker_names() {
    let engine = engine().await;
    let version = BuildxVersion::read(engine.endpoint()).await.unwrap();
    let docker = Objects::new(&engine, "cli");
    let said = docker.says(&["buildx", "version"]);
    assert_eq!(said.split(' ').nth(1).unwrap().trim_start_matches('v'), version.text);
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn an_image_is_described_as_docker_describes_it() {
    let engine = engine().await;
    let docker = Objects::new(&engine, "inspect");
    let name = docker.built("image", Builder::BuildKit);
    let facts = engine.inspect(&name).await.unwrap();
    assert_eq!(facts.id, docker.inspected(&name, "{{.Id}}"));
    assert_eq!(facts.repo_tags, [name.as_str()]);
    assert_eq!(facts.size_bytes.to_string(), docker.inspected(&name, "{{.Size}}"));
    assert_eq!(facts.diff_ids.join(" "), docker.inspected(&name, r#"{{join .RootFS.Layers " "}}"#));
    assert_eq!((facts.diff_ids.len(), facts.user.as_deref()), (2, Some("1000")));
    assert_eq!((facts.os.as_str(), facts.variant), ("linux", None));
    assert_eq!(facts.architecture, engine.version().architecture);
    assert!(facts.created.is_some());
    // The same image by its id.
    assert_eq!(engine.inspect(&facts.id).await.unwrap().id, facts.id);
}

/// Instruction word, bytes, and whether it made no layer, oldest first.
fn told(history: &[HistoryEntry]) -> Vec<(&str, u64, Option<bool>)> {
    let words = ["COPY", "ENV", "WORKDIR", "USER", "CMD"];
    history
        .iter()
        .map(|entry| {
            let word = words.iter().find(|word| entry.created_by.contains(*word));
            (*word.unwrap(), entry.size_bytes, entry.empty)
        })
        .collect()
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn the_history_comes_oldest_first_with_its_layers_told() {
    let engine = engine().await;
    let docker = Objects::new(&engine, "history");
    let store = engine.facts().await.unwrap().image_store;
    for (name, builder) in [("buildkit", Builder::BuildKit), ("legacy", Builder::Legacy)] {
        let name = docker.built(name, builder);
        let history = engine.history(&name).await.unwrap();
        let sizes = docker.history_sizes(&name);
        let [copied, _, folder, _, _] = sizes[..] else { panic!("{builder:?}: {sizes:?}") };
        assert_eq!(
            told(&history),
            [
                ("COPY", copied, Some(false)),
                ("ENV", 0, Some(true)),
                ("WORKDIR", folder, Some(false)),
                ("USER", 0, Some(true)),
                ("CMD", 0, Some(true)),
            ],
            "{builder:?}: {history:#?}"
        );
        if store == ImageStore::Containerd {
            // It counts the room that a layer takes on the disk, with its folders.
            assert!(copied > BYTES && folder > 0, "{sizes:?}");
        } else {
            assert_eq!((copied, folder), (BYTES, 0));
        }
        assert!(history.iter().all(|entry| entry.created.is_some()));
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn exactly_one_name_is_taken_away_and_the_image_goes_with_its_last() {
    let engine = engine().await;
    let docker = Objects::new(&engine, "tag");
    let first = docker.built("image", Builder::BuildKit);
    let id = engine.inspect(&first).await.unwrap().id;
    let repository = format!("{}/other", docker.prefix);
    engine.tag(&first, &repository, "2").await.unwrap();
    let second = format!("{repository}:2");
    assert_eq!(docker.inspected(&second, "{{.Id}}"), id);

    assert!(engine.remove_tag(&first).await.unwrap());
    assert!(!engine.exists(&first).await.unwrap());
    assert_eq!(docker.inspected(&second, "{{.RepoTags}}"), format!("[{second}]"));
    // A name that is gone is no error, and takes nothing else along.
    assert!(!engine.remove_tag(&first).await.unwrap());
    assert!(engine.exists(&second).await.unwrap());

    assert!(engine.remove_tag(&second).await.unwrap());
    assert!(!engine.exists(&id).await.unwrap());
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn an_image_is_never_removed_by_its_id() {
    let engine = engine().await;
    let docker = Objects::new(&engine, "id");
    let name = docker.built("image", Builder::BuildKit);
    let id = engine.inspect(&name).await.unwrap().id;
    let hex = id.strip_prefix("sha256:").unwrap();
    for reference in [id.as_str(), hex] {
        let error = engine.remove_tag(reference).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    }
    // The beginning of an id reads as a name, and there is none such.
    assert!(!engine.remove_tag(&hex[..12]).await.unwrap());
    assert!(engine.exists(&name).await.unwrap());
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn the_last_name_of_an_image_that_a_container_uses_stays() {
    let engine = engine().await;
    let docker = Objects::new(&engine, "used");
    let name = docker.built("image", Builder::BuildKit);
    docker.created(&name);
    let error = engine.remove_tag(&name).await.unwrap_err();
    assert!(matches!(error, EngineError::Refused { status: 409, .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Engine);
    assert!(engine.exists(&name).await.unwrap());
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn a_missing_image_is_told_with_what_to_do() {
    let engine = engine().await;
    let name = format!("dp-test-missing-{}:none", std::process::id());
    let expected = format!("no such image: {name} (build it, or pull it first)");
    let errors = [
        engine.inspect(&name).await.map(drop),
        engine.history(&name).await.map(drop),
        engine.tag(&name, "dp-test-missing", "x").await,
    ];
    for result in errors {
        let error = result.unwrap_err();
        assert_eq!((error.to_string(), error.kind()), (expected.clone(), ErrorKind::NoSuchImage));
    }
    assert!(!engine.exists(&name).await.unwrap());
}
