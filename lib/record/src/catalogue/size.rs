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
    bytes(
        SIZE,
        "compressed_bytes",
        "Bytes of the layers as the archive holds them compressed, or by gzip, as detail.compressed says.",
    ),
    bytes(
        SIZE,
        "compressed_zstd_bytes",
        "Bytes of the layers compressed by Zstandard, as detail.compressed says.",
    ),
    Metric {
        floor_ratio: 0.05,
        ..bytes(
            SIZE,
            "compressed_estimate_bytes",
            "What compressed_bytes would be, guessed from a sample of the layers.",
        )
    },
    bytes(
        SIZE,
        "duplicate_bytes",
        "Bytes of live files whose content stands at another path too, all but one of each counted.",
    ),
    Metric {
        floor_ratio: 0.001,
        ..count(SIZE, "efficiency_ratio", Better::Higher, "Live bytes over all bytes of the files.")
    },
    bytes(
        SIZE,
        "package_cache_bytes",
        "Live bytes of caches, lists and logs that package managers keep; a view, which other kinds may share.",
    ),
    bytes(
        SIZE,
        "build_tool_bytes",
        "Live bytes of the files of packages that only builds need, as dpkg or apk list them; a view, absent without their databases.",
    ),
    bytes(
        SIZE,
        "docs_bytes",
        "Live bytes of documentation, manual and info pages; a view, which other kinds may share.",
    ),
    count(
        SIZE,
        "files",
        Better::None,
        "Regular files in all layers, hard links counted by their names.",
    ),
    count(SIZE, "layers", Better::None, "Layers of the image."),
];
