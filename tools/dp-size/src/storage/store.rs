//! The configuration of an image where an engine of this machine keeps it. Unlike the answer to
//! `docker history` it says which steps made a layer.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config::{ImageConfig, id};

/// What an index and a manifest say of others (the image specification).
#[derive(Debug, Deserialize)]
struct Referring {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    config: Option<Descriptor>,
}

#[derive(Debug, Deserialize)]
struct Descriptor {
    digest: String,
}

/// The configuration of the image of this id in the store of graph drivers, if it is there,
/// and is unchanged.
pub(crate) fn of_graph_driver(data_root: &Path, image: &str) -> Option<ImageConfig> {
    let folder = data_root.join("image/overlay2/imagedb/content/sha256");
    ImageConfig::parse(&content(&folder, image)?).ok()
}

/// The configuration with these layers that the index or manifest of this id names, in the
/// containerd image store that has `layer`.
pub(crate) fn of_containerd(layer: &Path, image: &str, diff_ids: &[String]) -> Option<ImageConfig> {
    // ROOT/io.containerd.snapshotter.v1.overlayfs/snapshots/NUMBER/fs
    let root = layer.ancestors().nth(4)?;
    let blobs = root.join("io.containerd.content.v1.content/blobs/sha256");
    let manifest = referring(&blobs, image)?;
    let named = manifest.manifests.iter().filter_map(|one| referring(&blobs, &one.digest)?.config);
    let configs = named.chain(manifest.config);
    let configs = configs.filter_map(|one| ImageConfig::parse(&content(&blobs, &one.digest)?).ok());
    configs.into_iter().find(|config| config.diff_ids == diff_ids)
}

fn referring(blobs: &Path, digest: &str) -> Option<Referring> {
    serde_json::from_slice(&content(blobs, digest)?).ok()
}

/// What has this digest, in a folder of files that are named after theirs.
fn content(folder: &Path, digest: &str) -> Option<Vec<u8>> {
    let hex = digest.strip_prefix("sha256:")?;
    let is_plain = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let path: PathBuf = folder.join(hex);
    fs::read(path).ok().filter(|text| is_plain && id(text) == digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps a content under its digest, which is the answer.
    fn keep(folder: &Path, text: &str) -> String {
        let digest = id(text.as_bytes());
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(&digest[7..]), text).unwrap();
        digest
    }

    #[test]
    fn a_configuration_is_taken_when_it_is_the_one_of_the_id() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("image/overlay2/imagedb/content/sha256");
        let image = keep(&folder, r#"{"rootfs":{"diff_ids":["sha256:1"]}}"#);
        assert_eq!(of_graph_driver(root.path(), &image).unwrap().diff_ids, ["sha256:1"]);
        fs::write(folder.join(&image[7..]), b"{}").unwrap();
        assert_eq!(of_graph_driver(root.path(), &image), None);
        assert_eq!(of_graph_driver(root.path(), "sha256:../x"), None);
        assert_eq!(of_graph_driver(root.path(), "app:1"), None);
    }

    #[test]
    fn of_an_index_the_configuration_with_the_layers_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let layer = root.path().join("io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs");
        let blobs = root.path().join("io.containerd.content.v1.content/blobs/sha256");
        let manifests: Vec<String> = ["1", "2"]
            .into_iter()
            .map(|layer| {
                let config = format!(r#"{{"rootfs":{{"diff_ids":["sha256:{layer}"]}}}}"#);
                let config = keep(&blobs, &config);
                keep(&blobs, &format!(r#"{{"config":{{"digest":"{config}"}}}}"#))
            })
            .collect();
        let [one, two] = manifests.as_slice() else { panic!() };
        let index = format!(r#"{{"manifests":[{{"digest":"{one}"}},{{"digest":"{two}"}}]}}"#);
        let index = keep(&blobs, &index);
        let layers = ["sha256:2".to_owned()];
        for image in [&index, two] {
            let config = of_containerd(&layer, image, &layers).unwrap();
            assert_eq!(config.diff_ids, layers);
        }
        assert_eq!(of_containerd(&layer, one, &layers), None);
        assert_eq!(of_containerd(Path::new("/fs"), &index, &layers), None);
    }
}
