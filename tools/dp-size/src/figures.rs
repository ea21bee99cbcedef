//! The metrics of an image whose files were seen.

use dp_record::Metrics;
use dp_record::detail::size::Layer;

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

/// Sets the bytes of the layers of the base, and of those above it: all of them,
/// and those that are dead.
pub(crate) fn set_base(metrics: &mut Metrics, layers: &[Layer]) {
    let sum = |base: bool, bytes: fn(&Layer) -> Option<u64>| -> u64 {
        layers.iter().filter(|layer| layer.base == base).filter_map(bytes).sum()
    };
    metrics.set_count("base_bytes", sum(true, |layer| layer.bytes));
    metrics.set_count("own_bytes", sum(false, |layer| layer.bytes));
    metrics.set_count("base_dead_bytes", sum(true, |layer| layer.dead_bytes));
    metrics.set_count("own_dead_bytes", sum(false, |layer| layer.dead_bytes));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::builder::{file, tree};

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
        for (of_base, base, own) in [
            (0, [0.0, 0.0], [100.0, 44.0]),
            (1, [75.0, 40.0], [25.0, 4.0]),
            (2, [95.0, 44.0], [5.0, 0.0]),
            (3, [100.0, 44.0], [0.0, 0.0]),
        ] {
            let layer = |(n, (bytes, dead))| Layer {
                base: n <= of_base,
                bytes: Some(bytes),
                dead_bytes: Some(dead),
                ..Layer::default()
            };
            let layers: Vec<Layer> = (1..).zip([(75, 40), (20, 4), (5, 0)]).map(layer).collect();
            let mut metrics = Metrics::default();
            set_base(&mut metrics, &layers);
            let expected: Metrics = [
                ("base_bytes", base[0]),
                ("own_bytes", own[0]),
                ("base_dead_bytes", base[1]),
                ("own_dead_bytes", own[1]),
            ]
            .into_iter()
            .collect();
            assert_eq!(metrics, expected);
        }
    }

    #[test]
    fn an_image_without_bytes_has_no_efficiency() {
        let metrics = metrics(&tree(&[]));
        assert_eq!(metrics.get("size_bytes"), Some(0.0));
        assert_eq!(metrics.get("efficiency_ratio"), None);
    }
}
