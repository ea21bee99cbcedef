//! What the records advise, in the words that all formats for people share.

use dp_record::{Finding, Unit};

use crate::explain::advice::{self, Advice, Shared, is_of_base, is_risk, is_small};
use crate::report::breakdown::{Breakdown, BreakdownPart};
use crate::scale::{Scale, UnitName};

/// Findings of a subject that are shown, of each kind.
const SHOWN: usize = 5;
/// Findings that several subjects share that are shown.
const SHARED_SHOWN: usize = 10;
/// From so many subjects on, what they share is said once.
const MANY: usize = 3;
/// Subjects that are named then.
const NAMED: usize = 3;
/// Digits of what is saved.
const DIGITS: usize = 3;

/// What many subjects share, each finding once, and then what is left of each subject.
pub(crate) fn breakdowns(all: &[Advice]) -> Vec<Breakdown> {
    let grouped = advice::grouped(all, MANY);
    let own = grouped.own.iter().map(|(label, findings)| of_subject(label, findings));
    of_many(&grouped.shared).into_iter().chain(own).collect()
}

/// What many subjects share.
fn of_many(shared: &[Shared<'_>]) -> Option<Breakdown> {
    let (small, listed): (Vec<&Shared<'_>>, Vec<&Shared<'_>>) =
        shared.iter().partition(|one| is_small(one.worst.1));
    let left = small.len() + listed.len().saturating_sub(SHARED_SHOWN);
    let parts: Vec<BreakdownPart> =
        listed.iter().take(SHARED_SHOWN).map(|one| shared_part(one)).collect();
    let rest = (left > 0).then(|| format!("and {left} more"));
    let label = "of several subjects".to_owned();
    (!parts.is_empty() || rest.is_some()).then_some(Breakdown { label, parts, rest })
}

/// `≤ 3.00 MB line 7 pip_cache app web job (50 subjects): remove it`
fn shared_part(shared: &Shared<'_>) -> BreakdownPart {
    let (label, finding) = shared.worst;
    let mut part = part(finding);
    if !shared.is_even {
        part.amount = format!("≤ {}", part.amount);
    }
    part.names.extend(shared.labels.iter().take(NAMED).map(|label| (*label).to_owned()));
    part.how_often = format!(" ({} subjects)", shared.labels.len());
    if !shared.is_same {
        part.advice = format!("such as {label}: {}", part.advice);
    }
    part
}

/// What one subject has alone, or with few others. Where nothing is a matter of bytes, the
/// worst first, as the record has it; else, of an image, the biggest findings, those of
/// the base image together, since no line of the Dockerfile but its FROM can mend them,
/// and what is about something else than bytes.
fn of_subject(label: &str, findings: &[&Finding]) -> Breakdown {
    let by_bytes = findings.iter().any(|one| advice::bytes(one) > 0.0);
    let is_base = |one: &Finding| by_bytes && is_of_base(one) && !is_risk(one);
    let (base, own): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().copied().partition(|one| is_base(one));
    let (small, listed): (Vec<&Finding>, Vec<&Finding>) =
        own.iter().copied().partition(|one| is_small(one));
    let (risks, others): (Vec<&Finding>, Vec<&Finding>) =
        listed.iter().copied().partition(|one| by_bytes && is_risk(one));
    let first =
        |list: &[&Finding]| list.iter().take(SHOWN).map(|one| part(one)).collect::<Vec<_>>();
    let mut parts = first(&others);
    parts.extend(of_base(&base));
    parts.extend(first(&risks));
    let left: Vec<&Finding> = others.iter().skip(SHOWN).chain(&small).copied().collect();
    let risks_left = risks.len().saturating_sub(SHOWN);
    let more_risks = (risks_left > 0).then(|| format!("and {risks_left} more that are a risk"));
    let rest: Vec<String> = rest(&left).into_iter().chain(more_risks).collect();
    let rest = (!rest.is_empty()).then(|| rest.join(", "));
    Breakdown { label: label.to_owned(), parts, rest }
}

/// What is left out: how many, and how much together.
fn rest(left: &[&Finding]) -> Option<String> {
    let count = left.len();
    let saved: f64 = left.iter().map(|one| advice::bytes(one)).sum();
    let cost: f64 = left.iter().map(|one| advice::seconds(one)).sum();
    let smaller = |sum: String| format!("and {count} smaller, {sum} together");
    match count {
        0 => None,
        _ if saved > 0.0 => Some(smaller(shown(Unit::Bytes, saved))),
        _ if cost > 0.0 => Some(smaller(shown(Unit::Seconds, cost))),
        _ => Some(format!("and {count} more")),
    }
}

/// `3.00 MB`, `2.50 s`, or how bad it is.
pub(crate) fn amount(finding: &Finding) -> String {
    let saved = advice::bytes(finding);
    match finding.seconds {
        _ if saved > 0.0 && !is_risk(finding) => shown(Unit::Bytes, saved),
        Some(cost) => shown(Unit::Seconds, cost),
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
fn of_base(base: &[&Finding]) -> Option<BreakdownPart> {
    let mut codes: Vec<String> = Vec::new();
    for finding in base {
        if !codes.contains(&finding.code) && codes.len() < SHOWN {
            codes.push(finding.code.clone());
        }
    }
    let amount = shown(Unit::Bytes, base.iter().map(|one| advice::bytes(one)).sum());
    let advice = base.first()?.advice.clone();
    let (place, how_often) = ("base".to_owned(), String::new());
    Some(BreakdownPart { amount, place, names: codes, how_often, advice })
}

fn shown(unit: Unit, amount: f64) -> String {
    Scale::of(&UnitName::Known(unit), [amount].into_iter(), DIGITS).show(amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dp_record::Severity;

    fn advice(label: &str, findings: Vec<Finding>) -> Advice {
        Advice { label: label.to_owned(), name: label.to_owned(), findings }
    }

    fn waste(code: &str, bytes: u64) -> Finding {
        Finding { bytes: Some(bytes), ..Finding::new(code, Severity::Waste, "remove it") }
    }

    #[test]
    fn fifty_containers_with_the_same_three_findings_are_four_lines() {
        let codes = ["no_memory_limit", "no_cpu_limit", "peak_is_page_cache"];
        let of = |n: usize| {
            let findings = codes.map(|code| Finding::new(code, Severity::Risk, format!("of {n}")));
            advice(&format!("web-{n}"), findings.to_vec())
        };
        let all: Vec<Advice> = (1..=50).map(of).collect();
        let breakdowns = breakdowns(&all);
        assert_eq!((breakdowns.len(), breakdowns[0].parts.len()), (1, 3));
        let first = &breakdowns[0].parts[0];
        assert_eq!(first.names, ["no_memory_limit", "web-1", "web-2", "web-3"]);
        assert_eq!(
            (first.how_often.as_str(), first.advice.as_str()),
            (" (50 subjects)", "such as web-1: of 1")
        );
    }

    #[test]
    fn two_subjects_keep_their_findings() {
        let all = ["a", "b"].map(|label| advice(label, vec![waste("cache", 5_000)]));
        let labels: Vec<String> = breakdowns(&all).into_iter().map(|one| one.label).collect();
        assert_eq!(labels, ["a", "b"]);
    }

    #[test]
    fn what_saves_next_to_nothing_is_counted_and_not_listed() {
        let all =
            [advice("a", vec![waste("big", 5_000), waste("tiny", 600), waste("tinier", 400)])];
        let one = &breakdowns(&all)[0];
        assert_eq!(one.parts.len(), 1);
        assert_eq!(one.rest.as_deref(), Some("and 2 smaller, 1.00 kB together"));
        let seconds = |seconds| Finding {
            seconds: Some(seconds),
            ..Finding::new("slow", Severity::Waste, "")
        };
        let all = [advice("a", vec![seconds(2.0), seconds(0.004), seconds(0.003)])];
        let one = &breakdowns(&all)[0];
        assert_eq!(
            (one.parts.len(), one.rest.as_deref()),
            (1, Some("and 2 smaller, 7.00 ms together"))
        );
    }

    #[test]
    fn findings_beyond_the_first_are_counted() {
        let risk = |n: usize| Finding::new(&format!("risk-{n}"), Severity::Risk, "");
        let all = [advice("a", (0..8).map(risk).collect())];
        let one = &breakdowns(&all)[0];
        assert_eq!((one.parts.len(), one.rest.as_deref()), (SHOWN, Some("and 3 more")));
    }
}
