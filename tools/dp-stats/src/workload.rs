//! What runs while containers are watched: a load, and probes.

use std::cell::Cell;
use std::rc::Rc;

use dp_engine::probe::{
    Condition, OpenLoopResult, ProbeError, ProbedContainer, Rate, probe_at_rate,
};
use dp_record::Failure;
use dp_tool::{Mask, Stop};
use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, Shared};
use tokio::sync::oneshot;

use crate::load::{FinishedLoad, Load, LoadEnd, LoadEnvironment};

/// What shall run while containers are watched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Workload {
    /// A load command.
    pub(crate) load: Option<Load>,
    /// Probes.
    pub(crate) probe: Option<ProbePlan>,
}

/// Probes at a fixed rate.
#[derive(Debug, Clone)]
pub(crate) struct ProbePlan {
    /// The condition that is probed.
    pub(crate) condition: Condition,
    /// How often.
    pub(crate) rate: Rate,
}

/// A load that has ended, or why it could not be started.
pub(crate) type LoadResult = Result<FinishedLoad, String>;

/// A load for all containers that are watched at once. It ends with its owner.
#[derive(Default)]
pub(crate) struct LoadTask<'a>(Option<RunningLoad<'a>>);

struct RunningLoad<'a> {
    end: Shared<LocalBoxFuture<'a, LoadResult>>,
    was_begun: Rc<Cell<bool>>,
    stop: oneshot::Sender<()>,
}

impl<'a> LoadTask<'a> {
    /// It begins when its end is first waited for.
    pub(crate) fn new(load: Option<&'a Load>, about: LoadEnvironment<'a>, mask: &'a Mask) -> Self {
        Self(load.map(|load| {
            let (stop, stopped) = oneshot::channel();
            let was_begun = Rc::<Cell<bool>>::default();
            let begins = Rc::clone(&was_begun);
            let end = async move {
                begins.set(true);
                let stopped = stopped.map(drop);
                let mut loaded =
                    load.run(about, stopped).await.map_err(|error| error.to_string())?;
                loaded.hide(mask);
                Ok(loaded)
            };
            RunningLoad { end: end.boxed_local().shared(), was_begun, stop }
        }))
    }

    /// Waits until it has ended; for ever without one.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + use<'a> {
        let end = self.0.as_ref().map(|load| load.end.clone());
        async move {
            match end {
                Some(end) => drop(end.await),
                None => std::future::pending().await,
            }
        }
    }

    /// Ends it if it still runs, and returns its result; none if it never began.
    pub(crate) async fn end(self) -> Option<LoadResult> {
        let RunningLoad { end, stop, .. } = self.0.filter(|load| load.was_begun.get())?;
        drop(stop);
        Some(end.await)
    }
}

/// Probes of one container.
pub(crate) struct ProbeTask<'a>(Option<RunningProbe<'a>>);

struct RunningProbe<'a> {
    probing: LocalBoxFuture<'a, Result<OpenLoopResult, ProbeError>>,
    answer: Option<Result<OpenLoopResult, ProbeError>>,
    stop: oneshot::Sender<()>,
}

impl<'a> ProbeTask<'a> {
    /// The first one is due when it is first polled.
    pub(crate) fn new(
        probe: Option<&'a ProbePlan>,
        container: Option<ProbedContainer<'a>>,
    ) -> Self {
        Self(probe.zip(container).map(|(probe, container)| {
            let (stop, stopped) = oneshot::channel();
            let probing = async move {
                probe_at_rate(&probe.condition, &container, probe.rate, stopped.map(drop)).await
            };
            RunningProbe { probing: probing.boxed_local(), answer: None, stop }
        }))
    }

    /// Keeps probing, and never returns. May be dropped and called again.
    pub(crate) async fn go_on(&mut self) {
        if let Some(RunningProbe { probing, answer, .. }) = &mut self.0
            && answer.is_none()
        {
            *answer = Some(probing.await);
        }
        std::future::pending::<()>().await;
    }

    /// Sends no more, and waits for the answers, unless the user does not want to.
    pub(crate) async fn end(self, stop: &Stop) -> Option<Result<OpenLoopResult, ProbeError>> {
        let RunningProbe { probing, answer, stop: end } = self.0?;
        drop(end);
        if answer.is_some() {
            return answer;
        }
        tokio::select! {
            answer = probing => Some(answer),
            _ = stop.wait() => None,
        }
    }
}

/// Whether a load ended by itself, and not well.
pub(crate) fn is_broken(load: Option<&LoadResult>) -> bool {
    let broken = |end| {
        end != LoadEnd::ExitCode(0) && matches!(end, LoadEnd::ExitCode(_) | LoadEnd::Signal(_))
    };
    load.is_some_and(|load| load.as_ref().is_ok_and(|loaded| broken(loaded.end)))
}

/// The failure of a load or of probes, with its cause where a process of the container
/// was killed for want of memory meanwhile.
pub(crate) fn with_cause(failure: Failure, oom_kills: Option<u64>) -> Failure {
    if oom_kills.is_none_or(|kills| kills == 0) {
        return failure;
    }
    let message = format!("a process of it was killed for want of memory: {}", failure.message);
    Failure { code: "oom_killed".to_owned(), message, ..failure }
}

/// Why an observation failed because of its load or its probes, if it did.
pub(crate) fn failure(
    load: Option<&LoadResult>,
    probe: Option<&Result<OpenLoopResult, ProbeError>>,
) -> Option<Failure> {
    let failure = |code: &str, message: String, log| {
        Some(Failure { code: code.to_owned(), message, log, partial: None })
    };
    if let Some(Err(error)) = probe {
        return failure(error.code(), format!("cannot probe: {error}"), Vec::new());
    }
    let loaded = match load? {
        Ok(loaded) => loaded,
        Err(error) => {
            return failure("load_failed", format!("cannot start the load: {error}"), Vec::new());
        }
    };
    let log = loaded.output.clone();
    match loaded.end {
        LoadEnd::ExitCode(0) | LoadEnd::Stopped => None,
        LoadEnd::ExitCode(code) => {
            failure("load_failed", format!("the load command ended with {code}"), log)
        }
        LoadEnd::Signal(signal) => {
            failure("load_failed", format!("signal {signal} ended the load command"), log)
        }
        LoadEnd::Timeout => {
            let seconds = loaded.seconds;
            let message =
                format!("the load command was ended after {seconds:.1} s (raise --load-timeout)");
            failure("load_timeout", message, log)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_is_the_cause_of_what_failed_after_it() {
        let failure = || Failure {
            code: "load_failed".to_owned(),
            message: "the load command ended with 1".to_owned(),
            log: vec!["connection reset".to_owned()],
            partial: None,
        };
        for kills in [None, Some(0)] {
            assert_eq!(with_cause(failure(), kills), failure());
        }
        let caused = with_cause(failure(), Some(2));
        assert_eq!((caused.code.as_str(), caused.log.len()), ("oom_killed", 1));
        let message =
            "a process of it was killed for want of memory: the load command ended with 1";
        assert_eq!(caused.message, message);
    }
}
