//! What the findings of the records advise, series by series.

use std::collections::BTreeMap;

use dp_record::{Finding, Severity};

use crate::input::collect::Collector;
use crate::input::label;
use crate::input::series::Side;

/// A finding that saves less is counted, not listed.
const LEAST_BYTES: f64 = 1_000.0;
/// One that costs less is counted, not listed, in seconds.
const LEAST_SECONDS: f64 = 0.010;

/// What the record of one image or container advises.
#[derive(Debug)]
pub(crate) struct Advice {
    /// What people call the series.
    pub(crate) label: String,
    /// The subject's own name.
    pub(crate) name: String,
    /// All of it, in the record's order.
    pub(crate) findings: Vec<Finding>,
}

/// The same finding of several subjects.
#[derive(Debug)]
pub(crate) struct Shared<'a> {
    /// The one that weighs most, and whose it is.
    pub(crate) worst: (&'a str, &'a Finding),
    /// All whose it is; what people call them.
    pub(crate) labels: Vec<&'a str>,
    /// Whether all weigh the same.
    pub(crate) is_even: bool,
    /// Whether all have the same advice: else it has figures of its subject.
    pub(crate) is_same: bool,
}

/// The findings of several subjects: those that many share, and what is left of each.
#[derive(Debug)]
pub(crate) struct Grouped<'a> {
    /// Each once, in the order in which they are first found.
    pub(crate) shared: Vec<Shared<'a>>,
    /// The others of each subject; subjects without any are left out.
    pub(crate) own: Vec<(&'a str, Vec<&'a Finding>)>,
}

/// What the records of one kind in the input advise, series by series.
pub(crate) fn all(collector: &Collector, kind: &str) -> Vec<Advice> {
    let input = collector.series.of(Side::Input).filter(|series| series.key.kind == kind);
    let with = input.filter(|series| !series.findings.is_empty());
    let advice = with.map(|series| Advice {
        label: label::full(&series.key),
        name: series.key.name.clone(),
        findings: series.findings.clone(),
    });
    advice.collect()
}

/// Tells the findings that at least so many subjects share from the others. What a base
/// image brought is never shared: all of it is one line of each image.
pub(crate) fn grouped(all: &[Advice], least: usize) -> Grouped<'_> {
    let is_of_base_alone = |finding: &Finding| is_of_base(finding) && !is_risk(finding);
    let mut places: BTreeMap<Place<'_>, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<(&Advice, &Finding)>> = Vec::new();
    for advice in all {
        for finding in advice.findings.iter().filter(|one| !is_of_base_alone(one)) {
            let next = groups.len();
            let group = *places.entry(Place::of(finding)).or_insert(next);
            if group == next {
                groups.push(Vec::new());
            }
            groups[group].push((advice, finding));
        }
    }
    let shared: Vec<Option<Shared<'_>>> =
        groups.iter().map(|group| shared(group).filter(|one| one.labels.len() >= least)).collect();
    let is_own = |finding: &&Finding| {
        places.get(&Place::of(finding)).is_none_or(|group| shared[*group].is_none())
            || is_of_base_alone(finding)
    };
    let own =
        all.iter().map(|one| (one.label.as_str(), one.findings.iter().filter(is_own).collect()));
    let own = own.filter(|(_, findings): &(&str, Vec<&Finding>)| !findings.is_empty()).collect();
    Grouped { own, shared: shared.into_iter().flatten().collect() }
}

/// By what findings of several subjects are one: what would be done about each of them is
/// the same.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    code: &'a str,
    severity: &'a str,
    dockerfile: Option<&'a str>,
    line: Option<u64>,
    parts: Vec<&'a str>,
}

impl<'a> Place<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            code: &finding.code,
            severity: finding.severity.as_str(),
            dockerfile: finding.dockerfile.as_deref(),
            line: finding.line,
            parts: parts(finding).collect(),
        }
    }
}

fn shared<'a>(group: &[(&'a Advice, &'a Finding)]) -> Option<Shared<'a>> {
    let (first_of, first) = *group.first()?;
    let mut worst = (first_of.label.as_str(), first);
    let mut labels: Vec<&str> = Vec::new();
    for (advice, finding) in group {
        if weight(finding) > weight(worst.1) {
            worst = (&advice.label, finding);
        }
        if labels.last() != Some(&advice.label.as_str()) {
            labels.push(&advice.label);
        }
    }
    let is_even = group.iter().all(|(_, one)| weight(one).total_cmp(&weight(first)).is_eq());
    let is_same = group.iter().all(|(_, one)| one.advice == first.advice);
    Some(Shared { worst, labels, is_even, is_same })
}

/// Bytes that it saves, else seconds that it costs.
fn weight(finding: &Finding) -> f64 {
    if bytes(finding) > 0.0 { bytes(finding) } else { seconds(finding) }
}

/// Whether it is counted and not listed.
pub(crate) fn is_small(finding: &Finding) -> bool {
    if is_risk(finding) {
        return false;
    }
    match finding.seconds {
        _ if bytes(finding) > 0.0 => bytes(finding) < LEAST_BYTES,
        Some(seconds) => seconds < LEAST_SECONDS,
        None => false,
    }
}

/// Whether it is about something else than bytes.
pub(crate) fn is_risk(finding: &Finding) -> bool {
    finding.severity == Severity::Risk
}

/// Whether the base image brought it.
pub(crate) fn is_of_base(finding: &Finding) -> bool {
    finding.base == Some(true)
}

/// Bytes that are saved if the advice is followed; 0 where it is no matter of
/// bytes.
pub(crate) fn bytes(finding: &Finding) -> f64 {
    finding.bytes.unwrap_or_default() as f64
}

/// Seconds that it cost; 0 where it is no matter of time.
pub(crate) fn seconds(finding: &Finding) -> f64 {
    finding.seconds.unwrap_or_default()
}

/// The largest paths or packages, largest first; names where it is about no files.
pub(crate) fn parts(finding: &Finding) -> impl Iterator<Item = &str> {
    let paths = finding.paths.iter().map(|part| part.path.as_str());
    let packages = finding.packages.iter().map(|part| part.name.as_str());
    paths.chain(packages).chain(finding.names.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(label: &str, findings: Vec<Finding>) -> Advice {
        Advice { label: label.to_owned(), name: label.to_owned(), findings }
    }

    fn risk(code: &str, advice: &str) -> Finding {
        Finding::new(code, Severity::Risk, advice)
    }

    #[test]
    fn what_many_subjects_share_is_told_from_what_is_their_own() {
        let of = |label: &str, figure: &str| {
            advice(
                label,
                vec![risk("no_limit", "set one"), risk("near_limit", figure), risk(label, "")],
            )
        };
        let all = [of("a", "1"), of("b", "2"), of("c", "2")];
        let grouped = grouped(&all, 3);
        let shared: Vec<(&str, usize, bool)> = grouped
            .shared
            .iter()
            .map(|one| (one.worst.1.code.as_str(), one.labels.len(), one.is_same))
            .collect();
        assert_eq!(shared, [("no_limit", 3, true), ("near_limit", 3, false)]);
        let own: Vec<(&str, usize)> =
            grouped.own.iter().map(|(label, findings)| (*label, findings.len())).collect();
        assert_eq!(own, [("a", 1), ("b", 1), ("c", 1)]);
        assert_eq!(super::grouped(&all, 4).shared.len(), 0);
    }

    #[test]
    fn another_line_is_another_finding_and_the_worst_speaks_for_all() {
        let at = |line: u64, bytes: u64| Finding {
            line: Some(line),
            bytes: Some(bytes),
            ..Finding::new("cache", Severity::Waste, "remove it")
        };
        let all = [
            advice("a", vec![at(3, 10)]),
            advice("b", vec![at(3, 30)]),
            advice("c", vec![at(4, 30)]),
        ];
        let grouped = grouped(&all, 2);
        assert_eq!(grouped.shared.len(), 1);
        let one = &grouped.shared[0];
        assert_eq!((one.worst.0, one.worst.1.bytes, one.is_even), ("b", Some(30), false));
        assert_eq!(grouped.own.len(), 1);
    }

    #[test]
    fn what_saves_next_to_nothing_is_small_unless_it_is_a_risk() {
        let of = |bytes, seconds, severity| {
            is_small(&Finding { bytes, seconds, ..Finding::new("x", severity, "") })
        };
        assert!(of(Some(999), None, Severity::Waste) && !of(Some(1000), None, Severity::Waste));
        assert!(of(None, Some(0.009), Severity::Note) && !of(None, Some(0.01), Severity::Note));
        assert!(!of(Some(9), None, Severity::Risk) && !of(None, None, Severity::Note));
    }
}
