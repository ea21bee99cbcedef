//! What the figures of a series consist of, and what its records advise, in the
//! words that all formats for people share.

use dp_record::{Finding, Unit};
use serde::Serialize;

use crate::explain::advice::{self, Advice, is_of_base, is_risk};
use crate::explain::usage::{Part, Usage};
use crate::scale::{Scale, UnitName};

/// Findings of an image that are shown, of each kind.
const SHOWN: usize = 5;
/// Digits of what is saved.
const DIGITS: usize = 3;
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

    /// What the records of a series advise.
    pub(crate) fn of_advice(advice: &Advice) -> Self {
        Self { label: advice.label.clone(), parts: parts(advice), rest: smaller(advice) }
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

/// What is shown: where nothing is a matter of bytes, the worst first, as the
/// record has it; else, of an image, the biggest findings, what is about something
/// else than bytes, and those of the base image together, since no line of the
/// Dockerfile but its FROM can mend them.
fn parts(advice: &Advice) -> Vec<BreakdownPart> {
    if advice.findings.iter().all(|one| advice::bytes(one) <= 0.0) {
        return advice.findings.iter().take(SHOWN).map(part).collect();
    }
    let own = |risk: bool| {
        let findings = advice.findings.iter();
        findings.filter(move |one| is_risk(one) == risk && (risk || !is_of_base(one))).take(SHOWN)
    };
    own(false).map(part).chain(of_base(advice)).chain(own(true).map(part)).collect()
}

/// What is left out of them.
fn smaller(advice: &Advice) -> Option<String> {
    let own = advice.findings.iter().filter(|one| !is_risk(one) && !is_of_base(one));
    let rest: Vec<f64> = own.skip(SHOWN).map(advice::bytes).collect();
    let sum = rest.iter().sum();
    (!rest.is_empty()).then(|| format!("and {} smaller, {} together", rest.len(), bytes(sum)))
}

/// `3.00 MB`, `2.50 s`, or how bad it is.
pub(crate) fn amount(finding: &Finding) -> String {
    let saved = advice::bytes(finding);
    match finding.seconds {
        _ if saved > 0.0 && !is_risk(finding) => bytes(saved),
        Some(cost) => seconds(cost),
        None => finding.severity.to_string(),
    }
}

/// The code, and the biggest things that it is about.
pub(crate) fn words(finding: &Finding) -> impl Iterator<Item = &str> {
    [finding.code.as_str()].into_iter().chain(advice::parts(finding))
}

fn part(finding: &Finding) -> BreakdownPart {
    let place = match finding.line {
        _ if is_of_base(finding) => "base".to_owned(),
        Some(line) => format!("line {line}"),
        None => String::new(),
    };
    BreakdownPart {
        amount: amount(finding),
        place,
        names: words(finding).map(str::to_owned).collect(),
        how_often: String::new(),
        advice: finding.advice.clone(),
    }
}

/// All of the base in one, by the advice of the biggest.
fn of_base(advice: &Advice) -> Option<BreakdownPart> {
    let base: Vec<&Finding> =
        advice.findings.iter().filter(|one| is_of_base(one) && !is_risk(one)).collect();
    let mut codes: Vec<String> = Vec::new();
    for finding in &base {
        if !codes.contains(&finding.code) && codes.len() < SHOWN {
            codes.push(finding.code.clone());
        }
    }
    let amount = bytes(base.iter().map(|one| advice::bytes(one)).sum());
    let advice = base.first()?.advice.clone();
    let (place, how_often) = ("base".to_owned(), String::new());
    Some(BreakdownPart { amount, place, names: codes, how_often, advice })
}

fn seconds(amount: f64) -> String {
    Scale::of(&UnitName::Known(Unit::Seconds), [amount].into_iter(), DIGITS).show(amount)
}

fn bytes(amount: f64) -> String {
    Scale::of(&UnitName::Known(Unit::Bytes), [amount].into_iter(), DIGITS).show(amount)
}
