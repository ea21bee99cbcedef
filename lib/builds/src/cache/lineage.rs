//! What records say of each other: a record rests on its parents, and a build goes on where it
//! left off.
//!
//! An example: two builds share a running step, and part after it.
//!
//! ```text
//! r1  base  mount / from exec /bin/sh -c make deps      run once, for both
//! c1  r1    fileop target                               our COPY
//! r2  c1    mount / from exec /bin/sh -c make ours
//! x1  r1    fileop target                               their COPY
//! x2  x1    mount / from exec /bin/sh -c make other
//! ```
//!
//! The descriptions make r1 and r2 ours, and x2 theirs. From the children: c1 is ours by r2, x1
//! theirs by x2. r1 stays ours, as an owner that is known never changes; it is kept all the same,
//! since a record that is not removed rests on it (`remove.rs`).

use std::collections::HashMap;

use super::origin::Origin;
use super::own_builds::ExecutedVertex;
use super::owner::{Owner, any_is, resolve_unknown};
use super::record::CacheRecord;
use super::step::fit;

/// Some records with the edges among them. Records are named by their places in the list.
pub(super) struct RecordGraph<'a> {
    origins: Vec<Origin<'a>>,
    parents: Vec<Vec<usize>>,
    children: Vec<Vec<usize>>,
}

impl<'a> RecordGraph<'a> {
    pub(super) fn of(records: &[&'a CacheRecord]) -> Self {
        let places: HashMap<&str, usize> =
            records.iter().enumerate().map(|(place, record)| (record.id.as_str(), place)).collect();
        let mut parents = vec![Vec::new(); records.len()];
        let mut children = vec![Vec::new(); records.len()];
        for (child, record) in records.iter().enumerate() {
            for &parent in record.parents.iter().filter_map(|id| places.get(id.as_str())) {
                parents[child].push(parent);
                children[parent].push(child);
            }
        }
        let origins = records.iter().map(|record| Origin::of(&record.description)).collect();
        Self { origins, parents, children }
    }

    /// Finds unknown owners by what rests on a record, and by what of ours it rests on.
    pub(super) fn spread(&self, executed: &[&ExecutedVertex], owners: &mut [Owner]) {
        resolve_unknown(owners, |place, owners| {
            self.by_children(place, owners).or_else(|| self.by_parent(place, executed, owners))
        });
    }

    /// What is unknown and rests on another build's records is that build's.
    pub(super) fn spread_theirs(&self, owners: &mut [Owner]) {
        resolve_unknown(owners, |place, owners| {
            any_is(Owner::Theirs, &self.parents[place], owners).then_some(Owner::Theirs)
        });
    }

    /// Whether another build and ours shared a step: a record of one rests on one of the other's.
    pub(super) fn has_shared_step(&self, owners: &[Owner]) -> bool {
        let differ = |(child, parent): (usize, usize)| {
            matches!(
                (owners[child], owners[parent]),
                (Owner::Ours, Owner::Theirs) | (Owner::Theirs, Owner::Ours)
            )
        };
        let pairs = self.parents.iter().enumerate();
        pairs.flat_map(|(child, all)| all.iter().map(move |&parent| (child, parent))).any(differ)
    }

    /// Whether a record rests on nothing but a base.
    pub(super) fn is_on_base(&self, place: usize) -> bool {
        self.parents[place].iter().all(|&parent| self.origins[parent] == Origin::Unsaid)
    }

    /// The build of what rests on a record made or used it. What both used is theirs, since it
    /// cannot go as long as their record rests on it.
    fn by_children(&self, place: usize, owners: &[Owner]) -> Option<Owner> {
        let children = &self.children[place];
        let owned_by = |owner| any_is(owner, children, owners).then_some(owner);
        owned_by(Owner::Theirs).or_else(|| owned_by(Owner::Ours))
    }

    /// What rests on a record of ours is ours, if we ran as many such steps there: builds that share
    /// a step may part after it.
    ///
    /// We ran `RUN make deps` and then one COPY. If one `fileop target` rests on the record of that
    /// RUN, it is ours; if two do, one of them is of a build that shared the RUN.
    fn by_parent(
        &self,
        place: usize,
        executed: &[&ExecutedVertex],
        owners: &[Owner],
    ) -> Option<Owner> {
        let origin = self.origins[place];
        let is_alike =
            |child: &&usize| self.origins[**child] == origin && owners[**child] != Owner::Theirs;
        let are_all_ours = |parent: &usize| {
            let there = self.children[*parent].iter().filter(is_alike).count();
            let is_parent = |base: &String| fit(base, self.origins[*parent]).is_some();
            let ran = executed.iter().filter(|vertex| {
                vertex.base.as_ref().is_some_and(is_parent) && fit(&vertex.name, origin).is_some()
            });
            owners[*parent] == Owner::Ours && there <= ran.count()
        };
        self.parents[place].iter().any(are_all_ours).then_some(Owner::Ours)
    }
}
