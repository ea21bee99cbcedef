//! Metrics of `start` records.

use super::{Better, Metric, count, headlined, time};
use crate::kind::START;

pub(super) const METRICS: &[Metric] = &[
    headlined(start(
        "ready_seconds",
        "From the start call until the container (of a stack, all of it) was ready, by our monotonic clock (for exit by the engine's stamp of its end).",
    )),
    headlined(start(
        "start_seconds",
        "From the start call to the engine's start event (of a stack, the last one), by our monotonic clock.",
    )),
    headlined(Metric {
        floor: 0.005,
        ..time(
            START,
            "cpu_seconds",
            "CPU time of the control group of the container or stack, its setup included, until it was ready, as the kernel counted it; on a local engine only.",
        )
    }),
    start(
        "create_seconds",
        "From the create call to its answer (of a stack, docker compose create from its start to its end), by our monotonic clock.",
    ),
    start(
        "output_seconds",
        "From the start call to the first byte of output, by our monotonic clock.",
    ),
    start(
        "exit_seconds",
        "From the start call to the end of a container that ended by itself, by the engine's stamp on this machine's clock.",
    ),
    start(
        "run_seconds",
        "From the engine's start event to the end of a container that ended by itself, by the engine's stamps alone.",
    ),
    start(
        "teardown_seconds",
        "From the container's end until the engine had cleaned up, on this machine's clock; of a stack, docker compose down from its start to its end.",
    ),
    start("stop_seconds", "From the stop call to its answer, by our monotonic clock."),
    start("remove_seconds", "From the remove call to its answer, by our monotonic clock."),
    start(
        "healthy_seconds",
        "From the engine's start event to the event that says healthy, by the engine's stamps alone.",
    ),
    Metric {
        exact: false,
        ..count(START, "exit_code", Better::None, "Exit code of a container that ended by itself.")
    },
    Metric {
        exact: false,
        ..count(START, "probes", Better::None, "How often the container was asked.")
    },
];

/// Floors of starts: 5 %, and 10 ms, by which identical starts differ.
const fn start(name: &'static str, about: &'static str) -> Metric {
    Metric { floor: 0.01, ..time(START, name, about) }
}
