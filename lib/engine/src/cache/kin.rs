//! What records tell of each other: a record rests on its parents, and a build goes on where it
//! left off.

use std::collections::HashMap;

use super::origin::Origin;
use super::owner::Mark;
use super::record::CacheRecord;

/// Who rests on whom among some records, by their places.
pub(super) struct Kin<'a> {
    records: &'a [&'a CacheRecord],
    parents: Vec<Vec<usize>>,
    children: Vec<Vec<usize>>,
}

impl<'a> Kin<'a> {
    pub(super) fn of(records: &'a [&'a CacheRecord]) -> Self {
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
        Self { records, parents, children }
    }

    /// From a record to those that it rests on: its build made or used them. What both used is
    /// theirs, since it cannot go as long as their record rests on it.
    pub(super) fn up(&self, marks: &mut [Mark]) {
        settle(marks, |place, marks| {
            let has = |mark| self.children[place].iter().any(|&child| marks[child] == mark);
            let ours = has(Mark::Ours).then_some(Mark::Ours);
            has(Mark::Theirs).then_some(Mark::Theirs).or(ours)
        });
    }

    /// Whether another build and ours shared a step: a record of one rests on one of the other's.
    pub(super) fn joined(&self, marks: &[Mark]) -> bool {
        let differ = |(child, parent): (usize, usize)| {
            matches!(
                (marks[child], marks[parent]),
                (Mark::Ours, Mark::Theirs) | (Mark::Theirs, Mark::Ours)
            )
        };
        let pairs = self.parents.iter().enumerate();
        pairs.flat_map(|(child, all)| all.iter().map(move |&parent| (child, parent))).any(differ)
    }

    /// From another build's records to those that rest on them.
    pub(super) fn down_theirs(&self, marks: &mut [Mark]) {
        settle(marks, |place, marks| {
            self.rests_on(place, Mark::Theirs, marks).then_some(Mark::Theirs)
        });
    }

    /// From our records to those that rest on them, if there is but one of its sort: two builds that
    /// shared a step part behind it.
    pub(super) fn down_ours(&self, marks: &mut [Mark]) {
        settle(marks, |place, marks| {
            let ours = self.rests_on(place, Mark::Ours, marks) && self.is_alone(place, marks);
            ours.then_some(Mark::Ours)
        });
    }

    fn rests_on(&self, place: usize, mark: Mark, marks: &[Mark]) -> bool {
        self.parents[place].iter().any(|&parent| marks[parent] == mark)
    }

    fn is_alone(&self, place: usize, marks: &[Mark]) -> bool {
        let origin = |place: usize| Origin::of(&self.records[place].description);
        let siblings = self.parents[place].iter().flat_map(|&parent| &self.children[parent]);
        siblings
            .filter(|&&other| other != place && marks[other] != Mark::Theirs)
            .all(|&other| origin(other) != origin(place))
    }
}

/// Marks what is unsure by `rule`, until nothing changes.
fn settle(marks: &mut [Mark], rule: impl Fn(usize, &[Mark]) -> Option<Mark>) {
    let mut changed = true;
    while changed {
        changed = false;
        for place in 0..marks.len() {
            if marks[place] == Mark::Unsure
                && let Some(mark) = rule(place, marks)
            {
                marks[place] = mark;
                changed = true;
            }
        }
    }
}
