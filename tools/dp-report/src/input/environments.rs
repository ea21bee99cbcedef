//! The environments that the runs were measured in: engine and machine, as the
//! `env` records describe them. Series refer to them by number.

use std::collections::{BTreeSet, HashMap};

use dp_record::{Ground, printable};

/// Characters of a value that are shown.
const VALUE_CHARS: usize = 60;

/// A part of the environment that must be equal; named as in the `env` record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    EngineVersion,
    StorageDriver,
    ImageStore,
    CgroupVersion,
    BuilderBackend,
    BuilderVersion,
    Architecture,
    CpuModel,
    CpuCount,
    Virtualization,
    /// Not a part: the environment of a side is not known at all.
    Unknown,
}

impl Field {
    /// All parts, in the order of messages.
    pub(crate) const ALL: [Self; 11] = [
        Self::EngineVersion,
        Self::StorageDriver,
        Self::ImageStore,
        Self::CgroupVersion,
        Self::BuilderBackend,
        Self::BuilderVersion,
        Self::Architecture,
        Self::CpuModel,
        Self::CpuCount,
        Self::Virtualization,
        Self::Unknown,
    ];

    fn of(self, environment: &Ground) -> Option<String> {
        match self {
            Self::EngineVersion => environment.engine_version.clone(),
            Self::StorageDriver => environment.storage_driver.clone(),
            Self::ImageStore => environment.image_store.clone(),
            Self::CgroupVersion => environment.cgroup_version.clone(),
            Self::BuilderBackend => environment.builder_backend.clone(),
            Self::BuilderVersion => environment.builder_version.clone(),
            Self::Architecture => environment.architecture.clone(),
            Self::CpuModel => environment.cpu_model.clone(),
            Self::CpuCount => environment.cpu_count.map(|count| count.to_string()),
            Self::Virtualization => environment.virtualization.clone(),
            Self::Unknown => None,
        }
    }

    /// The word that `--across` takes, and what it means.
    fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::EngineVersion => ("engine_version", "Version of the engine"),
            Self::StorageDriver => ("storage_driver", "Storage driver"),
            Self::ImageStore => {
                ("image_store", "Image store; the only part that exact metrics need")
            }
            Self::CgroupVersion => ("cgroup_version", "cgroup version"),
            Self::BuilderBackend => ("builder_backend", "What builds: buildx, engine or legacy"),
            Self::BuilderVersion => ("builder_version", "Version of the builder's client"),
            Self::Architecture => ("architecture", "Architecture"),
            Self::CpuModel => ("cpu_model", "CPU model"),
            Self::CpuCount => ("cpu_count", "Number of CPUs"),
            Self::Virtualization => ("virtualization", "Virtualised or not"),
            Self::Unknown => ("unknown", "Ground of which the input says nothing"),
        }
    }

    /// The word that `--across` takes.
    pub(crate) fn word(self) -> &'static str {
        self.described().0
    }

    /// What it means, for `--help`.
    pub(crate) fn help(self) -> &'static str {
        self.described().1
    }
}

/// The environments of a series; none for runs that name none.
pub(crate) type Numbers = BTreeSet<Option<u32>>;

/// All environments of the input.
#[derive(Debug, Default)]
pub(crate) struct Environments {
    ids: HashMap<String, u32>,
    /// The id that was asked for last: it mostly comes again.
    last: Option<(String, u32)>,
    slots: Vec<Slot>,
}

/// What is known of an `env` id.
#[derive(Debug)]
enum Slot {
    /// No `env` record came (yet).
    Missing,
    /// One came and says nothing, as of a build's log.
    Empty,
    Known(Box<Ground>),
}

impl Slot {
    fn environment(&self) -> Option<&Ground> {
        match self {
            Self::Known(environment) => Some(environment),
            Self::Missing | Self::Empty => None,
        }
    }
}

impl Environments {
    /// The number of an `env` id.
    pub(crate) fn number(&mut self, id: &str) -> u32 {
        if let Some((last, number)) = &self.last
            && last == id
        {
            return *number;
        }
        let number = self.ids.get(id).copied().unwrap_or_else(|| {
            let number = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
            self.slots.push(Slot::Missing);
            self.ids.insert(id.to_owned(), number);
            number
        });
        self.last = Some((id.to_owned(), number));
        number
    }

    /// The only id among these; none where there are several, or some has none.
    pub(crate) fn only_id(&self, numbers: &Numbers) -> Option<&str> {
        let only = numbers.first().copied().flatten().filter(|_| numbers.len() == 1)?;
        let named = self.ids.iter().find(|(_, number)| **number == only);
        named.map(|(id, _)| id.as_str())
    }

    /// Stores what an `env` record says.
    pub(crate) fn set(&mut self, number: u32, environment: Ground) {
        let says_something = Field::ALL.iter().any(|field| field.of(&environment).is_some());
        if let Some(slot) = self.slots.get_mut(number as usize) {
            *slot = if says_something { Slot::Known(Box::new(environment)) } else { Slot::Empty };
        }
    }

    /// Whether there is neither an id that could be compared nor an
    /// environment.
    pub(crate) fn is_silent(&self, number: Option<u32>) -> bool {
        matches!(self.slot(number), None | Some(Slot::Empty))
    }

    /// Whether all of them are known.
    pub(crate) fn all_known(&self, numbers: &Numbers) -> bool {
        numbers.iter().all(|number| self.environment(*number).is_some())
    }

    /// The values of a field over the environments that are known. What is
    /// absent in one of them cannot be shown to be the same as in another.
    pub(crate) fn values(&self, field: Field, numbers: &Numbers) -> BTreeSet<String> {
        let known = numbers.iter().filter_map(|number| self.environment(*number));
        known.map(|environment| shown(field.of(environment))).collect()
    }

    /// What differs among them: field and values.
    pub(crate) fn spread(&self, numbers: &Numbers) -> Vec<(&'static str, String)> {
        let values = |field: Field| {
            let values = self.values(field, numbers);
            (values.len() > 1).then(|| (field.word(), joined(&values)))
        };
        Field::ALL.into_iter().filter_map(values).collect()
    }

    /// The known environments, a line each. One that another line says too,
    /// with more besides, is left out: only builds have a builder.
    pub(crate) fn lines(&self) -> Vec<String> {
        let known = self.slots.iter().filter_map(Slot::environment);
        let all: Vec<BTreeSet<(usize, String)>> = known.map(parts).collect();
        let mut lines = Vec::new();
        // Of `engine 28.5.2, x86_64` and `engine 28.5.2, builder buildx, x86_64`
        // only the second is shown; of two that are equal, the first.
        for (index, parts) in all.iter().enumerate() {
            let says_more = |(other, more): (usize, &BTreeSet<(usize, String)>)| {
                other != index && more.is_superset(parts) && (more != parts || other < index)
            };
            if !all.iter().enumerate().any(says_more) {
                let parts: Vec<&str> = parts.iter().map(|(_, part)| part.as_str()).collect();
                lines.push(parts.join(", "));
            }
        }
        lines
    }

    fn slot(&self, number: Option<u32>) -> Option<&Slot> {
        self.slots.get(number? as usize)
    }

    fn environment(&self, number: Option<u32>) -> Option<&Ground> {
        self.slot(number)?.environment()
    }
}

fn shown(value: Option<String>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| printable(&value, VALUE_CHARS))
}

/// `20.10.24 and 28.5.2`.
pub(crate) fn joined(values: &BTreeSet<String>) -> String {
    values.iter().map(String::as_str).collect::<Vec<_>>().join(" and ")
}

/// The known parts with their places in the line.
fn parts(environment: &Ground) -> BTreeSet<(usize, String)> {
    let with = |word: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("{word}{}", printable(value, VALUE_CHARS)))
    };
    let parts = [
        with("engine ", &environment.engine_version),
        with("", &environment.storage_driver),
        with("image store ", &environment.image_store),
        with("cgroup ", &environment.cgroup_version),
        with("builder ", &environment.builder_backend),
        with("builder version ", &environment.builder_version),
        with("", &environment.architecture),
        environment.cpu_count.map(|count| format!("{count} CPUs")),
        with("", &environment.cpu_model),
        with("virtualization ", &environment.virtualization),
    ];
    parts.into_iter().enumerate().filter_map(|(place, part)| Some((place, part?))).collect()
}
