//! Whether two series were measured on the same ground.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use clap::ValueEnum;
use dp_record::{Ground, printable};

use crate::series::Series;

/// Characters of a value that are shown.
const VALUE_CHARS: usize = 60;

/// A part of the ground that must be equal; named as in the `env` record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Field {
    /// Version of the engine
    EngineVersion,
    /// Storage driver
    StorageDriver,
    /// Image store; the only part that exact metrics need
    ImageStore,
    /// cgroup version
    CgroupVersion,
    /// What builds: buildx, engine or legacy
    BuilderBackend,
    /// Version of the builder's client
    BuilderVersion,
    /// Architecture
    Architecture,
    /// CPU model
    CpuModel,
    /// Number of CPUs
    CpuCount,
    /// Virtualised or not
    Virtualization,
    /// Ground of which the input says nothing
    Unknown,
}

impl Field {
    fn of(self, ground: &Ground) -> Option<String> {
        match self {
            Self::EngineVersion => ground.engine_version.clone(),
            Self::StorageDriver => ground.storage_driver.clone(),
            Self::ImageStore => ground.image_store.clone(),
            Self::CgroupVersion => ground.cgroup_version.clone(),
            Self::BuilderBackend => ground.builder_backend.clone(),
            Self::BuilderVersion => ground.builder_version.clone(),
            Self::Architecture => ground.architecture.clone(),
            Self::CpuModel => ground.cpu_model.clone(),
            Self::CpuCount => ground.cpu_count.map(|count| count.to_string()),
            Self::Virtualization => ground.virtualization.clone(),
            Self::Unknown => None,
        }
    }

    /// The word that `--across` takes.
    fn word(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// One difference of two grounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What differs.
    pub(crate) field: Field,
    /// What the baseline was measured on.
    pub(crate) baseline: String,
    /// What is compared with it.
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
pub(crate) enum Footing {
    /// Nothing that matters differs.
    Same,
    /// Neither side tells its ground, as in other people's records.
    Untold,
    /// A comparison would say more about the grounds than about the subjects.
    Different(Vec<Difference>),
}

/// The grounds of a series; none for runs that name none.
type Numbers = BTreeSet<Option<u32>>;

/// All grounds of the input. Records point to them by number.
#[derive(Debug, Default)]
pub(crate) struct Grounds {
    ids: HashMap<String, u32>,
    slots: Vec<Slot>,
}

/// What is known of an `env` id.
#[derive(Debug)]
enum Slot {
    /// No `env` record came (yet).
    Unseen,
    /// One came and tells nothing, as of a build's log.
    Empty,
    /// One came.
    Told(Box<Ground>),
}

impl Grounds {
    /// The number of an `env` id.
    pub(crate) fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.ids.get(id) {
            return *number;
        }
        let number = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(Slot::Unseen);
        self.ids.insert(id.to_owned(), number);
        number
    }

    /// What an `env` record says of its ground.
    pub(crate) fn set(&mut self, number: u32, ground: Ground) {
        let fields = Field::value_variants();
        let tells = fields.iter().any(|field| field.of(&ground).is_some());
        if let Some(slot) = self.slots.get_mut(number as usize) {
            *slot = if tells { Slot::Told(Box::new(ground)) } else { Slot::Empty };
        }
    }

    /// The grounds that are known, in the order of their appearance.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Ground> {
        self.slots.iter().filter_map(Slot::ground)
    }

    /// Compares the grounds of two series; `across` names what may differ.
    pub(crate) fn footing(
        &self,
        baseline: &Series,
        subject: &Series,
        exact: bool,
        across: &[Field],
    ) -> Footing {
        let (old, new) = (&baseline.grounds, &subject.grounds);
        let silent = |numbers: &Numbers| numbers.iter().all(|number| self.is_silent(*number));
        let some_silent = old.iter().any(|number| self.is_silent(*number));
        if subject.shares_batches_with(baseline) || (old == new && !some_silent) {
            return Footing::Same;
        }
        if silent(old) && silent(new) {
            return Footing::Untold;
        }
        let matters = |field: &Field| {
            let needed = !exact || matches!(field, Field::ImageStore | Field::Unknown);
            needed && !across.contains(field)
        };
        let fields = Field::value_variants().iter().copied().filter(matters);
        let differences: Vec<Difference> =
            fields.filter_map(|field| self.difference(field, old, new)).collect();
        if differences.is_empty() { Footing::Same } else { Footing::Different(differences) }
    }

    /// What differs among the runs of one series: field and values.
    pub(crate) fn spread(&self, series: &Series) -> Vec<(String, String)> {
        let fields = Field::value_variants().iter().copied();
        let values = |field: Field| {
            let values = self.values(field, &series.grounds);
            (values.len() > 1).then(|| (field.word(), joined(&values)))
        };
        fields.filter_map(values).collect()
    }

    fn difference(&self, field: Field, old: &Numbers, new: &Numbers) -> Option<Difference> {
        if field == Field::Unknown {
            let told = self.is_known(old) && self.is_known(new);
            let word = |numbers| if self.is_known(numbers) { "known" } else { "unknown" };
            let difference = |baseline: &str, subject: &str| Difference {
                field,
                baseline: baseline.to_owned(),
                subject: subject.to_owned(),
            };
            return (!told).then(|| difference(word(old), word(new)));
        }
        let (baseline, subject) = (self.values(field, old), self.values(field, new));
        let differs = baseline.union(&subject).count() > 1;
        differs.then(|| Difference {
            field,
            baseline: joined(&baseline),
            subject: joined(&subject),
        })
    }

    fn slot(&self, number: Option<u32>) -> Option<&Slot> {
        self.slots.get(number? as usize)
    }

    fn ground(&self, number: Option<u32>) -> Option<&Ground> {
        self.slot(number)?.ground()
    }

    /// Whether there is neither an id that could be compared nor a ground.
    fn is_silent(&self, number: Option<u32>) -> bool {
        matches!(self.slot(number), None | Some(Slot::Empty))
    }

    fn is_known(&self, numbers: &Numbers) -> bool {
        numbers.iter().all(|number| self.ground(*number).is_some())
    }

    /// The values of a field over the grounds that are known. What is absent
    /// in one of them cannot be shown to be the same as in another.
    fn values(&self, field: Field, numbers: &Numbers) -> BTreeSet<String> {
        let known = numbers.iter().filter_map(|number| self.ground(*number));
        known.map(|ground| shown(field.of(ground))).collect()
    }
}

impl Slot {
    fn ground(&self) -> Option<&Ground> {
        match self {
            Self::Told(ground) => Some(ground),
            Self::Unseen | Self::Empty => None,
        }
    }
}

fn shown(value: Option<String>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| printable(&value, VALUE_CHARS))
}

fn joined(values: &BTreeSet<String>) -> String {
    values.iter().map(String::as_str).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::{Run, Side};
    use dp_record::{SeriesKey, Subject};

    fn series(batch: u32, ground: Option<u32>) -> Series {
        let mut series = Series::new(Side::Input, SeriesKey::new("build", &Subject::default()));
        let batch = Some(batch);
        series.runs.push(Run { batch, round: Some(1), warmup: false, source: 0, line: 1 });
        series.grounds.insert(ground);
        series
    }

    /// Grounds 0 and 1 differ in their engine, 0 and 2 in the image store, 3
    /// is one of which only the id is known.
    fn grounds() -> Grounds {
        let ground = |engine: &str, store: &str| Ground {
            engine_version: Some(engine.to_owned()),
            image_store: Some(store.to_owned()),
            ..Ground::default()
        };
        let mut grounds = Grounds::default();
        for id in ["a", "b", "c", "d"] {
            grounds.number(id);
        }
        grounds.set(0, ground("20.10.24", "graphdriver"));
        grounds.set(1, ground("28.5.2", "graphdriver"));
        grounds.set(2, ground("20.10.24", "containerd"));
        grounds
    }

    fn footing(old: Option<u32>, new: Option<u32>, exact: bool, across: &[Field]) -> Footing {
        grounds().footing(&series(1, old), &series(2, new), exact, across)
    }

    fn words(footing: &Footing) -> Vec<String> {
        match footing {
            Footing::Different(list) => list.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn another_engine_version_is_different_ground_for_noisy_metrics_only() {
        let noisy = footing(Some(0), Some(1), false, &[]);
        let expected = "engine_version 28.5.2 against 20.10.24 (--across engine_version)";
        assert_eq!(words(&noisy), [expected]);
        assert_eq!(footing(Some(0), Some(1), true, &[]), Footing::Same);
    }

    #[test]
    fn exact_metrics_need_the_same_image_store() {
        let exact = footing(Some(0), Some(2), true, &[]);
        assert_eq!(
            words(&exact),
            ["image_store containerd against graphdriver (--across image_store)"]
        );
    }

    #[test]
    fn env_records_that_tell_nothing_are_no_common_ground() {
        let mut grounds = grounds();
        let number = grounds.number("of a log");
        grounds.set(number, Ground::default());
        let (old, new) = (series(1, Some(number)), series(2, Some(number)));
        assert_eq!(grounds.footing(&old, &new, false, &[]), Footing::Untold);
    }

    #[test]
    fn what_may_differ_is_named() {
        assert_eq!(footing(Some(0), Some(1), false, &[Field::EngineVersion]), Footing::Same);
        let other = footing(Some(0), Some(1), false, &[Field::CpuModel]);
        assert_eq!(words(&other).len(), 1);
    }

    #[test]
    fn runs_of_the_same_batch_stand_on_the_same_ground() {
        let (old, new) = (series(1, None), series(1, Some(0)));
        assert_eq!(grounds().footing(&old, &new, false, &[]), Footing::Same);
    }

    #[test]
    fn the_same_id_is_the_same_ground_though_nobody_tells_what_it_is() {
        assert_eq!(footing(Some(3), Some(3), false, &[]), Footing::Same);
    }

    #[test]
    fn ground_that_is_told_on_one_side_only_is_different() {
        assert_eq!(footing(None, None, false, &[]), Footing::Untold);
        for (old, new) in [(Some(0), Some(3)), (None, Some(0)), (Some(3), None)] {
            assert!(matches!(footing(old, new, true, &[]), Footing::Different(_)));
            assert_eq!(footing(old, new, true, &[Field::Unknown]), Footing::Same);
        }
    }
}
