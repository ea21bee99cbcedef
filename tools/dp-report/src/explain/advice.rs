//! What the findings of the records advise, series by series.

use dp_record::{Finding, Severity};

use crate::input::collect::Collector;
use crate::input::label;
use crate::input::series::Side;

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

/// The largest paths or packages, largest first; names where it is about no files.
pub(crate) fn parts(finding: &Finding) -> impl Iterator<Item = &str> {
    let paths = finding.paths.iter().map(|part| part.path.as_str());
    let packages = finding.packages.iter().map(|part| part.name.as_str());
    paths.chain(packages).chain(finding.names.iter().map(String::as_str))
}
