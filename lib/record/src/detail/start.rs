//! What explains the figures of one start of a container.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The `detail` of a `start` record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StartDetail {
    /// Where it comes from: `engine` or `events`.
    pub source: String,
    /// The condition that was waited for, as `--ready` spells it.
    pub ready: String,
    /// What showed that it was ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_by: Option<String>,
    /// What was waited for in the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_log: Option<LogMatch>,
    /// The container may have been ready by so much earlier than
    /// `ready_seconds` says (poll period, health interval), in seconds; absent
    /// where we were notified at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution_seconds: Option<f64>,
    /// Whether this is the first start of the image in this batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_start: Option<bool>,
    /// Whether the engine is on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<bool>,
    /// Where `cpu_seconds` was read, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// When the start call was made, by the realtime clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        test,
        schemars(
            with = "Option<String>",
            extend("format" = "date-time", "pattern" = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$")
        )
    )]
    pub start_call: Option<Timestamp>,
    /// CPU time of dp's own process during the start, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_cpu_seconds: Option<f64>,
    /// By how much the realtime clock was set meanwhile, in seconds; absent if
    /// it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_step_seconds: Option<f64>,
    /// The watch after it was ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// What our stop call did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopResult>,
    /// Whether a process was killed since memory ran out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub oom_killed: bool,
    /// What happened when, in order; of several containers those of the one
    /// that was ready last.
    pub marks: Vec<Mark>,
    /// The marks of the other containers that were started at the same time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Vec<Mark>>,
    /// The stack that was started, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackDetail>,
}

/// A compose project that dp started under a name of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StackDetail {
    /// The compose files, as the user named them.
    pub files: String,
    /// What is not as those files say, for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// Its containers, in the order in which they were ready; those that were not come last.
    pub services: Vec<StackService>,
}

/// A container of a stack. All seconds are since the start call of the stack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StackService {
    /// Name of its service.
    pub name: String,
    /// Name of the container.
    pub container: String,
    /// Image id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// What it was waited for: `running`, `health` (it has a health check) or `exit`
    /// (others wait for its end).
    pub ready: String,
    /// The start event, as it was heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_seconds: Option<f64>,
    /// When it was ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_seconds: Option<f64>,
    /// It may have been ready by so much earlier (health interval).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution_seconds: Option<f64>,
    /// The services that it waits for before it is started.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<StackDependency>,
    /// Exit code, if it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// How often the engine started it again.
    #[serde(skip_serializing_if = "is_zero")]
    pub restarts: u64,
    /// What happened when, in order.
    pub marks: Vec<Mark>,
}

/// A service that another one waits for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StackDependency {
    /// Its name.
    pub service: String,
    /// `service_started`, `service_healthy` or `service_completed_successfully`.
    pub condition: String,
    /// When that held, as it was heard; of several containers, of the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_seconds: Option<f64>,
    /// Whether it held last of all that the service waits for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What was waited for in the output, and how often it came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LogMatch {
    /// The regular expression.
    pub pattern: String,
    /// How many matches were waited for.
    pub count: u64,
    /// How many had come when the wait ended.
    pub seen: u64,
}

/// The watch after a container was ready.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Hold {
    /// How long it was watched, in seconds.
    pub seconds: f64,
    /// Whether it ended meanwhile.
    pub died: bool,
    /// Its exit code, if it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
}

/// What a stop call did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StopResult {
    /// Exit code of the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// Whether it took SIGKILL: exit code 137, and memory had not run out.
    pub killed: bool,
}

/// A moment of a start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Mark {
    /// What happened.
    pub name: String,
    /// When, in seconds since the start call, or since what `since` says.
    pub seconds: f64,
    /// Whose clock: `client, monotonic` or `engine, realtime`.
    pub clock: String,
    /// What the seconds count from, if not from the start call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}
