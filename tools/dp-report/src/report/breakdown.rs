//! What the figures of a series consist of, in the words that all formats for people
//! share.

use serde::Serialize;

use crate::explain::usage::{Part, Usage};
use crate::scale::{Scale, UnitName};

/// Digits of the biggest part's time or bytes.
const PART_DIGITS: usize = 4;

/// The biggest parts of one series, or what its records advise.
#[derive(Debug, Serialize)]
pub(crate) struct Breakdown {
    /// What people call the series.
    pub(crate) label: String,
    pub(crate) parts: Vec<BreakdownPart>,
    /// What is left out.
    pub(crate) rest: Option<String>,
}

/// One part of a breakdown.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct BreakdownPart {
    /// `3.00 MB`, or how bad it is.
    pub(crate) amount: String,
    /// `line 12`, `base`, or nothing.
    pub(crate) place: String,
    /// The instruction; or the code, and the biggest things that it is about.
    pub(crate) names: Vec<String>,
    /// ` (2 of 8 runs)`, or nothing.
    pub(crate) how_often: String,
    /// What to do, or nothing.
    pub(crate) advice: String,
}

impl Breakdown {
    /// Where the time or the bytes of a series go.
    pub(crate) fn of_usage(usage: &Usage) -> Self {
        let scale = scale(usage);
        let parts = usage.parts.iter().map(|part| BreakdownPart {
            amount: scale.show(part.amount),
            place: part.line.map_or_else(String::new, |line| format!("line {line}")),
            names: vec![part.text.clone()],
            how_often: how_often(part, usage),
            advice: String::new(),
        });
        let rest = (usage.others > 0).then(|| format!("and {} smaller", usage.others));
        Self { label: usage.label.clone(), parts: parts.collect(), rest }
    }
}

/// In how many runs a part was, if not in all.
fn how_often(part: &Part, usage: &Usage) -> String {
    match part.runs {
        runs if runs >= usage.runs => String::new(),
        runs => format!(" ({runs} of {} runs)", usage.runs),
    }
}

/// A scale in which the biggest part reads well: the small ones do not matter
/// here.
fn scale(usage: &Usage) -> Scale {
    let biggest = usage.parts.iter().map(|part| part.amount).fold(0.0, f64::max);
    Scale::of(&UnitName::Known(usage.unit), [biggest].into_iter(), PART_DIGITS)
}
