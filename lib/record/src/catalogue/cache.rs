//! Metrics of `cache` records.

use super::{Better, Metric, bytes, count, headlined, time};
use crate::kind::CACHE;

pub(super) const METRICS: &[Metric] = &[
    headlined(time(
        CACHE,
        "wall_seconds",
        "From the start of the build client to its end after the scenario's change, or of a command with a volume from the start call of its container to its exit, by our monotonic clock.",
    )),
    time(
        CACHE,
        "span_seconds",
        "From the first start of a vertex to the last end of one, by the engine's clock.",
    ),
    time(
        CACHE,
        "critical_path_seconds",
        "Busy time of the chain of vertexes that the end waited for, by the engine's clock.",
    ),
    count(
        CACHE,
        "steps",
        Better::None,
        "Steps (RUN, COPY, ADD, WORKDIR) that the final target needs.",
    ),
    count(CACHE, "steps_cached", Better::Higher, "Steps that were answered from the cache."),
    count(CACHE, "steps_executed", Better::Lower, "Steps that ran."),
    // Of two Dockerfiles with other steps it says nothing, so it gets no verdict unasked.
    count(CACHE, "cache_hit_ratio", Better::Higher, "Cached over cached and executed steps."),
    Metric {
        better: Better::Higher,
        ..time(
            CACHE,
            "saved_seconds",
            "Wall time of the cold build (or of the empty volume, or of the build that imports nothing) of the same round less that of this one.",
        )
    },
    Metric {
        better: Better::Higher,
        floor: 0.05,
        ..time(
            CACHE,
            "saved_ratio",
            "1 less the wall time over that of the cold build (or of the empty volume, or of the build that imports nothing) of the same round: what the cache saves.",
        )
    },
    time(
        CACHE,
        "cache_export_seconds",
        "Time that the builder spent writing the cache to a registry, a folder or the image (--cache-to), by the engine's clock.",
    ),
    Metric {
        exact: false,
        ..bytes(
            CACHE,
            "cache_export_bytes",
            "Bytes of the exported cache where it is kept: the blobs that its manifest names with the manifest, the files of the folder, or its words in the image's configuration.",
        )
    },
    time(
        CACHE,
        "cache_import_seconds",
        "Time in which the builder asked for the cache or fetched layers of it (--cache-from), by the engine's clock.",
    ),
    Metric {
        exact: false,
        ..bytes(
            CACHE,
            "cache_import_bytes",
            "Bytes of the layers that were fetched from the imported cache, as they came.",
        )
    },
    Metric {
        exact: false,
        ..count(
            CACHE,
            "pays_after_builds",
            Better::Lower,
            "How many builds that import save as much as one export costs: cache_export_seconds over saved_seconds of the same round, rounded up, at least 1; absent if nothing is saved.",
        )
    },
    Metric {
        exact: false,
        ..bytes(CACHE, "mount_bytes", "Bytes in the cache mounts when the build had ended.")
    },
    Metric {
        exact: false,
        ..bytes(
            CACHE,
            "context_sent_bytes",
            "Bytes of the build context that were sent to the engine.",
        )
    },
];
