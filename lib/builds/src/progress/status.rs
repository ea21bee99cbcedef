//! `BuildKit`'s progress messages, as every backend hands them to the reducer.
//!
//! The fields are those of `SolveStatus` in `client/graph.go` of moby/buildkit,
//! whose JSON form is what `--progress=rawjson` prints, one message a line; the
//! gRPC status stream carries the same fields.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// What a running build reports, for whoever shows it. Text from steps in it is not
/// cleaned of control characters.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// Progress.
    Status(&'a SolveStatus),
    /// A plain-text line.
    Text(&'a str),
}

/// What changed since the message before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SolveStatus {
    /// Vertexes whose state changed.
    pub vertexes: Vec<VertexUpdate>,
    /// Sub-steps of vertexes: transfers, layers, exports.
    pub statuses: Vec<StatusUpdate>,
    /// Output of steps.
    pub logs: Vec<LogUpdate>,
    /// Lint warnings.
    pub warnings: Vec<WarningUpdate>,
}

/// The state of one vertex. A vertex that runs several times is sent again with
/// another `started`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct VertexUpdate {
    /// Identity of the vertex within its build.
    pub digest: String,
    /// Digests of the vertexes whose results it needs.
    pub inputs: Vec<String>,
    /// The name that people see, such as `[build 2/3] RUN make`.
    pub name: String,
    /// Begin of the current run, by the engine's clock.
    pub started: Option<Timestamp>,
    /// End of the current run, absent while it lasts.
    pub completed: Option<Timestamp>,
    /// Whether the current run only loaded a cached result.
    pub cached: bool,
    /// Why the run failed, or empty.
    pub error: String,
    /// The group whose members are shown as one step.
    #[serde(rename = "progressGroup")]
    pub progress_group: Option<ProgressGroup>,
}

/// Vertexes that stem from one instruction (`COPY --link` has two).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProgressGroup {
    /// Identity of the group.
    pub id: String,
    /// The name that people see.
    pub name: String,
    /// A weak member alone does not show the group.
    pub weak: bool,
}

/// Progress of a sub-step of a vertex.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StatusUpdate {
    /// What is being done, such as `transferring context:` or a layer's digest.
    pub id: String,
    /// Digest of the vertex that it belongs to.
    pub vertex: String,
    /// Units (bytes for transfers) in all, 0 when unknown.
    pub total: i64,
    /// Units done.
    pub current: i64,
    /// When this was known.
    pub timestamp: Option<Timestamp>,
    /// Begin of the sub-step.
    pub started: Option<Timestamp>,
    /// End of the sub-step.
    pub completed: Option<Timestamp>,
}

/// A piece of a step's output, cut anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LogUpdate {
    /// Digest of the vertex that it belongs to.
    pub vertex: String,
    /// 1 for standard output, 2 for standard error.
    pub stream: i64,
    /// The bytes, base64 in JSON.
    #[serde(deserialize_with = "base64_bytes")]
    pub data: Vec<u8>,
    /// When the engine read them.
    pub timestamp: Option<Timestamp>,
}

/// A remark of the frontend's checks on the Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct WarningUpdate {
    /// Digest of the vertex that it belongs to.
    pub vertex: String,
    /// The remark in one line, base64 in JSON.
    #[serde(deserialize_with = "base64_bytes")]
    pub short: Vec<u8>,
    /// Where it is explained.
    pub url: String,
}

/// Go writes `[]byte` as padded standard base64, and a nil slice as `null`.
fn base64_bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    match Option::<String>::deserialize(from)? {
        Some(text) => STANDARD.decode(text).map_err(serde::de::Error::custom),
        None => Ok(Vec::new()),
    }
}
