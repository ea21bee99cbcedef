//! What is in a context, so that it can be said what a command changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dp_builds::{Context, Entry, EntryKind, Keep};
use sha2::{Digest, Sha256};

/// A path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Relative to the context.
    pub(crate) path: String,
    /// `content`, `mode`, `kind`, `added`, `deleted`, `time`.
    pub(crate) how: String,
}

/// What a builder looks at of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    kind: EntryKind,
    mode: u32,
    /// Hash of a file's content, or the target of a link.
    content: Vec<u8>,
}

/// All paths of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest(BTreeMap<String, Item>);

impl Manifest {
    /// All of a folder.
    ///
    /// # Errors
    /// Something cannot be read.
    pub(crate) fn entries(folder: &Path) -> anyhow::Result<Vec<Entry>> {
        let all = |_: &str, _: bool| Keep::Yes;
        Ok(Context { folder, filter: &all }.entries()?)
    }

    /// Reads a folder whole.
    ///
    /// # Errors
    /// Something cannot be read.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut items = BTreeMap::new();
        for entry in Self::entries(folder)? {
            let content = match entry.kind {
                EntryKind::File => Sha256::digest(fs::read(folder.join(&entry.path))?).to_vec(),
                EntryKind::Symlink => {
                    fs::read_link(folder.join(&entry.path))?.into_os_string().into_encoded_bytes()
                }
                _ => Vec::new(),
            };
            let path = entry.path.to_string_lossy().into_owned();
            items.insert(path, Item { kind: entry.kind, mode: entry.mode, content });
        }
        Ok(Self(items))
    }

    /// What is otherwise in `now`, by path.
    pub(crate) fn differences(&self, now: &Self) -> Vec<Difference> {
        let paths: std::collections::BTreeSet<&String> =
            self.0.keys().chain(now.0.keys()).collect();
        let differing = paths.into_iter().filter_map(|path| {
            let how = match (self.0.get(path), now.0.get(path)) {
                (None, _) => "added",
                (_, None) => "deleted",
                (Some(one), Some(other)) if one.kind != other.kind => "kind",
                (Some(one), Some(other)) if one.content != other.content => "content",
                (Some(one), Some(other)) if one.mode != other.mode => "mode",
                _ => return None,
            };
            Some(Difference { path: path.clone(), how: how.to_owned() })
        });
        differing.collect()
    }
}
