//! What goes on beside the watching: a load, and probes.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use dp_engine::probe::{Condition, Paced, Place, ProbeError, Rate, paced};
use dp_record::Failure;
use dp_tool::{Mask, Stop};
use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, Shared};
use tokio::sync::oneshot;

use crate::load::{About, End, Load, Loaded};
use crate::probed::Probed;

/// What the user wants beside the watching.
#[derive(Debug, Clone, Default)]
pub(crate) struct Beside {
    /// A load.
    pub(crate) load: Option<Load>,
    /// Probes.
    pub(crate) probe: Option<Probe>,
}

/// Probes at a fixed rate.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    /// What is asked.
    pub(crate) condition: Condition,
    /// How often.
    pub(crate) rate: Rate,
}

/// What became of a load, or why it could not be started.
pub(crate) type LoadEnd = Result<Loaded, String>;

/// A load for all that is watched at once. Ends with its owner.
#[derive(Default)]
pub(crate) struct Loading<'a>(Option<Under<'a>>);

struct Under<'a> {
    end: Shared<LocalBoxFuture<'a, LoadEnd>>,
    was_begun: Rc<Cell<bool>>,
    stop: oneshot::Sender<()>,
}

impl<'a> Loading<'a> {
    /// It begins when its end is first waited for.
    pub(crate) fn new(load: Option<&'a Load>, about: About<'a>, mask: &'a Mask) -> Self {
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
            Under { end: end.boxed_local().shared(), was_begun, stop }
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

    /// Ends it if it has not, and tells what became of it; none if it never
    /// began.
    pub(crate) async fn end(self) -> Option<LoadEnd> {
        let Under { end, stop, .. } = self.0.filter(|load| load.was_begun.get())?;
        drop(stop);
        Some(end.await)
    }
}

/// Probes of one container.
pub(crate) struct Probing<'a>(Option<Asking<'a>>);

struct Asking<'a> {
    asked: LocalBoxFuture<'a, Result<Paced, ProbeError>>,
    answer: Option<Result<Paced, ProbeError>>,
    stop: oneshot::Sender<()>,
}

impl<'a> Probing<'a> {
    /// The first one is due when it is first polled.
    pub(crate) fn new(probe: Option<&'a Probe>, place: Option<Place<'a>>) -> Self {
        Self(probe.zip(place).map(|(probe, place)| {
            let (stop, stopped) = oneshot::channel();
            let asked =
                async move { paced(&probe.condition, &place, probe.rate, stopped.map(drop)).await };
            Asking { asked: asked.boxed_local(), answer: None, stop }
        }))
    }

    /// Goes on, and never ends. May be dropped and called again.
    pub(crate) async fn go_on(&mut self) {
        if let Some(Asking { asked, answer, .. }) = &mut self.0
            && answer.is_none()
        {
            *answer = Some(asked.await);
        }
        std::future::pending::<()>().await;
    }

    /// Sends no more, and waits for the answers, unless the user does not want to.
    pub(crate) async fn end(self, stop: &Stop) -> Option<Result<Paced, ProbeError>> {
        let Asking { asked, answer, stop: end } = self.0?;
        drop(end);
        if answer.is_some() {
            return answer;
        }
        tokio::select! {
            answer = asked => Some(answer),
            _ = stop.wait() => None,
        }
    }
}

/// Whether a load ended by itself, and not well.
pub(crate) fn is_broken(load: Option<&LoadEnd>) -> bool {
    let broken = |end| end != End::ExitCode(0) && matches!(end, End::ExitCode(_) | End::Signal(_));
    load.is_some_and(|load| load.as_ref().is_ok_and(|loaded| broken(loaded.end)))
}

/// What probes showed, where there were any; `end` is that of the container, if
/// it ended.
pub(crate) fn probed(
    beside: &Beside,
    paced: Option<Result<Paced, ProbeError>>,
    end: Option<Instant>,
) -> Option<Probed> {
    let paced = paced.and_then(Result::ok);
    beside.probe.as_ref().zip(paced).map(|(probe, paced)| Probed::of(probe, paced, end))
}

/// Why an observation failed by what went on beside it, if it did.
pub(crate) fn failure(
    load: Option<&LoadEnd>,
    probe: Option<&Result<Paced, ProbeError>>,
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
        End::ExitCode(0) | End::Stopped => None,
        End::ExitCode(code) => {
            failure("load_failed", format!("the load command ended with {code}"), log)
        }
        End::Signal(signal) => {
            failure("load_failed", format!("signal {signal} ended the load command"), log)
        }
        End::Timeout => {
            let seconds = loaded.seconds;
            let message =
                format!("the load command was ended after {seconds:.1} s (raise --load-timeout)");
            failure("load_timeout", message, log)
        }
    }
}
