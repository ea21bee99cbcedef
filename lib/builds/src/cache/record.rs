//! One record of the build cache, as the engine lists it.

use dp_engine::info::ImageStore;
use jiff::Timestamp;
use serde::Deserialize;

/// What a record holds, as the engine says it.
///
/// Not to be relied on for files sent by a client: they are `Regular` while they are in use and at
/// times for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordKind {
    /// The files of a step or of a base.
    Regular,
    /// Files that a client sent: a build context or a Dockerfile.
    SourceLocal,
    /// A git checkout.
    SourceGit,
    /// The content of a cache mount.
    CacheMount,
    /// An image that understands Dockerfiles.
    Frontend,
    /// Of no use after the build.
    Internal,
    /// A kind that this version does not know.
    Other(String),
}

/// A record of the build cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheRecord {
    /// Its identity on this engine. The same files may go by another id while a build uses them.
    pub id: String,
    /// Ids of the records that it rests on, some of which may not be listed.
    pub parents: Vec<String>,
    /// What it holds.
    pub kind: RecordKind,
    /// How it came to be, in words of the engine's own.
    pub description: String,
    /// Its own size in bytes. Files that an image holds too count as well. Of a cache mount it is what
    /// is in it: an empty one has 0.
    pub size_bytes: u64,
    /// When it was made, by the engine's clock: at the end of the step or a little later.
    pub created: Option<Timestamp>,
    /// When it was last let go of; absent before.
    pub last_used: Option<Timestamp>,
    /// How often it was let go of. Builds that only looked its key up do not count.
    pub usage_count: u64,
    /// Whether a build, or the engine after a build, still holds it.
    pub in_use: bool,
    /// Whether an image has its files too: they stay on disk as long as that image.
    pub shared: bool,
}

/// The engine's answer.
#[derive(Deserialize)]
struct Answer {
    /// Up to API 1.51.
    #[serde(rename = "BuildCache")]
    records: Option<Vec<Listed>>,
    /// From API 1.52.
    #[serde(rename = "BuildCacheUsage")]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(rename = "Items")]
    items: Option<Vec<Listed>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(rename = "ID")]
    id: String,
    /// Up to API 1.41; empty for none.
    parent: Option<String>,
    /// From API 1.42. Some engines really write the blank.
    #[serde(alias = " Parents")]
    parents: Option<Vec<String>>,
    r#type: Option<String>,
    description: Option<String>,
    in_use: Option<bool>,
    shared: Option<bool>,
    size: Option<i64>,
    created_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    usage_count: Option<i64>,
}

/// What an empty folder takes on the disk, which the containerd image store counts: the graph
/// drivers add up the bytes of files.
const FOLDER_BYTES: u64 = 4096;

/// Reads the answer of an engine with this store to a disk usage request: all records, sorted by id.
pub(super) fn read(answer: &str, store: ImageStore) -> Result<Vec<CacheRecord>, serde_json::Error> {
    let answer: Answer = serde_json::from_str(answer)?;
    let newer = || answer.usage.and_then(|usage| usage.items);
    let listed = answer.records.or_else(newer).unwrap_or_default();
    let mut records: Vec<CacheRecord> = listed.into_iter().map(CacheRecord::from).collect();
    records.sort_by(|one, other| one.id.cmp(&other.id));
    if store == ImageStore::Containerd {
        let mounts = records.iter_mut().filter(|record| record.kind == RecordKind::CacheMount);
        // A file system that keeps small folders for nothing loses one block of content here.
        mounts.for_each(|mount| mount.size_bytes = mount.size_bytes.saturating_sub(FOLDER_BYTES));
    }
    Ok(records)
}

impl From<Listed> for CacheRecord {
    fn from(listed: Listed) -> Self {
        let parents = listed.parents.unwrap_or_default().into_iter().chain(listed.parent);
        Self {
            id: listed.id,
            parents: parents.filter(|id| !id.is_empty()).collect(),
            kind: RecordKind::from(listed.r#type.unwrap_or_default()),
            description: listed.description.unwrap_or_default(),
            size_bytes: not_negative(listed.size),
            created: listed.created_at,
            last_used: listed.last_used_at,
            usage_count: not_negative(listed.usage_count),
            in_use: listed.in_use.unwrap_or_default(),
            shared: listed.shared.unwrap_or_default(),
        }
    }
}

impl From<String> for RecordKind {
    fn from(name: String) -> Self {
        match name.as_str() {
            "" | "regular" => Self::Regular,
            "source.local" => Self::SourceLocal,
            "source.git.checkout" => Self::SourceGit,
            "exec.cachemount" => Self::CacheMount,
            "frontend" => Self::Frontend,
            "internal" => Self::Internal,
            _ => Self::Other(name),
        }
    }
}

/// -1 stands for "not known yet".
fn not_negative(number: Option<i64>) -> u64 {
    number.and_then(|number| number.try_into().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<Vec<CacheRecord>, serde_json::Error> {
        super::read(answer, ImageStore::GraphDriver)
    }

    #[test]
    fn an_empty_cache_mount_has_no_bytes_with_either_store() {
        // As engine 28.5 with the containerd image store lists an empty mount, one with a file of
        // 3,000,000 bytes, and a step that wrote nothing.
        let containerd = r#"{"BuildCache":[{"ID":"a","Type":"exec.cachemount","Size":4096},
            {"ID":"b","Type":"exec.cachemount","Size":3006464},{"ID":"c","Type":"regular","Size":8192},
            {"ID":"d","Type":"exec.cachemount","Size":0}]}"#;
        let sizes = |answer, store| {
            let records = super::read(answer, store).unwrap();
            records.iter().map(|record| record.size_bytes).collect::<Vec<_>>()
        };
        assert_eq!(sizes(containerd, ImageStore::Containerd), [0, 3_002_368, 8192, 0]);
        let overlay2 = r#"{"BuildCache":[{"ID":"a","Type":"exec.cachemount","Size":0},
            {"ID":"b","Type":"exec.cachemount","Size":3000000}]}"#;
        assert_eq!(sizes(overlay2, ImageStore::GraphDriver), [0, 3_000_000]);
    }

    /// As Docker 20.10 answers API 1.41.
    const API_1_41: &str = r#"{"LayersSize":1,"Images":[],"Volumes":[],"BuildCache":[
        {"ID":"uzr","Parent":"ze9","Type":"regular","Description":"fileop target","InUse":false,
         "Shared":true,"Size":6,"CreatedAt":"2026-11-20T09:29:56.876505555Z",
         "LastUsedAt":"2026-11-20T09:29:57.356389571Z","UsageCount":2},
        {"ID":"ely","Parent":"","Type":"source.local","Description":"local source for dockerfile",
         "InUse":true,"Shared":false,"Size":-1,"CreatedAt":"2026-11-20T09:29:56.1Z",
         "LastUsedAt":null,"UsageCount":0}],"BuilderSize":6}"#;

    #[test]
    fn records_of_api_1_41_are_read_and_sorted_by_id() {
        let records = read(API_1_41).unwrap();
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        assert_eq!(ids, ["ely", "uzr"]);
        assert_eq!(records[0].parents, [""; 0]);
        assert_eq!((records[0].size_bytes, records[0].last_used), (0, None));
        assert!(records[0].in_use && !records[0].shared);
        assert_eq!(records[0].kind, RecordKind::SourceLocal);
        assert_eq!(records[1].parents, ["ze9"]);
        assert_eq!((records[1].size_bytes, records[1].usage_count), (6, 2));
        let created = records[1].created.unwrap();
        assert_eq!(created.to_string(), "2026-11-20T09:29:56.876505555Z");
    }

    #[test]
    fn parents_are_read_with_the_blank_that_docker_28_writes_and_without() {
        let blank = r#"{"BuildCache":[{"ID":"a"," Parents":["b","c"],"Type":"regular"}]}"#;
        assert_eq!(read(blank).unwrap()[0].parents, ["b", "c"]);
        let plain = r#"{"BuildCache":[{"ID":"a","Parents":["b","c"],"Type":"regular"}]}"#;
        assert_eq!(read(plain).unwrap()[0].parents, ["b", "c"]);
    }

    #[test]
    fn records_of_api_1_52_stand_elsewhere() {
        let answer = r#"{"BuildCacheUsage":{"TotalCount":1,"Items":[{"ID":"a","Type":"new"}]}}"#;
        let records = read(answer).unwrap();
        assert_eq!(records[0].kind, RecordKind::Other("new".into()));
    }

    #[test]
    fn an_engine_without_any_record_writes_null() {
        assert_eq!(read(r#"{"BuildCache":null}"#).unwrap(), []);
        assert_eq!(read("{}").unwrap(), []);
    }

    #[test]
    fn what_is_no_list_is_an_error() {
        assert!(read("").is_err());
        assert!(read(r#"{"BuildCache":[{"Type":"regular"}]}"#).is_err());
    }
}
