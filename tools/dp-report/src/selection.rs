//! Which metrics are shown, and which get a verdict.

use std::collections::BTreeSet;

use dp_record::{catalogue, metric};

/// The user's choice of metrics on top of the catalogue's headlines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// Metrics that are shown and judged although they are no headlines.
    pub(crate) named: BTreeSet<String>,
    /// Whether every metric is shown.
    pub(crate) all: bool,
}

impl Selection {
    /// Whether the metric is shown. Only what is shown is kept in memory.
    pub(crate) fn shows(&self, kind: &str, name: &str) -> bool {
        self.all || self.judges(kind, name)
    }

    /// Whether the metric gets a verdict: headlines do, and what was named.
    /// Of kinds that the catalogue does not know all metrics do: who wrote
    /// such records chose them.
    pub(crate) fn judges(&self, kind: &str, name: &str) -> bool {
        let headline = metric(kind, name).is_some_and(|metric| metric.headline);
        headline || self.named.contains(name) || !is_catalogued(kind)
    }
}

fn is_catalogued(kind: &str) -> bool {
    catalogue().any(|metric| metric.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headlines_and_named_metrics_are_judged_and_the_rest_is_shown_on_request() {
        let mut selection = Selection::default();
        assert!(selection.judges("build", "wall_seconds"));
        assert!(!selection.shows("build", "span_seconds"));
        selection.all = true;
        assert!(selection.shows("build", "span_seconds"));
        assert!(!selection.judges("build", "span_seconds"));
        selection.named.insert("span_seconds".to_owned());
        assert!(selection.judges("build", "span_seconds"));
    }

    #[test]
    fn all_metrics_of_other_peoples_kinds_are_judged() {
        assert!(Selection::default().judges("bench", "anything"));
    }
}
