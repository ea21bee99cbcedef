//! Stacks: each round brings every compose project up, watches all its services at once, and
//! takes it down. A record for each service, and one of their sum.

mod sum;

use std::collections::BTreeMap;

use dp_cgroup::ParentGroup;
use dp_engine::container::Events;
use dp_record::{Failure, Host, Record, Subject, kind};
use dp_session::compose::{
    NamedStack, NotUp, ServiceCondition, StackRun, StartedStack, Want, named_stacks,
};
use dp_session::container::LABEL;
use dp_session::{Batch, GiveUp, Measure, Session, Slot, begin_batch, connect, fault};
use dp_tool::{Exit, Fault, Io, Mask, Progress, Stop};
use jiff::Timestamp;

use crate::args::Args;
use crate::detail::detail_of;
use crate::figures;
use crate::observation::Observation;
use crate::plan::{Plan, Target, Work};
use crate::running::{RunContext, RunningContainer, StackContext};
use crate::samples::Samples;
use sum::SumWatch;

/// Scenario of the records of a whole stack.
const SUM: &str = "sum";

/// What is measured of each stack.
struct StackPlan {
    named: NamedStack,
    /// The service that is probed.
    asked: Option<String>,
    /// Its services that run, each with the subject of its record; replicas are told apart
    /// by their number.
    services: Vec<(String, Subject)>,
    /// The subject of the sum.
    sum: Subject,
}

/// Measures the stacks that the arguments name, and prints the records.
pub(crate) async fn run(args: &Args, io: &mut Io<'_>, progress: &Progress) -> anyhow::Result<Exit> {
    check(args)?;
    let session = connect(&args.engine, progress).await?;
    let engine = (session.engine.endpoint(), session.facts.local);
    let named = named_stacks(&args.stacks(), &args.records, engine, progress)?;
    let probe = args.workload.probe.as_ref();
    let stacks = named.into_iter().map(|one| StackPlan::new(one, args, progress));
    let stacks = stacks.collect::<Result<Vec<StackPlan>, Fault>>()?;
    let plan = Plan::of_stacks(args, probe.map(|probe| probe.condition.clone()), stacks.len())?;
    if args.runs.dry_run {
        for one in stacks.iter().flat_map(StackPlan::subjects) {
            progress.note(&format!("{} (to be started)", one.label()));
        }
        return Ok(Exit::Measured);
    }
    let id = begin_batch();
    let events = Events::listen(&session.engine, &format!("{LABEL}={id}"));
    let subjects = stacks.iter().flat_map(StackPlan::subjects);
    let planned = dp_record::Plan::of(kind::STATS, subjects, plan.rounds.runs, plan.rounds.warmup);
    let ground = session.ground(env!("CARGO_PKG_VERSION"));
    let batch = Batch {
        id: &id,
        env: session.env_record("dp-stats", ground, &id, planned, plan.rounds.seed),
        rounds: plan.rounds,
        mask: plan.mask.clone(),
        records: &args.records,
        runs: &args.runs,
    };
    let mut runs = StackRuns {
        plan: &plan,
        ready: args.ready.clone(),
        images: stacks.iter().map(|_| None).collect(),
        stacks: &stacks,
        session: &session,
        events: &events,
        samples: Samples::create(args.samples_out.as_deref())?,
        id: &id,
        stop: io.stop.clone(),
    };
    batch.run(&mut runs, io, progress).await
}

/// What does not go together with a stack.
fn check(args: &Args) -> Result<(), Fault> {
    let refused = |what: &str| Err(Fault::usage(format!("--compose FILE: {what}")));
    if !args.projects().is_empty() || !args.subjects.is_empty() {
        return refused("stacks are started alone: watch what runs by a call of its own");
    }
    if args.variants.is_given() || !args.limits.is_empty() || !args.command.is_empty() {
        return refused("limits, options and commands are those of the file: name a file over it");
    }
    if args.fit.is_some() || args.until_exit {
        return refused("--fit and --until-exit are for one image");
    }
    Ok(())
}

impl StackPlan {
    fn new(named: NamedStack, args: &Args, progress: &Progress) -> Result<Self, Fault> {
        named.stack.goal(args.ready.as_ref(), args.timeout)?;
        let asked = match &args.workload.probe {
            Some(probe) => Some(named.stack.asked(probe)?.0.to_owned()),
            None => None,
        };
        let mut services = Vec::new();
        for service in &named.stack.services {
            if service.one_shot {
                progress.note(&format!("{}: others wait for its end: not watched", service.name));
                continue;
            }
            for number in 1..=service.replicas {
                let plain = service.name.clone();
                let name = if number == 1 { plain } else { format!("{plain}-{number}") };
                let container = format!("{}-{number}", service.name);
                services.push((container, Subject { name, ..named.subject.clone() }));
            }
        }
        let sum = Subject { scenario: Some(SUM.to_owned()), ..named.subject.clone() };
        Ok(Self { named, asked, services, sum })
    }

    /// All that records are made of.
    fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.services.iter().map(|(_, subject)| subject).chain([&self.sum])
    }
}

/// Runs of stacks, each watched and removed.
struct StackRuns<'a> {
    plan: &'a Plan,
    ready: Option<ServiceCondition>,
    stacks: &'a [StackPlan],
    /// What is to be hidden of the images, by stack, once they are known.
    images: Vec<Option<Vec<Mask>>>,
    session: &'a Session,
    events: &'a Events,
    samples: Samples,
    id: &'a str,
    stop: Stop,
}

impl Measure for StackRuns<'_> {
    const NOUN: &'static str = "run";
    const GIVE_UP: GiveUp = GiveUp::Never;

    fn label(&self, subject: usize) -> String {
        self.stacks[subject].named.subject.label()
    }

    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let at = Timestamp::now();
        let of = &self.stacks[slot.subject];
        let blank = |subject: &Subject| {
            let mut record = Record::new(kind::STATS, at);
            record.subject = Some(subject.clone());
            record
        };
        let mut records: Vec<Record> = of.subjects().map(blank).collect();
        let watched = self.watched(slot).await?;
        if self.stop.is_set() {
            return Ok(None);
        }
        match watched {
            Ok(watched) => self.fill(&mut records, watched, of)?,
            Err(why) => {
                let failure = why.failure(&of.named.subject);
                for record in &mut records {
                    record.fail(failure.clone());
                }
            }
        }
        for record in &mut records {
            of.named.stack.mask.record(record);
            self.images[slot.subject].iter().flatten().for_each(|mask| mask.record(record));
        }
        Ok(Some(records))
    }

    fn lost(&self) -> Option<Fault> {
        Some(self.session.lost(self.id))
    }

    async fn clean(&mut self, _panicked: bool) -> anyhow::Result<()> {
        Ok(self.session.remove_labelled(self.id).await?)
    }
}

/// What was seen of a stack.
struct WatchedStack {
    /// Its services, in the order of the plan.
    services: Vec<(Subject, RunningContainer)>,
    sum: Observation,
    host: Host,
}

impl StackRuns<'_> {
    /// One run, with all that was made for it taken away.
    async fn watched(&mut self, slot: Slot) -> anyhow::Result<Result<WatchedStack, NotUp>> {
        let of = &self.stacks[slot.subject];
        let name = slot.object_name(self.id);
        let run = StackRun {
            session: self.session,
            events: self.events,
            stack: &of.named.stack,
            batch: self.id,
            stop: &self.stop,
        };
        if self.images[slot.subject].is_none() {
            match run.images().await {
                Ok(images) => self.images[slot.subject] = Some(images),
                Err(why) => return Ok(Err(why)),
            }
        }
        let group = self.session.parent_group(&name);
        let parent = group.as_ref().ok().map(ParentGroup::parent);
        let created = match run.create(&name, parent.as_deref()).await {
            Ok(created) => created,
            Err(why) => {
                self.session.remove_labelled(self.id).await?;
                return Ok(Err(why));
            }
        };
        let started =
            created.start(of.named.stack.goal(self.ready.as_ref(), self.plan.timeout)?).await;
        let watched = match &started.life.ready {
            Ok(_) => Some(
                self.watch(&started, of, &name, group.as_ref().map_err(String::as_str), slot.n)
                    .await?,
            ),
            Err(_) => None,
        };
        let stack = started.remove().await?;
        match (watched, stack.life.ready) {
            (Some(watched), _) => Ok(Ok(watched)),
            (None, ready) => Ok(Err(ready.err().unwrap_or(NotUp::Stopped))),
        }
    }

    async fn watch(
        &self,
        started: &StartedStack<'_>,
        of: &StackPlan,
        project: &str,
        group: Result<&ParentGroup, &str>,
        run: u32,
    ) -> anyhow::Result<WatchedStack> {
        let mut targets = Vec::new();
        for (word, subject) in &of.services {
            let container = format!("{project}-{word}");
            let members =
                started.life.members.iter().filter(|member| member.want != Want::Completed);
            let Some(member) = members.into_iter().find(|one| one.container == container) else {
                continue;
            };
            let subject = Subject {
                container: Some(container),
                image: Some(member.facts.image.clone()),
                reference: Some(member.facts.image_reference.clone()),
                ..subject.clone()
            };
            let work = Work::Watch(member.facts.id.clone());
            targets.push(Target { subject, meta: BTreeMap::new(), work });
        }
        let asked = of.asked.as_ref().map(|service| format!("{project}-{service}-1"));
        let context = RunContext {
            session: self.session,
            plan: self.plan,
            stop: &self.stop,
            run,
            stack: Some(StackContext { project, asked: asked.as_deref() }),
        };
        let all: Vec<&Target> = targets.iter().collect();
        let sum = SumWatch::begin(group, self.plan.interval);
        let (result, sum) = sum.meanwhile(context.observe(&all)).await;
        let (services, host) = result.map_err(fault)?;
        let seen: Vec<&Observation> =
            services.iter().filter_map(|one| one.observation.as_ref()).collect();
        let sum = sum.observation(&seen);
        let subjects = targets.into_iter().map(|target| target.subject);
        Ok(WatchedStack { services: subjects.zip(services).collect(), sum, host })
    }

    /// Completes the records: of the services in their order, and of the sum.
    fn fill(
        &mut self,
        records: &mut [Record],
        watched: WatchedStack,
        of: &StackPlan,
    ) -> anyhow::Result<()> {
        let WatchedStack { services, sum, host } = watched;
        let Some((last, each)) = records.split_last_mut() else { return Ok(()) };
        let mut first_failure: Option<Failure> = None;
        let names: Vec<String> = services.iter().map(|(subject, _)| subject.name.clone()).collect();
        for (record, (subject, mut one)) in each.iter_mut().zip(services) {
            // What the load did is told once, of the whole.
            if let Some(observation) = &mut one.observation {
                observation.load = None;
            }
            let failure = one.failure.map(|mut failure| {
                failure.message = format!("{}: {}", subject.label(), failure.message);
                failure
            });
            first_failure = first_failure.or_else(|| failure.clone());
            record.subject = Some(subject);
            self.fill_one(record, one.observation.as_ref(), failure, (&host, &[]), of)?;
        }
        self.fill_one(last, Some(&sum), first_failure, (&host, &names), of)
    }

    fn fill_one(
        &mut self,
        record: &mut Record,
        observation: Option<&Observation>,
        failure: Option<Failure>,
        (host, sum_of): (&Host, &[String]),
        of: &StackPlan,
    ) -> anyhow::Result<()> {
        record.host = Some(host.clone());
        let figures = observation.map(figures::metrics).unwrap_or_default();
        if let Some(observation) = observation {
            let mut detail = detail_of(observation, &figures);
            detail.sum_of = sum_of.to_vec();
            record.detail = Some(detail.into());
        }
        if let Some(mut failure) = failure {
            failure.partial = serde_json::to_value(&figures).ok();
            record.fail(failure);
        } else {
            record.metrics = figures;
            record.units = observation.map(Observation::units).unwrap_or_default();
        }
        match observation {
            Some(observation) => {
                self.samples.write(record, observation, [&self.plan.mask, &of.named.stack.mask])
            }
            None => Ok(()),
        }
    }
}
