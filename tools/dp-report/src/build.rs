//! From the collected series to the report.

use std::collections::{BTreeMap, BTreeSet};

use dp_record::{Missing, SeriesKey, kind, printable};

use crate::budget::{self, Budget};
use crate::collect::Collector;
use crate::compare::{Comparison, compare};
use crate::contributor;
use crate::findings;
use crate::ground::{Field, Footing};
use crate::label::{self, Labels};
use crate::matchup::{Against, Contender, Group, groups, kinds};
use crate::measure::Measure;
use crate::noise;
use crate::phases;
use crate::report::{Block, Failure, Failures, MissingRuns, Report, Row, Table};
use crate::series::{FailedRun, Run, Series, Side};
use crate::summary::Summary;
use crate::usage;
use crate::verdict::{Reason, Verdict, Which};

/// Characters of a batch's name.
const BATCH_CHARS: usize = 40;

/// What a report is to say of the records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// What is compared with what.
    pub(crate) against: &'a Against,
    /// Parts of the ground that may differ.
    pub(crate) across: &'a [Field],
    /// What must hold.
    pub(crate) budget: &'a Budget,
}

/// Makes the report.
pub(crate) fn report(collector: &Collector, asked: &Asked<'_>) -> Report {
    let Asked { against, across, .. } = *asked;
    let builder = Builder { collector, against, across };
    Report {
        against: against.clone(),
        latest: collector.latest,
        grounds: label::grounds(&collector.grounds),
        tables: kinds(collector).into_iter().filter_map(|kind| builder.table(kind)).collect(),
        failures: failures(collector),
        missing: missing(collector),
        notes: builder.notes(),
        times: usage::times(collector),
        phases: phases::of(collector),
        bytes: usage::bytes(collector),
        findings: findings::all(collector, kind::SIZE),
        limits: findings::all(collector, kind::STATS),
        budget: budget::check(asked.budget, collector, against, across),
    }
}

struct Builder<'a> {
    collector: &'a Collector,
    against: &'a Against,
    across: &'a [Field],
}

impl Builder<'_> {
    /// The table of a kind; none where no run has anything to show.
    fn table(&self, kind: &str) -> Option<Table> {
        let all = || self.collector.series.iter().filter(|series| series.key.kind == kind);
        let labels = Labels::of(all().map(|series| &series.key));
        let names: BTreeSet<&str> = all().flat_map(Series::metrics).collect();
        let mut measures: Vec<Measure> =
            names.into_iter().map(|name| self.collector.measure(kind, name)).collect();
        measures.sort_by(|a, b| a.order().cmp(&b.order()));
        let groups = groups(self.collector, self.against, kind);
        let block = |measure: Measure| {
            let rows = groups.iter().flat_map(|group| self.rows(&measure, group, &labels));
            Block { rows: rows.collect(), measure }
        };
        let blocks: Vec<Block> = measures.into_iter().map(block).collect();
        let table = Table { kind: printable(kind, BATCH_CHARS), shared: labels.shared(), blocks };
        (!table.blocks.is_empty()).then_some(table)
    }

    fn rows(&self, measure: &Measure, group: &Group<'_>, labels: &Labels) -> Vec<Row> {
        let mut rows = Vec::new();
        if let Some(baseline) = group.baseline {
            let row = Row { is_baseline: true, ..row(measure, baseline, labels) };
            rows.extend(Some(row).filter(|row| row.summary.is_some()));
        }
        for contender in &group.contenders {
            rows.extend(self.contender(measure, group.baseline, contender, labels));
        }
        rows
    }

    fn contender(
        &self,
        measure: &Measure,
        baseline: Option<&Series>,
        contender: &Contender<'_>,
        labels: &Labels,
    ) -> Option<Row> {
        match contender {
            Contender::Absent(key) => absent(measure, baseline?, key, labels),
            Contender::Present(series) => self.present(measure, baseline, series, labels),
        }
    }

    fn present(
        &self,
        measure: &Measure,
        baseline: Option<&Series>,
        series: &Series,
        labels: &Labels,
    ) -> Option<Row> {
        let here = series.has(&measure.name);
        let there = baseline.is_some_and(|baseline| baseline.has(&measure.name));
        // What nobody has in spite of good runs is no row of theirs.
        if !here && !there && !series.runs.is_empty() {
            return None;
        }
        let comparison = match baseline {
            Some(baseline) if here || there => Some(self.compare(measure, baseline, series)),
            None if here && *self.against != Against::Nothing => {
                let reason = Reason::NoSeries(Which::Baseline);
                Some(no_counterpart(measure, Verdict::New, reason, None))
            }
            _ => None,
        };
        let regressed = comparison.as_ref().and_then(|found| found.verdict);
        let regressed = regressed == Some(Verdict::Regressed);
        let contributor = || contributor::of(self.collector, series, measure);
        let contributor = regressed.then(contributor).flatten();
        Some(Row { comparison, contributor, ..row(measure, series, labels) })
    }

    fn compare(&self, measure: &Measure, baseline: &Series, series: &Series) -> Comparison {
        let noise = noise::bound(self.collector, (baseline, series), measure);
        compare(measure, (baseline, series), noise, &self.collector.grounds, self.across)
    }

    /// What limits the figures beyond a single verdict.
    fn notes(&self) -> Vec<String> {
        let series = || self.collector.series.iter();
        // Where series are compared, the verdict says it.
        let described = *self.against == Against::Nothing;
        let mixed = series().filter(|series| described && series.is_mixed()).map(|series| {
            let reason = Reason::OtherSteps(Which::Subject);
            format!("{}: mixed: {reason}", label::full(&series.key))
        });
        let spread = series().flat_map(|series| {
            let spread = self.collector.grounds.spread(series).into_iter();
            spread.map(|(field, values)| {
                let name = label::full(&series.key);
                format!("{name}: its runs differ in {field} ({values}): report them apart")
            })
        });
        let noise = noise::lines(self.collector);
        mixed.chain(spread).chain(noise).chain(self.untold()).collect()
    }

    /// Comparisons across batches of which nobody knows the ground.
    fn untold(&self) -> Option<String> {
        let pairs = |group: &Group<'_>| {
            let Some(baseline) = group.baseline else { return false };
            group.contenders.iter().any(|contender| match contender {
                Contender::Present(series) => {
                    let both = !baseline.runs.is_empty() && !series.runs.is_empty();
                    let grounds = &self.collector.grounds;
                    both && grounds.footing(baseline, series, false, self.across) == Footing::Untold
                }
                Contender::Absent(_) => false,
            })
        };
        let all = kinds(self.collector).into_iter();
        let mut groups = all.flat_map(|kind| groups(self.collector, self.against, kind));
        let text = "the records do not tell their ground: it is unknown whether both sides \
                    were measured on the same";
        groups.any(|group| pairs(&group)).then(|| text.to_owned())
    }
}

/// A series of the baseline that should be there.
fn absent(measure: &Measure, baseline: &Series, key: &SeriesKey, labels: &Labels) -> Option<Row> {
    let baseline = Some(Summary::of(&baseline.sample(&measure.name)?));
    let reason = Reason::NoSeries(Which::Subject);
    let comparison = Some(no_counterpart(measure, Verdict::Missing, reason, baseline));
    Some(Row { comparison, ..empty_row(key, labels) })
}

fn no_counterpart(
    measure: &Measure,
    verdict: Verdict,
    reason: Reason,
    baseline: Option<Summary>,
) -> Comparison {
    let verdict = measure.judged.then_some(verdict);
    Comparison { verdict, reason: Some(reason), change: None, baseline }
}

fn empty_row(key: &SeriesKey, labels: &Labels) -> Row {
    Row {
        key: key.clone(),
        label: labels.label(key),
        is_baseline: false,
        summary: None,
        comparison: None,
        at: None,
        meta: BTreeMap::new(),
        values: Vec::new(),
        dockerfile: None,
        contributor: None,
    }
}

fn row(measure: &Measure, series: &Series, labels: &Labels) -> Row {
    Row {
        summary: series.sample(&measure.name).as_ref().map(Summary::of),
        at: series.latest,
        meta: series.meta.clone().unwrap_or_default(),
        values: series.values(&measure.name),
        dockerfile: series.dockerfile.clone(),
        ..empty_row(&series.key, labels)
    }
}

fn failures(collector: &Collector) -> Vec<Failures> {
    let failure = |failed: &FailedRun| Failure {
        place: collector.place(&failed.run),
        run: run_name(&failed.run),
        message: failed.message.clone(),
        line: failed.line,
    };
    let failed = collector.series.iter().filter(|series| series.failed > 0);
    let failures = failed.map(|series| Failures {
        key: series.key.clone(),
        dockerfile: series.dockerfile.clone(),
        count: series.failed,
        shown: series.failures.iter().map(failure).collect(),
    });
    failures.collect()
}

fn run_name(run: &Run) -> String {
    let word = if run.warmup { "warm-up" } else { "run" };
    run.round.map_or_else(|| format!("a {word}"), |round| format!("{word} {round}"))
}

fn missing(collector: &Collector) -> Vec<MissingRuns> {
    let sides = [Side::Input, Side::Baseline];
    let missing = sides.iter().flat_map(|side| collector.missing(*side));
    let runs = |missing: Missing| MissingRuns {
        key: missing.key,
        batch: printable(&missing.batch, BATCH_CHARS),
        planned: missing.planned,
        seen: missing.seen,
    };
    missing.map(runs).collect()
}
