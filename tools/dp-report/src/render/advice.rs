//! Findings, in the words that all formats for people share.

use crate::findings::Finding;
use crate::measure::UnitName;
use crate::report::Advice;
use crate::scale::Scale;
use dp_record::Unit;

/// Findings of an image that are shown, of each kind.
const SHOWN: usize = 5;
/// Digits of what is saved.
const DIGITS: usize = 3;

/// The title of the section.
pub(crate) const TITLE: &str = "what could be saved (findings of the last run)";

/// The findings of an image that are shown: the biggest, and all that is about
/// something else than bytes.
pub(crate) fn shown(advice: &Advice) -> impl Iterator<Item = &Finding> {
    let of = |risk: bool| advice.findings.iter().filter(move |one| one.risk == risk).take(SHOWN);
    of(false).chain(of(true))
}

/// What is left out of them.
pub(crate) fn others(advice: &Advice) -> Option<String> {
    let rest: Vec<f64> =
        advice.findings.iter().filter(|one| !one.risk).skip(SHOWN).map(|one| one.bytes).collect();
    let sum = rest.iter().sum();
    (!rest.is_empty()).then(|| format!("and {} smaller, {} together", rest.len(), bytes(sum)))
}

/// `3.00 MB`, or `risk`.
pub(crate) fn amount(finding: &Finding) -> String {
    if finding.risk { "risk".to_owned() } else { bytes(finding.bytes) }
}

/// `line 12`, `base`, or nothing.
pub(crate) fn place(finding: &Finding) -> String {
    match finding.line {
        _ if finding.base => "base".to_owned(),
        Some(line) => format!("line {line}"),
        None => String::new(),
    }
}

/// Its code, and the biggest things that it is about.
pub(crate) fn words(finding: &Finding) -> impl Iterator<Item = &str> {
    [&finding.code].into_iter().chain(&finding.parts).map(String::as_str)
}

fn bytes(amount: f64) -> String {
    Scale::of(&UnitName::Known(Unit::Bytes), [amount].into_iter(), DIGITS).show(amount)
}
