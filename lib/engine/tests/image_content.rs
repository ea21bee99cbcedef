//! The content of images of a real engine: the one of this environment.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

use std::io::Write as _;
use std::process::{Command, Stdio};

use dp_engine::{Engine, EngineError, Environment, ErrorKind, Selection, resolve};
use futures_util::StreamExt as _;

/// Images of scripts/bases: one of one layer, one of two.
const ONE: &str = "dp-base/busybox";
const TWO: &str = "dp-base/gcc";

async fn engine() -> Engine {
    let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
    Engine::connect(&endpoint).await.unwrap()
}

fn docker_save(id: &str) -> Vec<u8> {
    let output = Command::new("docker").args(["image", "save", id]).output().unwrap();
    assert!(output.status.success());
    output.stdout
}

/// What GNU tar sees in these bytes.
fn listed(tar: &[u8]) -> Vec<String> {
    let mut child =
        Command::new("tar").arg("-t").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = tar.to_vec();
    let feeding = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn an_export_is_the_tar_that_docker_save_writes() {
    let engine = engine().await;
    let id = engine.inspect(ONE).await.unwrap().id;
    let mut stream = engine.export(&id);
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    let saved = docker_save(&id);
    assert_eq!(listed(&bytes), listed(&saved));
    assert_eq!(bytes.len(), saved.len());
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn an_export_of_an_image_that_is_gone_says_so() {
    let engine = engine().await;
    let id = format!("sha256:{}", "0".repeat(64));
    let error = engine.export(&id).next().await.unwrap().unwrap_err();
    assert!(
        matches!(&error, EngineError::NoSuchImage { reference } if *reference == id),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::NoSuchImage);
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn each_layer_has_its_folder() {
    let engine = engine().await;
    let facts = engine.facts().await.unwrap();
    for (name, layers) in [(ONE, 1), (TWO, 2)] {
        let image = engine.inspect(name).await.unwrap();
        if facts.storage_driver != "overlay2" {
            assert_eq!(image.layer_folders, None);
            continue;
        }
        let folders = image.layer_folders.unwrap();
        assert_eq!(folders.len(), layers);
        assert!(folders.iter().all(|folder| folder.starts_with(&facts.data_root)));
        // Only the base has the folders of a whole system; whoever may not look sees none.
        let whole: Vec<bool> = folders.iter().map(|one| one.join("proc").is_dir()).collect();
        assert!(whole[0] || !facts.local || !folders[0].exists());
        assert!(whole[1..].iter().all(|whole| !whole));
    }
}
