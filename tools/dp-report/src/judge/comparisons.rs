//! Each metric of each pair of series is compared once: report and budget read
//! the same comparison.

use std::collections::HashMap;

use crate::input::collect::Collector;
use crate::input::environments::Field;
use crate::input::measure::Measure;
use crate::input::series::Series;
use crate::judge::comparability::{Comparability, comparability};
use crate::judge::compare::{Comparison, Terms, compare, is_test};
use crate::judge::noise;
use crate::judge::pairing::Pairing;
use crate::judge::rule::Level;
use crate::judge::verdict::{Reason, Verdict};

/// Baseline, subject (by their numbers) and metric.
type Key = (usize, usize, String);

/// The comparisons that were made.
#[derive(Debug)]
pub(crate) struct Comparisons<'a> {
    collector: &'a Collector,
    terms: Terms<'a>,
    made: HashMap<Key, Comparison>,
}

impl<'a> Comparisons<'a> {
    /// No comparison yet, but how many tests the pairs ask for: the more there
    /// are, the surer each verdict must be. `across` names what may differ in the
    /// environments.
    pub(crate) fn new(
        collector: &'a Collector,
        across: &'a [Field],
        pairing: &Pairing<'_>,
    ) -> Self {
        let environments = &collector.environments;
        let mut terms = Terms { environments, across, level: Level::of(0) };
        let tests = |sides: (&Series, &Series)| {
            let (baseline, subject) = sides;
            let metrics = subject.metrics().filter(|name| baseline.has(name));
            let measures = metrics.map(|name| collector.measure(&subject.key.kind, name));
            measures.filter(|measure| is_test(measure, sides, &terms)).count()
        };
        terms.level = Level::of(pairing.pairs().map(tests).sum());
        Self { collector, terms, made: HashMap::new() }
    }

    /// How a metric of a subject compares with that of the baseline.
    pub(crate) fn of(
        &mut self,
        measure: &Measure,
        (baseline, subject): (&Series, &Series),
    ) -> &Comparison {
        let key = (baseline.number, subject.number, measure.name.clone());
        let (collector, terms, sides) = (self.collector, &self.terms, (baseline, subject));
        self.made.entry(key).or_insert_with(|| {
            let noise = noise::bound(collector, sides, measure);
            compare(measure, sides, noise, terms)
        })
    }

    /// Puts a comparison of series of another collector in the place of one: the same
    /// metric, measured anew.
    pub(crate) fn replace(
        &mut self,
        measure: &Measure,
        (baseline, subject): (&Series, &Series),
        (fresh, sides): (&Collector, (&Series, &Series)),
    ) -> &Comparison {
        let key = (baseline.number, subject.number, measure.name.clone());
        let noise = noise::bound(fresh, sides, measure);
        let terms = Terms { environments: &fresh.environments, ..self.terms };
        let found = compare(measure, sides, noise, &terms);
        self.made.entry(key).insert_entry(found).into_mut()
    }

    /// Takes back a verdict that could not be confirmed.
    pub(crate) fn doubt(&mut self, measure: &Measure, (baseline, subject): (&Series, &Series)) {
        let key = (baseline.number, subject.number, measure.name.clone());
        if let Some(found) = self.made.get_mut(&key) {
            found.verdict = Some(Verdict::Inconclusive);
            found.reason = Some(Reason::Unconfirmed);
        }
    }

    /// Whether the environments of two series allow a comparison of their times.
    pub(crate) fn comparability(&self, sides: (&Series, &Series)) -> Comparability {
        comparability(self.terms.environments, sides, false, self.terms.across)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::collect::Origin;
    use crate::input::series::Side;
    use crate::judge::pairing::Against;
    use dp_record::{Record, Subject};

    fn collected(names: &[&str]) -> Collector {
        let mut collector = Collector::default();
        let source = collector.add_source("file");
        for (line, name) in (1..).zip(names) {
            let mut record = Record::new("bench", jiff::Timestamp::UNIX_EPOCH);
            record.subject = Some(Subject { name: (*name).to_owned(), ..Subject::default() });
            record.metrics = [("x".to_owned(), 1.0), ("y".to_owned(), 2.0)].into_iter().collect();
            let origin = Origin { side: Side::Input, source, line };
            collector.observe(origin, &(&record).into()).unwrap();
        }
        collector
    }

    #[test]
    fn a_pair_is_compared_once_however_often_it_is_asked_for() {
        let collector = collected(&["a", "b", "c"]);
        let series: Vec<&Series> = collector.series.iter().collect();
        let [x, y] = ["x", "y"].map(|name| collector.measure("bench", name));
        let pairing = Pairing::of(&collector, &Against::Nothing);
        let mut comparisons = Comparisons::new(&collector, &[], &pairing);
        let first = comparisons.of(&x, (series[0], series[1])).clone();
        assert_eq!(comparisons.of(&x, (series[0], series[1])), &first);
        assert_eq!(comparisons.made.len(), 1);
        // The other way round, another subject and another metric are others.
        let _ = comparisons.of(&x, (series[1], series[0]));
        let _ = comparisons.of(&x, (series[0], series[2]));
        let _ = comparisons.of(&y, (series[0], series[1]));
        assert_eq!(comparisons.made.len(), 4);
    }
}
