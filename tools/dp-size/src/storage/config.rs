//! The image's configuration as the engine keeps it: unlike the answer to
//! `docker history` it says which steps made a layer.

use std::fs;
use std::path::Path;

use crate::config::{ImageConfig, id};

/// The configuration of the image of this id, if it lies where the engine keeps
/// such, and is unchanged.
pub(crate) fn config(data_root: &Path, image: &str) -> Option<ImageConfig> {
    let hex = image.strip_prefix("sha256:")?;
    let is_plain = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let folder = data_root.join("image/overlay2/imagedb/content/sha256");
    let text = fs::read(folder.join(hex)).ok().filter(|text| is_plain && id(text) == image)?;
    ImageConfig::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_taken_when_it_is_the_one_of_the_id() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("image/overlay2/imagedb/content/sha256");
        fs::create_dir_all(&folder).unwrap();
        let text = br#"{"rootfs":{"diff_ids":["sha256:1"]}}"#;
        let image = id(text);
        fs::write(folder.join(&image[7..]), text).unwrap();
        assert_eq!(config(root.path(), &image).unwrap().diff_ids, ["sha256:1"]);
        fs::write(folder.join(&image[7..]), b"{}").unwrap();
        assert_eq!(config(root.path(), &image), None);
        assert_eq!(config(root.path(), "sha256:../x"), None);
        assert_eq!(config(root.path(), "app:1"), None);
    }
}
