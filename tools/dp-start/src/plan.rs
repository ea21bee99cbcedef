//! From what was typed to what is meant.

use std::collections::BTreeMap;
use std::time::Duration;

use dp_engine::container::Request;
use dp_engine::probe::Condition;
use dp_record::{Subject, kind, noise_variant};
use dp_tool::container::Goal;
use dp_tool::{Fault, Mask, Progress, Subjects, UpstreamSubject, Way, rounds};

use crate::args::Args;

/// Longest time until a service is ready, unless the user says otherwise. A
/// job takes the time that it takes.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A validated plan.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What is started.
    pub(crate) subjects: Vec<Start>,
    /// When it is ready.
    pub(crate) condition: Condition,
    /// Longest time until then.
    pub(crate) timeout: Option<Duration>,
    /// How long to watch after that.
    pub(crate) hold: Option<Duration>,
    /// Containers at once.
    pub(crate) parallel: u16,
    /// Runs that count.
    pub(crate) runs: u32,
    /// Runs before them.
    pub(crate) warmup: u32,
    /// Seed of the order.
    pub(crate) seed: u64,
    /// What nobody should read.
    pub(crate) mask: Mask,
}

/// One subject: an image, started in one way.
#[derive(Debug)]
pub(crate) struct Start {
    /// What the records say of it.
    pub(crate) subject: Subject,
    /// The user's words that came with it.
    pub(crate) meta: BTreeMap<String, String>,
    /// By which name or id the image is asked for.
    pub(crate) image: String,
    /// What the engine is asked for.
    pub(crate) request: Request,
}

impl Plan {
    /// Puts images and ways together.
    pub(crate) fn new(args: &Args, images: &Subjects, ways: &[Way]) -> Result<Self, Fault> {
        if args.hold.is_some() && matches!(args.ready, Condition::Exit) {
            let message =
                "--hold: what has ended cannot be watched (leave it, or --ready exit, out)";
            return Err(Fault::usage(message));
        }
        let mut subjects = Vec::new();
        for image in &images.subjects {
            for way in ways {
                subjects.push(start(image, way, args, false)?);
                if args.aa {
                    subjects.push(start(image, way, args, true)?);
                }
            }
        }
        // Without images the ways are still checked.
        for way in ways {
            request("image", way)?;
        }
        let secrets: Vec<String> = subjects
            .iter()
            .flat_map(|start: &Start| start.request.secrets())
            .map(str::to_owned)
            .collect();
        let timeout = match args.ready {
            Condition::Exit => args.timeout,
            _ => Some(args.timeout.unwrap_or(TIMEOUT)),
        };
        Ok(Self {
            subjects,
            condition: args.ready.clone(),
            timeout,
            hold: args.hold.filter(|hold| !hold.is_zero()),
            parallel: args.parallel,
            runs: args.runs.runs.unwrap_or(10),
            warmup: args.runs.warmup.unwrap_or(0),
            seed: args.runs.seed.unwrap_or_else(|| fastrand::u64(..1 << 53)),
            mask: Mask::default().with_given(secrets),
        })
    }

    /// The series to come.
    pub(crate) fn planned(&self) -> dp_record::Plan {
        let subjects = self.subjects.iter().map(|one| &one.subject);
        dp_record::Plan::of(kind::START, subjects, self.runs, self.warmup)
    }

    /// What each container is started for.
    pub(crate) fn goal(&self) -> Goal<'_> {
        Goal { condition: &self.condition, timeout: self.timeout }
    }

    /// `--dry-run`: what would be started, on stderr.
    pub(crate) fn show(&self, progress: &Progress) {
        let slots = rounds(self.subjects.len(), self.runs, self.warmup, self.seed);
        let (count, seed) = (slots.len(), self.seed);
        let ready = self.mask.text(&self.condition.to_string());
        progress.note(&format!("{count} observations, ready is {ready}, seed {seed}:"));
        for slot in slots {
            let kind = if slot.warmup { "warm-up" } else { "round" };
            let label = self.subjects[slot.subject].subject.label();
            progress.note(&format!("{kind} {}/{}: {label}", slot.n, slot.of));
        }
    }
}

fn start(image: &UpstreamSubject, way: &Way, args: &Args, noise: bool) -> Result<Start, Fault> {
    let mut subject = image.subject.clone();
    let name = way.name.as_deref();
    subject.variant = if noise { Some(noise_variant(name)) } else { way.name.clone() };
    if args.parallel > 1 {
        // Several at once are another thing than one.
        subject.add_scenario(&format!("parallel-{}", args.parallel));
    }
    let request = request(image.image(), way)?;
    subject.platform = request.platform().map(str::to_owned).or(subject.platform);
    Ok(Start { subject, meta: image.meta.clone(), image: image.image().to_owned(), request })
}

fn request(image: &str, way: &Way) -> Result<Request, Fault> {
    Request::new(image, &way.options, way.command.as_deref())
        .map_err(|error| Fault::usage(error.to_string()))
}
