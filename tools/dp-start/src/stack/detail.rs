//! The figures of one start of a stack, and what explains them.

use std::time::{Duration, Instant};

use dp_engine::container::Moment;
use dp_record::detail::start::{Mark, StackDependency, StackDetail, StackService};
use dp_record::{Host, Metrics, StartDetail};
use dp_session::compose::{Dependency, Member, NamedStack, RemovedStack, Seen, Stack, Want};

use crate::detail::{ENGINES, OURS};

/// One start of a stack, which is gone.
pub(super) struct Observed {
    /// All that was seen of it.
    pub(super) stack: RemovedStack,
    /// CPU time of all of it until it was ready.
    pub(super) cpu: Option<Duration>,
    /// CPU time of our own process from the start call until then.
    pub(super) client_cpu: Duration,
    /// How busy the machine was.
    pub(super) host: Host,
    /// Whether it was the first start of the stack in this batch.
    pub(super) first: bool,
}

/// The metrics of a stack that was ready at `ready`.
pub(super) fn metrics(observed: &Observed, ready: Instant) -> Metrics {
    let stack = &observed.stack;
    let mut metrics = Metrics::default();
    metrics.set("create_seconds", stack.life.created_in.as_secs_f64());
    let started = stack.life.members.iter().filter_map(|member| member.started);
    let last = started.map(|(received, _)| received).max();
    metrics.set_known("start_seconds", last.map(|received| stack.life.start.to(received)));
    metrics.set("ready_seconds", stack.life.start.to(ready));
    metrics.set_known("teardown_seconds", stack.teardown.map(|(_, took)| took.as_secs_f64()));
    metrics.set_known("cpu_seconds", observed.cpu.map(|cpu| cpu.as_secs_f64()));
    if stack.life.answer.is_some() {
        metrics.set_count("probes", stack.life.probes);
    }
    metrics
}

/// What explains them. `ready` is what was waited for.
pub(super) fn of(
    observed: &Observed,
    named: &NamedStack,
    ready: String,
    local: bool,
) -> StartDetail {
    let Observed { stack, cpu, client_cpu, first, .. } = observed;
    let read = "control group of the stack, kernel, when it was ready";
    let (by, resolution) = ready_by(stack).unzip();
    StartDetail {
        source: "engine".to_owned(),
        ready,
        ready_by: by,
        resolution_seconds: resolution.flatten().map(|it| it.as_secs_f64()),
        first_start: Some(*first),
        local: Some(local),
        cpu: cpu.map(|_| read.to_owned()),
        start_call: Some(stack.life.start.realtime),
        client_cpu_seconds: Some(client_cpu.as_secs_f64()),
        clock_step_seconds: clock_step_seconds(stack),
        oom_killed: stack.life.members.iter().any(|member| member.oom),
        marks: marks(stack),
        stack: Some(StackDetail {
            files: named.files.clone(),
            changes: named.stack.changes.clone(),
            services: services(stack, &named.stack, local),
        }),
        ..StartDetail::default()
    }
}

/// What showed that the last of it was ready, and by how much it may have been earlier.
fn ready_by(stack: &RemovedStack) -> Option<(String, Option<Duration>)> {
    let ready = *stack.life.ready.as_ref().ok()?;
    if let Some(answer) = stack.life.answer.as_ref().filter(|answer| answer.received == ready) {
        return Some((answer.target.clone(), Some(answer.resolution)));
    }
    let last = stack.life.members.iter().find(|member| member.ready == Some(ready))?;
    let event = match last.want {
        Want::Running => "start event",
        Want::Healthy => "health_status event",
        Want::Completed => "die event",
    };
    Some((format!("{event} of {}", last.service), last.health_interval))
}

/// By how much the realtime clock was set meanwhile, if it was: more than a clock that is
/// being slewed moves (at most 500 ppm).
fn clock_step_seconds(stack: &RemovedStack) -> Option<f64> {
    let step = stack.life.create.step_until(&stack.end).as_secs_f64();
    let passed = stack.life.create.to(stack.end.monotonic);
    (step.abs() > 0.001 + passed / 1000.0).then_some(step)
}

/// The moments of the stack as a whole.
fn marks(stack: &RemovedStack) -> Vec<Mark> {
    let started =
        || stack.life.members.iter().filter_map(|member| member.started).map(|seen| seen.0);
    let teardown = stack.teardown.map(|(call, took)| (call.monotonic, call.monotonic + took));
    let all = [
        ("create call", Some(stack.life.create.monotonic)),
        ("create reply", Some(stack.life.create.monotonic + stack.life.created_in)),
        ("start call", Some(stack.life.start.monotonic)),
        ("first start event heard", started().min()),
        ("last start event heard", started().max()),
        ("ready", stack.life.ready.as_ref().ok().copied()),
        ("start reply", stack.life.replied),
        ("down call", teardown.map(|(call, _)| call)),
        ("down reply", teardown.map(|(_, reply)| reply)),
    ];
    let known = all.into_iter().filter_map(|(name, at)| Some((name, at?)));
    in_order(known.map(|(name, at)| ours(name, stack.life.start.to(at))).collect())
}

/// The containers, in the order in which they were ready.
fn services(stack: &RemovedStack, of: &Stack, local: bool) -> Vec<StackService> {
    let mut members: Vec<&Member> = stack.life.members.iter().collect();
    members.sort_by_key(|member| (member.ready.is_none(), member.ready));
    members.into_iter().map(|member| service(member, stack, of, local)).collect()
}

fn service(member: &Member, stack: &RemovedStack, of: &Stack, local: bool) -> StackService {
    let start = &stack.life.start;
    let depends_on = of.service(&member.service).map(|one| &one.depends_on[..]).unwrap_or_default();
    StackService {
        name: member.service.clone(),
        container: member.container.clone(),
        image: Some(member.facts.image.clone()).filter(|image| !image.is_empty()),
        ready: member.want.word().to_owned(),
        started_seconds: member.started.map(|(received, _)| start.to(received)),
        ready_seconds: member.ready.map(|received| start.to(received)),
        resolution_seconds: member.health_interval.map(|interval| interval.as_secs_f64()),
        waits_for: waits_for(depends_on, stack),
        exit_code: member.died.and_then(|(_, code)| code).filter(|_| ended_before(member, stack)),
        restarts: member.restarts.into(),
        marks: marks_of(member, stack, local),
    }
}

/// Whether it ended by itself: before it was taken down.
fn ended_before(member: &Member, stack: &RemovedStack) -> bool {
    let down = stack.teardown.map(|(call, _)| call.monotonic);
    member.died.is_some_and(|((died, _), _)| down.is_none_or(|down| died < down))
}

/// What a service waits for, and when each of it held.
fn waits_for(depends_on: &[Dependency], stack: &RemovedStack) -> Vec<StackDependency> {
    let held = |dependency: &Dependency| {
        let of_it = stack.life.members.iter().filter(|one| one.service == dependency.service);
        let when = of_it.map(|one| match dependency.condition.as_str() {
            "service_healthy" => one.healthy.map(|(received, _)| received),
            "service_completed_successfully" => one.ready,
            _ => one.started.map(|(received, _)| received),
        });
        when.collect::<Option<Vec<Instant>>>()?.into_iter().max()
    };
    let moments: Vec<Option<Instant>> = depends_on.iter().map(held).collect();
    let last = moments.iter().max().copied().flatten();
    let one = |(dependency, held): (&Dependency, &Option<Instant>)| StackDependency {
        service: dependency.service.clone(),
        condition: dependency.condition.clone(),
        held_seconds: held.map(|held| stack.life.start.to(held)),
        last: held.is_some() && *held == last,
    };
    depends_on.iter().zip(&moments).map(one).collect()
}

/// The moments of a container; ours, and the engine's stamps of them.
fn marks_of(member: &Member, stack: &RemovedStack, local: bool) -> Vec<Mark> {
    let seen: [(&str, Option<Seen>); 4] = [
        ("create event", member.created),
        ("start event", member.started),
        ("health_status healthy", member.healthy),
        ("die event", member.died.map(|(seen, _)| seen)),
    ];
    let seen: Vec<(&str, Seen)> =
        seen.into_iter().filter_map(|(name, seen)| Some((name, seen?))).collect();
    let heard = |(name, (received, _)): &(&str, Seen)| {
        ours(&format!("{name} heard"), stack.life.start.to(*received))
    };
    let mut marks = in_order(seen.iter().map(heard).collect());
    let same_clock = local && clock_step_seconds(stack).is_none();
    let stamped = seen.iter().filter_map(|(name, (_, stamp))| Some((name, (*stamp)?)));
    marks.extend(stamped.filter(|_| same_clock).map(|(name, stamp)| Mark {
        name: (*name).to_owned(),
        seconds: Moment::to_stamp(&stack.life.start, stamp),
        clock: ENGINES.to_owned(),
        since: None,
    }));
    marks
}

fn ours(name: &str, seconds: f64) -> Mark {
    Mark { name: name.to_owned(), seconds, clock: OURS.to_owned(), since: None }
}

fn in_order(mut marks: Vec<Mark>) -> Vec<Mark> {
    marks.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    marks
}
