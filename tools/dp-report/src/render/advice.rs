//! Findings, in the words that all formats for people share.

use dp_record::Unit;

use crate::findings::Finding;
use crate::measure::UnitName;
use crate::report::{Advice, Report};
use crate::scale::Scale;

/// Findings of an image that are shown, of each kind.
const SHOWN: usize = 5;
/// Digits of what is saved.
const DIGITS: usize = 3;

/// The sections, with their titles.
pub(crate) fn sections(report: &Report) -> [(&'static str, &[Advice]); 2] {
    [
        ("what could be saved (findings of the last run)", &report.findings),
        ("limits and waiting (findings of the last run)", &report.limits),
    ]
}

/// One thing to do.
#[derive(Debug, PartialEq)]
pub(crate) struct Line {
    /// `3.00 MB`, or how bad it is.
    pub(crate) amount: String,
    /// `line 12`, `base`, or nothing.
    pub(crate) place: String,
    /// The code, and the biggest things that it is about.
    pub(crate) what: Vec<String>,
    /// What to do.
    pub(crate) advice: String,
}

/// What is shown: where nothing is a matter of bytes, the worst first, as the
/// record has it; else, of an image, the biggest findings, what is about something
/// else than bytes, and those of the base image together, since no line of the
/// Dockerfile but its FROM can mend them.
pub(crate) fn lines(advice: &Advice) -> Vec<Line> {
    if advice.findings.iter().all(|one| one.bytes <= 0.0) {
        return advice.findings.iter().take(SHOWN).map(line).collect();
    }
    let own = |risk: bool| {
        let findings = advice.findings.iter();
        findings.filter(move |one| one.risk == risk && (risk || !one.base)).take(SHOWN)
    };
    own(false).map(line).chain(of_base(advice)).chain(own(true).map(line)).collect()
}

/// What is left out of them.
pub(crate) fn others(advice: &Advice) -> Option<String> {
    let own = advice.findings.iter().filter(|one| !one.risk && !one.base);
    let rest: Vec<f64> = own.skip(SHOWN).map(|one| one.bytes).collect();
    let sum = rest.iter().sum();
    (!rest.is_empty()).then(|| format!("and {} smaller, {} together", rest.len(), bytes(sum)))
}

/// `3.00 MB`, or how bad it is.
pub(crate) fn amount(finding: &Finding) -> String {
    let saves = !finding.risk && finding.bytes > 0.0;
    if saves { bytes(finding.bytes) } else { finding.severity.clone() }
}

/// The code, and the biggest things that it is about.
pub(crate) fn words(finding: &Finding) -> impl Iterator<Item = &str> {
    [&finding.code].into_iter().chain(&finding.parts).map(String::as_str)
}

fn line(finding: &Finding) -> Line {
    let place = match finding.line {
        _ if finding.base => "base".to_owned(),
        Some(line) => format!("line {line}"),
        None => String::new(),
    };
    let what = words(finding).map(str::to_owned).collect();
    Line { amount: amount(finding), place, what, advice: finding.advice.clone() }
}

/// All of the base in one, by the advice of the biggest.
fn of_base(advice: &Advice) -> Option<Line> {
    let base: Vec<&Finding> = advice.findings.iter().filter(|one| one.base && !one.risk).collect();
    let mut codes: Vec<String> = Vec::new();
    for finding in &base {
        if !codes.contains(&finding.code) && codes.len() < SHOWN {
            codes.push(finding.code.clone());
        }
    }
    let amount = bytes(base.iter().map(|one| one.bytes).sum());
    let advice = base.first()?.advice.clone();
    Some(Line { amount, place: "base".to_owned(), what: codes, advice })
}

fn bytes(amount: f64) -> String {
    Scale::of(&UnitName::Known(Unit::Bytes), [amount].into_iter(), DIGITS).show(amount)
}
