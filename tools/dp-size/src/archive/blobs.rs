//! The members of an archive, whether it is a stream or a folder.

use super::ArchiveError;
use super::layer::ArchivedLayer;
use crate::tree::Paths;

/// Most bytes of one JSON text (a manifest, a configuration).
pub(super) const MOST_TEXT: u64 = 1 << 22;

/// The members of an archive by name.
pub(super) trait Blobs {
    /// A member that is JSON; none if there is no such member.
    fn text(&self, name: &str) -> Result<Option<Vec<u8>>, ArchiveError>;

    /// The name of the member that this name leads to: the same layer may have
    /// several names.
    fn target(&self, name: &str) -> String;

    /// Bytes that a member takes in the archive; none if there is no such member.
    fn stored(&self, name: &str) -> Option<u64>;

    /// Takes out a member that is a layer.
    fn take_layer(&mut self, name: &str) -> Result<ArchivedLayer, ArchiveError>;

    /// The paths of all layers that were read.
    fn into_paths(self) -> Paths;
}

/// A name without `.` and empty components. None for one that leads out.
pub(super) fn clean(name: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_the_archive() {
        assert_eq!(clean("./blobs//sha256/a").as_deref(), Some("blobs/sha256/a"));
        assert_eq!(clean("x/../y/layer.tar").as_deref(), Some("y/layer.tar"));
        assert_eq!(clean("/etc/passwd").as_deref(), Some("etc/passwd"));
        assert_eq!(clean("../etc/passwd"), None);
        assert_eq!(clean("a/../../b"), None);
    }
}
