//! Metrics of `build` records.

use super::{Better, Metric, bytes, count, headlined, time};
use crate::kind::BUILD;

pub(super) const METRICS: &[Metric] = &[
    headlined(time(
        BUILD,
        "wall_seconds",
        "From the start of the build client to its end, by our monotonic clock.",
    )),
    time(
        BUILD,
        "span_seconds",
        "From the first start of a vertex to the last end of one, by the engine's clock.",
    ),
    headlined(time(
        BUILD,
        "critical_path_seconds",
        "Busy time of the chain of vertexes that the end waited for, by the engine's clock.",
    )),
    Metric {
        better: Better::Higher,
        floor: 0.05,
        ..time(
            BUILD,
            "parallelism_ratio",
            "Sum of the busy times of all vertexes over the time in which at least one was busy.",
        )
    },
    count(
        BUILD,
        "steps",
        Better::None,
        "Steps (RUN, COPY, ADD, WORKDIR) that the final target needs.",
    ),
    count(BUILD, "steps_cached", Better::Higher, "Steps that were answered from the cache."),
    count(BUILD, "steps_executed", Better::Lower, "Steps that ran."),
    count(
        BUILD,
        "steps_shared",
        Better::None,
        "Steps that another build ran at the same time: they are neither executed nor cached.",
    ),
    headlined(count(
        BUILD,
        "cache_hit_ratio",
        Better::Higher,
        "Cached over cached and executed steps.",
    )),
    bytes(
        BUILD,
        "context_bytes",
        "Bytes of the files of the build context that .dockerignore leaves.",
    ),
    Metric {
        exact: false,
        ..bytes(
            BUILD,
            "context_sent_bytes",
            "Bytes of the build context that were sent to the engine.",
        )
    },
    time(
        BUILD,
        "context_seconds",
        "Time in which the build context was sent, by the engine's clock.",
    ),
    time(
        BUILD,
        "resolve_seconds",
        "Time in which Dockerfile, .dockerignore and base images were looked up, by the engine's clock.",
    ),
    time(BUILD, "export_seconds", "Time in which the image was written, by the engine's clock."),
    bytes(
        BUILD,
        "engine_size_bytes",
        "Size of the image as the engine says; compare it within one image store only.",
    ),
    time(
        BUILD,
        "cpu_seconds",
        "CPU time of the RUN steps, as the kernel counted it for their control group; cold runs on a local engine only.",
    ),
    Metric {
        exact: false,
        floor_ratio: 0.05,
        floor: 1_048_576.0,
        ..bytes(
            BUILD,
            "memory_peak_bytes",
            "Peak memory of the RUN steps together, page cache included, as the kernel counted it; cold runs on a local engine only.",
        )
    },
];
