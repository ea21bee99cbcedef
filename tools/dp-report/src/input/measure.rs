//! What is known of a metric: its unit, which way is better, exact or noisy,
//! and the smallest change that matters.

use dp_record::{Better, Unit, catalogue, metric, unit_by_name};

use crate::input::selection::Selection;
use crate::scale::UnitName;

/// The smallest change that matters in metrics that the catalogue does not
/// know, as a share of the baseline: that of its times.
const UNKNOWN_FLOOR_RATIO: f64 = 0.05;

/// One metric of one kind of record, of ours or of other people's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measure {
    pub(crate) name: String,
    pub(crate) unit: UnitName,
    /// Which way is better.
    pub(crate) better: Better,
    /// Whether two runs over the same thing give the same value.
    pub(crate) exact: bool,
    /// Whether it gets a verdict.
    pub(crate) judged: bool,
    /// The smallest change that matters, as a share of the baseline.
    pub(crate) floor_ratio: f64,
    /// The smallest change that matters, in the metric's unit.
    pub(crate) floor: f64,
    /// What must be known of a subject for it, in words.
    pub(crate) needs: Option<&'static str>,
    /// Its place in the table: headlines first, then as the catalogue has it.
    rank: usize,
}

impl Measure {
    /// What is known of the metric; `declared` is what the records' own
    /// `units` say of it, which counts where the catalogue is silent.
    pub(crate) fn of(
        kind: &str,
        name: &str,
        declared: Option<&str>,
        selection: &Selection,
    ) -> Self {
        let mut measure = match metric(kind, name) {
            Some(known) => Self::catalogued(known),
            None => Self::declared(name, declared),
        };
        measure.judged = measure.better != Better::None && selection.judges(kind, name);
        measure
    }

    fn catalogued(known: &dp_record::Metric) -> Self {
        let place = catalogue().position(|metric| metric == known).unwrap_or(usize::MAX / 2);
        Self {
            name: known.name.to_owned(),
            unit: UnitName::Known(known.unit()),
            better: known.better,
            exact: known.exact,
            judged: false,
            floor_ratio: known.floor_ratio,
            floor: known.floor,
            needs: known.needs,
            rank: if known.headline { place } else { place + catalogue().count() },
        }
    }

    fn declared(name: &str, declared: Option<&str>) -> Self {
        // What cannot be read was refused with its record.
        let declared = declared.and_then(|text| Declared::parse(text).ok());
        let Declared { unit, better } = declared.unwrap_or_default();
        Self {
            name: name.to_owned(),
            unit: unit.unwrap_or_else(|| UnitName::Known(unit_by_name(name))),
            // Nobody said: it is shown, and gets no verdict.
            better: better.unwrap_or(Better::None),
            exact: false,
            judged: false,
            floor_ratio: UNKNOWN_FLOOR_RATIO,
            floor: 0.0,
            needs: None,
            rank: usize::MAX,
        }
    }

    /// Sorts the metrics of a table.
    pub(crate) fn order(&self) -> (usize, &str) {
        (self.rank, &self.name)
    }

    /// The smallest change that matters from this baseline, in the metric's
    /// unit: the larger of both floors, so that a change must exceed both.
    pub(crate) fn floor_from(&self, baseline: f64) -> f64 {
        (self.floor_ratio * baseline.abs()).max(self.floor)
    }
}

/// What the records' own `units` say of a metric: `seconds`, `bytes lower`,
/// `requests per second higher`, or `higher` alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    /// None where the name of the metric has it.
    unit: Option<UnitName>,
    /// None where nobody says it.
    better: Option<Better>,
}

impl Declared {
    /// # Errors
    /// What is wrong with a text of several words that does not end in a
    /// direction: as `requests/s hihger` it would be a unit of which nothing is
    /// ever judged, or worse, judged the other way.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let (before, last) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
        let better = match last {
            "higher" => Some(Better::Higher),
            "lower" => Some(Better::Lower),
            "none" => Some(Better::None),
            _ if !before.is_empty() => {
                return Err("the last of several words must be higher, lower or none, for which \
                            way is better");
            }
            _ => None,
        };
        let word = if better.is_some() { before.trim_end() } else { text };
        let units = [Unit::Seconds, Unit::Bytes, Unit::Ratio, Unit::Cores, Unit::Count];
        let known = units.into_iter().find(|unit| unit.to_string() == word);
        let other = || (!word.is_empty()).then(|| UnitName::Other(word.to_owned()));
        Ok(Self { unit: known.map(UnitName::Known).or_else(other), better })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(kind: &str, name: &str, declared: Option<&str>) -> Measure {
        Measure::of(kind, name, declared, &Selection::default())
    }

    #[test]
    fn the_catalogue_counts_more_than_what_a_record_says() {
        let wall = measure("build", "wall_seconds", Some("bytes higher"));
        assert_eq!((wall.unit, wall.better), (UnitName::Known(Unit::Seconds), Better::Lower));
        assert!(wall.judged && !wall.exact);
    }

    #[test]
    fn other_peoples_metrics_have_the_unit_of_their_suffix_and_no_verdict_without_a_direction() {
        let disk = measure("bench", "disk_bytes", None);
        assert_eq!((&disk.unit, disk.better), (&UnitName::Known(Unit::Bytes), Better::None));
        assert!(!disk.judged && !disk.exact);
        let said = measure("bench", "disk_bytes", Some("bytes lower"));
        assert_eq!((said.better, said.judged), (Better::Lower, true));
    }

    #[test]
    fn other_peoples_records_may_say_more() {
        let rate = measure("bench", "rate", Some("requests per second higher"));
        assert_eq!(rate.unit, UnitName::Other("requests per second".to_owned()));
        assert_eq!(rate.better, Better::Higher);
        assert_eq!(measure("bench", "n", Some("seconds")).unit, UnitName::Known(Unit::Seconds));
        let alone = measure("bench", "disk_bytes", Some("higher"));
        assert_eq!((alone.unit, alone.better), (UnitName::Known(Unit::Bytes), Better::Higher));
    }

    #[test]
    fn several_words_end_in_a_direction() {
        for text in ["req/s hihger", "requests per second", "ms Lower", "ms lower better"] {
            assert!(Declared::parse(text).is_err(), "{text}");
        }
        for text in ["", "ms", "ms  lower ", "requests per second none"] {
            assert!(Declared::parse(text).is_ok(), "{text}");
        }
        // One word may be any unit: it is shown, and never judged.
        let word = measure("bench", "n", Some("hihger"));
        assert_eq!((word.unit.word().as_str(), word.better), ("hihger", Better::None));
    }

    #[test]
    fn what_has_no_better_side_gets_no_verdict() {
        assert!(!measure("bench", "n", Some("count none")).judged);
    }

    #[test]
    fn a_change_must_exceed_both_floors() {
        let wall = measure("build", "wall_seconds", None); // 5 % and 20 ms
        assert!((wall.floor_from(10.0) - 0.5).abs() < 1e-12);
        assert!((wall.floor_from(0.1) - 0.02).abs() < 1e-12);
    }

    #[test]
    fn headlines_come_first() {
        let path = measure("build", "critical_path_seconds", None);
        let span = measure("build", "span_seconds", None);
        let other = measure("bench", "a", None);
        assert!(path.order() < span.order() && span.order() < other.order());
    }
}
