//! Checking the demands of a budget against the records.

use dp_record::printable;

use crate::budget::Budget;
use crate::budget::outcome::{Answer, Check, CheckedDemand, Measured, Outcome};
use crate::budget::relative::{self, Context};
use crate::budget::resolve::{of_kind, resolve};
use crate::budget::rule::{BoundKind, Demand, Expectation, OnBusy, Rule};
use crate::input::busy::Busy;
use crate::input::collect::Collector;
use crate::input::measure::Measure;
use crate::input::series::Series;
use crate::judge::comparisons::Comparisons;
use crate::judge::pairing::Against;
use crate::judge::statistic::Statistic;

/// Characters of a name.
const NAME_CHARS: usize = 80;

pub(crate) fn check(
    budget: &Budget,
    collector: &Collector,
    against: &Against,
    comparisons: &mut Comparisons<'_>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    for rule in &budget.rules {
        let mut context = Context { collector, against, comparisons: &mut *comparisons };
        checks
            .extend(of_rule(rule, &mut context).into_iter().map(|it| on_busy(it, budget.on_busy)));
    }
    checks.extend(budget.expectations.iter().map(|expected| records(expected, collector)));
    checks
}

/// Heeds how busy others kept the machine.
fn on_busy(mut check: Check, rule: OnBusy) -> Check {
    if !(check.busy.is_busy() && check.is_absolute_time()) {
        return check;
    }
    let (outcome, reason) = match (rule, check.outcome) {
        (OnBusy::Inconclusive, Outcome::Fail) => {
            (Outcome::Inconclusive, "the machine was busy with others: measure while it is quiet")
        }
        (OnBusy::Fail, Outcome::Pass) => (
            Outcome::Fail,
            "it holds, but the machine was busy with others: measure while it is quiet",
        ),
        _ => return check,
    };
    check.outcome = outcome;
    check.reason = Some(reason.to_owned());
    check
}

/// A check for each series that the rule is about.
fn of_rule(rule: &Rule, context: &mut Context<'_, '_>) -> Vec<Check> {
    let resolved = match resolve(context.collector, rule) {
        Ok(resolved) => resolved,
        Err(reason) => return vec![Check::error(rule, reason)],
    };
    let checks = match &rule.demand {
        Demand::Bound { kind, limit, statistic } => {
            limit.in_unit(&resolved.measure.unit).map_err(|error| error.to_string()).map(|limit| {
                let demand = CheckedDemand::Bound { kind: *kind, limit, statistic: *statistic };
                let bound = |series: &Series| {
                    Some(bound((*kind, limit, *statistic), series, &resolved.measure))
                };
                resolved.checks(rule, &demand, context.collector, bound)
            })
        }
        Demand::Change { kind, share, than } => {
            relative::checks(rule, (*kind, *share), than, &resolved, context)
        }
    };
    checks.unwrap_or_else(|reason| vec![Check::error(rule, reason)])
}

fn bound(
    (kind, limit, statistic): (BoundKind, f64, Statistic),
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
    let outcome = if kind.holds(value, limit) { Outcome::Pass } else { Outcome::Fail };
    Answer { measured: Measured::Value(value), outcome, reason: None }
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
        demand: Some(CheckedDemand::Records { at_least: expected.at_least }),
        measured: Measured::Records(count),
        note: expected.note.clone(),
        outcome: if holds { Outcome::Pass } else { Outcome::Incomplete },
        reason: None,
        contributor: None,
        dockerfile: None,
        busy: Busy::default(),
    }
}
