//! From the arguments and what they name to a checked plan.

use std::collections::BTreeMap;
use std::time::Duration;

use dp_engine::container::{Request, RunOptions};
use dp_engine::probe::Condition;
use dp_record::{Failure, Subject, kind};
use dp_session::container::Goal;
use dp_session::{Rounds, Variant};
use dp_tool::{Fault, Mask, Progress, credentials_in};
use tokio::time::{Instant, sleep_until};

use crate::args::{Args, WorkloadArgs, of_container};
use crate::find::{FoundSubject, SubjectKind};
use crate::load::Load;
use crate::workload::{LoadTask, ProbePlan, Workload};

/// How long running containers are watched, unless the user says otherwise.
const PERIOD: Duration = Duration::from_secs(10);

/// Runs without a limit that a fit begins with, unless the user says otherwise.
const FIT_RUNS: u32 = 3;

/// A validated plan.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The containers and images to watch.
    pub(crate) subjects: Vec<Target>,
    /// Until when.
    pub(crate) until: Until,
    /// From one reading to the next.
    pub(crate) interval: Duration,
    /// When a container that is started is ready to be watched.
    pub(crate) ready: Condition,
    /// Longest time until then.
    pub(crate) timeout: Duration,
    /// What runs at the same time.
    pub(crate) workload: Workload,
    /// The runs of each turn, and their order.
    pub(crate) rounds: Rounds,
    /// Whether the smallest limit of memory is looked for.
    pub(crate) fit: bool,
    /// Hides what must appear in no record.
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
    pub(crate) fn over<'a>(self, loading: &LoadTask<'a>) -> impl Future<Output = ()> + use<'a> {
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
    /// The subject of its records.
    pub(crate) subject: Subject,
    /// The user's words that came with it.
    pub(crate) meta: BTreeMap<String, String>,
    /// What is done with it.
    pub(crate) work: Work,
}

/// How a target is watched.
#[derive(Debug)]
pub(crate) enum Work {
    /// It runs: this is its id.
    Watch(String),
    /// Containers of an image are started.
    Start {
        /// The name or id of the image.
        image: String,
        /// The body of the create call.
        request: Box<Request>,
        /// Whether it runs under a limit of memory.
        limited: bool,
    },
    /// It cannot be watched.
    Fail(Failure),
}

impl Plan {
    /// Combines what was found with the variants.
    pub(crate) fn new(
        args: &Args,
        found: Vec<FoundSubject>,
        variants: &[Variant],
    ) -> Result<Self, Fault> {
        let running =
            found.iter().filter(|one| matches!(one.kind, SubjectKind::Running(_))).count();
        if running > 0 {
            check_running(args, &found)?;
        }
        if args.fit.is_some() {
            check_fit(args, running, variants)?;
        }
        let mut subjects = Vec::new();
        for one in found {
            match one.kind {
                SubjectKind::Image => {
                    for variant in variants {
                        subjects.push(start(&one.from.subject, variant, &one.from.meta)?);
                    }
                }
                SubjectKind::Running(id) => subjects.push(Target {
                    subject: one.from.subject,
                    meta: one.from.meta,
                    work: Work::Watch(id),
                }),
                SubjectKind::Neither(failure) => subjects.push(Target {
                    subject: one.from.subject,
                    meta: one.from.meta,
                    work: Work::Fail(failure),
                }),
            }
        }
        let probe = args.workload.probe.as_ref().map(of_container).transpose()?;
        let ready = args.ready.as_ref().map(of_container).transpose()?.unwrap_or_default();
        let secrets = subjects.iter().flat_map(Target::secrets).map(str::to_owned);
        let secrets = secrets.chain(variants.iter().flat_map(Variant::credentials));
        let secrets = secrets.chain(credentials(args));
        let runs = if args.fit.is_some() { FIT_RUNS } else { 1 };
        Ok(Self {
            rounds: Rounds::of(&args.runs, turns(&subjects).len(), runs, 0),
            until: until(args, running > 0)?,
            mask: Mask::default().with_given(secrets.collect::<Vec<_>>()).with_addresses(),
            subjects,
            interval: args.interval,
            ready,
            timeout: args.timeout,
            workload: workload(&args.workload, probe),
            fit: args.fit.is_some(),
        })
    }

    /// What is watched of stacks: their services are found in each run. `probe` is asked of
    /// one of them; so many subjects are turns of their own.
    pub(crate) fn of_stacks(
        args: &Args,
        probe: Option<Condition>,
        stacks: usize,
    ) -> Result<Self, Fault> {
        Ok(Self {
            subjects: Vec::new(),
            until: until(args, true)?,
            interval: args.interval,
            ready: Condition::Running,
            timeout: args.timeout,
            workload: workload(&args.workload, probe),
            rounds: Rounds::of(&args.runs, stacks, 1, 0),
            fit: false,
            mask: Mask::default().with_given(credentials(args)).with_addresses(),
        })
    }

    /// The goal of each container that is started.
    pub(crate) fn goal(&self) -> Goal<'_> {
        Goal { condition: &self.ready, timeout: Some(self.timeout) }
    }

    /// What is watched at once, round by round: places among the subjects.
    pub(crate) fn turns(&self) -> Vec<Vec<usize>> {
        turns(&self.subjects)
    }

    /// The series to come.
    pub(crate) fn planned(&self) -> dp_record::Plan {
        let subjects = self.subjects.iter().map(|one| &one.subject);
        dp_record::Plan::of(kind::STATS, subjects, self.rounds.runs, self.rounds.warmup)
    }

    /// `--dry-run`: what would be watched, on stderr.
    pub(crate) fn show(&self, progress: &Progress) {
        let until = match self.until {
            Until::Exit => "until the exit".to_owned(),
            Until::Over(period) => format!("for {} s", period.as_secs_f64()),
            Until::Load => "as long as the load takes".to_owned(),
        };
        let Rounds { runs, warmup, seed, .. } = self.rounds;
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

/// All that run are watched at once, what is started alone.
fn turns(subjects: &[Target]) -> Vec<Vec<usize>> {
    if subjects.iter().any(|target| target.running().is_some()) {
        return vec![(0..subjects.len()).collect()];
    }
    (0..subjects.len()).map(|one| vec![one]).collect()
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
fn check_running(args: &Args, found: &[FoundSubject]) -> Result<(), Fault> {
    let name = |running: bool| {
        let is = |one: &&FoundSubject| matches!(one.kind, SubjectKind::Running(_)) == running;
        let one = found.iter().filter(|one| !matches!(one.kind, SubjectKind::Neither(_))).find(is);
        one.map(|one| one.from.subject.name.as_str())
    };
    let running = name(true).unwrap_or_default();
    if let Some(image) = name(false) {
        return Err(Fault::usage(format!(
            "{running} is a running container and {image} an image: watch them one after the other"
        )));
    }
    let starts = args.variants.is_given() || !args.limits.is_empty() || !args.command.is_empty();
    let ready = args.ready.as_ref().map(|ready| &ready.condition);
    if starts || !matches!(ready, None | Some(Condition::Running)) {
        return Err(Fault::usage(format!(
            "{running} is a running container: run options, variants, limits, --ready and commands \
             are for images"
        )));
    }
    Ok(())
}

/// The work must end, and its limit must be ours.
fn check_fit(args: &Args, running: usize, variants: &[Variant]) -> Result<(), Fault> {
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
    let options = variants.iter().map(|variant| &variant.options);
    match given.iter().find(|name| options.clone().any(|all| all.last(name).is_some())) {
        Some(name) => {
            Err(Fault::usage(format!("--fit memory looks for the limit: leave --{name} out")))
        }
        None => Ok(()),
    }
}

/// Credentials in addresses that conditions and the load's command hold.
fn credentials(args: &Args) -> Vec<String> {
    let WorkloadArgs { probe, load_command, .. } = &args.workload;
    let conditions = probe.iter().chain(&args.ready).map(ToString::to_string);
    conditions.chain(load_command.clone()).flat_map(|text| credentials_in(&text)).collect()
}

fn until(args: &Args, running: bool) -> Result<Until, Fault> {
    match args.period {
        Some(period) if period.is_zero() => {
            Err(Fault::usage("--for 0s: there is nothing to be seen in no time"))
        }
        Some(period) => Ok(Until::Over(period)),
        None if args.workload.load_command.is_some() => Ok(Until::Load),
        None if running && !args.until_exit => Ok(Until::Over(PERIOD)),
        None => Ok(Until::Exit),
    }
}

fn workload(args: &WorkloadArgs, probe: Option<Condition>) -> Workload {
    let WorkloadArgs { probe_rate: rate, load_command, load_timeout: timeout, .. } = args;
    let load = |command: &String| Load { command: command.clone(), timeout: *timeout };
    Workload {
        load: load_command.as_ref().map(load),
        probe: probe.map(|condition| ProbePlan { condition, rate: *rate }),
    }
}

fn start(
    subject: &Subject,
    variant: &Variant,
    meta: &BTreeMap<String, String>,
) -> Result<Target, Fault> {
    let image = subject.image.as_ref().or(subject.reference.as_ref()).unwrap_or(&subject.name);
    let request = Request::new(image, &variant.options, variant.command.as_deref())
        .map_err(|error| Fault::usage(error.to_string()))?;
    let mut subject = subject.clone();
    let image = image.clone();
    subject.variant.clone_from(&variant.name);
    subject.platform = request.platform().map(str::to_owned).or(subject.platform);
    let work =
        Work::Start { image, request: Box::new(request), limited: is_limited(&variant.options) };
    Ok(Target { subject, meta: meta.clone(), work })
}

fn is_limited(options: &RunOptions) -> bool {
    options.last("memory").is_some()
}
