//! Annotations of GitHub workflows: lines that the runner reads from stdout.
//!
//! It shows at most ten of each level a step, so that the worst come first and
//! the tenth says how many are left out.

use std::collections::BTreeMap;

use dp_record::{Finding, SeriesKey, printable};

use crate::budget::Outcome;
use crate::explain::advice::{self, Advice, Shared, is_of_base, is_risk, is_small};
use crate::explain::contributor::Contributor;
use crate::input::label;
use crate::input::measure::Measure;
use crate::judge::verdict::Verdict;
use crate::report::{Failures, Report, Row, demands, findings, remarks, words};

/// Annotations of a level that are shown.
const SHOWN: usize = 10;
/// Fewer bytes are no annotation: the floor below which bytes are equal.
const LEAST_BYTES: f64 = 65_536.0;
/// Characters of a title or path.
const NAME_CHARS: usize = 200;

/// How bad it is; worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warning,
    Notice,
}

/// One annotation.
#[derive(Debug)]
struct Annotation {
    level: Level,
    title: &'static str,
    file: Option<String>,
    line: Option<u64>,
    message: String,
}

/// The whole report; nothing where all is well.
pub(crate) fn render(report: &Report) -> String {
    let files = Dockerfiles::of(report);
    let rows = report.input();
    let all = budget(report)
        .chain(rows.filter_map(|(measure, row)| verdict(&files, measure, row)))
        .chain(report.failures.iter().map(|failures| failure(&files, failures)))
        .chain(report.missing.iter().map(|missing| {
            let said = plain(Level::Warning, "runs are missing", words::missing(missing));
            Annotation { file: files.find(None, &missing.key), ..said }
        }))
        .chain(report.uncompared.iter().map(|one| {
            let said = plain(Level::Error, "nothing compared", words::uncompared(one));
            Annotation { file: files.find(None, &one.subject), ..said }
        }))
        .chain(of_findings(&report.findings, "bytes for nothing"))
        .chain(of_findings(&report.cache_findings, "the cache could save more"));
    let mut all: Vec<Annotation> = all.collect();
    all.sort_by_key(|annotation| annotation.level); // stable: in the order above
    let levels = [Level::Error, Level::Warning, Level::Notice];
    levels.into_iter().map(|level| of_level(&all, level)).collect()
}

fn of_level(all: &[Annotation], level: Level) -> String {
    let of_level: Vec<&Annotation> =
        all.iter().filter(|annotation| annotation.level == level).collect();
    let shown = if of_level.len() > SHOWN { SHOWN - 1 } else { of_level.len() };
    let left_out = of_level.len() - shown;
    let more = (left_out > 0)
        .then(|| plain(level, "more", format!("and {left_out} more: see the whole report")));
    of_level[..shown]
        .iter()
        .map(|annotation| annotation.command())
        .chain(more.iter().map(Annotation::command))
        .collect()
}

fn plain(level: Level, title: &'static str, message: String) -> Annotation {
    Annotation { level, title, file: None, line: None, message }
}

/// The Dockerfiles of the subjects, where they are known: a record of a start does not
/// name one, but that of its build does.
struct Dockerfiles<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Dockerfiles<'a> {
    fn of(report: &'a Report) -> Self {
        let named = |row: &'a Row| Some((row.key.name.as_str(), row.dockerfile.as_deref()?));
        Self(report.rows().filter_map(named).collect())
    }

    /// That of this series, else that of its subject.
    fn find(&self, own: Option<&String>, key: &SeriesKey) -> Option<String> {
        let of_subject = || self.0.get(key.name.as_str()).map(|file| (*file).to_owned());
        own.cloned().or_else(of_subject)
    }
}

fn budget(report: &Report) -> impl Iterator<Item = Annotation> {
    let annotation = |check: &crate::budget::Check| {
        let (level, title) = match check.outcome {
            Outcome::Pass => return None,
            Outcome::Error => (Level::Error, "the budget means nothing here"),
            Outcome::Fail => (Level::Error, "a budget is broken"),
            Outcome::Incomplete => (Level::Warning, "a budget could not be checked"),
            Outcome::Inconclusive => (Level::Notice, "a budget is inconclusive"),
        };
        let message = demands::sentence(check);
        let file = check.dockerfile.clone();
        Some(Annotation { level, title, file, line: line(check.contributor.as_ref()), message })
    };
    report.budget.iter().filter_map(annotation)
}

/// The line of the biggest part that has one.
fn line(contributor: Option<&Contributor>) -> Option<u64> {
    contributor?.biggest_with_line.as_ref()?.line
}

fn verdict(files: &Dockerfiles<'_>, measure: &Measure, row: &Row) -> Option<Annotation> {
    let comparison = row.comparison.as_ref().filter(|comparison| !comparison.is_single())?;
    let verdict = comparison.verdict?;
    let (level, title) = match verdict {
        Verdict::Regressed => (Level::Error, "regressed"),
        Verdict::Refused | Verdict::Missing | Verdict::Mixed => (Level::Warning, "not compared"),
        Verdict::Inconclusive => (Level::Notice, "inconclusive"),
        Verdict::New | Verdict::Improved | Verdict::Unchanged => return None,
    };
    let change = words::change(measure, comparison);
    let reason = comparison.reason.as_ref().map(ToString::to_string);
    let said = [change, reason, remarks::busy_row(row)];
    let said: Vec<String> = said.into_iter().flatten().collect();
    let message =
        format!("{} {}: {verdict}: {}", label::full(&row.key), measure.name, said.join(": "));
    let file = files.find(row.dockerfile.as_ref(), &row.key);
    let line = line(row.contributor.as_ref());
    Some(Annotation { level, title, file, line, message })
}

fn failure(files: &Dockerfiles<'_>, failures: &Failures) -> Annotation {
    let first = failures.shown.first();
    let why = first.map_or_else(String::new, |first| format!(": {}", first.message));
    Annotation {
        level: Level::Error,
        title: "runs failed",
        file: files.find(failures.dockerfile.as_ref(), &failures.key),
        line: first.and_then(|first| first.line),
        message: words::failures(failures) + &why,
    }
}

/// Findings of whose line the author of the Dockerfile can do something: risks, and
/// what costs more than the floor of all bytes, or of all that is listed. One that several
/// subjects share is said once.
fn of_findings<'a>(
    all: &'a [Advice],
    title: &'static str,
) -> impl Iterator<Item = Annotation> + use<'a> {
    let grouped = advice::grouped(all, 2);
    let shared = grouped.shared.into_iter().filter_map(move |one| of_many(&one, title));
    let own = grouped.own.into_iter().flat_map(move |(label, findings)| {
        findings.into_iter().filter_map(move |one| annotated(label, one, title))
    });
    shared.chain(own)
}

fn of_many(shared: &Shared<'_>, title: &'static str) -> Option<Annotation> {
    let (label, finding) = shared.worst;
    let others = shared.labels.len() - 1;
    annotated(&format!("{label} and {others} more"), finding, title)
}

fn annotated(label: &str, finding: &Finding, title: &'static str) -> Option<Annotation> {
    let few = finding.seconds.is_none() && advice::bytes(finding) < LEAST_BYTES;
    let is_small = !is_risk(finding) && (few || is_small(finding));
    let line = finding.line.filter(|_| !is_of_base(finding) && !is_small)?;
    let file = finding.dockerfile.clone()?;
    let risk = (Level::Warning, "a risk");
    let (level, title) = if is_risk(finding) { risk } else { (Level::Notice, title) };
    let what = findings::words(finding).collect::<Vec<_>>().join(" ");
    let (amount, text) = (findings::amount(finding), &finding.advice);
    let message = format!("{label}: {amount}: {what}: {text}");
    Some(Annotation { level, title, file: Some(file), line: Some(line), message })
}

impl Annotation {
    /// `::error file=Dockerfile,line=3,title=dp-report: regressed::message`
    fn command(&self) -> String {
        let word = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        };
        let file = self.file.as_ref().map(|file| printable(file, NAME_CHARS));
        // A line without its file would be a line of the workflow.
        let line = self.line.filter(|_| file.is_some()).map(|line| line.to_string());
        let title = Some(format!("dp-report: {}", self.title));
        let properties = [("file", file), ("line", line), ("title", title)];
        let properties = properties
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", property(&value?))));
        let properties: Vec<String> = properties.collect();
        format!("::{word} {}::{}\n", properties.join(","), data(&self.message))
    }
}

/// A message, as `escapeData` of GitHub's toolkit has it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property, as `escapeProperty` of GitHub's toolkit has it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotation(level: Level, message: &str) -> Annotation {
        plain(level, "regressed", message.to_owned())
    }

    #[test]
    fn nothing_can_end_a_property_or_begin_a_command() {
        let annotation = Annotation {
            level: Level::Error,
            title: "regressed",
            file: Some("a,b:c\n::error::x".to_owned()),
            line: Some(7),
            message: "50 %\nsecond".to_owned(),
        };
        let expected = "::error file=a%2Cb%3Ac %3A%3Aerror%3A%3Ax,line=7,\
                        title=dp-report%3A regressed::50 %25%0Asecond\n";
        assert_eq!(annotation.command(), expected);
    }

    #[test]
    fn a_line_needs_a_file() {
        let annotation = Annotation { line: Some(3), ..annotation(Level::Notice, "m") };
        assert_eq!(annotation.command(), "::notice title=dp-report%3A regressed::m\n");
    }

    #[test]
    fn ten_of_a_level_are_shown_and_the_last_counts_the_rest() {
        let all = |count: usize| -> Vec<Annotation> {
            (0..count).map(|n| annotation(Level::Error, &n.to_string())).collect()
        };
        assert_eq!(of_level(&all(10), Level::Error).lines().count(), 10);
        let many = of_level(&all(25), Level::Error);
        assert_eq!(many.lines().count(), 10);
        assert!(many.ends_with("::and 16 more: see the whole report\n"), "{many}");
        assert_eq!(of_level(&all(3), Level::Warning), "");
    }
}
