//! What is said of a comparison, and why.

use std::fmt;

use crate::judge::batches::MIN_BATCHES;
use crate::judge::comparability::Difference;
use crate::scale::percent;

/// Probability of calling a difference real that is none.
pub(crate) const ALPHA: f64 = 0.01;
/// Fewest runs a side for separate samples: 5 against 5 can reach 0.008.
pub(crate) const MIN_SEPARATE: usize = 5;
/// Fewest rounds for paired samples: 8 can reach 0.008.
pub(crate) const MIN_PAIRS: usize = 8;

/// The answer for one metric of one subject against its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Worse, beyond the floor.
    Regressed,
    /// The environments differ: not compared.
    Refused,
    /// In the baseline and not in the subject.
    Missing,
    /// The runs of a side are not of the same thing: not compared.
    Mixed,
    /// The numbers allow neither of the other answers.
    Inconclusive,
    /// In the subject and not in the baseline.
    New,
    /// Better, beyond the floor.
    Improved,
    /// Any change lies within the floor.
    Unchanged,
}

impl Verdict {
    /// All verdicts, worst first.
    pub(crate) const ALL: [Self; 8] = [
        Self::Regressed,
        Self::Refused,
        Self::Missing,
        Self::Mixed,
        Self::Inconclusive,
        Self::New,
        Self::Improved,
        Self::Unchanged,
    ];

    /// Whether a comparison that was asked for was not made.
    pub(crate) fn is_incomplete(self) -> bool {
        matches!(self, Self::Refused | Self::Missing | Self::Mixed)
    }

    /// The word in texts and records.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Refused => "refused",
            Self::Missing => "missing",
            Self::Mixed => "mixed",
            Self::Inconclusive => "inconclusive",
            Self::New => "new",
            Self::Improved => "improved",
            Self::Unchanged => "unchanged",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The two sides of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Baseline,
    /// What is judged.
    Subject,
}

/// Why a verdict is what it is, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reason {
    /// Too few runs for the tests.
    TooFew {
        /// Runs of the baseline.
        baseline: usize,
        /// Runs of the subject.
        subject: usize,
    },
    /// The interval of the change reaches across a floor.
    Wide,
    /// The possible change lies within the floor, but the clock is coarser.
    Coarse {
        /// The resolution of the clock.
        seconds: f64,
    },
    /// Equal subjects differ by as much.
    Noise {
        /// By how much, as a share of the baseline.
        share: Option<f64>,
    },
    /// The baseline was measured in other batches, too few to show how far equal ones
    /// differ.
    OtherBatch {
        /// How many.
        batches: usize,
    },
    /// Batches of the baseline differ among themselves by as much.
    WithinSpread {
        /// How many there are.
        batches: usize,
        /// How far one more of the same may lie, as a share of their middle.
        share: Option<f64>,
    },
    /// More than batches of the baseline differ among themselves, but not surely
    /// more than matters.
    NearFloor {
        /// How many there are.
        batches: usize,
    },
    /// It would be measured anew, but that failed.
    Unconfirmed,
    /// Both were measured in the same batches, but not as often in each.
    UnevenBatches,
    /// The runs of a side executed different steps.
    OtherSteps(Role),
    /// Runs of a side were cut short for want of memory.
    Killed(Role),
    /// An exact metric differs among the runs of a side.
    OtherValues(Role),
    /// The environments differ.
    Environment(Vec<Difference>),
    /// A side does not exist.
    NoSeries(Role),
    /// A side exists and has no good run.
    NoGoodRun(Role),
    /// A side has good runs, but none with this metric.
    NoMetric(Role),
    /// A side has good runs, but what the metric needs is not known of it.
    NotKnown(Role, &'static str),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "the baseline",
            Self::Subject => "this subject",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { baseline, subject } => write!(
                f,
                "{subject} against {baseline} {}: a verdict needs both in one batch: \
                 {MIN_PAIRS} rounds (-r {MIN_PAIRS}), or {MIN_SEPARATE} runs of each",
                plural(*baseline, "run")
            ),
            Self::Wide => {
                write!(
                    f,
                    "the interval of the change reaches across the floor: more runs narrow it"
                )
            }
            Self::Coarse { seconds } => {
                write!(
                    f,
                    "the measurement tells apart {seconds} s at best, which is above the floor"
                )
            }
            Self::Noise { share } => {
                let share =
                    share.map_or_else(String::new, |share| format!(" by up to {}", percent(share)));
                write!(
                    f,
                    "on this machine a subject differs from itself{share} (A/A): more runs narrow it"
                )
            }
            Self::OtherBatch { batches } => {
                let held = match batches {
                    1 => "another batch".to_owned(),
                    batches => format!("{batches} other batches"),
                };
                write!(
                    f,
                    "the baseline is of {held}, and machines drift: measure both in one \
                     invocation (--confirm COMMAND does), or give {MIN_BATCHES} batches of it"
                )
            }
            Self::WithinSpread { batches, share } => {
                let share =
                    share.map_or_else(String::new, |share| format!(" (±{})", percent(share)));
                write!(
                    f,
                    "no sign of a change: one more of the baseline's {batches} batches may lie as \
                     far off{share}; more batches narrow that, --confirm COMMAND tells more"
                )
            }
            Self::NearFloor { batches } => write!(
                f,
                "beyond what the baseline's {batches} batches differ by, but it may be too small \
                 to matter: more batches narrow it, --confirm COMMAND tells more"
            ),
            Self::Unconfirmed => {
                write!(f, "it would be measured anew (--confirm), but that came to no end")
            }
            Self::UnevenBatches => write!(
                f,
                "the batches hold more runs of the one than of the other, and machines drift: \
                 measure both in one invocation for a verdict"
            ),
            Self::OtherSteps(which) => write!(
                f,
                "the runs of {which} executed different steps: warm up first (--warm or --warmup 1)"
            ),
            Self::Killed(which) => {
                write!(f, "runs of {which} were killed for want of memory: they did less work")
            }
            Self::OtherValues(which) => {
                write!(f, "the runs of {which} differ in a metric that should be exact")
            }
            Self::Environment(differences) => {
                write!(f, "different ground: ")?;
                let list: Vec<String> = differences.iter().map(ToString::to_string).collect();
                f.write_str(&list.join(", "))
            }
            Self::NoSeries(Role::Subject) => {
                write!(f, "it is in the baseline and not in the input")
            }
            Self::NoSeries(Role::Baseline) => write!(f, "the baseline has no such series"),
            Self::NoGoodRun(which) => write!(f, "{which} has no good run"),
            Self::NoMetric(which) => write!(f, "{which} has no such metric"),
            Self::NotKnown(which, needs) => {
                write!(f, "{which} has no such metric: {needs} is not known")
            }
        }
    }
}

/// `run` or `runs`.
pub(crate) fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
