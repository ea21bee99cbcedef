//! Adding up: bytes by layer and in all, and the proof that they balance.

use super::file::{File, Slot};
use super::{Layer, TreeError};

/// What one layer holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Bytes of its files.
    pub(crate) bytes: u64,
    /// Those of them that it or a later layer hid.
    pub(crate) dead_bytes: u64,
    /// Names of files that it brings, hard links included.
    pub(crate) files: u64,
}

/// What all layers hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Bytes of the files of all layers.
    pub(crate) size: u64,
    /// Those of them that a container can reach.
    pub(crate) live: u64,
    /// Those of them that none can.
    pub(crate) dead: u64,
    /// Names of files in all layers, hard links included.
    pub(crate) files: u64,
}

/// One tally for each layer, lowest first.
pub(super) fn tallies(layers: &[&Layer], files: &[File]) -> Vec<Tally> {
    let own = |layer: &&Layer| Tally { bytes: layer.bytes(), dead_bytes: 0, files: layer.files() };
    let mut tallies: Vec<Tally> = layers.iter().map(own).collect();
    for file in files.iter().filter(|file| file.is_dead()) {
        tallies[usize::from(file.layer)].dead_bytes += file.size;
    }
    tallies
}

/// The sums, if they balance. What is live is counted from what stands in the
/// image at the end, what is dead from what was hidden on the way, and the size
/// from the layers' own entries: three counts that know nothing of each other.
pub(super) fn totals(
    tallies: &[Tally],
    files: &[File],
    slots: &[Slot],
) -> Result<Totals, TreeError> {
    let sum = |part: fn(&Tally) -> u64| tallies.iter().map(part).sum();
    let (size, dead) = (sum(|tally| tally.bytes), sum(|tally| tally.dead_bytes));
    let live = reachable(files, slots);
    match live.checked_add(dead) {
        Some(both) if both == size => Ok(Totals { size, live, dead, files: sum(|t| t.files) }),
        _ => Err(TreeError::Unbalanced { live, dead, size }),
    }
}

/// Bytes of the files that stand at some path, each once.
fn reachable(files: &[File], slots: &[Slot]) -> u64 {
    let mut counted = vec![false; files.len()];
    let mut bytes = 0;
    for slot in slots {
        if let Slot::File(id) = slot
            && !std::mem::replace(&mut counted[id.index()], true)
        {
            bytes += files[id.index()].size;
        }
    }
    bytes
}
