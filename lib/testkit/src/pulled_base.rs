//! A base image as a builder has it that fetched it itself.
//!
//! What rests on a base that was loaded or built is forgotten by an engine with the containerd image
//! store as soon as it removes any record of its build cache, so that cold builds are refused there
//! (`lib/builds/src/cache/forgotten.rs`). Users' bases mostly come from a registry; ours comes from an
//! OCI layout, which the builder fetches in the same way.

use std::fs;

use tempfile::TempDir;

use crate::{BASE, Context, Docker, unique};

/// The base image of all tests in one layer that no engine has, in a folder of the test.
#[derive(Debug)]
pub struct PulledBase {
    folder: TempDir,
}

impl PulledBase {
    /// Makes it, where the engine has the containerd image store; none elsewhere, where every base
    /// will do. The engine's build cache is empty afterwards.
    pub fn where_needed(docker: &Docker) -> Option<Self> {
        if !docker.has_containerd_store() {
            return None;
        }
        let context = Context::empty().with("unique", &unique("base")).with(
            "Dockerfile",
            &format!(
                "FROM {BASE} AS filled\nCOPY unique /unique\nFROM scratch\nCOPY --from=filled / /\n"
            ),
        );
        let folder = tempfile::tempdir().unwrap();
        let output = format!("type=oci,tar=false,dest={}", folder.path().display());
        let context = context.path().to_str().unwrap();
        docker.ok(&["buildx", "build", "--provenance=false", "--output", &output, context]);
        docker.forget_builds();
        Some(Self { folder })
    }

    /// Options of a build for which it stands for the base of all tests.
    pub fn words(&self) -> [String; 2] {
        let index = fs::read_to_string(self.folder.path().join("index.json")).unwrap();
        let index: serde_json::Value = serde_json::from_str(&index).unwrap();
        let digest = index["manifests"][0]["digest"].as_str().unwrap();
        let layout = self.folder.path().display();
        ["--build-context".to_owned(), format!("{BASE}=oci-layout://{layout}@{digest}")]
    }
}
