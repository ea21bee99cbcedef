//! A container that is started, watched and removed.

use std::pin::pin;
use std::time::Duration;

use dp_cgroup::{ParentGroup, Version};
use dp_engine::EngineError;
use dp_engine::container::{ContainerFacts, Events, Request};
use dp_engine::probe::{OpenLoopResult, ProbeError, ProbedContainer};
use dp_record::{Failure, Host, Subject};
use dp_session::container::{CreatedContainer, RemovedContainer, StartedContainer};
use dp_session::host::Watch;
use futures_util::future::join;
use tokio::time::Instant;

use crate::load::LoadEnvironment;
use crate::observation::{Counters, Observation, Period};
use crate::oom::OomKills;
use crate::overhead::CpuOverhead;
use crate::plan::Until;
use crate::probe_summary::ProbeSummary;
use crate::reader::Reader;
use crate::running::RunContext;
use crate::watch::{Readings, Watcher};
use crate::workload::{self, LoadResult, LoadTask, ProbeTask};

/// What a run of a new container needs.
#[derive(Clone, Copy)]
pub(crate) struct StartContext<'a> {
    /// What every run needs.
    pub(crate) common: RunContext<'a>,
    /// The engine's events of our containers.
    pub(crate) events: &'a Events,
    /// The id of the batch.
    pub(crate) batch: &'a str,
    /// The longest time that is worth watching; none if there is no end to it.
    pub(crate) patience: Option<Duration>,
    /// What is measured.
    pub(crate) subject: &'a Subject,
}

/// A container that was started, watched and removed.
#[derive(Debug)]
pub(crate) struct StartedRun {
    /// All that is known of the container.
    pub(crate) life: RemovedContainer,
    /// The observation; none if it did not get ready.
    pub(crate) observation: Option<Observation>,
    /// Whether it ended before it was to be stopped.
    pub(crate) exited: bool,
    /// Why it failed because of its load or its probes.
    pub(crate) workload_failure: Option<Failure>,
    /// How busy the machine was.
    pub(crate) host: Host,
}

/// What was seen from its being ready to the end of the watch.
struct WatchedStart {
    read: Readings,
    before: Counters,
    after: Counters,
    seconds: f64,
    exited: bool,
    /// At the begin and at the end.
    spent: (CpuOverhead, CpuOverhead),
    host: Host,
    loaded: Option<LoadResult>,
    probed: Option<Result<OpenLoopResult, ProbeError>>,
    /// Why nothing could be read.
    unreadable: Option<String>,
}

impl StartContext<'_> {
    /// Starts a container, watches it, and removes it with all that was made
    /// for it.
    pub(crate) async fn start(
        &self,
        request: &Request,
        name: &str,
    ) -> Result<StartedRun, EngineError> {
        let live = async |request: &Request, group: Result<&ParentGroup, &str>| {
            self.live(request, name, group).await
        };
        self.common.session.in_own_cgroup(request, (name, self.batch), live).await
    }

    async fn live(
        &self,
        request: &Request,
        name: &str,
        group: Result<&ParentGroup, &str>,
    ) -> Result<StartedRun, EngineError> {
        let session = self.common.session;
        let created =
            CreatedContainer::create(session, self.common.plan.goal(), self.events, name, request)
                .await?;
        let meanwhile = (Watch::begin(session.process), CpuOverhead::now(session));
        let kills = OomKills::now(session.facts.local);
        let mut started = created.start(self.common.stop, request.network() == Some("host")).await;
        if started.ready.is_err() {
            let life = started.remove(self.common.stop).await?;
            let host = meanwhile.0.end();
            return Ok(StartedRun {
                life,
                observation: None,
                exited: false,
                workload_failure: None,
                host,
            });
        }
        let watched = self.watch(&mut started, name, group, meanwhile).await?;
        let life = started.remove(self.common.stop).await?;
        // What broke the load may be an exit that was not reported yet.
        let unreported = workload::is_broken(watched.loaded.as_ref())
            && life.ended_by_itself(session.facts.local);
        let exited = watched.exited || unreported;
        let workload_failure = workload::failure(watched.loaded.as_ref(), watched.probed.as_ref());
        let host = watched.host.clone();
        let mut observation = self.observed(watched, &life, group, exited);
        observation.oom_reported =
            u64::from(kills.killed_since(OomKills::now(session.facts.local), &life, &observation));
        Ok(StartedRun { life, observation: Some(observation), exited, workload_failure, host })
    }

    /// From its being ready to the end that is wanted.
    async fn watch(
        &self,
        started: &mut StartedContainer<'_>,
        name: &str,
        group: Result<&ParentGroup, &str>,
        (watch, spent): (Watch, CpuOverhead),
    ) -> Result<WatchedStart, EngineError> {
        let (session, plan) = (self.common.session, self.common.plan);
        let facts = self.facts(name).await?;
        let (reader, unreadable) = self.reader(facts.as_ref());
        let loading = self.loading(name, facts.as_ref());
        let mut probing = self.probing(name, facts.as_ref());
        let (before, spent) = match plan.until {
            Until::Exit => (Counters::default(), spent),
            _ => (counted(group), CpuOverhead::now(session)),
        };
        let mut watcher = Watcher::begin(reader, plan.interval);
        let begin = Instant::now();
        self.wait(started, &mut watcher, &loading, &mut probing).await;
        let exited = started.timeline.exited.is_some();
        let (after, seconds) = (counted(group), begin.elapsed().as_secs_f64());
        let read = watcher.end();
        let spent = (spent, CpuOverhead::now(session));
        let host = watch.end();
        // Answers and the load's end are waited for while it can still answer.
        let (probed, loaded) =
            following(started, join(probing.end(self.common.stop), loading.end())).await;
        Ok(WatchedStart {
            read,
            before,
            after,
            seconds,
            exited,
            spent,
            host,
            loaded,
            probed,
            unreadable,
        })
    }

    fn observed(
        &self,
        watched: WatchedStart,
        life: &RemovedContainer,
        group: Result<&ParentGroup, &str>,
        exited: bool,
    ) -> Observation {
        let (plan, local) = (self.common.plan, self.common.session.facts.local);
        let run_seconds = run_seconds(life, local).filter(|_| exited);
        let period = period(plan.until, watched.seconds, run_seconds);
        let mut observation = watched.read.into_observation(period, plan.interval);
        watched.spent.0.note(watched.spent.1, &mut observation);
        // What began with the period had counted nothing before it.
        if plan.until == Until::Exit && group.is_ok() {
            observation.before = Counters::default();
        }
        observation.before = watched.before.or(&observation.before);
        observation.after = watched.after.or(&observation.after);
        observation.run_seconds = run_seconds;
        observation.own_group = group.is_ok();
        observation.exit_code = life.exit_code().filter(|_| exited);
        observation.load = watched.loaded.and_then(Result::ok);
        let end = life.finished(local).map(Duration::from_secs_f64).filter(|_| exited);
        let end = end.map(|end| life.timeline.start.monotonic + end);
        observation.probe = ProbeSummary::of_workload(&plan.workload, watched.probed, end);
        observation.absent.extend(watched.unreadable.map(|why| ("samples".to_owned(), why)));
        let why = group.err().map(|why| ("own_group".to_owned(), why.to_owned()));
        observation.absent.extend(why);
        observation
    }

    fn loading<'a>(&'a self, name: &'a str, facts: Option<&ContainerFacts>) -> LoadTask<'a> {
        let about = LoadEnvironment {
            endpoint: self.common.session.engine.endpoint(),
            container: name,
            address: facts.and_then(|facts| facts.addresses.first().copied()),
            subject: self.subject,
            run: self.common.run,
            project: None,
        };
        LoadTask::new(self.common.plan.workload.load.as_ref(), about, &self.common.plan.mask)
    }

    fn probing<'a>(&'a self, name: &'a str, facts: Option<&'a ContainerFacts>) -> ProbeTask<'a> {
        let (engine, local) = (&self.common.session.engine, self.common.session.facts.local);
        let container = facts.map(|facts| ProbedContainer { engine, name, facts, local });
        ProbeTask::new(self.common.plan.workload.probe.as_ref(), container)
    }

    /// None if it is not there any more.
    async fn facts(&self, name: &str) -> Result<Option<ContainerFacts>, EngineError> {
        match self.common.session.engine.container(name).await {
            Ok(facts) => Ok(Some(facts)),
            Err(EngineError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn reader(&self, facts: Option<&ContainerFacts>) -> (Reader, Option<String>) {
        match facts {
            Some(facts) => Reader::open(self.common.session, facts),
            None => (Reader::Nothing, Some("somebody removed the container".to_owned())),
        }
    }

    /// Watches until the end of the period, the container's own exit, or the
    /// user's stop.
    async fn wait(
        &self,
        started: &mut StartedContainer<'_>,
        watcher: &mut Watcher,
        loading: &LoadTask<'_>,
        probing: &mut ProbeTask<'_>,
    ) {
        let mut over = pin!(self.common.plan.until.over(loading));
        let too_long = self.patience.map_or(Until::Exit, Until::Over);
        let mut too_long = pin!(too_long.over(&LoadTask::default()));
        while started.timeline.exited.is_none() && started.ready.is_ok() {
            tokio::select! {
                // A reading that is due at the very end is made; output that
                // never ceases keeps nothing else from being noticed.
                biased;
                () = watcher.next() => {}
                () = probing.go_on() => {}
                () = &mut over => return,
                () = &mut too_long => return,
                _ = self.common.stop.wait() => return,
                () = started.follow() => {}
            }
        }
    }
}

/// Waits, and follows the container at the same time: one whose output is not
/// read may cease to answer.
async fn following<T>(started: &mut StartedContainer<'_>, end: impl Future<Output = T>) -> T {
    let mut end = pin!(end);
    loop {
        let lives = started.timeline.exited.is_none() && started.ready.is_ok();
        tokio::select! {
            end = &mut end => return end,
            () = started.follow(), if lives => {}
        }
    }
}

fn period(until: Until, seconds: f64, run_seconds: Option<f64>) -> Period {
    let (name, seconds) = match until {
        Until::Exit => ("start to exit", run_seconds.unwrap_or(seconds)),
        Until::Over(_) => ("ready to the end of --for", seconds),
        Until::Load => ("ready to the end of the load", seconds),
    };
    Period { name: name.to_owned(), seconds }
}

/// What the kernel has counted in our own group.
fn counted(group: Result<&ParentGroup, &str>) -> Counters {
    let Some(mut group) = group.ok().and_then(|group| group.group().ok()) else {
        return Counters::default();
    };
    let mut sample = group.sample().unwrap_or_default();
    let mut totals = group.totals();
    // Of the container's own group alone.
    sample.throttling = None;
    if group.version() == Version::V1 {
        totals.oom_kills = None;
    }
    Counters::of_sample(&sample).or(&Counters::of_totals(&totals))
}

/// From its start to its end, in seconds. The engine's stamps of both are the
/// best ones, where its clock is ours: what we receive is late, and would make
/// the run shorter than the work in it.
fn run_seconds(life: &RemovedContainer, local: bool) -> Option<f64> {
    let observation = &life.timeline;
    let (received, stamp) = observation.started?;
    let stamp = stamp.map(|stamp| observation.start.to_stamp(stamp));
    let seconds = match (stamp, life.finished(local)) {
        (Some(started), Some(finished)) => finished - started,
        (None, Some(finished)) => finished - observation.start.to(received),
        (_, None) => {
            observation.start.to(observation.exited?.received) - observation.start.to(received)
        }
    };
    Some(seconds.max(0.0))
}
