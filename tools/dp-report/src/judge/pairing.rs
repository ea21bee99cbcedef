//! Who is compared with whom.

use std::collections::{BTreeSet, HashSet};
use std::hash::Hash;

use dp_record::{SeriesKey, printable};
use dp_tool::Fault;

use crate::input::collect::Collector;
use crate::input::series::{Series, Side};

/// Characters of a name in a message.
const NAME_CHARS: usize = 80;

/// What the subjects are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Against {
    /// Nothing: the report only describes.
    Nothing,
    /// The subject of this name.
    Subject(String),
    /// The same series in this file.
    File(String),
    /// The same series in those records of the input that have this.
    Marked(String),
}

impl Against {
    /// Whether the baseline is made of other records than the input.
    pub(crate) fn is_apart(&self) -> bool {
        matches!(self, Self::File(_) | Self::Marked(_))
    }
}

/// Who is compared with whom, kind by kind in the order of appearance.
#[derive(Debug)]
pub(crate) struct Pairing<'a> {
    /// What the subjects are compared with.
    pub(crate) against: &'a Against,
    /// The groups of each kind.
    pub(crate) kinds: Vec<(&'a str, Vec<Group<'a>>)>,
}

/// One baseline and what is compared with it.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// None where the candidates have nothing to be compared with.
    pub(crate) baseline: Option<&'a Series>,
    /// What is compared, in order.
    pub(crate) candidates: Vec<Candidate<'a>>,
}

/// One subject of a group.
#[derive(Debug)]
pub(crate) enum Candidate<'a> {
    /// It was measured, or at least planned.
    Present(&'a Series),
    /// It should be there.
    Absent(SeriesKey),
}

impl Candidate<'_> {
    /// The key that it has, or should have.
    pub(crate) fn key(&self) -> &SeriesKey {
        match self {
            Self::Present(series) => &series.key,
            Self::Absent(key) => key,
        }
    }
}

impl<'a> Pairing<'a> {
    /// Pairs the series of all kinds.
    pub(crate) fn of(collector: &'a Collector, against: &'a Against) -> Self {
        let kinds = unique(collector.series.iter().map(|series| series.key.kind.as_str()));
        let kinds = kinds.into_iter().map(|kind| (kind, groups(collector, against, kind)));
        Self { against, kinds: kinds.collect() }
    }

    /// All pairs of which both series are there: baseline and subject.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'a Series, &'a Series)> {
        let groups = self.kinds.iter().flat_map(|(_, groups)| groups);
        groups.flat_map(|group| {
            group.candidates.iter().filter_map(|candidate| match candidate {
                Candidate::Present(subject) => Some((group.baseline?, *subject)),
                Candidate::Absent(_) => None,
            })
        })
    }

    /// Refuses a comparison in which nothing would be compared, or something
    /// with itself: it must never look like a pass.
    ///
    /// # Errors
    /// [`Fault`] with what is wrong about the baseline.
    pub(crate) fn check(&self, collector: &Collector) -> Result<(), Fault> {
        match self.against {
            Against::Nothing => return Ok(()),
            Against::Subject(name) => check_name(collector, name)?,
            Against::File(_) | Against::Marked(_) => {}
        }
        // Of records that are marked each is on one side only.
        let may_share = matches!(self.against, Against::File(_));
        for (baseline, subject) in self.pairs().filter(|_| may_share) {
            check_pair(collector, baseline, subject)?;
        }
        match (self.pairs().next(), self.against) {
            (None, Against::File(name) | Against::Marked(name)) => Err(Fault::usage(format!(
                "{name}: the baseline has no series in common with the input: \
                 kind, name, scenario, platform and variant must be equal"
            ))),
            (None, Against::Subject(name)) => Err(Fault::usage(format!(
                "--against {}: no other subject to compare with it",
                printable(name, NAME_CHARS)
            ))),
            _ => Ok(()),
        }
    }
}

/// Groups the series of a kind, in the order of appearance.
fn groups<'a>(collector: &'a Collector, against: &Against, kind: &str) -> Vec<Group<'a>> {
    let of_kind = |side| {
        let all = collector.series.of(side);
        all.filter(|series| series.key.kind == kind).collect::<Vec<_>>()
    };
    let input = of_kind(Side::Input);
    match against {
        Against::Nothing => {
            let candidates = input.into_iter().map(Candidate::Present).collect();
            vec![Group { baseline: None, candidates }]
        }
        Against::Subject(name) if is_variant(collector, name) => by_variant(&input, name),
        Against::Subject(name) => by_name(collector, &input, name),
        Against::File(_) | Against::Marked(_) => {
            by_key(collector, &input, &of_kind(Side::Baseline))
        }
    }
}

/// A group for each scenario, platform and variant. A subject that lacks one which
/// the baseline has is absent there, though it has no record of the whole kind, if
/// it has a kind in common with the baseline: else it is no counterpart of it.
fn by_name<'a>(collector: &'a Collector, input: &[&'a Series], name: &str) -> Vec<Group<'a>> {
    let forms = unique(input.iter().map(|series| named(&series.key, name)));
    let of_kind = input.iter().map(|series| series.key.name.as_str());
    let names = unique(of_kind.chain(counterparts(collector, name)));
    let find = |key: &SeriesKey| collector.series.find(Side::Input, key);
    let group = |form: SeriesKey| {
        let baseline = find(&form);
        let candidate = |other: &&str| {
            let key = named(&form, other);
            match find(&key) {
                Some(series) => Some(Candidate::Present(series)),
                None => baseline.map(|_| Candidate::Absent(key)),
            }
        };
        let others = names.iter().filter(|other| **other != name);
        Group { baseline, candidates: others.filter_map(candidate).collect() }
    };
    forms.into_iter().map(group).collect()
}

/// The subjects that have a kind in common with the one of this name.
fn counterparts<'a>(collector: &'a Collector, name: &str) -> impl Iterator<Item = &'a str> {
    let all = || collector.series.of(Side::Input).map(|series| &series.key);
    let kinds: HashSet<&str> =
        all().filter(|key| key.name == name).map(|key| key.kind.as_str()).collect();
    all().filter(move |key| kinds.contains(key.kind.as_str())).map(|key| key.name.as_str())
}

/// A group for each name, scenario and platform: its variants against the one
/// of this name.
fn by_variant<'a>(input: &[&'a Series], variant: &str) -> Vec<Group<'a>> {
    let bare = |key: &SeriesKey| SeriesKey { variant: None, ..key.clone() };
    let is_baseline = |series: &&&Series| series.key.variant.as_deref() == Some(variant);
    let forms = unique(input.iter().map(|series| bare(&series.key)));
    let group = |form: SeriesKey| {
        let of_form: Vec<_> = input.iter().filter(|series| bare(&series.key) == form).collect();
        let baseline = of_form.iter().copied().find(is_baseline).copied();
        let others = of_form.into_iter().filter(|series| !is_baseline(series));
        Group { baseline, candidates: others.map(|series| Candidate::Present(series)).collect() }
    };
    forms.into_iter().map(group).collect()
}

/// Whether this is the name of a variant, and of no subject.
fn is_variant(collector: &Collector, name: &str) -> bool {
    let mut input = collector.series.of(Side::Input);
    let of_subject = collector.series.of(Side::Input).any(|series| series.key.name == name);
    !of_subject && input.any(|series| series.key.variant.as_deref() == Some(name))
}

/// Each once, in the order of appearance.
fn unique<T: Clone + Eq + Hash>(list: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    list.filter(|item| seen.insert(item.clone())).collect()
}

/// The same key under another name.
fn named(key: &SeriesKey, name: &str) -> SeriesKey {
    SeriesKey { name: name.to_owned(), ..key.clone() }
}

/// A group for each key, those that only the baseline has at the end.
fn by_key<'a>(
    collector: &'a Collector,
    input: &[&'a Series],
    baseline: &[&'a Series],
) -> Vec<Group<'a>> {
    let present = input.iter().map(|series| Group {
        baseline: collector.series.find(Side::Baseline, &series.key),
        candidates: vec![Candidate::Present(series)],
    });
    let gone = |series: &&&Series| collector.series.find(Side::Input, &series.key).is_none();
    let absent = baseline.iter().filter(gone).map(|series| Group {
        baseline: Some(series),
        candidates: vec![Candidate::Absent(series.key.clone())],
    });
    present.chain(absent).collect()
}

fn check_name(collector: &Collector, name: &str) -> Result<(), Fault> {
    let names: BTreeSet<&str> =
        collector.series.of(Side::Input).map(|series| series.key.name.as_str()).collect();
    if names.contains(name) || is_variant(collector, name) {
        return Ok(());
    }
    let known: Vec<String> = names.iter().map(|name| printable(name, NAME_CHARS)).collect();
    let name = printable(name, NAME_CHARS);
    Err(Fault::usage(format!(
        "--against {name}: no such subject (there are: {})",
        known.join(", ")
    )))
}

fn check_pair(collector: &Collector, baseline: &Series, subject: &Series) -> Result<(), Fault> {
    if baseline.side == subject.side {
        return Ok(());
    }
    let Some(run) = subject.common_run(baseline) else { return Ok(()) };
    Err(Fault::usage(format!(
        "{}: the baseline holds this run too (batch {}): a run compared with itself says nothing",
        collector.place(&run),
        collector.batch_name(&run)
    )))
}
