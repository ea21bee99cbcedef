//! The metrics of an image whose files were seen.

use dp_record::Metrics;

use crate::tree::Tree;

/// Sets the metrics that every source of files gives alike.
pub(crate) fn set(metrics: &mut Metrics, tree: &Tree) {
    let totals = tree.totals();
    metrics.set_count("size_bytes", totals.size);
    metrics.set_count("live_bytes", totals.live);
    metrics.set_count("dead_bytes", totals.dead);
    metrics.set_count("files", totals.files);
    metrics.set_count("layers", tree.tallies().len() as u64);
    // Of nothing, no share is live.
    metrics.set("efficiency_ratio", totals.live as f64 / totals.size as f64);
}

/// Sets the bytes of the base, which has so many of these layers, and those
/// above it.
pub(crate) fn set_base(metrics: &mut Metrics, layer_bytes: &[u64], layers: usize) {
    let (base, own) = layer_bytes.split_at(layers.min(layer_bytes.len()));
    metrics.set_count("base_bytes", base.iter().sum());
    metrics.set_count("own_bytes", own.iter().sum());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::sketch::{file, tree};

    fn metrics(tree: &Tree) -> Metrics {
        let mut metrics = Metrics::default();
        set(&mut metrics, tree);
        metrics
    }

    #[test]
    fn figures_are_those_of_the_layers() {
        let tree = tree(&[vec![file("a", 75), file("b", 0)], vec![file("a", 25)]]);
        let expected: Metrics = [
            ("size_bytes", 100.0),
            ("live_bytes", 25.0),
            ("dead_bytes", 75.0),
            ("efficiency_ratio", 0.25),
            ("files", 3.0),
            ("layers", 2.0),
        ]
        .into_iter()
        .collect();
        assert_eq!(metrics(&tree), expected);
    }

    #[test]
    fn base_and_own_bytes_are_those_of_their_layers() {
        for (layers, base, own) in [(0, 0.0, 100.0), (2, 95.0, 5.0), (3, 100.0, 0.0)] {
            let mut metrics = Metrics::default();
            set_base(&mut metrics, &[75, 20, 5], layers);
            let expected = [("base_bytes", base), ("own_bytes", own)];
            assert_eq!(metrics, expected.into_iter().collect());
        }
    }

    #[test]
    fn an_image_without_bytes_has_no_efficiency() {
        let metrics = metrics(&tree(&[]));
        assert_eq!(metrics.get("size_bytes"), Some(0.0));
        assert_eq!(metrics.get("efficiency_ratio"), None);
    }
}
