//! Metrics of `size` records.

use super::{Better, Metric, bytes, count, headlined};
use crate::kind::SIZE;

pub(super) const METRICS: &[Metric] = &[
    headlined(bytes(
        SIZE,
        "engine_size_bytes",
        "Size of the image as the engine says; compare it within one image store only.",
    )),
    count(SIZE, "layers", Better::None, "Layers of the image."),
];
