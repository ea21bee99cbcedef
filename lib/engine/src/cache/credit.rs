//! Which records the executed steps account for, by what the records say of themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::made::Executed;
use super::origin::Origin;
use super::owner::Mark;
use super::record::CacheRecord;
use super::step::fit;

/// Marks each record by its description alone.
///
/// A step leaves at most one record of each sort, so a step accounts for one: if more records read
/// alike than steps of ours ran, another build ran the same, and none of them can be told.
pub(super) fn by_description(
    records: &[&CacheRecord],
    executed: &[&Executed],
    namespaces: &[String],
) -> Vec<Mark> {
    let mut marks = vec![Mark::Unsure; records.len()];
    let mut sorts: BTreeMap<Sort<'_>, Texts<'_>> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        let origin = Origin::of(&record.description);
        if let Some(mark) = by_namespace(origin, namespaces) {
            marks[place] = mark;
        } else if let Some(sort) = Sort::of(origin) {
            sorts.entry(sort).or_default().entry(origin).or_default().push(place);
        }
    }
    for texts in sorts.values() {
        for claim in joined(claims(texts, executed)) {
            for &place in &claim.places {
                marks[place] = claim.mark();
            }
        }
    }
    marks
}

/// Records that read alike, by what they say.
type Texts<'a> = BTreeMap<Origin<'a>, Vec<usize>>;

/// A step leaves at most one record of each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort<'a> {
    Run,
    Mount(&'a str),
    Vertex,
    Fetched,
}

impl<'a> Sort<'a> {
    fn of(origin: Origin<'a>) -> Option<Self> {
        match origin {
            Origin::Run { .. } => Some(Self::Run),
            Origin::Mount { target, .. } => Some(Self::Mount(target)),
            Origin::Vertex(_) => Some(Self::Vertex),
            Origin::Fetched(_) => Some(Self::Fetched),
            Origin::FileOp | Origin::Source | Origin::Unsaid => None,
        }
    }
}

/// A mount that names its id is ours if it lies in a namespace of ours, and only then.
fn by_namespace(origin: Origin<'_>, namespaces: &[String]) -> Option<Mark> {
    let Origin::Mount { id: Some(id), .. } = origin else {
        return None;
    };
    let is_in = |namespace: &String| {
        id.strip_prefix(namespace.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    let mark = if namespaces.iter().any(is_in) { Mark::Ours } else { Mark::Theirs };
    (!namespaces.is_empty()).then_some(mark)
}

/// Records, and the steps that may have made them.
#[derive(Default)]
struct Claim {
    places: Vec<usize>,
    steps: BTreeSet<usize>,
}

/// A step claims the texts that fit it best: one that fits without variables, if there is any.
fn claims(texts: &Texts<'_>, executed: &[&Executed]) -> Vec<Claim> {
    let unclaimed = |places: &Vec<usize>| Claim { places: places.clone(), ..Claim::default() };
    let mut claims: Vec<Claim> = texts.values().map(unclaimed).collect();
    for (step, executed) in executed.iter().enumerate() {
        let fits: Vec<_> = texts.keys().map(|&origin| fit(&executed.name, origin)).collect();
        let best = fits.iter().flatten().max();
        for (claim, found) in claims.iter_mut().zip(&fits) {
            if best.is_some() && found.as_ref() == best {
                claim.steps.insert(step);
            }
        }
    }
    claims
}

/// Claims of the same steps become one: which of the records is whose cannot be told then.
fn joined(claims: Vec<Claim>) -> Vec<Claim> {
    let mut joined: Vec<Claim> = Vec::new();
    for mut claim in claims {
        let shares = |other: &mut Claim| !other.steps.is_disjoint(&claim.steps);
        for other in joined.extract_if(.., shares).collect::<Vec<_>>() {
            claim.places.extend(other.places);
            claim.steps.extend(other.steps);
        }
        joined.push(claim);
    }
    joined
}

impl Claim {
    fn mark(&self) -> Mark {
        if self.steps.is_empty() {
            Mark::Theirs
        } else if self.steps.len() < self.places.len() {
            Mark::Unsure
        } else {
            Mark::Ours
        }
    }
}
