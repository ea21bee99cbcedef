//! Whether two series were measured in the same environment, so that a
//! comparison says something about the subjects.

use std::fmt;

use crate::input::environments::{Environments, Field, Numbers, joined};
use crate::input::series::Series;

/// One difference of two environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What differs.
    pub(crate) field: Field,
    /// Its value in the environment of the baseline.
    pub(crate) baseline: String,
    /// Its value in that of the subject.
    pub(crate) subject: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.field.word();
        let (subject, baseline) = (&self.subject, &self.baseline);
        match self.field {
            Field::Unknown => {
                write!(f, "{subject} against {baseline}: env records are missing (--across {word})")
            }
            _ => write!(f, "{word} {subject} against {baseline} (--across {word})"),
        }
    }
}

/// The answer for two series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Comparability {
    /// Nothing that matters differs.
    Same,
    /// Neither side describes its environment, as in other people's records.
    Unknown,
    /// A comparison would say more about the environments than about the
    /// subjects.
    Different(Vec<Difference>),
}

/// Compares the environments of two series; `across` names what may differ.
/// Exact metrics need the same image store only.
pub(crate) fn comparability(
    environments: &Environments,
    (baseline, subject): (&Series, &Series),
    exact: bool,
    across: &[Field],
) -> Comparability {
    let (old, new) = (&baseline.environments, &subject.environments);
    let silent = |numbers: &Numbers| numbers.iter().all(|number| environments.is_silent(*number));
    let some_silent = old.iter().any(|number| environments.is_silent(*number));
    // One invocation has one environment, whatever is known of it; and the same
    // ids are the same environment, unless an id says nothing.
    if subject.shares_batches_with(baseline) || (old == new && !some_silent) {
        return Comparability::Same;
    }
    if silent(old) && silent(new) {
        return Comparability::Unknown;
    }
    let matters = |field: &Field| {
        let needed = !exact || matches!(field, Field::ImageStore | Field::Unknown);
        needed && !across.contains(field)
    };
    let fields = Field::ALL.into_iter().filter(matters);
    let differences: Vec<Difference> =
        fields.filter_map(|field| difference(environments, field, old, new)).collect();
    if differences.is_empty() { Comparability::Same } else { Comparability::Different(differences) }
}

fn difference(
    environments: &Environments,
    field: Field,
    old: &Numbers,
    new: &Numbers,
) -> Option<Difference> {
    if field == Field::Unknown {
        let both_known = environments.all_known(old) && environments.all_known(new);
        let word = |numbers| if environments.all_known(numbers) { "known" } else { "unknown" };
        let difference = |baseline: &str, subject: &str| Difference {
            field,
            baseline: baseline.to_owned(),
            subject: subject.to_owned(),
        };
        return (!both_known).then(|| difference(word(old), word(new)));
    }
    let (baseline, subject) = (environments.values(field, old), environments.values(field, new));
    let differs = baseline.union(&subject).count() > 1;
    differs.then(|| Difference { field, baseline: joined(&baseline), subject: joined(&subject) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::series::{Run, Side};
    use dp_record::{Ground, SeriesKey, Subject};

    fn series(batch: u32, environment: Option<u32>) -> Series {
        let mut series = Series::new(Side::Input, SeriesKey::new("build", &Subject::default()));
        let batch = Some(batch);
        series.runs.push(Run { batch, round: Some(1), warmup: false, source: 0, line: 1 });
        series.environments.insert(environment);
        series
    }

    /// Environments 0 and 1 differ in their engine, 0 and 2 in the image store,
    /// 3 is one of which only the id is known.
    fn environments() -> Environments {
        let environment = |engine: &str, store: &str| Ground {
            engine_version: Some(engine.to_owned()),
            image_store: Some(store.to_owned()),
            ..Ground::default()
        };
        let mut environments = Environments::default();
        for id in ["a", "b", "c", "d"] {
            environments.number(id);
        }
        environments.set(0, environment("20.10.24", "graphdriver"));
        environments.set(1, environment("28.5.2", "graphdriver"));
        environments.set(2, environment("20.10.24", "containerd"));
        environments
    }

    fn found(old: Option<u32>, new: Option<u32>, exact: bool, across: &[Field]) -> Comparability {
        comparability(&environments(), (&series(1, old), &series(2, new)), exact, across)
    }

    fn words(found: &Comparability) -> Vec<String> {
        match found {
            Comparability::Different(list) => list.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn another_engine_version_is_another_environment_for_noisy_metrics_only() {
        let noisy = found(Some(0), Some(1), false, &[]);
        let expected = "engine_version 28.5.2 against 20.10.24 (--across engine_version)";
        assert_eq!(words(&noisy), [expected]);
        assert_eq!(found(Some(0), Some(1), true, &[]), Comparability::Same);
    }

    #[test]
    fn exact_metrics_need_the_same_image_store() {
        let exact = found(Some(0), Some(2), true, &[]);
        assert_eq!(
            words(&exact),
            ["image_store containerd against graphdriver (--across image_store)"]
        );
    }

    #[test]
    fn env_records_that_say_nothing_are_no_common_environment() {
        let mut environments = environments();
        let number = environments.number("of a log");
        environments.set(number, Ground::default());
        let (old, new) = (series(1, Some(number)), series(2, Some(number)));
        assert_eq!(comparability(&environments, (&old, &new), false, &[]), Comparability::Unknown);
    }

    #[test]
    fn what_may_differ_is_named() {
        assert_eq!(found(Some(0), Some(1), false, &[Field::EngineVersion]), Comparability::Same);
        let other = found(Some(0), Some(1), false, &[Field::CpuModel]);
        assert_eq!(words(&other).len(), 1);
    }

    #[test]
    fn runs_of_the_same_batch_were_measured_in_the_same_environment() {
        let (old, new) = (series(1, None), series(1, Some(0)));
        assert_eq!(comparability(&environments(), (&old, &new), false, &[]), Comparability::Same);
    }

    #[test]
    fn the_same_id_is_the_same_environment_though_no_record_describes_it() {
        assert_eq!(found(Some(3), Some(3), false, &[]), Comparability::Same);
    }

    #[test]
    fn an_environment_that_is_known_on_one_side_only_is_different() {
        assert_eq!(found(None, None, false, &[]), Comparability::Unknown);
        for (old, new) in [(Some(0), Some(3)), (None, Some(0)), (Some(3), None)] {
            assert!(matches!(found(old, new, true, &[]), Comparability::Different(_)));
            assert_eq!(found(old, new, true, &[Field::Unknown]), Comparability::Same);
        }
    }
}
