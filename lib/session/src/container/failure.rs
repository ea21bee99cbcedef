//! Why a start failed, with the error code of records, which never changes.

use dp_engine::EngineError;
use dp_engine::container::Refusal;
use dp_engine::probe::{Condition, Goal, NotReady, ProbeError};
use dp_record::{Failure, Metrics, Subject, printable};

use super::lifecycle::RemovedContainer;

/// Longest line of a log or message that a record keeps, in characters.
const LINE_CHARS: usize = 2_000;

/// A container that could not be created, or not be removed.
pub fn of_error(error: &EngineError, subject: &Subject) -> Failure {
    let refusal = Refusal::of(error);
    let name = subject.label();
    let message = match (refusal, error) {
        (Some(Refusal::NoSuchImage), _) => {
            format!("no such image: {} (build it, or pull it first)", named(subject))
        }
        (Some(refusal), EngineError::Refused { message, .. }) => {
            format!("{name}: {}{message}", advice(refusal))
        }
        _ => error.to_string(),
    };
    let of_docker = refusal.map(Refusal::exit_code);
    Failure {
        code: refusal.map_or("engine_lost", Refusal::code).to_owned(),
        message: printable(&message, LINE_CHARS),
        partial: of_docker.map(|code| serde_json::json!({ "docker_run_exit_code": code })),
        ..Failure::default()
    }
}

/// The image, as the user named it.
fn named(subject: &Subject) -> &str {
    subject.reference.as_ref().unwrap_or(&subject.name)
}

fn advice(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoSuchCommand => "no such command in the image: ",
        Refusal::NotExecutable => "the command cannot be executed: ",
        Refusal::PortInUse => "a published port is taken (publish another one): ",
        Refusal::NoSuchNetwork => "no such network (create it first): ",
        Refusal::NoSuchUser => "no such user in the image: ",
        _ => "",
    }
}

/// A container that did not get ready; `until_then` are its metrics so far.
pub fn of_life(
    life: &RemovedContainer,
    why: &NotReady,
    subject: &Subject,
    goal: Goal<'_>,
    until_then: &Metrics,
) -> Failure {
    let removed = life.facts.is_none() || life.timeline.destroyed || life.removed_in.is_none();
    let (code, what) = match why {
        NotReady::Refused(error) => {
            let mut failure = of_error(error, subject);
            failure.log = log(life);
            return failure;
        }
        NotReady::Lost => ("engine_lost", "the engine tells nothing any more".to_owned()),
        _ if removed => ("container_removed", "somebody removed the container".to_owned()),
        NotReady::Exited(_) | NotReady::Failed(_) if life.oom_killed() => {
            ("oom_killed", "a process of it was killed for lack of memory".to_owned())
        }
        NotReady::Exited(code) => {
            let condition = goal.condition;
            let what = format!("exited with {code} before it was ready ({condition})");
            ("exited", what + &seen(life, condition))
        }
        NotReady::Failed(code) => ("nonzero_exit", format!("exited with {code}")),
        NotReady::Unhealthy => ("unhealthy", "its own health check says unhealthy".to_owned()),
        NotReady::Timeout => {
            let seconds = goal.timeout.unwrap_or_default().as_secs_f64();
            let condition = goal.condition;
            let what = format!("not ready ({condition}) within {seconds} s");
            let answered = life.timeline.probe_failure.as_ref();
            let answered = answered.map(|failure| format!("; the last probe of {failure}"));
            ("not_ready", what + &seen(life, condition) + &answered.unwrap_or_default())
        }
        NotReady::Probe(error) => (error.code(), error.to_string()),
        NotReady::Stopped => ("stopped", "stopped".to_owned()),
    };
    let (code, what) = if is_of_memory(why) && !removed && life.oom_killed() {
        ("oom_killed", format!("a process of it was killed for lack of memory: {what}"))
    } else {
        (code, what)
    };
    let mut partial = serde_json::to_value(until_then).unwrap_or_default();
    if let (Some(partial), Some(code)) = (partial.as_object_mut(), life.exit_code()) {
        partial.insert("exit_code".to_owned(), code.into());
    }
    Failure {
        code: code.to_owned(),
        message: printable(&format!("{}: {what}", subject.label()), LINE_CHARS),
        log: log(life),
        partial: Some(partial),
    }
}

/// Whether a process that was killed may be why: what was wrong from the beginning is
/// not.
fn is_of_memory(why: &NotReady) -> bool {
    matches!(why, NotReady::Timeout | NotReady::Unhealthy | NotReady::Probe(ProbeError::Engine(_)))
}

/// How many matches came where several were waited for.
fn seen(life: &RemovedContainer, condition: &Condition) -> String {
    match condition {
        Condition::Log(pattern) if pattern.count() > 1 => {
            let (seen, count) = (life.timeline.matches(), pattern.count());
            format!(": {seen} of {count} matches came (for the text #{count} write \\#{count})")
        }
        _ => String::new(),
    }
}

fn log(life: &RemovedContainer) -> Vec<String> {
    life.timeline.tail().iter().map(|line| printable(line, LINE_CHARS)).collect()
}
