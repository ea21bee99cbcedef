//! The cache as it was at one instant of the engine's clock.

use std::collections::HashSet;

use jiff::Timestamp;

use super::record::CacheRecord;
use dp_engine::Engine;
use dp_engine::EngineError;
use dp_engine::info::ImageStore;

/// What was in the build cache, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheSnapshot {
    /// When it was taken, by the engine's clock: before the list was asked for.
    pub taken: Timestamp,
    /// All records, sorted by id.
    pub records: Vec<CacheRecord>,
}

impl CacheSnapshot {
    /// The ids of the records.
    pub fn ids(&self) -> HashSet<&str> {
        self.records.iter().map(|record| record.id.as_str()).collect()
    }
}

/// The build cache of an engine.
#[derive(Debug, Clone, Copy)]
pub struct BuildCache<'e> {
    pub(super) engine: &'e Engine,
    pub(super) store: ImageStore,
}

impl<'e> BuildCache<'e> {
    /// That of this engine, which has this image store.
    pub fn of(engine: &'e Engine, store: ImageStore) -> Self {
        Self { engine, store }
    }

    /// Lists the build cache, with the engine's time. To be taken right before a measurement.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer.
    pub async fn snapshot(&self) -> Result<CacheSnapshot, EngineError> {
        let taken = self.engine.clock().await?;
        Ok(CacheSnapshot { taken, records: self.records().await? })
    }
}
