//! What explains the figures of a start.

use std::time::Duration;

use dp_engine::probe::{Condition, Evidence};
use dp_record::StartDetail;
use dp_record::detail::start::{Hold, LogMatch, Mark, StopResult};

use dp_session::container::RemovedContainer;

/// Our clock.
pub(crate) const OURS: &str = "client, monotonic";
/// The engine's clock.
pub(crate) const ENGINES: &str = "engine, realtime";

/// The detail of one container's start; the caller adds what is about all
/// containers that were started at the same time.
pub(crate) fn detail_of(
    life: &RemovedContainer,
    condition: &Condition,
    local: bool,
) -> StartDetail {
    let evidence = life.ready.as_ref().ok().map(|ready| &ready.evidence);
    StartDetail {
        source: "engine".to_owned(),
        ready: condition.to_string(),
        ready_by: evidence.map(|evidence| ready_source(evidence, life, condition, local)),
        ready_log: log_match(life, condition),
        resolution_seconds: evidence.and_then(resolution).map(|it| it.as_secs_f64()),
        first_start: Some(false),
        local: Some(local),
        cpu: None,
        start_call: Some(life.timeline.start.realtime),
        client_cpu_seconds: Some(0.0),
        clock_step_seconds: life.clock_step_seconds(),
        hold: life.hold.map(|hold| Hold {
            seconds: hold.passed.as_secs_f64(),
            died: hold.ended,
            exit_code: life.exit_code().filter(|_| hold.ended),
        }),
        stop: life.stopped.filter(|_| !life.ended_by_itself(local)).map(|_| StopResult {
            exit_code: life.exit_code(),
            killed: life.exit_code() == Some(137) && !life.oom_killed(),
        }),
        oom_killed: life.oom_killed(),
        marks: marks(life, local),
        others: Vec::new(),
        stack: None,
    }
}

fn log_match(life: &RemovedContainer, condition: &Condition) -> Option<LogMatch> {
    let Condition::Log(pattern) = condition else { return None };
    Some(LogMatch {
        pattern: pattern.expression().to_owned(),
        count: pattern.count(),
        seen: life.timeline.matches(),
    })
}

fn ready_source(
    evidence: &Evidence,
    life: &RemovedContainer,
    condition: &Condition,
    local: bool,
) -> String {
    match (evidence, condition) {
        (_, Condition::Exit) if life.finished(local).is_some() => "FinishedAt".to_owned(),
        (Evidence::Reported(what), _) => (*what).to_owned(),
        (Evidence::HealthCheck(_), _) => "health_status event".to_owned(),
        (Evidence::Probe(answer), _) => answer.target.clone(),
    }
}

fn resolution(evidence: &Evidence) -> Option<Duration> {
    match evidence {
        Evidence::Reported(_) => None,
        Evidence::HealthCheck(interval) => *interval,
        Evidence::Probe(answer) => Some(answer.resolution),
    }
}

/// All moments that are known, in order; ours first.
pub(crate) fn marks(life: &RemovedContainer, local: bool) -> Vec<Mark> {
    let (timeline, start) = (&life.timeline, life.timeline.start);
    let ours = |name: &str, seconds| Mark {
        name: name.to_owned(),
        seconds,
        clock: OURS.to_owned(),
        since: None,
    };
    let mut marks = vec![ours("start call", 0.0)];
    let received = [
        ("start reply", timeline.replied),
        ("start event heard", timeline.started.map(|(received, _)| received)),
        ("first output", timeline.first_byte),
        ("health_status healthy heard", timeline.healthy.map(|(received, _)| received)),
        ("ready", life.ready.as_ref().ok().map(|ready| ready.received)),
        ("stop call", life.stopped.map(|call| call.begun.monotonic)),
        ("stop reply", life.stopped.map(|call| call.begun.monotonic + call.took)),
        ("die event heard", timeline.died.map(|(received, ..)| received)),
        ("wait reply", timeline.exited.map(|exited| exited.received)),
    ];
    let received = received.into_iter().filter_map(|(name, at)| Some(ours(name, start.to(at?))));
    marks.extend(received);
    marks.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let began = timeline.started.and_then(|(_, stamp)| stamp);
    let stamps = [
        ("start event", began),
        ("health_status healthy", timeline.healthy.and_then(|(_, stamp)| stamp)),
        ("die event", timeline.died.and_then(|(_, stamp, _)| stamp)),
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
        marks.push(Mark {
            name: name.to_owned(),
            seconds,
            clock: ENGINES.to_owned(),
            since: since.map(str::to_owned),
        });
    }
    marks
}
