//! Whether a container that was started did what it was watched for.

use dp_record::{Failure, Metrics, printable};
use dp_tool::container::failure;

use crate::plan::{Plan, Target, Until, Work};
use crate::started::Run;

/// Longest line of a log or message that a record keeps, in characters.
const LINE_CHARS: usize = 2_000;

/// Why the observation failed, if it did; `figures` are what was seen until then.
pub(crate) fn failure(
    run: &Run,
    target: &Target,
    plan: &Plan,
    figures: &Metrics,
) -> Option<Failure> {
    let label = target.subject.label();
    if let Err(why) = &run.life.ready {
        let subject = &target.subject;
        return Some(failure::of_life(&run.life, why, subject, plan.goal(), figures));
    }
    if tried(run, target) {
        return None;
    }
    let Some((code, what)) = reason(run, plan) else {
        let mut failure = run.beside.clone()?;
        failure.message = printable(&format!("{label}: {}", failure.message), LINE_CHARS);
        failure.partial = serde_json::to_value(figures).ok();
        return Some(failure);
    };
    let tail = run.life.seen.tail();
    Some(Failure {
        code: code.to_owned(),
        message: printable(&format!("{label}: {what}"), LINE_CHARS),
        log: tail.iter().map(|line| printable(line, LINE_CHARS)).collect(),
        partial: serde_json::to_value(figures).ok(),
    })
}

/// To try a limit is to learn that it is too low.
fn tried(run: &Run, target: &Target) -> bool {
    let limited = matches!(target.work, Work::Start { limited: true, .. });
    limited && run.exited && is_oom_killed(run) && !is_removed(run)
}

fn is_oom_killed(run: &Run) -> bool {
    run.seen.as_ref().is_some_and(|seen| seen.oom_told > 0)
}

fn is_removed(run: &Run) -> bool {
    let life = &run.life;
    life.facts.is_none() || life.seen.destroyed || life.removed_in.is_none()
}

fn reason(run: &Run, plan: &Plan) -> Option<(&'static str, String)> {
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
