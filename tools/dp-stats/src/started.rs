//! A container that is started, watched and removed.

use std::pin::pin;
use std::time::Duration;

use dp_engine::EngineError;
use dp_engine::cgroup::{ParentGroup, Version};
use dp_engine::container::{ContainerFacts, Events, Request};
use dp_engine::probe::{Paced, Place, ProbeError};
use dp_record::{Failure, Host, Subject};
use dp_tool::container::{Life, Made, Started};
use dp_tool::host::Watch;
use dp_tool::{Session, Stop};
use futures_util::future::join;
use tokio::time::Instant;

use crate::beside::{self, LoadEnd, Loading, Probing};
use crate::killed::Kills;
use crate::load::About;
use crate::observation::{Counters, Observation, Period};
use crate::plan::{Plan, Until};
use crate::reader::Reader;
use crate::spent::Spent;
use crate::watch::{self, Watcher};

/// What a run stands on.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    /// The engine.
    pub(crate) session: &'a Session,
    /// What it tells of our containers.
    pub(crate) events: &'a Events,
    /// What is wanted.
    pub(crate) plan: &'a Plan,
    /// Asks to stop.
    pub(crate) stop: &'a Stop,
    /// The batch.
    pub(crate) batch: &'a str,
    /// The longest time that is worth watching; none if there is no end to it.
    pub(crate) patience: Option<Duration>,
    /// What is measured.
    pub(crate) subject: &'a Subject,
    /// The number of the run.
    pub(crate) run: u32,
}

/// What became of a container that was started.
#[derive(Debug)]
pub(crate) struct Run {
    /// Its life.
    pub(crate) life: Life,
    /// What was seen of it; none if it did not get ready.
    pub(crate) seen: Option<Observation>,
    /// Whether it ended before it was to be stopped.
    pub(crate) exited: bool,
    /// Why it failed by what went on beside it.
    pub(crate) beside: Option<Failure>,
    /// The machine meanwhile.
    pub(crate) host: Host,
}

/// What was seen until the end that was wanted.
struct Watched {
    read: watch::Watched,
    before: Counters,
    after: Counters,
    seconds: f64,
    exited: bool,
    /// At the begin and at the end.
    spent: (Spent, Spent),
    host: Host,
    loaded: Option<LoadEnd>,
    probed: Option<Result<Paced, ProbeError>>,
    /// Why nothing could be read.
    unreadable: Option<String>,
}

impl Ground<'_> {
    /// Starts a container, watches it, and removes it with all that was made
    /// for it.
    pub(crate) async fn start(&self, request: &Request, name: &str) -> Result<Run, EngineError> {
        let live = async |request: &Request, group: Result<&ParentGroup, &'static str>| {
            self.live(request, name, group).await
        };
        self.session.on_own_ground(request, (name, self.batch), live).await
    }

    async fn live(
        &self,
        request: &Request,
        name: &str,
        group: Result<&ParentGroup, &'static str>,
    ) -> Result<Run, EngineError> {
        let session = self.session;
        let made = Made::new(session, self.plan.goal(), self.events, name, request).await?;
        let meanwhile = (Watch::begin(session.process), Spent::now(session));
        let kills = Kills::now(session.facts.local);
        let mut started = made.start(self.stop, request.network() == Some("host")).await;
        if started.ready.is_err() {
            let life = started.end(self.stop).await?;
            let host = meanwhile.0.end();
            return Ok(Run { life, seen: None, exited: false, beside: None, host });
        }
        let watched = self.watch(&mut started, name, group, meanwhile).await?;
        let life = started.end(self.stop).await?;
        // What broke the load may be an end of which we had not heard.
        let unheard =
            beside::is_broken(watched.loaded.as_ref()) && life.ended_by_itself(session.facts.local);
        let exited = watched.exited || unheard;
        let beside = beside::failure(watched.loaded.as_ref(), watched.probed.as_ref());
        let host = watched.host.clone();
        let mut seen = self.observed(watched, &life, group, exited);
        seen.oom_told = u64::from(kills.hit(Kills::now(session.facts.local), &life, &seen));
        Ok(Run { life, seen: Some(seen), exited, beside, host })
    }

    /// From its being ready to the end that is wanted.
    async fn watch(
        &self,
        started: &mut Started<'_>,
        name: &str,
        group: Result<&ParentGroup, &'static str>,
        (watch, spent): (Watch, Spent),
    ) -> Result<Watched, EngineError> {
        let (session, plan) = (self.session, self.plan);
        let facts = self.facts(name).await?;
        let (reader, unreadable) = self.reader(facts.as_ref());
        let loading = self.loading(name, facts.as_ref());
        let mut probing = self.probing(name, facts.as_ref());
        let (before, spent) = match plan.until {
            Until::Exit => (Counters::default(), spent),
            _ => (kept(group), Spent::now(session)),
        };
        let mut watcher = Watcher::begin(reader, plan.interval);
        let begin = Instant::now();
        self.wait(started, &mut watcher, &loading, &mut probing).await;
        let exited = started.seen.exited.is_some();
        let (after, seconds) = (kept(group), begin.elapsed().as_secs_f64());
        let read = watcher.end();
        let spent = (spent, Spent::now(session));
        let host = watch.end();
        // Answers and the load's end are waited for while it can still answer.
        let (probed, loaded) = hearing(started, join(probing.end(self.stop), loading.end())).await;
        Ok(Watched {
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
        watched: Watched,
        life: &Life,
        group: Result<&ParentGroup, &'static str>,
        exited: bool,
    ) -> Observation {
        let (plan, local) = (self.plan, self.session.facts.local);
        let run_seconds = run_seconds(life, local).filter(|_| exited);
        let period = period(plan.until, watched.seconds, run_seconds);
        let mut seen = watched.read.into_observation(period, plan.interval);
        watched.spent.0.note(watched.spent.1, &mut seen);
        // What began with the period had counted nothing before it.
        if plan.until == Until::Exit && group.is_ok() {
            seen.before = Counters::default();
        }
        seen.before = watched.before.or(&seen.before);
        seen.after = watched.after.or(&seen.after);
        seen.run_seconds = run_seconds;
        seen.own_group = group.is_ok();
        seen.exit_code = life.exit_code().filter(|_| exited);
        seen.load = watched.loaded.and_then(Result::ok);
        let end = life.finished(local).map(Duration::from_secs_f64).filter(|_| exited);
        let end = end.map(|end| life.seen.start.monotonic + end);
        seen.probe = beside::probed(&plan.beside, watched.probed, end);
        seen.absent.extend(watched.unreadable.map(|why| ("samples".to_owned(), why)));
        let why = group.err().map(|why| ("own_group".to_owned(), why.to_owned()));
        seen.absent.extend(why);
        seen
    }

    fn loading<'a>(&'a self, name: &'a str, facts: Option<&ContainerFacts>) -> Loading<'a> {
        let about = About {
            endpoint: self.session.engine.endpoint(),
            container: name,
            address: facts.and_then(|facts| facts.addresses.first().copied()),
            subject: self.subject,
            run: self.run,
        };
        Loading::new(self.plan.beside.load.as_ref(), about, &self.plan.mask)
    }

    fn probing<'a>(&'a self, name: &'a str, facts: Option<&'a ContainerFacts>) -> Probing<'a> {
        let (engine, local) = (&self.session.engine, self.session.facts.local);
        let place = facts.map(|facts| Place { engine, name, facts, local });
        Probing::new(self.plan.beside.probe.as_ref(), place)
    }

    /// None if somebody removed it.
    async fn facts(&self, name: &str) -> Result<Option<ContainerFacts>, EngineError> {
        match self.session.engine.container(name).await {
            Ok(facts) => Ok(Some(facts)),
            Err(EngineError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn reader(&self, facts: Option<&ContainerFacts>) -> (Reader, Option<String>) {
        match facts {
            Some(facts) => Reader::open(self.session, facts),
            None => (Reader::Nothing, Some("somebody removed the container".to_owned())),
        }
    }

    /// Watches until the end that is wanted, the container's own end, or the
    /// user's word.
    async fn wait(
        &self,
        started: &mut Started<'_>,
        watcher: &mut Watcher,
        loading: &Loading<'_>,
        probing: &mut Probing<'_>,
    ) {
        let mut over = pin!(self.plan.until.over(loading));
        let too_long = self.patience.map_or(Until::Exit, Until::Over);
        let mut too_long = pin!(too_long.over(&Loading::default()));
        while started.seen.exited.is_none() && started.ready.is_ok() {
            tokio::select! {
                // A reading that is due at the very end is made; output that
                // never ceases keeps nothing else from being heard.
                biased;
                () = watcher.next() => {}
                () = probing.go_on() => {}
                () = &mut over => return,
                () = &mut too_long => return,
                _ = self.stop.wait() => return,
                () = started.hear() => {}
            }
        }
    }
}

/// Waits, and hears the container meanwhile: one whose output nobody takes may
/// cease to answer.
async fn hearing<T>(started: &mut Started<'_>, end: impl Future<Output = T>) -> T {
    let mut end = pin!(end);
    loop {
        let lives = started.seen.exited.is_none() && started.ready.is_ok();
        tokio::select! {
            end = &mut end => return end,
            () = started.hear(), if lives => {}
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

/// What the kernel has counted in the group that is ours.
fn kept(group: Result<&ParentGroup, &'static str>) -> Counters {
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
/// best ones, where its clock is ours: what we hear is late, and would make the
/// run shorter than the work in it.
fn run_seconds(life: &Life, local: bool) -> Option<f64> {
    let seen = &life.seen;
    let (heard, stamp) = seen.started?;
    let stamp = stamp.map(|stamp| seen.start.to_stamp(stamp));
    let seconds = match (stamp, life.finished(local)) {
        (Some(started), Some(finished)) => finished - started,
        (None, Some(finished)) => finished - seen.start.to(heard),
        (_, None) => seen.start.to(seen.exited?.heard) - seen.start.to(heard),
    };
    Some(seconds.max(0.0))
}
