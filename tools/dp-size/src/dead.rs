//! Dead bytes: who wrote them, and who hid them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::layers::Maker;
use crate::tree::{Hidden, How, PathId, Tree, Weighed, largest};

#[derive(Debug, Serialize)]
pub(crate) struct HiddenDetail {
    layer: usize,
    hidden_by: usize,
    bytes: u64,
    files: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct DeadDetail {
    path: String,
    bytes: u64,
    files: u64,
    how: &'static str,
    wrote: Place,
    hid: Place,
}

/// A layer, as one looks for it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Place {
    layer: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

impl Place {
    /// The layer of this number, counted from 0.
    pub(crate) fn new(makers: &[Maker], layer: u16) -> Self {
        let maker = makers.get(usize::from(layer)).cloned().unwrap_or_default();
        Self { layer: number(layer), instruction: maker.instruction, line: maker.line }
    }

    /// The layer, counted from 1.
    pub(crate) fn layer(&self) -> usize {
        self.layer
    }

    /// What made it.
    pub(crate) fn instruction(&self) -> Option<&str> {
        self.instruction.as_deref()
    }
}

/// Dead files that one entry hid and one layer wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grave {
    layer: u16,
    hidden_by: u16,
    path: PathId,
    overwritten: bool,
}

/// What lies in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lost {
    bytes: u64,
    files: u64,
}

impl Lost {
    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.files += other.files;
    }
}

impl Weighed for (Grave, Lost) {
    fn bytes(&self) -> u64 {
        self.1.bytes
    }

    fn path(&self) -> PathId {
        self.0.path
    }
}

/// All dead files, those together that went together.
pub(crate) fn graves(tree: &Tree) -> BTreeMap<Grave, Lost> {
    let mut graves: BTreeMap<Grave, Lost> = BTreeMap::new();
    for file in tree.files() {
        let Some(Hidden { layer: hidden_by, how }) = file.hidden else { continue };
        let (path, overwritten) = match how {
            How::Overwritten { .. } => (file.path, true),
            How::Removed { root } => (root, false),
        };
        let grave = Grave { layer: file.layer, hidden_by, path, overwritten };
        graves.entry(grave).or_default().add(Lost { bytes: file.size, files: 1 });
    }
    graves
}

/// Every pair of layers of which the second hid files of the first, in order.
pub(crate) fn hidden(graves: &BTreeMap<Grave, Lost>) -> Vec<HiddenDetail> {
    let mut pairs: BTreeMap<(u16, u16), Lost> = BTreeMap::new();
    for (grave, lost) in graves {
        pairs.entry((grave.layer, grave.hidden_by)).or_default().add(*lost);
    }
    let detail = |((layer, hidden_by), lost): (_, Lost)| HiddenDetail {
        layer: number(layer),
        hidden_by: number(hidden_by),
        bytes: lost.bytes,
        files: lost.files,
    };
    pairs.into_iter().map(detail).collect()
}

/// Those with the most bytes.
pub(crate) fn dead(
    graves: BTreeMap<Grave, Lost>,
    makers: &[Maker],
    tree: &Tree,
    top: usize,
) -> Vec<DeadDetail> {
    let detail = |(grave, lost): (Grave, Lost)| DeadDetail {
        path: tree.paths().text(grave.path),
        bytes: lost.bytes,
        files: lost.files,
        how: if grave.overwritten { "overwritten" } else { "removed" },
        wrote: Place::new(makers, grave.layer),
        hid: Place::new(makers, grave.hidden_by),
    };
    largest(graves, top, tree.paths()).into_iter().map(detail).collect()
}

/// The number of a layer as records write it.
pub(crate) fn number(layer: u16) -> usize {
    usize::from(layer) + 1
}
