//! `--volume NAME:PATH --run COMMAND IMAGE`: a command with its volume empty, then
//! filled, in a new container each time.
//!
//! ```text
//! empty:  a new volume -> container runs the command -> container removed
//! filled: the volume that the first of these left -> the same
//! ```
//!
//! The volumes are private and go with the batch; with `--use-volume` the filled one
//! is the user's own, and stays as the command leaves it.

use std::fs;
use std::path::Path;

use dp_engine::container::options::RunOptions;
use dp_engine::container::{Events, Request};
use dp_engine::probe::Condition;
use dp_engine::{EngineError, ErrorKind};
use dp_record::detail::cache::{CacheDetail, CacheVolume};
use dp_record::{Failure, Metrics, Outcome, PlannedSubject, Record, Subject, kind};
use dp_session::container::{CreatedContainer, Goal, Image, LABEL, RemovedContainer, failure};
use dp_session::host::Watch;
use dp_session::{Batch, GiveUp, Measure, Rounds, Session, Slot, begin_batch, connect, fault};
use dp_tool::{Exit, Fault, Io, Progress, Stop};
use jiff::Timestamp;

use crate::TOOL;
use crate::args::Args;
use crate::explain;

/// Names of the scenarios, in the order of the series.
const SCENARIOS: [&str; 2] = ["empty", "filled"];

/// What is to be measured.
#[derive(Debug)]
struct Plan {
    image: String,
    name: String,
    volume: String,
    path: String,
    command: String,
    /// Whether the user's own volume is the filled one.
    own: bool,
    rounds: Rounds,
}

impl Plan {
    fn new(args: &Args, volume: &str) -> Result<Self, Fault> {
        let (name, path) = volume.split_once(':').unwrap_or((volume, ""));
        if name.is_empty() || name.contains('/') || !path.starts_with('/') || path.contains(':') {
            return Err(Fault::usage(format!(
                "--volume {volume}: it is NAME:PATH, such as packages:/root/.npm"
            )));
        }
        let Some(command) = &args.run else {
            return Err(Fault::usage("--volume needs --run COMMAND: what is run with it"));
        };
        let [image] = args.contexts.as_slice() else {
            return Err(Fault::usage("--volume needs one IMAGE to run the command in"));
        };
        let image = image.to_string_lossy().into_owned();
        args.records.check_names(1, "image")?;
        let mut rounds = Rounds::of(&args.runs, SCENARIOS.len(), 1, 0);
        rounds.leading = 1;
        Ok(Self {
            name: args.records.name.first().cloned().unwrap_or_else(|| image.clone()),
            image,
            volume: name.to_owned(),
            path: path.to_owned(),
            command: command.clone(),
            own: args.use_volume,
            rounds,
        })
    }

    /// What is asked of the engine, with this volume.
    fn request(&self, image: &str, volume: &str) -> Result<Request, Fault> {
        let words = [format!("--volume={volume}:{}", self.path), "--entrypoint=sh".to_owned()];
        let options = RunOptions::parse(words);
        let command = ["-c".to_owned(), self.command.clone()];
        options
            .and_then(|options| Request::new(image, &options, Some(&command)))
            .map_err(|error| Fault::usage(error.to_string()))
    }

    fn subject(&self, scenario: usize, image: Option<&Image>) -> Subject {
        Subject {
            name: self.name.clone(),
            scenario: Some(SCENARIOS[scenario].to_owned()),
            image: image.map(|image| image.id.clone()),
            reference: Some(self.image.clone()),
            ..Subject::default()
        }
    }

    fn planned(&self) -> dp_record::Plan {
        let subject = |scenario: &str| PlannedSubject {
            name: self.name.clone(),
            scenario: Some(scenario.to_owned()),
            ..PlannedSubject::default()
        };
        dp_record::Plan {
            kind: kind::CACHE.to_owned(),
            subjects: SCENARIOS.into_iter().map(subject).collect(),
            runs: self.rounds.runs,
            warmup: self.rounds.warmup,
        }
    }
}

/// Measures what the arguments say and prints its records.
pub(crate) async fn run(
    args: &Args,
    volume: &str,
    io: &mut Io<'_>,
    progress: &Progress,
) -> anyhow::Result<Exit> {
    let plan = Plan::new(args, volume)?;
    if args.runs.dry_run {
        for slot in plan.rounds.slots() {
            let scenario = SCENARIOS[slot.subject];
            progress.note(&format!(
                "{}: {}, {scenario}: {}",
                slot.title(),
                plan.name,
                plan.command
            ));
        }
        return Ok(Exit::Measured);
    }
    let session = connect(&args.engine, progress).await?;
    let id = begin_batch();
    let events = Events::listen(&session.engine, &format!("{LABEL}={id}"));
    let mut volumes = Volumes {
        plan: &plan,
        session: &session,
        events: &events,
        image: None,
        filled: plan.own.then(|| plan.volume.clone()),
        empty_seconds: None,
        id: &id,
        stop: io.stop.clone(),
        progress,
        explain: args.explain,
    };
    let ground = session.ground(TOOL.1);
    let batch = Batch {
        id: &id,
        env: session.env_record(TOOL.0, ground, &id, plan.planned(), plan.rounds.seed),
        rounds: plan.rounds,
        mask: dp_tool::Mask::default(),
        records: &args.records,
        runs: &args.runs,
    };
    batch.run(&mut volumes, io, progress).await
}

struct Volumes<'a> {
    plan: &'a Plan,
    session: &'a Session,
    events: &'a Events,
    /// Once it is known.
    image: Option<Image>,
    /// The volume that is filled.
    filled: Option<String>,
    /// How long the command took with the last empty volume.
    empty_seconds: Option<f64>,
    id: &'a str,
    stop: Stop,
    progress: &'a Progress,
    explain: bool,
}

impl Measure for Volumes<'_> {
    const NOUN: &'static str = "run";
    const GIVE_UP: GiveUp = GiveUp::AfterFailure;

    fn label(&self, subject: usize) -> String {
        format!("{}, volume {}", self.plan.name, SCENARIOS[subject])
    }

    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        let empty = slot.subject == 0;
        let mut record = Record::new(kind::CACHE, Timestamp::now());
        record.subject = Some(self.plan.subject(slot.subject, None));
        let own = slot.object_name(self.id);
        let volume = match (empty, &self.filled) {
            (true, _) => own.clone(),
            (false, Some(filled)) => filled.clone(),
            (false, None) => {
                let message =
                    "there is no filled volume: the command failed with an empty one".to_owned();
                record.fail(Failure {
                    code: "not_filled".to_owned(),
                    message,
                    ..Failure::default()
                });
                return Ok(Some(vec![record]));
            }
        };
        let request = self.plan.request(&self.plan.image, &volume)?;
        let lived = self.live(&mut record, &own, (&volume, empty), &request).await;
        if self.stop.is_set() {
            return Ok(None);
        }
        match lived {
            Ok(life) => self.fill(&mut record, &life, empty),
            Err(error) if error.kind() == ErrorKind::Usage => return Err(fault(error).into()),
            Err(error) => {
                let subject = self.plan.subject(slot.subject, None);
                record.fail(failure::of_error(&error, &subject));
            }
        }
        let bytes = self.bytes(&volume).await;
        self.describe(&mut record, bytes);
        if empty {
            let good = record.outcome != Outcome::Failed;
            if good && self.filled.is_none() {
                self.filled = Some(volume);
            } else {
                self.session.engine.remove_volume(&volume).await.map_err(fault)?;
            }
        }
        if let Some(image) = &self.image {
            image.mask.record(&mut record);
        }
        if self.explain {
            for line in explain::lines(&record) {
                self.progress.note(&line);
            }
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

impl Volumes<'_> {
    /// Runs the command in a container of its own, until it ends.
    async fn live(
        &mut self,
        record: &mut Record,
        name: &str,
        (volume, empty): (&str, bool),
        request: &Request,
    ) -> Result<RemovedContainer, EngineError> {
        let image = if let Some(image) = &self.image {
            image.id.clone()
        } else {
            let image = Image::find(self.session, &self.plan.image).await?;
            self.image.insert(image).id.clone()
        };
        if let Some(subject) = &mut record.subject {
            subject.image = Some(image.clone());
        }
        let label = (LABEL, self.id);
        if empty {
            self.session.engine.create_missing_volumes(&[volume.to_owned()], label).await?;
        }
        let request = request.of_image(&image);
        let goal = Goal { condition: &Condition::Exit, timeout: None };
        let watch = Watch::begin(self.session.process);
        let lived = self
            .session
            .in_own_cgroup(&request, (name, self.id), async |request, _| {
                let created =
                    CreatedContainer::create(self.session, goal, self.events, name, request)
                        .await?;
                created.start(&self.stop, false).await.remove(&self.stop).await
            })
            .await;
        record.host = Some(watch.end());
        lived
    }

    fn fill(&mut self, record: &mut Record, life: &RemovedContainer, empty: bool) {
        let goal = Goal { condition: &Condition::Exit, timeout: None };
        if let Err(why) = &life.ready {
            let subject = record.subject.clone().unwrap_or_default();
            record.fail(failure::of_life(life, why, &subject, goal, &Metrics::default()));
            if empty {
                self.empty_seconds = None;
            }
            return;
        }
        let seconds = life.timeline.exited.map(|exited| life.timeline.start.to(exited.received));
        record.metrics.set_known("wall_seconds", seconds);
        if empty {
            self.empty_seconds = seconds;
        } else if let Some((wall, empty)) = seconds.zip(self.empty_seconds) {
            record.metrics.set("saved_seconds", empty - wall);
            record.metrics.set_known("saved_ratio", (empty > 0.0).then(|| 1.0 - wall / empty));
        }
    }

    fn describe(&self, record: &mut Record, bytes: Option<u64>) {
        let filled = record.subject.as_ref().and_then(|subject| subject.scenario.as_deref())
            == Some(SCENARIOS[1]);
        let volume = CacheVolume {
            name: self.plan.volume.clone(),
            path: self.plan.path.clone(),
            command: self.plan.command.clone(),
            own: self.plan.own && filled,
            bytes,
        };
        let detail = CacheDetail {
            source: "container".to_owned(),
            cold_seconds: self.empty_seconds.filter(|_| filled),
            volume: Some(volume),
            ..CacheDetail::default()
        };
        record.detail = Some(detail.into());
    }

    /// The bytes of the files of a volume, where they can be read.
    async fn bytes(&self, volume: &str) -> Option<u64> {
        if !self.session.facts.local {
            return None;
        }
        let folder = self.session.engine.volume_folder(volume).await.ok()??;
        files_of(Path::new(&folder)).ok()
    }
}

fn files_of(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            bytes += files_of(&entry.path())?;
        } else if metadata.is_file() {
            bytes += metadata.len();
        }
    }
    Ok(bytes)
}
