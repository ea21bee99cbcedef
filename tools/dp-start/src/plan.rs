//! From the arguments to a checked plan.

use std::collections::BTreeMap;
use std::time::Duration;

use dp_engine::container::Request;
use dp_engine::probe::Condition;
use dp_record::{Subject, kind, noise_variant};
use dp_session::container::Goal;
use dp_session::{Rounds, Variant};
use dp_tool::{Fault, Mask, Progress, Subjects, UpstreamSubject, credentials_in};

use crate::args::Args;

/// Longest time until a service is ready, unless the user says otherwise. A
/// job takes the time that it takes.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(1);

/// A validated plan.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The images to start, by variant.
    pub(crate) subjects: Vec<Start>,
    /// When it is ready.
    pub(crate) condition: Condition,
    /// Longest time until then.
    pub(crate) timeout: Option<Duration>,
    /// How long to watch after that.
    pub(crate) hold: Option<Duration>,
    /// Containers at once.
    pub(crate) parallel: u16,
    /// The runs, and their order.
    pub(crate) rounds: Rounds,
    /// Hides what must appear in no record.
    pub(crate) mask: Mask,
}

/// One subject: an image in one variant.
#[derive(Debug)]
pub(crate) struct Start {
    /// The subject of its records.
    pub(crate) subject: Subject,
    /// The user's words that came with it.
    pub(crate) meta: BTreeMap<String, String>,
    /// The name or id of the image.
    pub(crate) image: String,
    /// The body of the create call.
    pub(crate) request: Request,
}

impl Plan {
    /// Combines images and variants.
    pub(crate) fn new(args: &Args, images: &Subjects, variants: &[Variant]) -> Result<Self, Fault> {
        let condition = args.condition()?;
        if args.hold.is_some() && matches!(condition, Condition::Exit) {
            let message =
                "--hold: what has ended cannot be watched (leave it, or --ready exit, out)";
            return Err(Fault::usage(message));
        }
        let mut subjects = Vec::new();
        for image in &images.subjects {
            for variant in variants {
                subjects.push(start(image, variant, args, false)?);
                if args.aa {
                    subjects.push(start(image, variant, args, true)?);
                }
            }
        }
        // Without images the variants are still checked.
        for variant in variants {
            request("image", variant)?;
        }
        let secrets: Vec<String> = subjects
            .iter()
            .flat_map(|start: &Start| start.request.secrets())
            .map(str::to_owned)
            .collect();
        let ready = credentials_in(&condition.to_string());
        let addressed = variants.iter().flat_map(Variant::credentials).chain(ready);
        let timeout = match condition {
            Condition::Exit => args.timeout,
            _ => Some(args.timeout.unwrap_or(TIMEOUT)),
        };
        Ok(Self {
            rounds: Rounds::of(&args.runs, subjects.len(), 10, 0),
            subjects,
            condition,
            timeout,
            hold: args.hold.filter(|hold| !hold.is_zero()),
            parallel: args.parallel,
            mask: Mask::default().with_given(secrets.into_iter().chain(addressed)).with_addresses(),
        })
    }

    /// The series to come.
    pub(crate) fn planned(&self) -> dp_record::Plan {
        let subjects = self.subjects.iter().map(|one| &one.subject);
        dp_record::Plan::of(kind::START, subjects, self.rounds.runs, self.rounds.warmup)
    }

    /// The goal of each container.
    pub(crate) fn goal(&self) -> Goal<'_> {
        Goal { condition: &self.condition, timeout: self.timeout }
    }

    /// `--dry-run`: what would be started, on stderr.
    pub(crate) fn show(&self, progress: &Progress) {
        let slots = self.rounds.slots();
        let (count, seed) = (slots.len(), self.rounds.seed);
        let ready = self.mask.text(&self.condition.to_string());
        progress.note(&format!("{count} observations, ready is {ready}, seed {seed}:"));
        for slot in slots {
            let label = self.subjects[slot.subject].subject.label();
            progress.note(&format!("{}: {label}", slot.title()));
        }
    }
}

fn start(
    image: &UpstreamSubject,
    variant: &Variant,
    args: &Args,
    noise: bool,
) -> Result<Start, Fault> {
    let mut subject = image.subject.clone();
    let name = variant.name.as_deref();
    subject.variant = if noise { Some(noise_variant(name)) } else { variant.name.clone() };
    if args.parallel > 1 {
        // Several at once are another thing than one.
        subject.add_scenario(&format!("parallel-{}", args.parallel));
    }
    let request = request(image.image(), variant)?;
    subject.platform = request.platform().map(str::to_owned).or(subject.platform);
    Ok(Start { subject, meta: image.meta.clone(), image: image.image().to_owned(), request })
}

fn request(image: &str, variant: &Variant) -> Result<Request, Fault> {
    Request::new(image, &variant.options, variant.command.as_deref())
        .map_err(|error| Fault::usage(error.to_string()))
}
