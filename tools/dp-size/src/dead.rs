//! Dead bytes: which layer wrote them, and which one deleted or overwrote them.

use std::collections::BTreeMap;

use dp_record::detail::LayerRef;
use dp_record::detail::size::{DeadPath, DeathCause, HiddenBytes};

use crate::layers::LayerSource;
use crate::tree::{Amount, Cause, DeadGroup, PathId, Tree, largest_by};

/// The layer of this number, counted from 0, as records name it.
pub(crate) fn layer_ref(layer_sources: &[LayerSource], layer: u16) -> LayerRef {
    let source = layer_sources.get(usize::from(layer)).cloned().unwrap_or_default();
    LayerRef { layer: number(layer), instruction: source.instruction, line: source.line }
}

/// Every pair of layers of which the second deleted or overwrote files of the
/// first, in order.
pub(crate) fn hidden(groups: &[(DeadGroup, Amount)]) -> Vec<HiddenBytes> {
    let mut pairs: BTreeMap<(u16, u16), Amount> = BTreeMap::new();
    for (group, amount) in groups {
        pairs.entry((group.layer, group.by_layer)).or_default().add(*amount);
    }
    let detail = |((layer, by_layer), amount): (_, Amount)| HiddenBytes {
        layer: number(layer),
        hidden_by: number(by_layer),
        bytes: amount.bytes,
        files: u64::from(amount.files),
    };
    pairs.into_iter().map(detail).collect()
}

/// The dead paths with the most bytes.
pub(crate) fn dead(
    groups: &[(DeadGroup, Amount)],
    layer_sources: &[LayerSource],
    tree: &Tree,
    top: usize,
) -> Vec<DeadPath> {
    // Groups of one path stand together.
    let key = |group: &DeadGroup| {
        (group.layer, group.by_layer, group.path, group.cause != Cause::Removed)
    };
    let paths = groups.chunk_by(|one, next| key(&one.0) == key(&next.0)).map(|same| {
        let mut sum = Amount::default();
        for (_, amount) in same {
            sum.add(*amount);
        }
        (key(&same[0].0), sum)
    });
    let bytes_of = |(path, _): &((_, _, PathId, _), _)| tree.paths().bytes(path.2);
    let detail = |((layer, by_layer, path, is_overwritten), amount): (_, Amount)| DeadPath {
        path: tree.paths().text(path),
        bytes: amount.bytes,
        files: u64::from(amount.files),
        how: if is_overwritten { DeathCause::Overwritten } else { DeathCause::Removed },
        wrote: layer_ref(layer_sources, layer),
        hid: layer_ref(layer_sources, by_layer),
    };
    let largest = largest_by(paths, top, |(_, amount)| amount.bytes, bytes_of);
    largest.into_iter().map(detail).collect()
}

/// The number of a layer as records write it.
pub(crate) fn number(layer: u16) -> u64 {
    u64::from(layer) + 1
}
