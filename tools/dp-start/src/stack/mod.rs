//! Stacks: each round brings every compose project up, waits until all of it is ready, and
//! takes it down.

mod detail;

use std::time::Duration;

use dp_engine::container::Events;
use dp_record::{Record, Subject, kind, noise_variant};
use dp_session::compose::{NamedStack, NotUp, ServiceCondition, StackRun, named_stacks};
use dp_session::container::LABEL;
use dp_session::host::{Watch, own_cpu};
use dp_session::{Batch, GiveUp, Measure, Rounds, Session, Slot, begin_batch, connect};
use dp_tool::{Exit, Fault, Io, Mask, Progress, Stop, credentials_in};
use jiff::Timestamp;

use crate::args::Args;
use crate::plan::TIMEOUT;
use detail::Observed;

/// What is measured.
struct Plan {
    stacks: Vec<NamedStack>,
    /// What is started: the place of its stack, and the subject of its records.
    subjects: Vec<(usize, Subject)>,
    ready: Option<ServiceCondition>,
    timeout: Duration,
    rounds: Rounds,
    mask: Mask,
}

/// Measures the stacks that the arguments name, and prints the records.
pub(crate) async fn run(args: &Args, io: &mut Io<'_>, progress: &Progress) -> anyhow::Result<Exit> {
    let session = connect(&args.engine, progress).await?;
    let plan = Plan::new(args, &session, progress)?;
    if args.runs.dry_run {
        plan.show(progress);
        return Ok(Exit::Measured);
    }
    let id = begin_batch();
    let events = Events::listen(&session.engine, &format!("{LABEL}={id}"));
    let mut starts = StackStarts {
        plan: &plan,
        session: &session,
        events: &events,
        images: plan.stacks.iter().map(|_| None).collect(),
        started: plan.stacks.iter().map(|_| false).collect(),
        id: &id,
        stop: io.stop.clone(),
    };
    let subjects = plan.subjects.iter().map(|(_, subject)| subject);
    let planned = dp_record::Plan::of(kind::START, subjects, plan.rounds.runs, plan.rounds.warmup);
    let ground = session.ground(env!("CARGO_PKG_VERSION"));
    let batch = Batch {
        id: &id,
        env: session.env_record("dp-start", ground, &id, planned, plan.rounds.seed),
        rounds: plan.rounds,
        mask: plan.mask.clone(),
        records: &args.records,
        runs: &args.runs,
    };
    batch.run(&mut starts, io, progress).await
}

impl Plan {
    fn new(args: &Args, session: &Session, progress: &Progress) -> Result<Self, Fault> {
        if args.variants.is_given() {
            return Err(Fault::usage(
                "run options are for images: write them into a compose file, and name both files",
            ));
        }
        let engine = (session.engine.endpoint(), session.facts.local);
        let stacks = named_stacks(&args.compose, &args.records, engine, progress)?;
        let ready = args.ready.clone();
        let timeout = args.timeout.unwrap_or(TIMEOUT);
        for one in &stacks {
            one.stack.goal(ready.as_ref(), timeout)?;
        }
        let mut subjects = Vec::new();
        for (at, one) in stacks.iter().enumerate() {
            subjects.push((at, one.subject.clone()));
            if args.aa {
                let variant = Some(noise_variant(one.subject.variant.as_deref()));
                subjects.push((at, Subject { variant, ..one.subject.clone() }));
            }
        }
        let secrets = ready.iter().flat_map(|ready| credentials_in(&ready.to_string()));
        Ok(Self {
            rounds: Rounds::of(&args.runs, subjects.len(), 10, 0),
            mask: Mask::default().with_given(secrets.collect::<Vec<_>>()).with_addresses(),
            stacks,
            subjects,
            ready,
            timeout,
        })
    }

    /// What is waited for, for people.
    fn ready(&self) -> String {
        self.ready.as_ref().map_or_else(|| "all services".to_owned(), ToString::to_string)
    }

    fn show(&self, progress: &Progress) {
        let slots = self.rounds.slots();
        let (count, seed) = (slots.len(), self.rounds.seed);
        let ready = self.mask.text(&self.ready());
        progress.note(&format!("{count} observations, ready is {ready}, seed {seed}:"));
        for slot in slots {
            let label = self.subjects[slot.subject].1.label();
            progress.note(&format!("{}: {label}", slot.title()));
        }
    }
}

/// Starts stacks, each run observed and removed.
struct StackStarts<'a> {
    plan: &'a Plan,
    session: &'a Session,
    events: &'a Events,
    /// What is to be hidden of the images, by stack, once they are known.
    images: Vec<Option<Vec<Mask>>>,
    /// Stacks that were started before.
    started: Vec<bool>,
    id: &'a str,
    stop: Stop,
}

impl Measure for StackStarts<'_> {
    const NOUN: &'static str = "start";
    // What failed at its first start would fail again, and take its time.
    const GIVE_UP: GiveUp = GiveUp::UnlessEverGood;

    fn label(&self, subject: usize) -> String {
        format!("starting {}", self.plan.subjects[subject].1.label())
    }

    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let (at, subject) = &self.plan.subjects[slot.subject];
        let mut record = Record::new(kind::START, Timestamp::now());
        record.subject = Some(subject.clone());
        let observed = self.start(*at, &slot.object_name(self.id)).await?;
        if self.stop.is_set() {
            return Ok(None);
        }
        match observed {
            Ok(observed) => self.fill(&mut record, &observed, *at),
            Err(why) => record.fail(why.failure(subject)),
        }
        self.plan.stacks[*at].stack.mask.record(&mut record);
        for mask in self.images[*at].iter().flatten() {
            mask.record(&mut record);
        }
        Ok(Some(vec![record]))
    }

    fn lost(&self) -> Option<Fault> {
        Some(self.session.lost(self.id))
    }

    async fn clean(&mut self, _panicked: bool) -> anyhow::Result<()> {
        Ok(self.session.remove_labelled(self.id).await?)
    }
}

impl StackStarts<'_> {
    /// One start, with all that was made for it taken away.
    async fn start(&mut self, at: usize, name: &str) -> anyhow::Result<Result<Observed, NotUp>> {
        let plan = self.plan;
        let stack = &plan.stacks[at].stack;
        let run = StackRun {
            session: self.session,
            events: self.events,
            stack,
            batch: self.id,
            stop: &self.stop,
        };
        if self.images[at].is_none() {
            match run.images().await {
                Ok(images) => self.images[at] = Some(images),
                Err(why) => return Ok(Err(why)),
            }
        }
        let group = self.session.parent_group(name).ok();
        let parent = group.as_ref().map(dp_cgroup::ParentGroup::parent);
        let created = match run.create(name, parent.as_deref()).await {
            Ok(created) => created,
            Err(why) => {
                self.session.remove_labelled(self.id).await?;
                return Ok(Err(why));
            }
        };
        let watch = Watch::begin(self.session.process);
        let before = own_cpu();
        let started = created.start(stack.goal(plan.ready.as_ref(), plan.timeout)?).await;
        let version = self.session.facts.cgroup_version;
        let usage = group.as_ref().zip(version).map(|(group, version)| group.usage(version));
        let cpu = usage.and_then(|usage| usage.cpu);
        let client_cpu = own_cpu().saturating_sub(before);
        let host = watch.end();
        let stack = started.remove().await?;
        let first = !std::mem::replace(&mut self.started[at], true);
        Ok(Ok(Observed { stack, cpu, client_cpu, host, first }))
    }

    /// Completes the record by what was observed.
    fn fill(&self, record: &mut Record, observed: &Observed, at: usize) {
        let named = &self.plan.stacks[at];
        record.host = Some(observed.host.clone());
        record.detail =
            Some(detail::of(observed, named, self.plan.ready(), self.session.facts.local).into());
        match &observed.stack.life.ready {
            Err(why) => record.fail(why.failure(record.subject.as_ref().unwrap_or(&named.subject))),
            Ok(ready) => record.metrics = detail::metrics(observed, *ready),
        }
    }
}
