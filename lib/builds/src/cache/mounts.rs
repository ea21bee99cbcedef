//! The cache mounts that a measurement filled, and their sizes.

use super::attribution::owners;
use super::origin::Origin;
use super::own_builds::OwnBuilds;
use super::owner::Owner;
use super::record::CacheRecord;
use super::snapshot::{BuildCache, CacheSnapshot};
use dp_engine::EngineError;

/// A cache mount of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnMount {
    /// The id of its record.
    pub record: String,
    /// Where it is mounted.
    pub target: String,
    /// Its size in bytes.
    pub bytes: u64,
}

impl BuildCache<'_> {
    /// The cache mounts that a measurement made since `before`, sorted by target.
    /// To be called right after it: what another build may have made is left out.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer.
    pub async fn mounts_made_since(
        &self,
        before: &CacheSnapshot,
        own: &OwnBuilds,
    ) -> Result<Vec<OwnMount>, EngineError> {
        let now = self.records().await?;
        Ok(own_mounts(&owners(before, &now, own)))
    }
}

/// The cache mounts among these records that are ours, sorted by target.
pub(super) fn own_mounts(owners: &[(&CacheRecord, Owner)]) -> Vec<OwnMount> {
    let ours = owners.iter().filter(|(_, owner)| *owner == Owner::Ours);
    let mut mounts: Vec<OwnMount> = ours.filter_map(|(record, _)| own_mount(record)).collect();
    mounts.sort_by(|one, other| one.target.cmp(&other.target));
    mounts
}

fn own_mount(record: &CacheRecord) -> Option<OwnMount> {
    let Origin::Mount { target, .. } = Origin::of(&record.description) else { return None };
    Some(OwnMount {
        record: record.id.clone(),
        target: target.to_owned(),
        bytes: record.size_bytes,
    })
}
