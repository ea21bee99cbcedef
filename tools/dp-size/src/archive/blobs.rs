//! The parts of an archive, wherever they lie.

use super::ArchiveError;
use crate::tree::{Layer, Paths};

/// Most bytes of one text (a manifest, a configuration).
pub(super) const MOST_TEXT: u64 = 1 << 22;

/// The parts of an archive by name.
pub(super) trait Blobs {
    /// A part that is JSON; none if there is no such part.
    fn text(&self, name: &str) -> Result<Option<Vec<u8>>, ArchiveError>;

    /// The name of the part that this name leads to: the same layer may stand
    /// under several.
    fn target(&self, name: &str) -> String;

    /// Bytes that a part takes in the archive; none if there is no such part.
    fn stored(&self, name: &str) -> Option<u64>;

    /// A part that is a layer, which is given away.
    fn take_layer(&mut self, name: &str) -> Result<Layer, ArchiveError>;

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
