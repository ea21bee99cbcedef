//! Whose the records are that appeared since a snapshot.

use std::time::Duration;

use super::credit::by_description;
use super::kin::Kin;
use super::made::{Executed, Made, Others};
use super::origin::Origin;
use super::record::CacheRecord;
use super::snapshot::CacheSnapshot;
use super::step::fit;

/// Whose a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Made by the measurement.
    Ours,
    /// Made by another build.
    Theirs,
    /// It cannot be told.
    Unsure,
}

/// How long after the end of a build its last records may be stamped. Up to 0.3 s were seen.
const LATE: Duration = Duration::from_secs(2);

/// The records that were made since the snapshot, each with its maker.
pub(super) fn owners<'a>(
    before: &CacheSnapshot,
    now: &'a [CacheRecord],
    made: &Made,
) -> Vec<(&'a CacheRecord, Mark)> {
    let records = since(before, now);
    let marks = match made.others {
        Others::None => vec![Mark::Ours; records.len()],
        Others::Unknown | Others::Built => told(&records, &ran_since(before, made), made),
    };
    records.into_iter().zip(marks).collect()
}

/// Whether a record is in use that does not say that it is another build's.
pub(super) fn is_held(before: &CacheSnapshot, now: &[CacheRecord], made: &Made) -> bool {
    let records = since(before, now);
    let marks = by_description(&records, &ran_since(before, made), &made.namespaces);
    records.iter().zip(marks).any(|(record, mark)| record.in_use && mark != Mark::Theirs)
}

/// The new records. One that is new by id but not by its time is left out: files that a client sent
/// go by another id while a build uses them.
fn since<'a>(before: &CacheSnapshot, now: &'a [CacheRecord]) -> Vec<&'a CacheRecord> {
    let old = before.ids();
    let is_new = |record: &&CacheRecord| {
        !old.contains(record.id.as_str())
            && record.created.is_none_or(|created| created >= before.taken)
    };
    now.iter().filter(is_new).collect()
}

/// What ran of ours. A step that began before us is another build's, which ours joined.
fn ran_since<'a>(before: &CacheSnapshot, made: &'a Made) -> Vec<&'a Executed> {
    made.executed.iter().filter(|executed| executed.started >= before.taken).collect()
}

fn told(records: &[&CacheRecord], executed: &[&Executed], made: &Made) -> Vec<Mark> {
    let mut marks = by_description(records, executed, &made.namespaces);
    let last = made.ended.and_then(|ended| ended.checked_add(LATE).ok());
    for (mark, record) in marks.iter_mut().zip(records) {
        let late = last.is_some_and(|last| record.created.is_some_and(|created| created > last));
        // Our builds are over: what is in use and does not say that it is ours, is another's.
        if late || *mark == Mark::Unsure && record.in_use {
            *mark = Mark::Theirs;
        }
    }
    by_kin_and_count(records, executed, made, &mut marks);
    marks
}

/// Settles what does not say whose it is, by its kin and by how much there is of it.
fn by_kin_and_count(
    records: &[&CacheRecord],
    executed: &[&Executed],
    made: &Made,
    marks: &mut [Mark],
) {
    let kin = Kin::of(records);
    kin.spread(executed, marks);
    let joined = executed.len() < made.executed.len() || kin.joined(marks);
    if !joined {
        kin.spread_theirs(marks);
    }
    if made.others == Others::Unknown && Census::of(records, executed, marks).fits_ours_alone() {
        claim(marks, |_| true);
    } else if !joined {
        claim_first_file_ops(&kin, records, executed, marks);
    }
    kin.spread(executed, marks);
}

/// COPY, ADD and WORKDIR right on a base, with nothing on them that says whose they are: if exactly
/// as many are left as we ran, another build's have been told apart.
fn claim_first_file_ops(
    kin: &Kin<'_>,
    records: &[&CacheRecord],
    executed: &[&Executed],
    marks: &mut [Mark],
) {
    let is_first = |place: usize| {
        Origin::of(&records[place].description) == Origin::FileOp && kin.is_first(place)
    };
    let first = (0..records.len()).filter(|&place| is_first(place) && marks[place] != Mark::Theirs);
    let ran = executed
        .iter()
        .filter(|step| step.base.is_none() && fit(&step.name, Origin::FileOp).is_some());
    if first.count() == ran.count() {
        claim(marks, is_first);
    }
}

/// What is unsure at these places is ours.
fn claim(marks: &mut [Mark], at: impl Fn(usize) -> bool) {
    for (place, mark) in marks.iter_mut().enumerate() {
        if *mark == Mark::Unsure && at(place) {
            *mark = Mark::Ours;
        }
    }
}

/// How many records there are that may be ours, against what we ran.
#[derive(Default)]
struct Census {
    /// Records that are certainly another build's.
    theirs: usize,
    /// Records with a name of ours, more of them than we ran steps of that name.
    surplus: usize,
    file_ops: usize,
    file_ops_run: usize,
    sources: usize,
    sources_run: usize,
}

impl Census {
    fn of(records: &[&CacheRecord], executed: &[&Executed], marks: &[Mark]) -> Self {
        let ran = |origin| executed.iter().filter(|one| fit(&one.name, origin).is_some()).count();
        let mut census = Self {
            file_ops_run: ran(Origin::FileOp),
            sources_run: ran(Origin::Source),
            ..Self::default()
        };
        for (record, mark) in records.iter().zip(marks) {
            match (Origin::of(&record.description), mark) {
                (_, Mark::Theirs) => census.theirs += 1,
                (Origin::FileOp, _) => census.file_ops += 1,
                (Origin::Source, _) => census.sources += 1,
                (Origin::Unsaid, _) | (_, Mark::Ours) => {}
                (_, Mark::Unsure) => census.surplus += 1,
            }
        }
        census
    }

    /// Whether nothing shows that another build ran.
    fn fits_ours_alone(&self) -> bool {
        self.theirs == 0
            && self.surplus == 0
            && self.file_ops <= self.file_ops_run
            && self.sources <= self.sources_run
    }
}

#[cfg(test)]
mod tests;
