//! From the collected series to the report.

use std::collections::{BTreeMap, BTreeSet};

use dp_record::{Missing, SeriesKey, kind, printable};

use crate::budget::{self, Budget};
use crate::explain::{advice, cache, contributor, phases, pictures, usage};
use crate::input::collect::Collector;
use crate::input::environments::Field;
use crate::input::label::{self, Labels};
use crate::input::measure::Measure;
use crate::input::series::{FailedRun, Run, Series, Side};
use crate::judge::comparability::Comparability;
use crate::judge::compare::Comparison;
use crate::judge::comparisons::Comparisons;
use crate::judge::noise;
use crate::judge::pairing::{Against, Candidate, Group, Pairing};
use crate::judge::summary::Summary;
use crate::judge::verdict::{Reason, Role, Verdict};
use crate::report::{Block, Failure, Failures, MissingRuns, Report, Row, Table};

/// Characters of a batch's name.
const BATCH_CHARS: usize = 40;

/// What a report is to say of the records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// What is compared with what.
    pub(crate) pairing: &'a Pairing<'a>,
    /// Parts of the environment that may differ.
    pub(crate) across: &'a [Field],
    /// What must hold.
    pub(crate) budget: &'a Budget,
}

pub(crate) fn report(collector: &Collector, request: &Request<'_>) -> Report {
    let Request { pairing, across, budget } = *request;
    let comparisons = Comparisons::new(collector, across);
    let mut builder = Builder { collector, pairing, comparisons };
    let kinds = pairing.kinds.iter();
    let tables: Vec<Table> =
        kinds.filter_map(|(kind, groups)| builder.table(kind, groups)).collect();
    let uncompared = uncompared(collector, pairing, &tables);
    let notes = builder.notes();
    let checks = budget::check(budget, collector, pairing.against, &mut builder.comparisons);
    Report {
        against: pairing.against.clone(),
        latest: collector.latest,
        environments: collector.environments.lines(),
        tables,
        failures: failures(collector),
        missing: missing(collector),
        uncompared,
        notes,
        scenarios: cache::scenarios(collector),
        cache_findings: advice::all(collector, kind::CACHE),
        times: usage::times(collector),
        phases: phases::of(collector),
        bytes: usage::bytes(collector),
        findings: advice::all(collector, kind::SIZE),
        limits: advice::all(collector, kind::STATS),
        budget: checks,
        pictures: pictures::of(collector),
    }
}

struct Builder<'a> {
    collector: &'a Collector,
    pairing: &'a Pairing<'a>,
    comparisons: Comparisons<'a>,
}

impl Builder<'_> {
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
            Block { rows: rows.collect(), measure }
        };
        let blocks: Vec<Block> = measures.into_iter().map(block).collect();
        let table = Table { kind: printable(kind, BATCH_CHARS), shared: labels.shared(), blocks };
        (!table.blocks.is_empty()).then_some(table)
    }

    fn rows(&mut self, measure: &Measure, group: &Group<'_>, labels: &Labels) -> Vec<Row> {
        let mut rows = Vec::new();
        if let Some(baseline) = group.baseline {
            let row = Row { is_baseline: true, ..row(measure, baseline, labels) };
            rows.extend(Some(row).filter(|row| row.summary.is_some()));
        }
        for candidate in &group.candidates {
            rows.extend(match (candidate, group.baseline) {
                (Candidate::Present(series), baseline) => {
                    self.present(measure, baseline, series, labels)
                }
                (Candidate::Absent(key), Some(baseline)) => absent(measure, baseline, key, labels),
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
        Some(Row { comparison, contributor, ..row(measure, series, labels) })
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
        mixed.chain(spread).chain(noise).chain(self.unknown_environment()).collect()
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
        summary: series.sample(&measure.name).map(|sample| Summary::of(&sample, measure)),
        at: series.latest,
        meta: series.meta.clone().unwrap_or_default(),
        values: series.values(&measure.name),
        dockerfile: series.dockerfile.clone(),
        ..empty_row(&series.key, labels)
    }
}

/// The pairs of which no metric got a verdict: baseline and subject. Those without any
/// run of either are not among them: each is told as failed or missing.
fn uncompared(
    collector: &Collector,
    pairing: &Pairing<'_>,
    tables: &[Table],
) -> Vec<(SeriesKey, SeriesKey)> {
    let rows = || tables.iter().flat_map(|table| &table.blocks).flat_map(|block| &block.rows);
    let is_judged = |key: &SeriesKey| {
        let of_key = rows().filter(|row| row.key == *key);
        of_key.filter_map(|row| row.comparison.as_ref()).any(|found| found.verdict.is_some())
    };
    let is_missing = |series: &Series| {
        collector.missing(series.side).iter().any(|missing| missing.key == series.key)
    };
    let has_none =
        |series: &Series| series.runs.is_empty() && (series.failed > 0 || is_missing(series));
    let pairs = pairing.pairs().filter(|(_, subject)| !is_judged(&subject.key));
    let pairs = pairs.filter(|(baseline, subject)| !(has_none(baseline) && has_none(subject)));
    pairs.map(|(baseline, subject)| (baseline.key.clone(), subject.key.clone())).collect()
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
