//! What records tell of each other: a record rests on its parents, and a build goes on where it
//! left off.

use std::collections::HashMap;

use super::made::Executed;
use super::origin::Origin;
use super::owner::Mark;
use super::record::CacheRecord;
use super::step::fit;

/// Who rests on whom among some records, by their places.
pub(super) struct Kin<'a> {
    origins: Vec<Origin<'a>>,
    parents: Vec<Vec<usize>>,
    children: Vec<Vec<usize>>,
}

impl<'a> Kin<'a> {
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

    /// Marks what is unsure by what rests on it and by what of ours it rests on.
    pub(super) fn spread(&self, executed: &[&Executed], marks: &mut [Mark]) {
        settle(marks, |place, marks| {
            self.by_children(place, marks).or_else(|| self.by_parent(place, executed, marks))
        });
    }

    /// Marks what is unsure and rests on another build's records.
    pub(super) fn spread_theirs(&self, marks: &mut [Mark]) {
        settle(marks, |place, marks| {
            has(&self.parents[place], Mark::Theirs, marks).then_some(Mark::Theirs)
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

    /// Whether nothing but a base lies below a record.
    pub(super) fn is_first(&self, place: usize) -> bool {
        self.parents[place].iter().all(|&parent| self.origins[parent] == Origin::Unsaid)
    }

    /// The build of what rests on a record made or used it. What both used is theirs, since it
    /// cannot go as long as their record rests on it.
    fn by_children(&self, place: usize, marks: &[Mark]) -> Option<Mark> {
        let children = &self.children[place];
        let marked = |mark| has(children, mark, marks).then_some(mark);
        marked(Mark::Theirs).or_else(|| marked(Mark::Ours))
    }

    /// What rests on a record of ours is ours, if we ran as many such steps there: builds that share
    /// a step may part behind it.
    fn by_parent(&self, place: usize, executed: &[&Executed], marks: &[Mark]) -> Option<Mark> {
        let origin = self.origins[place];
        let alike =
            |child: &&usize| self.origins[**child] == origin && marks[**child] != Mark::Theirs;
        let all_ours = |parent: &usize| {
            let there = self.children[*parent].iter().filter(alike).count();
            let rests = |base: &String| fit(base, self.origins[*parent]).is_some();
            let ran = executed.iter().filter(|step| {
                step.base.as_ref().is_some_and(rests) && fit(&step.name, origin).is_some()
            });
            marks[*parent] == Mark::Ours && there <= ran.count()
        };
        self.parents[place].iter().any(all_ours).then_some(Mark::Ours)
    }
}

fn has(places: &[usize], mark: Mark, marks: &[Mark]) -> bool {
    places.iter().any(|&place| marks[place] == mark)
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
