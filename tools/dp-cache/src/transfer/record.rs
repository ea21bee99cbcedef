//! From an observed build to the record of a way of building.

use std::fs;
use std::path::Path;

use dp_builds::CacheTransfers;
use dp_builds::subject::BuildSubject;
use dp_engine::info::EngineFacts;
use dp_record::detail::cache::{CacheDetail, CacheTransfer};
use dp_record::{Outcome, Record};
use serde_json::Value;

use super::plan::Way;
use crate::record::of_copy;

/// What is known of a subject's builds in one round.
#[derive(Debug, Clone, Default)]
pub(super) struct Round {
    /// Wall time of the plain build, in seconds.
    pub(super) plain_seconds: Option<f64>,
    /// Steps that the engine's own cache answered in it.
    pub(super) answered: u64,
    /// Time of the export, in seconds, by the engine's clock.
    pub(super) export_seconds: Option<f64>,
    /// Bytes that were exported.
    pub(super) export_bytes: Option<u64>,
    /// Records of the builds before that could not be removed.
    pub(super) left: usize,
}

/// The record of a build, from that which any build has.
pub(super) fn into_record(
    build: &Record,
    user: &BuildSubject,
    (way, kinds): (Way, &str),
    transfers: &CacheTransfers,
    round: &Round,
) -> Record {
    let mut record = of_copy(build, user);
    let import = (way == Way::Import).then_some(transfers);
    let import_seconds = import.and_then(|one| one.import).map(|time| time.as_secs_f64());
    let import_bytes = import_seconds.and(import).map(|one| one.fetched_bytes);
    let mut transfer = CacheTransfer {
        kind: kinds.to_owned(),
        import_seconds,
        import_bytes,
        limits: limits((way, kinds), build, round),
        ..CacheTransfer::default()
    };
    if way != Way::Plain {
        (transfer.export_seconds, transfer.export_bytes) =
            (round.export_seconds, round.export_bytes);
    }
    if record.outcome == Outcome::Ok {
        let metrics = &mut record.metrics;
        if way == Way::Export {
            metrics.set_known("cache_export_seconds", round.export_seconds);
            metrics.set_known("cache_export_bytes", round.export_bytes.map(|bytes| bytes as f64));
        }
        metrics.set_known("cache_import_seconds", import_seconds);
        metrics.set_known("cache_import_bytes", import_bytes.map(|bytes| bytes as f64));
        let walls = metrics.get("wall_seconds").zip(round.plain_seconds);
        if let Some((wall, plain)) = walls.filter(|_| way == Way::Import) {
            let saved = plain - wall;
            metrics.set("saved_seconds", saved);
            metrics.set_known("saved_ratio", (plain > 0.0).then(|| saved / plain));
            transfer.pays_after_builds =
                round.export_seconds.and_then(|cost| pays_after(cost, saved));
            metrics.set_known(
                "pays_after_builds",
                transfer.pays_after_builds.map(|builds| builds as f64),
            );
        }
    }
    let of_build = build.build_detail().cloned().unwrap_or_default();
    record.detail = Some(
        CacheDetail {
            source: of_build.source,
            clock: Some(of_build.clock),
            cold_seconds: round.plain_seconds.filter(|_| way == Way::Import),
            steps: of_build.steps,
            transfer: Some(transfer),
            ..CacheDetail::default()
        }
        .into(),
    );
    record
}

/// How many imports save as much as the export cost, at least one; none if they save
/// nothing.
fn pays_after(cost: f64, saved: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1")]
    (saved > 0.0).then(|| (cost / saved).ceil().max(1.0) as u64)
}

/// What limits the figures of a build.
fn limits((way, kinds): (Way, &str), build: &Record, round: &Round) -> Vec<String> {
    let mut limits = Vec::new();
    if way == Way::Import && kinds.contains("inline") {
        limits.push(
            "the image with the inline cache is on this engine: what pulling it would take is in no figure"
                .to_owned(),
        );
    }
    if round.answered > 0 {
        let count = round.answered;
        limits.push(format!(
            "the engine's own cache answered {count} of the steps in all of these builds: neither their time nor their layers count"
        ));
    }
    if way == Way::Import && round.left > 0 {
        limits.push(format!(
            "{} build cache records of the builds before stayed, and may have answered in place of the import",
            round.left
        ));
    }
    let cached = build.metrics.get("steps_cached").unwrap_or_default();
    if way == Way::Import && build.outcome == Outcome::Ok && cached <= round.answered as f64 {
        limits.push("the imported cache answered no step".to_owned());
    }
    limits
}

/// Bytes of an inline cache: its words in the configuration of the image `id`, as the
/// graphdriver store keeps that. None where that cannot be read.
pub(super) fn inline_bytes(facts: &EngineFacts, id: &str) -> Option<u64> {
    let digest = id.strip_prefix("sha256:").filter(|_| facts.local)?;
    let store = Path::new(&facts.data_root).join("image").join(&facts.storage_driver);
    let config = fs::read(store.join("imagedb/content/sha256").join(digest)).ok()?;
    let config: Value = serde_json::from_slice(&config).ok()?;
    u64::try_from(config.get("moby.buildkit.cache.v0")?.as_str()?.len()).ok()
}

/// Bytes of the files in a folder.
pub(super) fn folder_bytes(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            bytes += folder_bytes(&entry.path())?;
        } else if kind.is_file() {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_pays_after_as_many_imports_as_save_its_cost() {
        for (cost, saved, builds) in [
            (3.0, 2.0, Some(2)),
            (4.0, 2.0, Some(2)),
            (0.1, 2.0, Some(1)),
            (0.0, 2.0, Some(1)),
            (3.0, 0.0, None),
            (3.0, -1.0, None),
        ] {
            assert_eq!(pays_after(cost, saved), builds, "{cost} {saved}");
        }
    }
}
