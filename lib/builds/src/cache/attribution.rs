//! Whose the records are that appeared since a snapshot: the rules in their order. An example of
//! each is in the documentation of [`super`].

use std::time::Duration;

use super::claims::by_description;
use super::lineage::RecordGraph;
use super::origin::Origin;
use super::own_builds::{ConcurrentBuilds, ExecutedVertex, OwnBuilds};
use super::owner::{Owner, take_unknown};
use super::record::{CacheRecord, RecordKind};
use super::snapshot::CacheSnapshot;
use super::step::fit;

/// How long after the end of a build its last records may be stamped. Up to 0.3 s were seen.
const STAMP_DELAY: Duration = Duration::from_secs(2);

/// The records that were made since the snapshot, each with its owner.
pub(super) fn owners<'a>(
    before: &CacheSnapshot,
    now: &'a [CacheRecord],
    own: &OwnBuilds,
) -> Vec<(&'a CacheRecord, Owner)> {
    let records = new_records(before, now);
    let owners = match own.concurrent {
        ConcurrentBuilds::None => vec![Owner::Ours; records.len()],
        ConcurrentBuilds::Unknown | ConcurrentBuilds::Present => {
            attribute(&records, &executed_since(before, own), own)
        }
    };
    let imported = imported_records(before, now, own).into_iter().map(|one| (one, Owner::Ours));
    records.into_iter().zip(owners).chain(imported).collect()
}

/// Whether the engine still holds a new record whose description does not say that it is another
/// build's.
pub(super) fn is_any_in_use(before: &CacheSnapshot, now: &[CacheRecord], own: &OwnBuilds) -> bool {
    let records = new_records(before, now);
    let owners = by_description(&records, &executed_since(before, own), &own.namespaces);
    let mut imported = imported_records(before, now, own).into_iter();
    records.iter().zip(owners).any(|(record, owner)| record.in_use && owner != Owner::Theirs)
        || imported.any(|record| record.in_use)
}

/// The new records. One that is new by id but not by its time is left out: files that a client sent
/// go by another id while a build uses them.
fn new_records<'a>(before: &CacheSnapshot, now: &'a [CacheRecord]) -> Vec<&'a CacheRecord> {
    let old = before.ids();
    let is_new = |record: &&CacheRecord| {
        !old.contains(record.id.as_str())
            && record.created.is_none_or(|created| created >= before.taken)
    };
    now.iter().filter(is_new).collect()
}

/// The records that came with a cache from elsewhere: new by id, but as old as the steps that made
/// them there. Nothing else about them tells whose they are; another build that reads a cache in
/// the very time of ours would fetch once more what is taken from it.
fn imported_records<'a>(
    before: &CacheSnapshot,
    now: &'a [CacheRecord],
    own: &OwnBuilds,
) -> Vec<&'a CacheRecord> {
    let old = before.ids();
    let is_imported = |record: &&CacheRecord| {
        own.imported
            && !old.contains(record.id.as_str())
            && record.created.is_some_and(|created| created < before.taken)
            && record.kind == RecordKind::Regular
            && Origin::of(&record.description) != Origin::Source
    };
    now.iter().filter(is_imported).collect()
}

/// What our builds ran. A step that began before the snapshot is another build's, which ours joined:
/// the engine runs equal steps of two builds once.
fn executed_since<'a>(before: &CacheSnapshot, own: &'a OwnBuilds) -> Vec<&'a ExecutedVertex> {
    own.executed.iter().filter(|executed| executed.started >= before.taken).collect()
}

fn attribute(
    records: &[&CacheRecord],
    executed: &[&ExecutedVertex],
    own: &OwnBuilds,
) -> Vec<Owner> {
    // Rule 2: what the descriptions say.
    let mut owners = by_description(records, executed, &own.namespaces);
    // Rule 1: our builds are over, so what comes later, or is still in use and does not say that it
    // is ours, is another's.
    let last = own.ended.and_then(|ended| ended.checked_add(STAMP_DELAY).ok());
    for (owner, record) in owners.iter_mut().zip(records) {
        let late = last.is_some_and(|last| record.created.is_some_and(|created| created > last));
        if late || *owner == Owner::Unknown && record.in_use {
            *owner = Owner::Theirs;
        }
    }
    by_lineage_and_count(records, executed, own, &mut owners);
    owners
}

/// Finds owners for records whose descriptions do not say it.
fn by_lineage_and_count(
    records: &[&CacheRecord],
    executed: &[&ExecutedVertex],
    own: &OwnBuilds,
    owners: &mut [Owner],
) {
    // Rule 3: `fileop target` under a RUN of ours is ours.
    let graph = RecordGraph::of(records);
    graph.spread(executed, owners);
    // Two builds that shared a step may each have gone on from the other's records. Then neither
    // what rests on theirs nor a number of records proves anything. A vertex that began before the
    // snapshot was shared for certain.
    let shared = executed.len() < own.executed.len() || graph.has_shared_step(owners);
    if !shared {
        graph.spread_theirs(owners);
    }
    let counts = || Counts::of(records, executed, owners);
    if own.concurrent == ConcurrentBuilds::Unknown && counts().show_nobody_else() {
        // Rule 4.
        take_unknown(owners, |_| true);
    } else if !shared {
        // Rule 5.
        take_first_file_ops(&graph, records, executed, owners);
    }
    // Rule 3 again: what rests on the records that were found since.
    graph.spread(executed, owners);
}

/// COPY, ADD and WORKDIR right on a base, with nothing on them that says whose they are: if exactly
/// as many are left as we ran, another build's have been told apart.
///
/// We ran one `COPY --from` as the only step of the last stage; the engine has c1 of ours, and x1
/// on which a RUN of another build rests. Rule 3 made x1 theirs, so one is left, and we ran one: c1
/// is ours. With a y1 that has nothing on it either, two would be left, and both stay unknown.
fn take_first_file_ops(
    graph: &RecordGraph<'_>,
    records: &[&CacheRecord],
    executed: &[&ExecutedVertex],
    owners: &mut [Owner],
) {
    let is_first = |place: usize| {
        Origin::of(&records[place].description) == Origin::FileOp && graph.is_on_base(place)
    };
    let left =
        (0..records.len()).filter(|&place| is_first(place) && owners[place] != Owner::Theirs);
    let ran = executed
        .iter()
        .filter(|vertex| vertex.base.is_none() && fit(&vertex.name, Origin::FileOp).is_some());
    if left.count() == ran.count() {
        take_unknown(owners, is_first);
    }
}

/// How many records there are that may be ours, and how many vertexes we ran that leave such.
#[derive(Default)]
struct Counts {
    /// Records that are certainly another build's.
    theirs: usize,
    /// Records with a name of ours, more of them than we ran steps of that name.
    too_many: usize,
    file_ops: usize,
    file_ops_run: usize,
    sources: usize,
    sources_run: usize,
}

impl Counts {
    fn of(records: &[&CacheRecord], executed: &[&ExecutedVertex], owners: &[Owner]) -> Self {
        let ran = |origin| executed.iter().filter(|one| fit(&one.name, origin).is_some()).count();
        let mut counts = Self {
            file_ops_run: ran(Origin::FileOp),
            sources_run: ran(Origin::Source),
            ..Self::default()
        };
        for (record, owner) in records.iter().zip(owners) {
            match (Origin::of(&record.description), owner) {
                (_, Owner::Theirs) => counts.theirs += 1,
                (Origin::FileOp, _) => counts.file_ops += 1,
                (Origin::Source, _) => counts.sources += 1,
                (Origin::Unsaid, _) | (_, Owner::Ours) => {}
                (_, Owner::Unknown) => counts.too_many += 1,
            }
        }
        counts
    }

    /// Whether nothing shows that another build ran.
    fn show_nobody_else(&self) -> bool {
        self.theirs == 0
            && self.too_many == 0
            && self.file_ops <= self.file_ops_run
            && self.sources <= self.sources_run
    }
}

#[cfg(test)]
mod tests;
