//! Checking the demands of a budget against the records.

use dp_record::{SeriesKey, printable};

use crate::budget::Budget;
use crate::budget::relative::{self, Context};
use crate::budget::resolve::{Resolved, of_kind, resolve};
use crate::budget::rule::{Demand, Expectation, Rule, Side, Statistic, Way};
use crate::collect::Collector;
use crate::compare::Change;
use crate::contributor::{self, Contributor};
use crate::ground::Field;
use crate::matchup::Against;
use crate::measure::Measure;
use crate::series::Series;

/// Characters of a name.
const NAME_CHARS: usize = 80;

/// One demand on one series, and what came of it.
#[derive(Debug)]
pub(crate) struct Check {
    /// Where the demand stands: `budget.toml:3`, or the option.
    pub(crate) source: String,
    /// `size.engine_size_bytes`, or `size records`.
    pub(crate) what: String,
    /// What is known of the metric; none for records, and unknown metrics.
    pub(crate) measure: Option<Measure>,
    /// The series; none for records, and for errors.
    pub(crate) key: Option<SeriesKey>,
    /// The demand; none where it could not be understood.
    pub(crate) asked: Option<Asked>,
    /// What the records say.
    pub(crate) found: Found,
    /// Whether it holds.
    pub(crate) outcome: Outcome,
    /// Why it does not, where the numbers alone do not say it.
    pub(crate) reason: Option<String>,
    /// What contributes most to a value beyond its limit.
    pub(crate) contributor: Option<Contributor>,
    /// The Dockerfile of the series.
    pub(crate) dockerfile: Option<String>,
}

/// A demand whose numbers are in the unit of its metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asked {
    /// A limit for a figure of the runs.
    Bound {
        /// On which side it lies.
        side: Side,
        /// The limit.
        limit: f64,
        /// The figure.
        statistic: Statistic,
    },
    /// A change from another subject.
    Change {
        /// In which direction.
        way: Way,
        /// The share of the other's median.
        share: f64,
        /// The other.
        than: String,
    },
    /// So many good records.
    Records {
        /// At least.
        at_least: u64,
    },
}

/// What the records say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A figure.
    Value(f64),
    /// A change.
    Change(Box<Change>),
    /// Records.
    Records(u64),
}

/// Whether a demand holds; worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It does.
    Pass,
    /// The numbers allow neither answer.
    Inconclusive,
    /// There is too little to answer.
    Incomplete,
    /// It does not.
    Fail,
    /// It means nothing for these records.
    Error,
}

impl Outcome {
    /// All outcomes, worst first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Error, Self::Fail, Self::Incomplete, Self::Inconclusive, Self::Pass];

    /// The word in texts and records.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Incomplete => "incomplete",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

/// Checks a budget. `across` names parts of the ground that may differ.
pub(crate) fn check(
    budget: &Budget,
    collector: &Collector,
    against: &Against,
    across: &[Field],
) -> Vec<Check> {
    let context = Context { collector, against, across };
    let rules = budget.rules.iter().flat_map(|rule| of_rule(rule, &context));
    let expectations = budget.expectations.iter().map(|expected| records(expected, collector));
    rules.chain(expectations).collect()
}

/// A check for each series that the rule is about.
fn of_rule(rule: &Rule, context: &Context<'_>) -> Vec<Check> {
    let resolved = match resolve(context.collector, rule) {
        Ok(resolved) => resolved,
        Err(reason) => return vec![Check::error(rule, reason)],
    };
    let checks = match &rule.demand {
        Demand::Bound { side, limit, statistic } => {
            limit.in_unit(&resolved.measure.unit).map_err(|error| error.to_string()).map(|limit| {
                let asked = Asked::Bound { side: *side, limit, statistic: *statistic };
                let bound = |series: &Series| {
                    Some(bound((*side, limit, *statistic), series, &resolved.measure))
                };
                resolved.checks(rule, &asked, context.collector, bound)
            })
        }
        Demand::Change { way, share, than } => {
            relative::checks(rule, (*way, *share), than, &resolved, context)
        }
    };
    checks.unwrap_or_else(|reason| vec![Check::error(rule, reason)])
}

/// What is said of one series.
pub(crate) struct Answer {
    /// What the records say.
    pub(crate) found: Found,
    /// Whether the demand holds.
    pub(crate) outcome: Outcome,
    /// Why not.
    pub(crate) reason: Option<String>,
}

impl Answer {
    /// Too little to answer.
    pub(crate) fn incomplete(reason: impl Into<String>) -> Self {
        Self { found: Found::Nothing, outcome: Outcome::Incomplete, reason: Some(reason.into()) }
    }
}

impl Resolved<'_> {
    /// A check for each series to which `answer` has one.
    pub(crate) fn checks<'s>(
        &'s self,
        rule: &Rule,
        asked: &Asked,
        collector: &Collector,
        answer: impl Fn(&'s Series) -> Option<Answer>,
    ) -> Vec<Check> {
        let check = |series: &&'s Series| {
            let Answer { found, outcome, reason } = answer(series)?;
            let broken = matches!(outcome, Outcome::Fail | Outcome::Inconclusive);
            let contributor = || contributor::of(collector, series, &self.measure);
            Some(Check {
                source: rule.source.clone(),
                what: format!("{}.{}", self.kind, self.measure.name),
                measure: Some(self.measure.clone()),
                key: Some(series.key.clone()),
                asked: Some(asked.clone()),
                found,
                outcome,
                reason,
                contributor: broken.then(contributor).flatten(),
                dockerfile: series.dockerfile.clone(),
            })
        };
        self.series.iter().filter_map(check).collect()
    }
}

impl Check {
    fn error(rule: &Rule, reason: String) -> Self {
        Self {
            source: rule.source.clone(),
            what: printable(&rule.metric, NAME_CHARS),
            measure: None,
            key: None,
            asked: None,
            found: Found::Nothing,
            outcome: Outcome::Error,
            reason: Some(reason),
            contributor: None,
            dockerfile: None,
        }
    }
}

fn bound(
    (side, limit, statistic): (Side, f64, Statistic),
    series: &Series,
    measure: &Measure,
) -> Answer {
    let Some(sample) = series.sample(&measure.name) else {
        return Answer::incomplete(if series.runs.is_empty() {
            "there is no good run"
        } else {
            "it was not measured here: leave the subject out, or measure it"
        });
    };
    if series.is_mixed() && !measure.exact {
        return Answer::incomplete(
            "the runs executed different steps: warm up first (--warm or --warmup 1)",
        );
    }
    let Some(value) = statistic.of(&sample) else {
        let (word, fewest, runs) = (statistic.word(), statistic.fewest_runs(), sample.len());
        return Answer::incomplete(format!("{word} needs {fewest} runs, and there are {runs}"));
    };
    let outcome = if side.holds(value, limit) { Outcome::Pass } else { Outcome::Fail };
    Answer { found: Found::Value(value), outcome, reason: None }
}

fn records(expected: &Expectation, collector: &Collector) -> Check {
    let matching = of_kind(collector, &expected.kind)
        .filter(|series| expected.pattern.matches(&series.key))
        .map(|series| series.runs.len() as u64);
    let count: u64 = matching.sum();
    let kind = printable(&expected.kind, NAME_CHARS);
    let of = expected.pattern.shown().map_or_else(String::new, |pattern| format!(" of {pattern}"));
    let holds = count >= expected.at_least;
    Check {
        source: expected.source.clone(),
        what: format!("{kind} records{of}"),
        measure: None,
        key: None,
        asked: Some(Asked::Records { at_least: expected.at_least }),
        found: Found::Records(count),
        outcome: if holds { Outcome::Pass } else { Outcome::Incomplete },
        reason: None,
        contributor: None,
        dockerfile: None,
    }
}
