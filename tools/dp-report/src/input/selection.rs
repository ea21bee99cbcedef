//! Which metrics are shown, and which get a verdict.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use dp_record::{catalogue, kind, metric};

/// A phase of a start lasts from one metric to another, or as long as one says:
/// its name, the metric at its end, the metric at its begin.
pub(crate) const START_PHASES: [(&str, &str, Option<&str>); 7] = [
    ("create", "create_seconds", None),
    ("start", "start_seconds", None),
    ("until ready", "ready_seconds", Some("start_seconds")),
    ("until exit", "exit_seconds", Some("ready_seconds")),
    ("teardown", "teardown_seconds", None),
    ("stop", "stop_seconds", None),
    ("remove", "remove_seconds", None),
];

/// Steps that were cached, of all.
pub(crate) const HIT_RATIO: &str = "cache_hit_ratio";

/// What becomes of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is shown.
    Shown,
    /// It is needed for what is shown.
    Aside,
    /// Nothing.
    Unused,
}

/// The metrics of one kind that came so far, and what becomes of each.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    list: Vec<(String, Role)>,
    places: HashMap<String, usize>,
}

impl Roles {
    /// The role of a metric of this kind. In the records of a kind the metrics mostly
    /// stand in the same order: the one at `place` is looked at first.
    pub(crate) fn of(
        &mut self,
        (kind, name): (&str, &str),
        place: usize,
        selection: &Selection,
    ) -> Role {
        if let Some((known, role)) = self.list.get(place)
            && known == name
        {
            return *role;
        }
        let place = self.places.get(name).copied().unwrap_or_else(|| {
            let role = if selection.shows(kind, name) {
                Role::Shown
            } else if is_needed(kind, name) {
                Role::Aside
            } else {
                Role::Unused
            };
            self.places.insert(name.to_owned(), self.list.len());
            self.list.push((name.to_owned(), role));
            self.list.len() - 1
        });
        self.list[place].1
    }
}

/// Whether a metric of this kind is needed for the phases of a start or for the table
/// of what the build cache saves, shown or not.
fn is_needed(kind: &str, name: &str) -> bool {
    let ends_a_phase = || START_PHASES.iter().any(|(_, metric, _)| *metric == name);
    kind == kind::START && ends_a_phase() || kind == kind::CACHE && name == HIT_RATIO
}

/// The user's choice of metrics on top of the catalogue's headlines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    /// Whether every metric is shown.
    pub(crate) all: bool,
    /// Metrics that are shown and judged although they are no headlines, each
    /// with the kinds that are meant; none for all kinds.
    named: BTreeMap<String, BTreeSet<Option<String>>>,
}

impl Selection {
    /// Headlines only, or every metric.
    pub(crate) fn new(all: bool) -> Self {
        Self { all, named: BTreeMap::new() }
    }

    /// Adds a metric: `name` of every kind, or `kind.name`. A name may have a
    /// dot in it too.
    pub(crate) fn name(&mut self, text: &str) {
        let mut add = |name: &str, kind: Option<&str>| {
            self.named.entry(name.to_owned()).or_default().insert(kind.map(str::to_owned));
        };
        add(text, None);
        for (dot, _) in text.match_indices('.') {
            add(&text[dot + 1..], Some(&text[..dot]));
        }
    }

    /// Whether the metric is shown. Only what is shown is kept in memory.
    pub(crate) fn shows(&self, kind: &str, name: &str) -> bool {
        self.all || self.judges(kind, name)
    }

    /// Whether the metric gets a verdict: headlines do, and what was named.
    /// Of kinds that the catalogue does not know all metrics do: who wrote
    /// such records chose them.
    pub(crate) fn judges(&self, kind: &str, name: &str) -> bool {
        let headline = metric(kind, name).is_some_and(|metric| metric.headline);
        headline || self.is_named(kind, name) || !is_catalogued(kind)
    }

    fn is_named(&self, kind: &str, name: &str) -> bool {
        let meant = |kinds: &BTreeSet<Option<String>>| {
            kinds.iter().any(|meant| meant.as_deref().is_none_or(|meant| meant == kind))
        };
        self.named.get(name).is_some_and(meant)
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
        selection.name("span_seconds");
        assert!(selection.judges("build", "span_seconds"));
    }

    #[test]
    fn a_metric_has_its_role_wherever_it_stands() {
        let (selection, mut roles) = (Selection::default(), Roles::default());
        let expected = [
            ("wall_seconds", Role::Unused),
            ("ready_seconds", Role::Shown),
            ("create_seconds", Role::Aside),
        ];
        for turn in [0, 1, 2, 7] {
            for (place, (name, role)) in (turn..).zip(expected) {
                assert_eq!(roles.of((kind::START, name), place, &selection), role, "{name}");
            }
        }
    }

    #[test]
    fn a_metric_may_be_named_with_its_kind() {
        let mut selection = Selection::default();
        selection.name("build.engine_size_bytes");
        assert!(selection.judges("build", "engine_size_bytes"));
        selection.name("size.layers");
        assert!(selection.shows("size", "layers") && !selection.shows("build", "layers"));
    }

    #[test]
    fn all_metrics_of_other_peoples_kinds_are_judged() {
        assert!(Selection::default().judges("bench", "anything"));
    }
}
