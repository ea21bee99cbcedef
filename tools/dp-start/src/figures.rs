//! The metrics of a start.

use std::time::Duration;

use dp_engine::probe::Condition;
use dp_record::Metrics;

use dp_session::container::RemovedContainer;

/// The figures of one container, in seconds from the start call where they are
/// not of a call of their own.
pub(crate) fn of_life(life: &RemovedContainer, condition: &Condition, local: bool) -> Metrics {
    let (timeline, mut metrics) = (&life.timeline, Metrics::default());
    let start = timeline.start;
    metrics.set("create_seconds", life.created_in.as_secs_f64());
    metrics.set_known("start_seconds", timeline.started.map(|(received, _)| start.to(received)));
    metrics.set_known("output_seconds", timeline.first_byte.map(|received| start.to(received)));
    metrics.set_known("ready_seconds", ready_seconds(life, condition, local));
    let finished = life.finished(local);
    if life.ended_by_itself(local) {
        metrics.set_known("exit_seconds", finished);
        metrics.set_known("run_seconds", run_seconds(life));
        metrics.set_known("exit_code", life.exit_code().map(|code| code as f64));
    }
    let cleaned = timeline.exited.map(|exited| start.to(exited.received));
    let teardown = finished.zip(cleaned).map(|(finished, cleaned)| cleaned - finished);
    metrics.set_known("teardown_seconds", teardown.filter(|seconds| *seconds >= 0.0));
    metrics.set_known("stop_seconds", life.stopped.map(|call| call.took.as_secs_f64()));
    metrics.set_known("remove_seconds", life.removed_in.map(|took| took.as_secs_f64()));
    if condition.is_probed() {
        metrics.set_count("probes", timeline.probes);
    }
    metrics
}

fn ready_seconds(life: &RemovedContainer, condition: &Condition, local: bool) -> Option<f64> {
    let ready = life.ready.as_ref().ok()?;
    let received = life.timeline.start.to(ready.received);
    match condition {
        Condition::Exit => Some(life.finished(local).unwrap_or(received)),
        _ => Some(received),
    }
}

/// By the engine's stamps alone.
fn run_seconds(life: &RemovedContainer) -> Option<f64> {
    let (_, started) = life.timeline.started?;
    let finished = life.facts.as_ref()?.finished?;
    let seconds = finished.duration_since(started?).as_secs_f64();
    Some(seconds).filter(|seconds| *seconds >= 0.0 && life.clock_step_seconds().is_none())
}

/// The figures of several that were started at once: the last of each kind
/// counts, and probes are counted together.
pub(crate) fn together(all: &[Metrics], cpu: Option<Duration>) -> Metrics {
    let mut metrics = Metrics::default();
    for one in all {
        for (name, value) in one.iter() {
            let known = metrics.get(name);
            let value = match (name, known) {
                ("probes", Some(known)) => known + value,
                (_, Some(known)) => known.max(value),
                (_, None) => value,
            };
            metrics.set(name, value);
        }
    }
    metrics.set_known("cpu_seconds", cpu.map(|cpu| cpu.as_secs_f64()));
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_the_last_one_counts() {
        let one: Metrics = [("ready_seconds", 1.0), ("probes", 3.0)].into_iter().collect();
        let two: Metrics =
            [("ready_seconds", 0.5), ("probes", 4.0), ("exit_code", 2.0)].into_iter().collect();
        let all = together(&[one, two], Some(Duration::from_millis(250)));
        let expected: Metrics =
            [("ready_seconds", 1.0), ("probes", 7.0), ("exit_code", 2.0), ("cpu_seconds", 0.25)]
                .into_iter()
                .collect();
        assert_eq!(all, expected);
    }
}
