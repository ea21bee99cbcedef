//! Adding up: bytes by layer and in total, and the check that they balance.

use std::sync::Arc;

use super::file::{PackedState, PathState};
use super::files::Files;
use super::{Layer, TreeError};

/// What one layer holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Bytes of its files.
    pub(crate) bytes: u64,
    /// Those of them that it or a later layer deleted or overwrote.
    pub(crate) dead_bytes: u64,
    /// Names of files that it brings, including hard links.
    pub(crate) files: u64,
}

/// What all layers hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Bytes of the files of all layers.
    pub(crate) size: u64,
    /// Those of them that a container can reach.
    pub(crate) live: u64,
    /// Those of them that none can reach.
    pub(crate) dead: u64,
    /// Names of files in all layers, including hard links.
    pub(crate) files: u64,
}

/// One tally for each layer, lowest first.
pub(super) fn tallies(layers: &[Arc<Layer>], files: &Files) -> Vec<Tally> {
    let own =
        |layer: &Arc<Layer>| Tally { bytes: layer.bytes(), dead_bytes: 0, files: layer.files() };
    let mut tallies: Vec<Tally> = layers.iter().map(own).collect();
    for (_, file) in files.numbered().filter(|(_, file)| file.is_dead()) {
        tallies[usize::from(file.layer)].dead_bytes += file.size;
    }
    tallies
}

/// The sums, if they balance. What is live is counted from what a container can
/// reach at the end, what is dead from what was deleted or overwritten on the
/// way, and the size from the layers' own entries: three independent counts.
pub(super) fn totals(
    tallies: &[Tally],
    files: &Files,
    states: &[PackedState],
) -> Result<Totals, TreeError> {
    let sum = |part: fn(&Tally) -> u64| tallies.iter().map(part).sum();
    let (size, dead) = (sum(|tally| tally.bytes), sum(|tally| tally.dead_bytes));
    let live = reachable(files, states);
    match live.checked_add(dead) {
        Some(both) if both == size => Ok(Totals { size, live, dead, files: sum(|t| t.files) }),
        _ => Err(TreeError::Unbalanced { live, dead, size }),
    }
}

/// Bytes of the files that some path leads to, each counted once.
fn reachable(files: &Files, states: &[PackedState]) -> u64 {
    // One bit for each.
    let mut counted = vec![0_u64; files.len() / 64 + 1];
    let mut bytes = 0;
    for state in states {
        if let PathState::File(id) = state.get() {
            let (word, bit) = (&mut counted[id.index() / 64], 1 << (id.index() % 64));
            if *word & bit == 0 {
                *word |= bit;
                bytes += files.get(id).size;
            }
        }
    }
    bytes
}
