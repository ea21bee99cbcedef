//! Why a start failed, with a code that stays.

use dp_engine::EngineError;
use dp_engine::container::Refusal;
use dp_engine::probe::NotReady;
use dp_record::{Failure, Metrics, Subject, printable};

use super::life::{Goal, Life};

/// Longest line of a log or message that a record keeps, in characters.
const LINE_CHARS: usize = 2_000;

/// A container that could not be made, or not be removed.
pub fn of_error(error: &EngineError, subject: &Subject) -> Failure {
    let refusal = Refusal::of(error);
    let name = subject.label();
    let message = match (refusal, error) {
        (Some(Refusal::NoSuchImage), _) => {
            format!("no such image: {} (build it, or pull it first)", asked(subject))
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

/// The image, as it was asked for.
fn asked(subject: &Subject) -> &str {
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

/// A container that did not get ready; `seen` are its figures until then.
pub fn of_life(
    life: &Life,
    why: &NotReady,
    subject: &Subject,
    goal: Goal<'_>,
    seen: &Metrics,
) -> Failure {
    let removed = life.facts.is_none() || life.seen.destroyed || life.removed_in.is_none();
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
            ("exited", format!("exited with {code} before it was ready ({})", goal.condition))
        }
        NotReady::Failed(code) => ("nonzero_exit", format!("exited with {code}")),
        NotReady::Unhealthy => ("unhealthy", "its own health check says unhealthy".to_owned()),
        NotReady::Timeout => {
            let seconds = goal.timeout.unwrap_or_default().as_secs_f64();
            ("not_ready", format!("not ready ({}) within {seconds} s", goal.condition))
        }
        NotReady::Probe(error) => (error.code(), error.to_string()),
        NotReady::Stopped => ("stopped", "stopped".to_owned()),
    };
    let mut partial = serde_json::to_value(seen).unwrap_or_default();
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

fn log(life: &Life) -> Vec<String> {
    life.seen.tail().iter().map(|line| printable(line, LINE_CHARS)).collect()
}
