//! Which records our builds can claim, by what the records say of themselves.
//!
//! An example: we ran `RUN make all` once, and the engine lists two new records, `mount / from exec
//! /bin/sh -c make all` and `... -c $CMD`. Both can be that step's, the second if `CMD` was `make
//! all`. The step claims the one that fits without a variable; the other has no claim, and is
//! another build's. With `make $A` and `make $B` in their place the step claims both, and since one
//! step leaves one such record, neither is known.

use std::collections::{BTreeMap, BTreeSet};

use super::origin::Origin;
use super::own_builds::ExecutedVertex;
use super::owner::Owner;
use super::record::CacheRecord;
use super::step::fit;

/// Finds the owner of each record by its description alone.
///
/// A step leaves at most one record of each sort, so it accounts for one: if more records read alike
/// than steps of ours ran, another build ran the same, and none of them can be told.
pub(super) fn by_description(
    records: &[&CacheRecord],
    executed: &[&ExecutedVertex],
    namespaces: &[String],
) -> Vec<Owner> {
    let mut owners = vec![Owner::Unknown; records.len()];
    // Records of one sort that read alike make one claim. What does not say enough for that (a
    // COPY on 20.10, files that a client sent, a base) stays unknown here.
    let mut sorts: BTreeMap<Sort<'_>, PlacesByText<'_>> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        let origin = Origin::of(&record.description);
        if let Some(owner) = by_namespace(origin, namespaces) {
            owners[place] = owner;
        } else if let Some(sort) = Sort::of(origin) {
            sorts.entry(sort).or_default().entry(origin).or_default().push(place);
        }
    }
    for texts in sorts.values() {
        for claim in joined(claims(texts, executed)) {
            for &place in &claim.places {
                owners[place] = claim.owner();
            }
        }
    }
    owners
}

/// Places of the records that read alike, by what they say.
type PlacesByText<'a> = BTreeMap<Origin<'a>, Vec<usize>>;

/// Of each of these a step leaves at most one record. A RUN with two cache mounts leaves three: its
/// files, and one for each target.
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
fn by_namespace(origin: Origin<'_>, namespaces: &[String]) -> Option<Owner> {
    let Origin::Mount { id: Some(id), .. } = origin else {
        return None;
    };
    let is_in = |namespace: &String| {
        id.strip_prefix(namespace.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    let owner = if namespaces.iter().any(is_in) { Owner::Ours } else { Owner::Theirs };
    (!namespaces.is_empty()).then_some(owner)
}

/// Records, and the steps of ours that may have made them.
#[derive(Default)]
struct Claim {
    places: Vec<usize>,
    steps: BTreeSet<usize>,
}

/// One claim for each text. A step claims the texts that fit it best: one that fits without
/// variables, if there is any.
fn claims(texts: &PlacesByText<'_>, executed: &[&ExecutedVertex]) -> Vec<Claim> {
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
    fn owner(&self) -> Owner {
        if self.steps.is_empty() {
            // No step of ours reads so.
            Owner::Theirs
        } else if self.steps.len() < self.places.len() {
            // More records than steps: at least one is another build's, and nothing says which.
            Owner::Unknown
        } else {
            Owner::Ours
        }
    }
}
