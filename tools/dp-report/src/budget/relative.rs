//! Demands on a change: better by at least so much, or worse by at most.
//!
//! `improve` asks for proof: the whole interval of the change must lie beyond
//! the demand. `worsen` holds if the whole interval lies within it, and is
//! broken if the whole interval lies beyond.

use dp_record::{Better, SeriesKey, printable};

use crate::budget::outcome::{Answer, Check, CheckedDemand, Measured, Outcome};
use crate::budget::resolve::{Resolved, names, of_kind};
use crate::budget::rule::{ChangeKind, Rule, Than, at_most};
use crate::input::collect::Collector;
use crate::input::series::{Series, Side};
use crate::judge::compare::Change;
use crate::judge::comparisons::Comparisons;
use crate::judge::pairing::Against;
use crate::judge::verdict::{Reason, Role};

/// Characters of a name.
const NAME_CHARS: usize = 80;

/// What demands are checked against.
pub(crate) struct Context<'a, 'c> {
    pub(crate) collector: &'a Collector,
    /// The report's own baseline.
    pub(crate) against: &'a Against,
    /// What was compared.
    pub(crate) comparisons: &'a mut Comparisons<'c>,
}

/// Where the baseline of a change is found.
enum Other<'a> {
    /// In the input, by this name.
    Subject(&'a str),
    /// In the baseline's records, which are called so.
    File(&'a str),
}

/// A check for each series of the rule but the other itself.
pub(crate) fn checks(
    rule: &Rule,
    (kind, share): (ChangeKind, f64),
    than: &Than,
    resolved: &Resolved<'_>,
    context: &mut Context<'_, '_>,
) -> Result<Vec<Check>, String> {
    if resolved.measure.better == Better::None {
        return Err("it has no better side: use max and min".to_owned());
    }
    let other = other(than, resolved.kind, context)?;
    let mut comparable = resolved.series.iter().filter(|series| !other.is(&series.key)).peekable();
    if comparable.peek().is_none() {
        return Err(format!(
            "the rule is about {} alone: name who is compared with it",
            other.name()
        ));
    }
    if comparable.all(|series| other.find(context.collector, &series.key).is_none()) {
        return Err(format!("{} has none of the series that it is about", other.name()));
    }
    let collector = context.collector;
    let demand = CheckedDemand::Change { kind, share, than: other.name() };
    let answer = |series: &Series| {
        (!other.is(&series.key)).then(|| answer((kind, share), series, &other, resolved, context))
    };
    Ok(resolved.checks(rule, &demand, collector, answer))
}

fn other<'a>(than: &'a Than, kind: &str, context: &Context<'a, '_>) -> Result<Other<'a>, String> {
    let name = match (than, context.against) {
        (Than::Baseline, Against::Nothing) => {
            return Err("there is no baseline: give --against NAME, --baseline FILE, \
                        or than = \"NAME\""
                .to_owned());
        }
        (Than::Baseline, Against::File(name) | Against::Marked(name)) => {
            return Ok(Other::File(name));
        }
        (Than::Baseline, Against::Subject(name)) | (Than::Subject(name), _) => name,
    };
    if of_kind(context.collector, kind).any(|series| series.key.name == *name) {
        return Ok(Other::Subject(name));
    }
    let (name, kind) = (printable(name, NAME_CHARS), printable(kind, NAME_CHARS));
    let there = names(of_kind(context.collector, &kind).map(|series| &series.key));
    Err(format!("{name} has no {kind} record (there are: {there})"))
}

impl Other<'_> {
    /// Whether this series is the other one itself.
    fn is(&self, key: &SeriesKey) -> bool {
        matches!(self, Self::Subject(name) if key.name == *name)
    }

    fn name(&self) -> String {
        match self {
            Self::Subject(name) | Self::File(name) => printable(name, NAME_CHARS),
        }
    }

    fn find<'c>(&self, collector: &'c Collector, key: &SeriesKey) -> Option<&'c Series> {
        match self {
            Self::File(_) => collector.series.find(Side::Baseline, key),
            Self::Subject(name) => {
                let key = SeriesKey { name: (*name).to_owned(), ..key.clone() };
                collector.series.find(Side::Input, &key)
            }
        }
    }
}

fn answer(
    (kind, share): (ChangeKind, f64),
    series: &Series,
    other: &Other<'_>,
    resolved: &Resolved<'_>,
    context: &mut Context<'_, '_>,
) -> Answer {
    let Some(baseline) = other.find(context.collector, &series.key) else {
        return Answer::incomplete(Reason::NoSeries(Role::Baseline).to_string());
    };
    let comparison = context.comparisons.of(&resolved.measure, (baseline, series)).clone();
    let refused = |reason: Option<Reason>| {
        let reason = reason.map_or_else(|| "it was not compared".to_owned(), |r| r.to_string());
        Answer::incomplete(reason)
    };
    match (comparison.change, comparison.reason) {
        (
            Some(change),
            Some(
                reason @ (Reason::TooFew { .. }
                | Reason::OtherBatch { .. }
                | Reason::UnevenBatches
                | Reason::Unconfirmed),
            ),
        ) => Answer { measured: Measured::Change(Box::new(change)), ..refused(Some(reason)) },
        (Some(change), _) => judged(kind, share, resolved.measure.better, change),
        (None, reason) => refused(reason),
    }
}

/// Judges a change of which the interval is known.
fn judged(kind: ChangeKind, share: f64, better: Better, change: Change) -> Answer {
    let demand = share * change.baseline.abs();
    let Some((low, high)) = change.interval else {
        return Answer::incomplete("the interval of the change is not known");
    };
    // By how much it got better, at least and at most: a time that changed by
    // -7 .. -5 s got better by 5 .. 7 s.
    let (least, most) = if better == Better::Higher { (low, high) } else { (-high, -low) };
    let (outcome, reason) = match kind {
        ChangeKind::Improve => improved(least, most, demand, change.resolution),
        ChangeKind::Worsen => worsened(-most, -least, demand),
    };
    Answer {
        measured: Measured::Change(Box::new(change)),
        outcome,
        reason: reason.map(str::to_owned),
    }
}

fn improved(
    least: f64,
    most: f64,
    demand: f64,
    resolution: f64,
) -> (Outcome, Option<&'static str>) {
    if at_most(demand, least) && least > resolution {
        (Outcome::Pass, None)
    } else if most >= demand && most > resolution {
        (Outcome::Fail, Some("not shown: a part of the interval lies short of it"))
    } else {
        (Outcome::Fail, None)
    }
}

fn worsened(least: f64, most: f64, demand: f64) -> (Outcome, Option<&'static str>) {
    if at_most(most, demand) {
        (Outcome::Pass, None)
    } else if least > demand {
        (Outcome::Fail, None)
    } else {
        (Outcome::Inconclusive, Some("the interval reaches across the limit: more runs narrow it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_improvement_needs_the_whole_interval_beyond_the_demand() {
        assert_eq!(improved(5.0, 7.0, 5.0, 0.0), (Outcome::Pass, None));
        assert_eq!(improved(4.9, 7.0, 5.0, 0.0).0, Outcome::Fail);
        assert!(improved(4.9, 7.0, 5.0, 0.0).1.is_some());
        assert_eq!(improved(1.0, 2.0, 5.0, 0.0), (Outcome::Fail, None));
    }

    #[test]
    fn to_be_equal_is_no_improvement_nor_is_what_the_clock_cannot_tell() {
        assert_eq!(improved(0.0, 0.0, 0.0, 0.0), (Outcome::Fail, None));
        assert_eq!(improved(0.1, 0.2, 0.0, 0.0).0, Outcome::Pass);
        assert_eq!(improved(0.1, 0.2, 0.0, 1.0).0, Outcome::Fail);
    }

    #[test]
    fn a_demand_that_is_met_exactly_is_met() {
        assert_eq!(improved(0.3, 0.3, 0.1 * 3.0, 0.0).0, Outcome::Pass);
        assert_eq!(worsened(0.3, 0.1 * 3.0, 0.3).0, Outcome::Pass);
    }

    #[test]
    fn a_loss_is_allowed_up_to_the_limit() {
        assert_eq!(worsened(-1.0, 2.0, 2.0), (Outcome::Pass, None));
        assert_eq!(worsened(2.1, 3.0, 2.0), (Outcome::Fail, None));
        assert_eq!(worsened(1.0, 3.0, 2.0).0, Outcome::Inconclusive);
    }
}
