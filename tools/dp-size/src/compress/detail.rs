//! Compressed sizes in a record.

use dp_record::Metrics;
use serde::Serialize;

use super::{Method, Packed};

/// Where the compressed sizes come from.
#[derive(Debug, Serialize)]
pub(crate) struct CompressedDetail {
    /// How many layers the archive holds compressed: these are as large as they
    /// are there.
    stored_layers: usize,
    /// How the size of the others was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    gzip: Option<String>,
    /// How the sizes by Zstandard were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    zstd: Option<String>,
    /// What was compressed of the others, if not all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample: Option<&'static str>,
}

/// The compressed sizes of one layer.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct LayerSizes {
    #[serde(rename = "compressed_bytes", skip_serializing_if = "Option::is_none")]
    known: Option<u64>,
    #[serde(rename = "compressed_zstd_bytes", skip_serializing_if = "Option::is_none")]
    zstd: Option<u64>,
    #[serde(rename = "compressed_estimate_bytes", skip_serializing_if = "Option::is_none")]
    estimate: Option<u64>,
}

/// Sets the metrics of an image of these layers. What is not known of one of
/// them is not known of the image. Where no layer needed a guess, there is no
/// estimate.
pub(crate) fn set(metrics: &mut Metrics, layers: &[Packed]) {
    let guessed = layers.iter().any(|one| one.estimate.is_some());
    let sum = |of: fn(&Packed) -> Option<u64>| layers.iter().map(of).sum::<Option<u64>>();
    for (name, bytes) in [
        ("compressed_bytes", sum(Packed::known)),
        ("compressed_zstd_bytes", sum(Packed::zstd)),
        ("compressed_estimate_bytes", sum(Packed::estimate).filter(|_| guessed)),
    ] {
        if let Some(bytes) = bytes {
            metrics.set_count(name, bytes);
        }
    }
}

impl From<&Packed> for LayerSizes {
    fn from(packed: &Packed) -> Self {
        Self { known: packed.known(), zstd: packed.zstd(), estimate: packed.estimate }
    }
}

impl CompressedDetail {
    /// Of an image of these layers.
    pub(crate) fn new(layers: &[Packed]) -> Self {
        let name = |method: Method, used: fn(&Packed) -> bool| {
            layers.iter().any(used).then(|| method.name())
        };
        let sampled = layers.iter().any(|one| one.estimate.is_some());
        Self {
            stored_layers: layers.iter().filter(|one| one.stored.is_some()).count(),
            gzip: name(Method::Gzip, |one| one.gzip.is_some() || one.estimate.is_some()),
            zstd: name(Method::Zstd, |one| one.zstd.is_some()),
            sample: sampled.then_some(
                "of each layer the first 2 MiB and one of 50 pieces of 256 KiB behind them",
            ),
        }
    }
}
