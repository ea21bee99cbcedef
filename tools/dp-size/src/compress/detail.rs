//! Compressed sizes in a record.

use dp_record::Metrics;
use dp_record::detail::size::{Compressed, Layer};

use super::{CompressedSizes, Method};

/// Sets the metrics of an image of these layers. What is not known of one of
/// them is not known of the image. Where no layer needed a guess, there is no
/// estimate.
pub(crate) fn set(metrics: &mut Metrics, layers: &[CompressedSizes]) {
    let guessed = layers.iter().any(|one| one.estimate.is_some());
    let sum = |of: fn(&CompressedSizes) -> Option<u64>| layers.iter().map(of).sum::<Option<u64>>();
    for (name, bytes) in [
        ("compressed_bytes", sum(CompressedSizes::known)),
        ("compressed_zstd_bytes", sum(CompressedSizes::zstd)),
        ("compressed_estimate_bytes", sum(CompressedSizes::estimate).filter(|_| guessed)),
    ] {
        if let Some(bytes) = bytes {
            metrics.set_count(name, bytes);
        }
    }
}

/// Adds what a layer takes to what its record says.
pub(crate) fn set_layer(layer: &mut Layer, compressed: &CompressedSizes) {
    layer.compressed_bytes = compressed.known();
    layer.compressed_zstd_bytes = compressed.zstd();
    layer.compressed_estimate_bytes = compressed.estimate;
}

/// How the sizes of these layers were found.
pub(crate) fn compressed(layers: &[CompressedSizes]) -> Compressed {
    let name = |method: Method, used: fn(&CompressedSizes) -> bool| {
        layers.iter().any(used).then(|| method.name())
    };
    let sample = "of each layer the first 2 MiB and one of 50 pieces of 256 KiB behind them";
    let sampled = layers.iter().any(|one| one.estimate.is_some());
    Compressed {
        stored_layers: layers.iter().filter(|one| one.stored.is_some()).count() as u64,
        gzip: name(Method::Gzip, |one| one.gzip.is_some() || one.estimate.is_some()),
        zstd: name(Method::Zstd, |one| one.zstd.is_some()),
        sample: sampled.then(|| sample.to_owned()),
    }
}
