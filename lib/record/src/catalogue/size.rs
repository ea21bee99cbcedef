//! Metrics of `size` records.

use super::{Better, Metric, bytes, count, headlined, needing};
use crate::kind::SIZE;

/// What the metrics of own layers and of the base's need.
const BASE: &str = "the base image";

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
    bytes(SIZE, "dead_bytes", "Bytes of the files that a later layer overwrote or removed."),
    headlined(needing(
        BASE,
        bytes(
            SIZE,
            "own_dead_bytes",
            "Dead bytes that the layers above the base wrote, where the base is known.",
        ),
    )),
    needing(
        BASE,
        bytes(
            SIZE,
            "base_dead_bytes",
            "Dead bytes that the base's layers wrote, where the base is known: whatever made them dead, no instruction above the base frees them.",
        ),
    ),
    needing(
        BASE,
        bytes(
            SIZE,
            "own_bytes",
            "Bytes of the files of the layers above the base, where the base is known.",
        ),
    ),
    needing(
        BASE,
        bytes(
            SIZE,
            "base_bytes",
            "Bytes of the files of the base's layers, where the base is known.",
        ),
    ),
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
        "Live bytes of caches, lists and logs that package managers and compilers keep; a view, which other kinds may share.",
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
