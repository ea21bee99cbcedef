//! Removes what a measurement put into the build cache.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::time::{Duration, Instant};

use super::attribution::{is_any_in_use, owners};
use super::forgotten::forgotten;
use super::mounts::{OwnMount, own_mounts};
use super::own_builds::OwnBuilds;
use super::owner::Owner;
use super::prune::{PruneList, is_plain};
use super::record::CacheRecord;
use super::snapshot::{BuildCache, CacheSnapshot};
use dp_engine::EngineError;
use dp_engine::info::ImageStore;

/// What became of the records that appeared since the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removal {
    /// Ids of the records that are gone, sorted.
    pub removed: Vec<String>,
    /// Their size in bytes. What an image holds too stays on disk as long as that image.
    pub bytes: u64,
    /// Records that are or may be ours and stay, by id, each with the reason.
    pub left: BTreeMap<String, LeftReason>,
    /// Ids of the new records that another build made, sorted.
    pub others: Vec<String>,
    /// The cache mounts that were ours, as they were before they went.
    pub mounts: Vec<OwnMount>,
    /// All records of the cache, as they were before any of these went.
    pub listed: Vec<CacheRecord>,
}

/// Why a record stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LeftReason {
    /// Another build may have made it.
    Ambiguous,
    /// A record that is not ours, or that stays, rests on it.
    Needed,
    /// The engine still held it when the time was up.
    InUse,
    /// The engine did not remove it.
    Kept,
    /// With it the engine would forget cached steps of others.
    Forgets,
}

impl fmt::Display for LeftReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ambiguous => "another build may have made it",
            Self::Needed => "another record that stays rests on it",
            Self::InUse => "it is still in use",
            Self::Kept => "the engine did not remove it",
            Self::Forgets => "with it the engine would forget cached steps that are not ours",
        })
    }
}

/// How long the engine may hold a build's records after the build's client has ended: 0.3 s were
/// seen. Another build holds what it uses until its end.
const RELEASE_LIMIT: Duration = Duration::from_secs(2);
/// How long none of our records may go before the rest is given up.
const REMOVAL_LIMIT: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(50);

impl BuildCache<'_> {
    /// Removes the records that a measurement made since `before`, and no other.
    ///
    /// What is new and ours goes (see [`super`] for how that is decided). What another build may have
    /// made stays. To be called right after the measurement: the sooner, the less can be ambiguous.
    /// Two builds that run the same steps at the same time are one to the engine: if all their steps
    /// are the same, the other's records cannot be told from ours.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer. Some records may be gone
    /// then; calling again goes on.
    pub async fn remove_made_since(
        &self,
        before: &CacheSnapshot,
        own: &OwnBuilds,
    ) -> Result<Removal, EngineError> {
        let now = self.released_records(before, own).await?;
        let owners = owners(before, &now, own);
        let mut removal = choose(&owners, &now);
        removal.mounts = own_mounts(&owners);
        let going = removal.removed.iter().map(String::as_str).collect();
        if self.forgotten_by(&now, &going) > 0 {
            removal.leave_all();
        }
        let remaining = self.remove(&removal.removed).await?;
        removal.account(&now, &remaining);
        removal.listed = now;
        Ok(removal)
    }

    /// How many cached steps this engine would forget as soon as any other record is removed: as
    /// long as there are such, no measurement that adds records can be undone.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer.
    pub async fn forgotten_by_a_removal(&self) -> Result<usize, EngineError> {
        match self.store {
            ImageStore::Containerd => Ok(forgotten(&self.records().await?, &HashSet::new())),
            _ => Ok(0),
        }
    }

    /// How many others would be forgotten if these went.
    fn forgotten_by(&self, now: &[CacheRecord], going: &HashSet<&str>) -> usize {
        if going.is_empty() || self.store != ImageStore::Containerd {
            return 0;
        }
        forgotten(now, going)
    }

    /// The records when the engine has released all that may be ours, or when the time is up.
    async fn released_records(
        &self,
        before: &CacheSnapshot,
        own: &OwnBuilds,
    ) -> Result<Vec<CacheRecord>, EngineError> {
        let began = Instant::now();
        loop {
            let now = self.records().await?;
            if began.elapsed() > RELEASE_LIMIT || !is_any_in_use(before, &now, own) {
                return Ok(now);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Prunes until all of the records are gone, or none has gone for a while. Returns those that
    /// remain.
    async fn remove(&self, ids: &[String]) -> Result<Vec<CacheRecord>, EngineError> {
        let mut remaining: Vec<String> = ids.to_vec();
        let mut progressed = Instant::now();
        while !remaining.is_empty() {
            let gone = self.prune_all(&remaining).await?;
            if !gone.is_empty() {
                remaining.retain(|id| !gone.contains(id));
                progressed = Instant::now();
                continue;
            }
            let mut listed = self.records().await?;
            listed.retain(|record| remaining.contains(&record.id));
            if progressed.elapsed() > REMOVAL_LIMIT {
                return Ok(listed);
            }
            remaining = listed.into_iter().map(|record| record.id).collect();
            tokio::time::sleep(PAUSE).await;
        }
        Ok(Vec::new())
    }

    async fn prune_all(&self, ids: &[String]) -> Result<Vec<String>, EngineError> {
        let mut gone = Vec::new();
        for list in PruneList::of(ids.iter().map(String::as_str)) {
            gone.extend(self.prune(&list).await?);
        }
        Ok(gone)
    }
}

/// What is to go, and what stays from the start.
fn choose(owners: &[(&CacheRecord, Owner)], now: &[CacheRecord]) -> Removal {
    let mut removal = Removal::default();
    let mut going = BTreeSet::new();
    for (record, owner) in owners {
        let id = record.id.clone();
        match owner {
            Owner::Ours if is_plain(&id) => drop(going.insert(id)),
            Owner::Ours => drop(removal.left.insert(id, LeftReason::Kept)),
            Owner::Unknown => drop(removal.left.insert(id, LeftReason::Ambiguous)),
            Owner::Theirs => removal.others.push(id),
        }
    }
    // A record that stays needs its parents, they need theirs, and so on to the base.
    while let Some(id) = needed(&going, now) {
        going.remove(&id);
        removal.left.insert(id, LeftReason::Needed);
    }
    removal.removed = going.into_iter().collect();
    removal
}

/// One of the records that are to go on which one rests that stays.
fn needed(going: &BTreeSet<String>, now: &[CacheRecord]) -> Option<String> {
    let staying = now.iter().filter(|record| !going.contains(&record.id));
    staying.flat_map(|record| &record.parents).find(|id| going.contains(*id)).cloned()
}

impl Removal {
    /// These cache mounts, which the measurement used and did not make, with the sizes
    /// that they had right after it. Those that were gone are left out.
    pub fn sizes_of(&self, mounts: &[OwnMount]) -> Vec<OwnMount> {
        let found = mounts.iter().filter_map(|mount| {
            let record = self.listed.iter().find(|record| record.id == mount.record)?;
            Some(OwnMount { bytes: record.size_bytes, ..mount.clone() })
        });
        found.collect()
    }

    /// Whether what is ours stays since others would lose by its removal.
    pub fn would_forget(&self) -> bool {
        self.left.values().any(|reason| *reason == LeftReason::Forgets)
    }

    /// Whether what stays does so since the engine holds it, or something that rests on it. An engine
    /// with the containerd image store never lets go of what a step rests on that was stopped while
    /// it was made ready (`cacheManager.New` in `BuildKit`'s `cache/manager.go` forgets its hold on a
    /// parent that cannot be committed any more).
    pub fn is_held(&self) -> bool {
        let mut reasons = self.left.values();
        let held = |reason: &LeftReason| *reason == LeftReason::InUse;
        reasons.clone().any(held)
            && reasons.all(|reason| held(reason) || *reason == LeftReason::Needed)
    }

    /// Nothing is to go.
    fn leave_all(&mut self) {
        let ids = std::mem::take(&mut self.removed).into_iter();
        self.left.extend(ids.map(|id| (id, LeftReason::Forgets)));
    }

    /// Moves what remains from `removed` to `left`, and counts the bytes of the rest.
    fn account(&mut self, before: &[CacheRecord], remaining: &[CacheRecord]) {
        for record in remaining {
            let reason = if record.in_use { LeftReason::InUse } else { LeftReason::Kept };
            self.left.insert(record.id.clone(), reason);
        }
        self.removed.retain(|id| !self.left.contains_key(id));
        let gone = before.iter().filter(|record| self.removed.contains(&record.id));
        self.bytes = gone.map(|record| record.size_bytes).sum();
    }
}

#[cfg(test)]
mod tests;
