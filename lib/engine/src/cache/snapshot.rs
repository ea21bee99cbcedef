//! The cache as it was at one instant of the engine's clock.

use std::collections::HashSet;

use jiff::Timestamp;

use super::record::CacheRecord;
use crate::connect::Engine;
use crate::error::EngineError;

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

impl Engine {
    /// Lists the build cache, with the engine's time. To be taken right before a measurement.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer.
    pub async fn cache_snapshot(&self) -> Result<CacheSnapshot, EngineError> {
        let taken = self.clock().await?;
        Ok(CacheSnapshot { taken, records: self.cache_records().await? })
    }

    /// The time by the engine's clock, which stamps records and steps.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer.
    pub async fn clock(&self) -> Result<Timestamp, EngineError> {
        const DOING: &str = "asking for the engine's time";
        let info = self.docker().info().await.map_err(|error| self.failed(DOING, &error))?;
        let time = info.system_time.unwrap_or_default();
        time.parse().map_err(|_| EngineError::BadAnswer {
            doing: DOING.into(),
            reason: format!("{time:?} is no time"),
        })
    }
}
