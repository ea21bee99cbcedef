//! Metrics of `size` records.

use super::{Better, Metric, bytes, count, headlined};
use crate::kind::SIZE;

pub(super) const METRICS: &[Metric] = &[
    headlined(bytes(
        SIZE,
        "size_bytes",
        "Bytes of the regular files of all layers, the same on every engine and image store.",
    )),
    headlined(bytes(
        SIZE,
        "engine_size_bytes",
        "Size of the image as the engine says; compare it within one image store only.",
    )),
    bytes(SIZE, "live_bytes", "Bytes of the files that a container can reach."),
    headlined(bytes(
        SIZE,
        "dead_bytes",
        "Bytes of the files that a later layer overwrote or removed.",
    )),
    bytes(
        SIZE,
        "own_bytes",
        "Bytes of the files of the layers above the base, where the base is known.",
    ),
    bytes(SIZE, "base_bytes", "Bytes of the files of the base's layers, where the base is known."),
    Metric {
        floor_ratio: 0.001,
        ..count(SIZE, "efficiency_ratio", Better::Higher, "Live bytes over all bytes of the files.")
    },
    count(
        SIZE,
        "files",
        Better::None,
        "Regular files in all layers, hard links counted by their names.",
    ),
    count(SIZE, "layers", Better::None, "Layers of the image."),
];
