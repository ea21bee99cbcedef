//! The `detail` of a start record.

use std::time::Duration;

use dp_engine::probe::{Condition, How};
use jiff::Timestamp;
use serde::Serialize;

use dp_tool::container::Life;

/// Our clock.
const OURS: &str = "client, monotonic";
/// The engine's clock.
pub(crate) const ENGINES: &str = "engine, realtime";

/// What stands behind the figures of one start.
#[derive(Debug, Serialize)]
pub(crate) struct Detail {
    /// Where it came from.
    pub(crate) source: &'static str,
    /// The condition that was waited for.
    pub(crate) ready: String,
    /// How readiness was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ready_by: Option<String>,
    /// The truth may be older than `ready_seconds` by that much; absent where
    /// we were told at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolution_seconds: Option<f64>,
    /// Whether this is the first start of the image in this batch.
    pub(crate) first_start: bool,
    /// Whether the engine is on this machine.
    pub(crate) local: bool,
    /// Where `cpu_seconds` was read, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu: Option<&'static str>,
    /// The start call by the realtime clock.
    pub(crate) start_call: Timestamp,
    /// CPU time of our own process during the start, asking included.
    pub(crate) client_cpu_seconds: f64,
    /// By how much the realtime clock was set meanwhile; absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clock_step_seconds: Option<f64>,
    /// The watch after it was ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<Hold>,
    /// Our stop call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stop: Option<Stopped>,
    /// Whether a process was killed for lack of memory.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) oom_killed: bool,
    /// What happened when, in order; of the container that was ready last.
    pub(crate) marks: Vec<Mark>,
    /// The others that were started at once, each with its marks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) others: Vec<Vec<Mark>>,
}

/// The watch after a container was ready.
#[derive(Debug, Serialize)]
pub(crate) struct Hold {
    /// How long it was watched.
    pub(crate) seconds: f64,
    /// Whether it ended meanwhile.
    pub(crate) died: bool,
    /// With this code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exit_code: Option<i64>,
}

/// What a stop call brought about.
#[derive(Debug, Serialize)]
pub(crate) struct Stopped {
    /// Exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exit_code: Option<i64>,
    /// Whether it took SIGKILL (137, without lack of memory).
    pub(crate) killed: bool,
}

/// A moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Mark {
    /// What happened.
    pub(crate) name: &'static str,
    /// Seconds from the start call; with a clock that is not ours, from the
    /// engine's start event.
    pub(crate) seconds: f64,
    /// Whose clock.
    pub(crate) clock: &'static str,
    /// What the seconds count from, if not from the start call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<&'static str>,
}

impl Detail {
    /// Of one container; the caller adds what is of all.
    pub(crate) fn of(life: &Life, condition: &Condition, local: bool) -> Self {
        let how = life.ready.as_ref().ok().map(|ready| &ready.how);
        Self {
            source: "engine",
            ready: condition.to_string(),
            ready_by: how.map(|how| told_by(how, life, condition, local)),
            resolution_seconds: how.and_then(resolution).map(|it| it.as_secs_f64()),
            first_start: false,
            local,
            cpu: None,
            start_call: life.seen.start.realtime,
            client_cpu_seconds: 0.0,
            clock_step_seconds: life.clock_step_seconds(),
            hold: life.held.map(|held| Hold {
                seconds: held.passed.as_secs_f64(),
                died: held.ended,
                exit_code: life.exit_code().filter(|_| held.ended),
            }),
            stop: life.stopped.filter(|_| !life.ended_by_itself(local)).map(|_| Stopped {
                exit_code: life.exit_code(),
                killed: life.exit_code() == Some(137) && !life.oom_killed(),
            }),
            oom_killed: life.oom_killed(),
            marks: marks(life, local),
            others: Vec::new(),
        }
    }
}

fn told_by(how: &How, life: &Life, condition: &Condition, local: bool) -> String {
    match (how, condition) {
        (_, Condition::Exit) if life.finished(local).is_some() => "FinishedAt".to_owned(),
        (How::Told(what), _) => (*what).to_owned(),
        (How::Checked(_), _) => "health_status event".to_owned(),
        (How::Asked(answered), _) => answered.by.clone(),
    }
}

fn resolution(how: &How) -> Option<Duration> {
    match how {
        How::Told(_) => None,
        How::Checked(interval) => *interval,
        How::Asked(answered) => Some(answered.resolution),
    }
}

/// All that is known of when, in order; ours first.
pub(crate) fn marks(life: &Life, local: bool) -> Vec<Mark> {
    let (seen, start) = (&life.seen, life.seen.start);
    let ours = |name, seconds| Mark { name, seconds, clock: OURS, since: None };
    let mut marks = vec![ours("start call", 0.0)];
    let heard = [
        ("start reply", seen.replied),
        ("start event heard", seen.started.map(|(heard, _)| heard)),
        ("first output", seen.first_byte),
        ("health_status healthy heard", seen.healthy.map(|(heard, _)| heard)),
        ("ready", life.ready.as_ref().ok().map(|ready| ready.heard)),
        ("stop call", life.stopped.map(|call| call.begun.monotonic)),
        ("stop reply", life.stopped.map(|call| call.begun.monotonic + call.took)),
        ("die event heard", seen.died.map(|(heard, ..)| heard)),
        ("wait reply", seen.exited.map(|exited| exited.heard)),
    ];
    let heard = heard.into_iter().filter_map(|(name, at)| Some(ours(name, start.to(at?))));
    marks.extend(heard);
    marks.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let began = seen.started.and_then(|(_, stamp)| stamp);
    let stamps = [
        ("start event", began),
        ("health_status healthy", seen.healthy.and_then(|(_, stamp)| stamp)),
        ("die event", seen.died.and_then(|(_, stamp, _)| stamp)),
        ("FinishedAt", life.facts.as_ref().and_then(|facts| facts.finished)),
    ];
    let same_clock = local && life.clock_step_seconds().is_none();
    for (name, stamp) in stamps {
        let Some(stamp) = stamp else { continue };
        let since = (!same_clock).then_some("start event");
        let seconds = match (since, began) {
            (None, _) => start.to_stamp(stamp),
            (Some(_), Some(began)) => stamp.duration_since(began).as_secs_f64(),
            (Some(_), None) => continue,
        };
        marks.push(Mark { name, seconds, clock: ENGINES, since });
    }
    marks
}
