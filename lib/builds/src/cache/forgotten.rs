//! What a removal would make the engine forget beside what it removes.
//!
//! With the containerd image store, `BuildKit` goes through all cached results after it has removed
//! any record, and lets go of those that are not there any more. To see whether the layers of a base
//! are, it asks containerd; but the context of that question is that of the removal, which has ended
//! by then, so the answer is always an error, and counts as "not there" (`Controller.Prune` in
//! `control/control.go`, from 0.25 of engine 28.5 to 0.32, and its main branch of August 2026).
//! Layers that it unpacked itself, since it pulled them, are not asked for. So:
//!
//! ```text
//! id  parent  description                            a removal of any other record
//! p1  -       pulled from node:20                    is kept
//! r1  p1      mount / from exec /bin/sh -c make      is kept
//! b1  -       (none: loaded, built, docker pull)     is kept, and nobody needs its key
//! r2  b1      mount / from exec /bin/sh -c make      stays listed, but is found no more
//! ```
//!
//! The next build of what made r2 runs every step again. With graph drivers nothing is asked.

use std::collections::{HashMap, HashSet};

use super::record::{CacheRecord, RecordKind};

/// How many records that are not `going` would be found no more if these went.
pub(super) fn forgotten(records: &[CacheRecord], going: &HashSet<&str>) -> usize {
    let by_id: HashMap<&str, &CacheRecord> =
        records.iter().map(|record| (record.id.as_str(), record)).collect();
    let staying = records.iter().filter(|record| !going.contains(record.id.as_str()));
    staying.filter(|record| !is_unsaid(record) && rests_on_unsaid(record, &by_id)).count()
}

/// Whether it is the layer of a base that the builder did not pull: nothing is said of it.
fn is_unsaid(record: &CacheRecord) -> bool {
    record.kind == RecordKind::Regular && record.description.is_empty()
}

fn rests_on_unsaid(record: &CacheRecord, by_id: &HashMap<&str, &CacheRecord>) -> bool {
    let mut seen = HashSet::new();
    let mut next: Vec<&str> = record.parents.iter().map(String::as_str).collect();
    while let Some(id) = next.pop() {
        let Some(parent) = by_id.get(id).filter(|_| seen.insert(id)) else { continue };
        if is_unsaid(parent) {
            return true;
        }
        next.extend(parent.parents.iter().map(String::as_str));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, parents: &[&str], description: &str) -> CacheRecord {
        CacheRecord {
            id: id.to_owned(),
            parents: parents.iter().map(|&id| id.to_owned()).collect(),
            kind: RecordKind::Regular,
            description: description.to_owned(),
            size_bytes: 1,
            created: None,
            last_used: None,
            usage_count: 0,
            in_use: false,
            shared: false,
        }
    }

    /// As engine 28.5 lists them: two layers that it pulled and two that were loaded, with steps
    /// on both, and one from scratch.
    fn listed() -> [CacheRecord; 8] {
        [
            record("p1", &[], "pulled from 127.0.0.1:5000/base:1@sha256:0"),
            record("p2", &["p1"], "pulled from 127.0.0.1:5000/base:1@sha256:0"),
            record("r1", &["p2"], "mount / from exec /bin/sh -c echo one"),
            record("b1", &[], ""),
            record("b2", &["b1"], ""),
            record("r2", &["b2"], "mount / from exec /bin/sh -c echo one"),
            record("c2", &["r2"], "[4/4] COPY f /f"),
            record("s1", &[], "[1/1] COPY f /f"),
        ]
    }

    #[test]
    fn what_rests_on_a_base_that_was_not_pulled_is_forgotten() {
        assert_eq!(forgotten(&listed(), &HashSet::from(["s1"])), 2);
        assert_eq!(forgotten(&listed(), &HashSet::from(["c2"])), 1);
    }

    #[test]
    fn what_is_pulled_or_from_scratch_or_goes_itself_is_not() {
        assert_eq!(forgotten(&listed(), &HashSet::from(["r2", "c2"])), 0);
        assert_eq!(forgotten(&listed()[..3], &HashSet::new()), 0);
        assert_eq!(forgotten(&[], &HashSet::new()), 0);
    }
}
