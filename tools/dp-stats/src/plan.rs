//! From what was typed and found to what is meant.

use std::collections::BTreeMap;
use std::time::Duration;

use dp_engine::container::{Request, RunOptions};
use dp_engine::probe::Condition;
use dp_record::{Failure, Subject, kind};
use dp_tool::container::Goal;
use dp_tool::{Fault, Mask, Progress, Way};
use tokio::time::{Instant, sleep_until};

use crate::args::{Args, BesideArgs};
use crate::beside::{Beside, Loading, Probe};
use crate::find::{Found, What};
use crate::load::Load;

/// How long running containers are watched, unless the user says otherwise.
const PERIOD: Duration = Duration::from_secs(10);

/// Runs without a limit that a fit begins with, unless the user says otherwise.
const FIT_RUNS: u32 = 3;

/// A validated plan.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What is watched.
    pub(crate) subjects: Vec<Target>,
    /// Until when.
    pub(crate) until: Until,
    /// From one reading to the next.
    pub(crate) interval: Duration,
    /// When a container that is started is ready to be watched.
    pub(crate) ready: Condition,
    /// Longest time until then.
    pub(crate) timeout: Duration,
    /// What goes on meanwhile.
    pub(crate) beside: Beside,
    /// Runs that count.
    pub(crate) runs: u32,
    /// Runs before them.
    pub(crate) warmup: u32,
    /// Whether the smallest limit of memory is looked for.
    pub(crate) fit: bool,
    /// Seed of the order.
    pub(crate) seed: u64,
    /// What nobody should read.
    pub(crate) mask: Mask,
}

/// Until when containers are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Until they end.
    Exit,
    /// So long.
    Over(Duration),
    /// As long as the load takes.
    Load,
}

impl Until {
    /// Waits until the time is over that begins with this call, or until the
    /// load has ended; for ever without either.
    pub(crate) fn over<'a>(self, loading: &Loading<'a>) -> impl Future<Output = ()> + use<'a> {
        let loaded = loading.ended();
        let deadline = match self {
            Self::Exit | Self::Load => None,
            Self::Over(period) => Some(Instant::now() + period),
        };
        async move {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => loaded.await,
            }
        }
    }
}

/// One subject.
#[derive(Debug)]
pub(crate) struct Target {
    /// What the records say of it.
    pub(crate) subject: Subject,
    /// The user's words that came with it.
    pub(crate) meta: BTreeMap<String, String>,
    /// What it is.
    pub(crate) work: Work,
}

/// What is done to watch it.
#[derive(Debug)]
pub(crate) enum Work {
    /// It runs: this is its id.
    Watch(String),
    /// Containers of an image are started.
    Start {
        /// By which name or id the image is asked for.
        image: String,
        /// What the engine is asked for.
        request: Box<Request>,
        /// Whether it was asked to fit a limit of memory.
        limited: bool,
    },
    /// It cannot be watched.
    Fail(Failure),
}

impl Plan {
    /// Puts what was found and the ways of starting together.
    pub(crate) fn new(args: &Args, found: Vec<Found>, ways: &[Way]) -> Result<Self, Fault> {
        let running = found.iter().filter(|one| matches!(one.what, What::Running(_))).count();
        if running > 0 {
            check_running(args, &found)?;
        }
        if args.fit.is_some() {
            check_fit(args, running, ways)?;
        }
        let mut subjects = Vec::new();
        for one in found {
            match one.what {
                What::Image => {
                    for way in ways {
                        subjects.push(start(&one.from.subject, way, &one.from.meta)?);
                    }
                }
                What::Running(id) => subjects.push(Target {
                    subject: one.from.subject,
                    meta: one.from.meta,
                    work: Work::Watch(id),
                }),
                What::Neither(failure) => subjects.push(Target {
                    subject: one.from.subject,
                    meta: one.from.meta,
                    work: Work::Fail(failure),
                }),
            }
        }
        let secrets = subjects.iter().flat_map(Target::secrets).map(str::to_owned);
        Ok(Self {
            until: until(args, running > 0)?,
            mask: Mask::default().with_given(secrets.collect::<Vec<_>>()),
            subjects,
            interval: args.interval,
            ready: args.ready.clone(),
            timeout: args.timeout,
            beside: beside(&args.beside),
            runs: args.runs.runs.unwrap_or(if args.fit.is_some() { FIT_RUNS } else { 1 }),
            warmup: args.runs.warmup.unwrap_or(0),
            fit: args.fit.is_some(),
            seed: args.runs.seed.unwrap_or_else(|| fastrand::u64(..1 << 53)),
        })
    }

    /// What each container is started for.
    pub(crate) fn goal(&self) -> Goal<'_> {
        Goal { condition: &self.ready, timeout: Some(self.timeout) }
    }

    /// What is watched at once, round by round: all that run, or one that is
    /// started.
    pub(crate) fn turns(&self) -> Vec<Vec<usize>> {
        let runs = |target: &Target| matches!(target.work, Work::Watch(_));
        if self.subjects.iter().any(runs) {
            return vec![(0..self.subjects.len()).collect()];
        }
        (0..self.subjects.len()).map(|one| vec![one]).collect()
    }

    /// The series to come.
    pub(crate) fn planned(&self) -> dp_record::Plan {
        let subjects = self.subjects.iter().map(|one| &one.subject);
        dp_record::Plan::of(kind::STATS, subjects, self.runs, self.warmup)
    }

    /// `--dry-run`: what would be watched, on stderr.
    pub(crate) fn show(&self, progress: &Progress) {
        let until = match self.until {
            Until::Exit => "until the exit".to_owned(),
            Until::Over(period) => format!("for {} s", period.as_secs_f64()),
            Until::Load => "as long as the load takes".to_owned(),
        };
        let (runs, warmup, seed) = (self.runs, self.warmup, self.seed);
        progress
            .note(&format!("{runs} runs and {warmup} warm-up runs of each, {until}, seed {seed}:"));
        for one in &self.subjects {
            let what = match one.work {
                Work::Watch(_) => "running",
                Work::Start { .. } => "to be started",
                Work::Fail(_) => "not to be had",
            };
            progress.note(&format!("{} ({what})", one.subject.label()));
        }
        if self.fit {
            progress.note("then each under limits of memory, about 6 to 9 runs, until one fits");
        }
    }
}

impl Target {
    /// Its id, if it runs.
    pub(crate) fn running(&self) -> Option<&str> {
        match &self.work {
            Work::Watch(id) => Some(id),
            _ => None,
        }
    }

    fn secrets(&self) -> impl Iterator<Item = &str> {
        let request = match &self.work {
            Work::Start { request, .. } => Some(request),
            _ => None,
        };
        request.into_iter().flat_map(|request| request.secrets())
    }
}

/// Nothing that is about starting can be said of what runs.
fn check_running(args: &Args, found: &[Found]) -> Result<(), Fault> {
    let name = |running: bool| {
        let is = |one: &&Found| matches!(one.what, What::Running(_)) == running;
        let one = found.iter().filter(|one| !matches!(one.what, What::Neither(_))).find(is);
        one.map(|one| one.from.subject.name.as_str())
    };
    let running = name(true).unwrap_or_default();
    if let Some(image) = name(false) {
        return Err(Fault::usage(format!(
            "{running} is a running container and {image} an image: watch them one after the other"
        )));
    }
    let starts = args.ways.is_given() || !args.limits.is_empty() || !args.command.is_empty();
    if starts || !matches!(args.ready, Condition::Running) {
        return Err(Fault::usage(format!(
            "{running} is a running container: run options, variants, limits, --ready and commands \
             are for images"
        )));
    }
    Ok(())
}

/// The work must end, and its limit must be ours.
fn check_fit(args: &Args, running: usize, ways: &[Way]) -> Result<(), Fault> {
    if running > 0 {
        return Err(Fault::usage(
            "--fit starts its work again and again: name its image, not a container",
        ));
    }
    if args.period.is_some() {
        return Err(Fault::usage(
            "--fit needs work that ends by itself: leave --for out, or give a --load-command",
        ));
    }
    let given = ["memory", "memory-swap", "memory-reservation"];
    let options = ways.iter().map(|way| &way.options);
    match given.iter().find(|name| options.clone().any(|all| all.last(name).is_some())) {
        Some(name) => {
            Err(Fault::usage(format!("--fit memory looks for the limit: leave --{name} out")))
        }
        None => Ok(()),
    }
}

fn until(args: &Args, running: bool) -> Result<Until, Fault> {
    match args.period {
        Some(period) if period.is_zero() => {
            Err(Fault::usage("--for 0s: there is nothing to be seen in no time"))
        }
        Some(period) => Ok(Until::Over(period)),
        None if args.beside.load_command.is_some() => Ok(Until::Load),
        None if running && !args.until_exit => Ok(Until::Over(PERIOD)),
        None => Ok(Until::Exit),
    }
}

fn beside(args: &BesideArgs) -> Beside {
    let BesideArgs { probe, probe_rate: rate, load_command, load_timeout: timeout } = args;
    let load = |command: &String| Load { command: command.clone(), timeout: *timeout };
    Beside {
        load: load_command.as_ref().map(load),
        probe: probe.clone().map(|condition| Probe { condition, rate: *rate }),
    }
}

fn start(subject: &Subject, way: &Way, meta: &BTreeMap<String, String>) -> Result<Target, Fault> {
    let image = subject.image.as_ref().or(subject.reference.as_ref()).unwrap_or(&subject.name);
    let request = Request::new(image, &way.options, way.command.as_deref())
        .map_err(|error| Fault::usage(error.to_string()))?;
    let mut subject = subject.clone();
    let image = image.clone();
    subject.variant.clone_from(&way.name);
    subject.platform = request.platform().map(str::to_owned).or(subject.platform);
    let work = Work::Start { image, request: Box::new(request), limited: is_limited(&way.options) };
    Ok(Target { subject, meta: meta.clone(), work })
}

fn is_limited(options: &RunOptions) -> bool {
    options.last("memory").is_some()
}
