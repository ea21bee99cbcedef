//! One observation: containers that are started at once, and all that is theirs.

use std::time::{Duration, Instant};

use dp_engine::EngineError;
use dp_engine::cgroup::ParentGroup;
use dp_engine::container::{Events, Request};
use dp_record::Host;
use dp_tool::container::{Life, Made, Started};
use dp_tool::host::{Watch, own_cpu};
use dp_tool::{Progress, Session, Stop};
use futures_util::future::join_all;

use crate::plan::Plan;

/// What an observation stands on.
pub(crate) struct Group<'a> {
    /// The engine.
    pub(crate) session: &'a Session,
    /// What it tells.
    pub(crate) events: &'a Events,
    /// What is wanted.
    pub(crate) plan: &'a Plan,
    /// Asks to stop.
    pub(crate) stop: &'a Stop,
    /// The batch.
    pub(crate) batch: &'a str,
    /// What people see.
    pub(crate) progress: &'a Progress,
}

/// What became of the containers.
pub(crate) struct Observed {
    /// Their lives, in the order of their names.
    pub(crate) lives: Vec<Life>,
    /// CPU time of all of them until they were ready.
    pub(crate) cpu: Option<Duration>,
    /// CPU time of our own process from the first start call until they were ready.
    pub(crate) client_cpu: Duration,
    /// The machine meanwhile.
    pub(crate) host: Host,
}

impl Group<'_> {
    /// Starts containers named after `name`, and removes them with all that
    /// was made for them.
    pub(crate) async fn observe(
        &self,
        request: &Request,
        name: &str,
    ) -> Result<Observed, EngineError> {
        let ground = (name, self.batch);
        let live = async |request: &Request, parent: Result<&ParentGroup, _>| {
            self.live(request, name, parent.ok()).await
        };
        self.session.on_own_ground(request, ground, live).await
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
            all.push(Made::new(self.session, self.plan.goal(), self.events, &name, request).await?);
        }
        let host_network = request.network() == Some("host");
        let watch = Watch::begin(self.session.process);
        let before = own_cpu();
        let starting = all.into_iter().map(|made| made.start(self.stop, host_network));
        let mut started: Vec<Started<'_>> = join_all(starting).await;
        count_from_the_first_call(&mut started);
        let cpu = self.cpu(parent);
        let client_cpu = own_cpu().saturating_sub(before);
        let host = watch.end();
        if let Some(hold) = self.plan.hold {
            join_all(started.iter_mut().map(|one| one.hold(hold, self.stop))).await;
        }
        let begun = Instant::now();
        let ended = join_all(started.into_iter().map(|one| one.end(self.stop))).await;
        self.tell_slow_stop(begun.elapsed());
        let lives = ended.into_iter().collect::<Result<Vec<Life>, EngineError>>()?;
        Ok(Observed { lives, cpu, client_cpu, host })
    }

    fn cpu(&self, parent: Option<&ParentGroup>) -> Option<Duration> {
        parent?.usage(self.session.facts.cgroup_version?).cpu
    }

    /// What ignores its stop signal makes each round longer.
    fn tell_slow_stop(&self, took: Duration) {
        if took > Duration::from_secs(5) {
            let seconds = took.as_secs();
            self.progress
                .detail(&format!("stopping took {seconds} s (--stop-timeout shortens that)"));
        }
    }
}

/// What is started at once is one observation with one start call, the first:
/// a container that was called for later is ready later, too.
fn count_from_the_first_call(started: &mut [Started<'_>]) {
    let calls = started.iter().map(|one| one.seen.start);
    let Some(first) = calls.min_by_key(|call| call.monotonic) else { return };
    for one in started {
        one.seen.start = first;
    }
}
