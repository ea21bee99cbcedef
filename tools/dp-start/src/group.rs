//! One observation: containers that are started at once, and all that is theirs.

use std::time::{Duration, Instant};

use dp_cgroup::ParentGroup;
use dp_engine::EngineError;
use dp_engine::container::{Events, Request};
use dp_record::Host;
use dp_session::Session;
use dp_session::container::{CreatedContainer, RemovedContainer, StartedContainer};
use dp_session::host::{Watch, own_cpu};
use dp_tool::{Progress, Stop};
use futures_util::future::join_all;

use crate::plan::Plan;

/// What one observation needs.
pub(crate) struct StartGroup<'a> {
    /// The engine.
    pub(crate) session: &'a Session,
    /// Its events.
    pub(crate) events: &'a Events,
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// Asks to stop.
    pub(crate) stop: &'a Stop,
    /// The batch.
    pub(crate) batch: &'a str,
    /// Progress and messages.
    pub(crate) progress: &'a Progress,
}

/// The containers of one observation, removed.
pub(crate) struct Observed {
    /// Their lives, in the order of their names.
    pub(crate) lives: Vec<RemovedContainer>,
    /// CPU time of all of them until they were ready.
    pub(crate) cpu: Option<Duration>,
    /// CPU time of our own process from the first start call until they were ready.
    pub(crate) client_cpu: Duration,
    /// How busy the machine was.
    pub(crate) host: Host,
}

impl StartGroup<'_> {
    /// Starts containers named after `name`, and removes them with all that
    /// was created for them.
    pub(crate) async fn observe(
        &self,
        request: &Request,
        name: &str,
    ) -> Result<Observed, EngineError> {
        let names = (name, self.batch);
        let live = async |request: &Request, parent: Result<&ParentGroup, &str>| {
            self.live(request, name, parent.ok()).await
        };
        self.session.in_own_cgroup(request, names, live).await
    }

    async fn live(
        &self,
        request: &Request,
        name: &str,
        parent: Option<&ParentGroup>,
    ) -> Result<Observed, EngineError> {
        let mut all = Vec::new();
        for number in 1..=self.plan.parallel {
            let name =
                if self.plan.parallel == 1 { name.to_owned() } else { format!("{name}-{number}") };
            all.push(
                CreatedContainer::create(
                    self.session,
                    self.plan.goal(),
                    self.events,
                    &name,
                    request,
                )
                .await?,
            );
        }
        let host_network = request.network() == Some("host");
        let watch = Watch::begin(self.session.process);
        let before = own_cpu();
        let starting = all.into_iter().map(|created| created.start(self.stop, host_network));
        let mut started: Vec<StartedContainer<'_>> = join_all(starting).await;
        count_from_the_first_call(&mut started);
        let cpu = self.cpu(parent);
        let client_cpu = own_cpu().saturating_sub(before);
        let host = watch.end();
        if let Some(hold) = self.plan.hold {
            join_all(started.iter_mut().map(|one| one.hold(hold, self.stop))).await;
        }
        let begun = Instant::now();
        let ended = join_all(started.into_iter().map(|one| one.remove(self.stop))).await;
        self.note_slow_stop(begun.elapsed());
        let lives = ended.into_iter().collect::<Result<Vec<RemovedContainer>, EngineError>>()?;
        Ok(Observed { lives, cpu, client_cpu, host })
    }

    fn cpu(&self, parent: Option<&ParentGroup>) -> Option<Duration> {
        parent?.usage(self.session.facts.cgroup_version?).cpu
    }

    /// What ignores its stop signal makes each round longer.
    fn note_slow_stop(&self, took: Duration) {
        if took > Duration::from_secs(5) {
            let seconds = took.as_secs();
            self.progress
                .detail(&format!("stopping took {seconds} s (--stop-timeout shortens that)"));
        }
    }
}

/// What is started at once is one observation with one start call, the first:
/// a container that was called for later is ready later, too.
fn count_from_the_first_call(started: &mut [StartedContainer<'_>]) {
    let calls = started.iter().map(|one| one.timeline.start);
    let Some(first) = calls.min_by_key(|call| call.monotonic) else { return };
    for one in started {
        one.timeline.start = first;
    }
}
