//! Whether a container that was started did what it was watched for.

use dp_record::{Failure, Metrics, printable};
use dp_session::container::failure;

use crate::figures;
use crate::plan::{Plan, Target, Until, Work};
use crate::started::StartedRun;
use crate::workload;

/// Longest line of a log or message that a record keeps, in characters.
const LINE_CHARS: usize = 2_000;

/// Why the observation failed, if it did; `until_then` are the metrics so far.
pub(crate) fn failure(
    run: &StartedRun,
    target: &Target,
    plan: &Plan,
    until_then: &Metrics,
) -> Option<Failure> {
    let label = target.subject.label();
    if let Err(why) = &run.life.ready {
        let subject = &target.subject;
        return Some(failure::of_life(&run.life, why, subject, plan.goal(), until_then));
    }
    if tried(run, target) {
        return None;
    }
    let Some((code, what)) = reason(run, plan) else {
        let kills = run.observation.as_ref().and_then(figures::oom_kills);
        let mut failure = workload::with_cause(run.workload_failure.clone()?, kills);
        failure.message = printable(&format!("{label}: {}", failure.message), LINE_CHARS);
        failure.partial = serde_json::to_value(until_then).ok();
        return Some(failure);
    };
    let tail = run.life.timeline.tail();
    Some(Failure {
        code: code.to_owned(),
        message: printable(&format!("{label}: {what}"), LINE_CHARS),
        log: tail.iter().map(|line| printable(line, LINE_CHARS)).collect(),
        partial: serde_json::to_value(until_then).ok(),
    })
}

/// To try a limit is to learn that it is too low.
fn tried(run: &StartedRun, target: &Target) -> bool {
    let limited = matches!(target.work, Work::Start { limited: true, .. });
    limited && run.exited && is_oom_killed(run) && !is_removed(run)
}

fn is_oom_killed(run: &StartedRun) -> bool {
    run.observation.as_ref().is_some_and(|observation| observation.oom_reported > 0)
}

fn is_removed(run: &StartedRun) -> bool {
    let life = &run.life;
    life.facts.is_none() || life.timeline.destroyed || life.removed_in.is_none()
}

fn reason(run: &StartedRun, plan: &Plan) -> Option<(&'static str, String)> {
    let life = &run.life;
    if is_removed(run) {
        return Some(("container_removed", "somebody removed the container".to_owned()));
    }
    if !run.exited {
        return None;
    }
    let code = life.exit_code().unwrap_or(-1);
    if is_oom_killed(run) {
        return Some(("oom_killed", "a process of it was killed for want of memory".to_owned()));
    }
    match plan.until {
        Until::Over(_) => {
            Some(("ended_early", format!("exited with {code} before the time was over")))
        }
        Until::Load => {
            Some(("ended_early", format!("exited with {code} before the load had ended")))
        }
        Until::Exit if code != 0 => Some(("nonzero_exit", format!("exited with {code}"))),
        Until::Exit => None,
    }
}
