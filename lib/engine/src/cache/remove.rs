//! Taking out what a measurement put in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use super::made::Made;
use super::owner::{Mark, is_held, owners};
use super::prune::{PruneList, is_plain};
use super::record::CacheRecord;
use super::snapshot::CacheSnapshot;
use crate::connect::Engine;
use crate::error::EngineError;

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
}

impl fmt::Display for LeftReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ambiguous => "another build may have made it",
            Self::Needed => "another record that stays rests on it",
            Self::InUse => "it is still in use",
            Self::Kept => "the engine did not remove it",
        })
    }
}

/// How long the engine may hold a build's records after the build's client has ended: 0.3 s were
/// seen. Another build holds what it uses until its end.
const SETTLE: Duration = Duration::from_secs(2);
/// How long a record that is ours may refuse to go.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(50);

impl Engine {
    /// Removes the records that a measurement made since `before`, and no other.
    ///
    /// What is new and ours by what it says, by what rests on it, or by count, goes. What another
    /// build may have made stays. To be called right after the measurement: the sooner, the less
    /// can be ambiguous. Two builds that run the same steps at the same time are one to the engine:
    /// if all their steps are the same, the other's records cannot be told from ours.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer. Some records may be gone
    /// then; calling again goes on.
    pub async fn remove_cache_made_since(
        &self,
        before: &CacheSnapshot,
        made: &Made,
    ) -> Result<Removal, EngineError> {
        let now = self.settled(before, made).await?;
        let owners = owners(before, &now, made);
        let mut removal = choose(&owners, &now);
        let there = self.remove(&removal.removed).await?;
        removal.account(&now, &there);
        Ok(removal)
    }

    /// The records when the engine has let go of all that may be ours, or when the time is up.
    async fn settled(
        &self,
        before: &CacheSnapshot,
        made: &Made,
    ) -> Result<Vec<CacheRecord>, EngineError> {
        let began = Instant::now();
        loop {
            let now = self.cache_records().await?;
            if began.elapsed() > SETTLE || !is_held(before, &now, made) {
                return Ok(now);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Prunes until all of the records are gone, or none has gone for a while. Gives those that are
    /// there still.
    async fn remove(&self, ids: &[String]) -> Result<Vec<CacheRecord>, EngineError> {
        let mut there: Vec<String> = ids.to_vec();
        let mut moved = Instant::now();
        while !there.is_empty() {
            let gone = self.prune_all(&there).await?;
            if !gone.is_empty() {
                there.retain(|id| !gone.contains(id));
                moved = Instant::now();
                continue;
            }
            let mut rest = self.cache_records().await?;
            rest.retain(|record| there.contains(&record.id));
            if moved.elapsed() > PATIENCE {
                return Ok(rest);
            }
            there = rest.into_iter().map(|record| record.id).collect();
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
fn choose(owners: &[(&CacheRecord, Mark)], now: &[CacheRecord]) -> Removal {
    let mut removal = Removal::default();
    let mut going = BTreeSet::new();
    for (record, mark) in owners {
        let id = record.id.clone();
        match mark {
            Mark::Ours if is_plain(&id) => drop(going.insert(id)),
            Mark::Ours => drop(removal.left.insert(id, LeftReason::Kept)),
            Mark::Unsure => drop(removal.left.insert(id, LeftReason::Ambiguous)),
            Mark::Theirs => removal.others.push(id),
        }
    }
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
    /// Moves what is `there` still to what is left, and counts the bytes of the rest.
    fn account(&mut self, before: &[CacheRecord], there: &[CacheRecord]) {
        for record in there {
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
