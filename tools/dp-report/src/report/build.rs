//! From the collected series to the report.

use std::collections::{BTreeMap, BTreeSet};

use dp_math::Sample;
use dp_record::{Missing, SeriesKey, kind, printable};

use crate::budget::{self, Budget};
use crate::explain::{advice, cache, contributor, phases, pictures, stacks, usage};
use crate::input::busy::Busy;
use crate::input::collect::Collector;
use crate::input::label::{self, Labels};
use crate::input::measure::Measure;
use crate::input::series::{FailedRun, Run, Series, Side};
use crate::judge::comparability::Comparability;
use crate::judge::compare::Comparison;
use crate::judge::comparisons::Comparisons;
use crate::judge::noise;
use crate::judge::pairing::{Against, Candidate, Group, Pairing};
use crate::judge::shape::Shape;
use crate::judge::statistic::Statistic;
use crate::judge::summary::Summary;
use crate::judge::verdict::{Reason, Role, Verdict};
use crate::report::{Block, Failure, Failures, MissingRuns, Report, Row, Table, uncompared};

/// Characters of a batch's name.
const BATCH_CHARS: usize = 40;

/// What a report is to say of the records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// What is compared with what.
    pub(crate) pairing: &'a Pairing<'a>,
    /// What must hold.
    pub(crate) budget: &'a Budget,
    /// What tables show of each metric beside its median and range.
    pub(crate) statistics: &'a [Statistic],
}

/// The report on what was collected; what was compared already is not compared
/// again.
pub(crate) fn report(
    collector: &Collector,
    request: &Request<'_>,
    comparisons: &mut Comparisons<'_>,
) -> Report {
    let Request { pairing, budget, statistics } = *request;
    let mut builder = Builder { collector, pairing, statistics, comparisons };
    let kinds = pairing.kinds.iter();
    let tables: Vec<Table> =
        kinds.filter_map(|(kind, groups)| builder.table(kind, groups)).collect();
    let uncompared = uncompared::of(collector, pairing, &tables);
    let notes = builder.notes();
    let checks = budget::check(budget, collector, pairing.against, builder.comparisons);
    Report {
        against: pairing.against.clone(),
        latest: collector.latest,
        environments: collector.environments.lines(),
        busy: collector.series.iter().fold(Busy::default(), |all, one| all.with(one.busy)),
        tables,
        failures: failures(collector),
        missing: missing(collector),
        uncompared,
        notes,
        scenarios: cache::scenarios(collector),
        cache_findings: advice::all(collector, kind::CACHE),
        times: usage::times(collector),
        phases: phases::of(collector),
        stacks: stacks::of(collector),
        bytes: usage::bytes(collector),
        findings: advice::all(collector, kind::SIZE),
        limits: advice::all(collector, kind::STATS),
        budget: checks,
        history: None,
        pictures: pictures::of(collector),
    }
}

struct Builder<'a, 'c> {
    collector: &'a Collector,
    pairing: &'a Pairing<'a>,
    statistics: &'a [Statistic],
    comparisons: &'a mut Comparisons<'c>,
}

impl Builder<'_, '_> {
    /// The table of a kind; none where no run has anything to show.
    fn table(&mut self, kind: &str, groups: &[Group<'_>]) -> Option<Table> {
        let all = || self.collector.series.iter().filter(|series| series.key.kind == kind);
        let labels = Labels::of(all().map(|series| &series.key));
        let names: BTreeSet<&str> = all().flat_map(Series::metrics).collect();
        let mut measures: Vec<Measure> =
            names.into_iter().map(|name| self.collector.measure(kind, name)).collect();
        measures.sort_by(|a, b| a.order().cmp(&b.order()));
        let block = |measure: Measure| {
            let rows = groups.iter().flat_map(|group| self.rows(&measure, group, &labels));
            let rows: Vec<Row> = rows.collect();
            Block { measure, rows }
        };
        let blocks: Vec<Block> = measures.into_iter().map(block).collect();
        let table = Table { kind: printable(kind, BATCH_CHARS), shared: labels.shared(), blocks };
        (!table.blocks.is_empty()).then_some(table)
    }

    /// What `--stat` asks for, of these values if there are any.
    fn statistics(&self, sample: Option<&Sample>) -> Vec<(Statistic, Option<f64>)> {
        let of = |one: &Statistic| (*one, sample.and_then(|sample| one.of(sample)));
        self.statistics.iter().map(of).collect()
    }

    fn rows(&mut self, measure: &Measure, group: &Group<'_>, labels: &Labels) -> Vec<Row> {
        let mut rows = Vec::new();
        if let Some(baseline) = group.baseline {
            let row = self.row(measure, baseline, labels);
            let row = Row { is_baseline: true, ..row };
            rows.extend(Some(row).filter(|row| row.summary.is_some()));
        }
        for candidate in &group.candidates {
            rows.extend(match (candidate, group.baseline) {
                (Candidate::Present(series), baseline) => {
                    self.present(measure, baseline, series, labels)
                }
                (Candidate::Absent(key), Some(baseline)) => {
                    let absent = absent(measure, baseline, key, labels);
                    absent.map(|row| Row { statistics: self.statistics(None), ..row })
                }
                (Candidate::Absent(_), None) => None,
            });
        }
        rows
    }

    fn present(
        &mut self,
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
            Some(baseline) if here || there => {
                Some(self.comparisons.of(measure, (baseline, series)).clone())
            }
            None if here && *self.pairing.against != Against::Nothing => {
                let reason = Reason::NoSeries(Role::Baseline);
                Some(no_counterpart(measure, Verdict::New, reason, None))
            }
            _ => None,
        };
        let regressed = comparison.as_ref().and_then(|found| found.verdict);
        let regressed = regressed == Some(Verdict::Regressed);
        let contributor = || contributor::of_change(self.collector, (baseline?, series), measure);
        let contributor = regressed.then(contributor).flatten();
        let baseline_busy = baseline.map_or_else(Busy::default, |baseline| baseline.busy);
        Some(Row { baseline_busy, comparison, contributor, ..self.row(measure, series, labels) })
    }

    fn row(&self, measure: &Measure, series: &Series, labels: &Labels) -> Row {
        let sample = series.sample(&measure.name);
        let shape = sample.as_ref().map(|sample| Shape::of(series, sample, measure));
        Row {
            statistics: self.statistics(sample.as_ref()),
            summary: sample.map(|sample| Summary::of(&sample, measure)),
            shape: shape.unwrap_or_default(),
            busy: series.busy,
            at: series.latest,
            batch: series.last_batch.clone(),
            env: self.collector.environments.only_id(&series.environments).map(str::to_owned),
            meta: series.meta.clone().unwrap_or_default(),
            values: series.values(&measure.name),
            dockerfile: series.dockerfile.clone(),
            ..empty_row(&series.key, labels)
        }
    }

    /// What limits the figures beyond a single verdict.
    fn notes(&self) -> Vec<String> {
        let series = || self.collector.series.iter();
        // Where series are compared, the verdict says it.
        let described = *self.pairing.against == Against::Nothing;
        let mixed = series().filter(|series| described && series.is_mixed()).map(|series| {
            let reason = Reason::OtherSteps(Role::Subject);
            format!("{}: mixed: {reason}", label::full(&series.key))
        });
        let spread = series().flat_map(|series| {
            let spread = self.collector.environments.spread(&series.environments).into_iter();
            spread.map(|(field, values)| {
                let name = label::full(&series.key);
                format!("{name}: its runs differ in {field} ({values}): report them apart")
            })
        });
        let noise = noise::lines(self.collector);
        let unshown = uncompared::unshown(self.collector, self.pairing);
        let all = mixed.chain(spread).chain(noise).chain(self.unknown_environment());
        all.chain(unshown).collect()
    }

    /// Comparisons across batches whose environments no record describes.
    fn unknown_environment(&self) -> Option<String> {
        let unknown = |(baseline, subject): (&Series, &Series)| {
            let both = !baseline.runs.is_empty() && !subject.runs.is_empty();
            both && self.comparisons.comparability((baseline, subject)) == Comparability::Unknown
        };
        let text = "the records do not tell their ground: it is unknown whether both sides \
                    were measured on the same";
        self.pairing.pairs().any(unknown).then(|| text.to_owned())
    }
}

/// A series of the baseline that should be there.
fn absent(measure: &Measure, baseline: &Series, key: &SeriesKey, labels: &Labels) -> Option<Row> {
    let baseline = Some(Summary::of(&baseline.sample(&measure.name)?, measure));
    let reason = Reason::NoSeries(Role::Subject);
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
        statistics: Vec::new(),
        shape: Shape::default(),
        busy: Busy::default(),
        baseline_busy: Busy::default(),
        comparison: None,
        at: None,
        batch: String::new(),
        env: None,
        meta: BTreeMap::new(),
        values: Vec::new(),
        dockerfile: None,
        contributor: None,
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
