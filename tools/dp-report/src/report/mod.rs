//! The report: everything that the formats show, and the exit code.

pub(crate) mod breakdown;
pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod cells;
pub(crate) mod demands;
pub(crate) mod findings;
pub(crate) mod grid;
pub(crate) mod history;
pub(crate) mod phases;
pub(crate) mod reasons;
pub(crate) mod remarks;
pub(crate) mod result;
pub(crate) mod sections;
pub(crate) mod sheet;
pub(crate) mod spans;
pub(crate) mod uncompared;
pub(crate) mod verdicts;
pub(crate) mod words;

use std::collections::BTreeMap;

use dp_record::SeriesKey;
use dp_tool::Exit;
use jiff::Timestamp;

use crate::budget::{Check, Measured, Outcome};
use crate::explain::advice::Advice;
use crate::explain::cache::Scenario;
use crate::explain::contributor::Contributor;
use crate::explain::pictures::Pictures;
use crate::explain::stacks::StackStart;
use crate::explain::usage::Usage;
use crate::input::busy::Busy;
use crate::input::measure::Measure;
use crate::judge::compare::{Change, Comparison};
use crate::judge::pairing::Against;
use crate::judge::shape::Shape;
use crate::judge::statistic::Statistic;
use crate::judge::summary::Summary;
use crate::judge::verdict::Verdict;
use crate::report::history::History;

/// All that is said about an input. Every format is made from it alone.
#[derive(Debug)]
pub(crate) struct Report {
    /// What the subjects were compared with.
    pub(crate) against: Against,
    /// When the last observation of the input began.
    pub(crate) latest: Timestamp,
    /// The environments that were measured in, a line each.
    pub(crate) environments: Vec<String>,
    /// How busy others kept the machine during all good runs.
    pub(crate) busy: Busy,
    /// One table a kind, in the order of appearance.
    pub(crate) tables: Vec<Table>,
    /// Series of which runs failed.
    pub(crate) failures: Vec<Failures>,
    /// Series of which planned runs never came.
    pub(crate) missing: Vec<MissingRuns>,
    /// What should have been compared or shown, and was not.
    pub(crate) uncompared: Vec<Uncompared>,
    /// What limits the figures, a line each.
    pub(crate) notes: Vec<String>,
    /// What the build cache saves.
    pub(crate) scenarios: Vec<Scenario>,
    /// What would lose the cache less often.
    pub(crate) cache_findings: Vec<Advice>,
    /// Where the time of the builds went.
    pub(crate) times: Vec<Usage>,
    /// What the starts consist of.
    pub(crate) phases: Vec<Usage>,
    /// Who waited for whom in the stacks.
    pub(crate) stacks: Vec<StackStart>,
    /// Where the bytes of the images are.
    pub(crate) bytes: Vec<Usage>,
    /// What would make the images smaller.
    pub(crate) findings: Vec<Advice>,
    /// What should be looked at in containers.
    pub(crate) limits: Vec<Advice>,
    /// The demands of the budget, and what came of them.
    pub(crate) budget: Vec<Check>,
    /// How the series went on earlier days.
    pub(crate) history: Option<History>,
    /// What is drawn of single runs, where a format draws them.
    pub(crate) pictures: Pictures,
}

/// All series of one kind.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) kind: String,
    /// Scenario, platform and variant, where all series share them.
    pub(crate) shared: Vec<String>,
    /// The metrics that are shown.
    pub(crate) blocks: Vec<Block>,
}

/// One metric of all series of a table.
#[derive(Debug)]
pub(crate) struct Block {
    /// What is known of the metric.
    pub(crate) measure: Measure,
    /// A row a series.
    pub(crate) rows: Vec<Row>,
}

/// One metric of one series.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: SeriesKey,
    /// What people call it within its table.
    pub(crate) label: String,
    /// Whether others are compared with it.
    pub(crate) is_baseline: bool,
    /// Its figures; none where no good run has the metric.
    pub(crate) summary: Option<Summary>,
    /// What `--stat` asks for, the same of every row; none where there are too few runs.
    pub(crate) statistics: Vec<(Statistic, Option<f64>)>,
    /// What its runs look like.
    pub(crate) shape: Shape,
    /// How busy others kept the machine meanwhile.
    pub(crate) busy: Busy,
    /// The same for its baseline, where it has one.
    pub(crate) baseline_busy: Busy,
    /// How it compares with its baseline; none where there is nothing to say.
    pub(crate) comparison: Option<Comparison>,
    /// When its last good run began.
    pub(crate) at: Option<Timestamp>,
    /// The batch of that; empty if not known.
    pub(crate) batch: String,
    /// Id of the environment; none if not known, or if there are several.
    pub(crate) env: Option<String>,
    /// The user's words that all its good runs share.
    pub(crate) meta: BTreeMap<String, String>,
    /// The values, run by run.
    pub(crate) values: Vec<f64>,
    /// The Dockerfile, as the user named it.
    pub(crate) dockerfile: Option<String>,
    /// What contributes most, where it regressed.
    pub(crate) contributor: Option<Contributor>,
}

/// The failed runs of one series.
#[derive(Debug)]
pub(crate) struct Failures {
    pub(crate) key: SeriesKey,
    /// The Dockerfile, as the user named it.
    pub(crate) dockerfile: Option<String>,
    /// How many runs failed.
    pub(crate) count: u64,
    /// The first of them: place in the input, round, message.
    pub(crate) shown: Vec<Failure>,
}

/// One failed run.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `file:line`.
    pub(crate) place: String,
    /// `run 3`, `warm-up 1`, or `a run` without a number.
    pub(crate) run: String,
    /// `code: message`.
    pub(crate) message: String,
    /// Line of the Dockerfile at which it failed, where known.
    pub(crate) line: Option<u64>,
}

/// A series that did not come in full.
#[derive(Debug)]
pub(crate) struct MissingRuns {
    pub(crate) key: SeriesKey,
    /// The batch that planned it.
    pub(crate) batch: String,
    /// How many runs were planned.
    pub(crate) planned: u32,
    /// How many came.
    pub(crate) seen: u32,
}

/// A subject of which nothing was judged.
#[derive(Debug)]
pub(crate) struct Uncompared {
    pub(crate) subject: SeriesKey,
    /// What is wrong, and the way out.
    pub(crate) why: String,
}

impl Table {
    /// What `--stat` asks for.
    pub(crate) fn statistics(&self) -> Vec<Statistic> {
        let first = self.blocks.iter().flat_map(|block| &block.rows).next();
        first.map_or_else(Vec::new, |row| row.statistics.iter().map(|(one, _)| *one).collect())
    }
}

impl Report {
    /// All rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.tables.iter().flat_map(|table| &table.blocks).flat_map(|block| &block.rows)
    }

    /// All rows with their metrics, but for those of a baseline file: the
    /// subjects of the input, each once.
    pub(crate) fn input(&self) -> impl Iterator<Item = (&Measure, &Row)> {
        self.tables.iter().flat_map(|table| self.input_of(table))
    }

    /// Those of one table.
    pub(crate) fn input_of<'a>(
        &'a self,
        table: &'a Table,
    ) -> impl Iterator<Item = (&'a Measure, &'a Row)> {
        let from_file = self.against.is_apart();
        let rows = |block: &'a Block| block.rows.iter().map(|row| (&block.measure, row));
        let rows = table.blocks.iter().flat_map(rows);
        rows.filter(move |(_, row)| !(from_file && row.is_baseline))
    }

    /// Whether no good run of the series came, for which it is told as failed or missing.
    pub(crate) fn never_came(&self, row: &Row) -> bool {
        let told = self.failures.iter().map(|failures| &failures.key);
        let told = told.chain(self.missing.iter().map(|missing| &missing.key));
        row.summary.is_none() && row.at.is_none() && told.into_iter().any(|key| *key == row.key)
    }

    /// How often each verdict was given, worst first; what was not given is
    /// left out.
    pub(crate) fn verdicts(&self) -> Vec<(Verdict, usize)> {
        let given = |verdict: &Verdict| {
            let comparisons = self.rows().filter_map(|row| row.comparison.as_ref());
            comparisons.filter(|comparison| comparison.verdict == Some(*verdict)).count()
        };
        let counted = Verdict::ALL.into_iter().map(|verdict| (verdict, given(&verdict)));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// The verdicts that tests decided, each with the probability that it would be
    /// a change though nothing changed.
    pub(crate) fn chances(&self) -> Vec<f64> {
        let comparisons = self.rows().filter_map(|row| row.comparison.as_ref());
        comparisons.filter_map(Comparison::chance).collect()
    }

    /// How often each outcome of the budget came, worst first; what did not
    /// come is left out.
    pub(crate) fn outcomes(&self) -> Vec<(Outcome, usize)> {
        let came = |outcome: &Outcome| {
            self.budget.iter().filter(|check| check.outcome == *outcome).count()
        };
        let counted = Outcome::ALL.into_iter().map(|outcome| (outcome, came(&outcome)));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// The exit code: a regression or a broken budget is worse than something
    /// that is missing, and what was not compared never passes.
    pub(crate) fn exit(&self, inconclusive_fails: bool) -> Exit {
        let mut exit = Exit::Measured;
        if !self.failures.is_empty() || !self.missing.is_empty() || !self.uncompared.is_empty() {
            exit = exit.worst(Exit::Failed);
        }
        // What lies within the spread of equal batches is no sign of a change: equal
        // builds of another day pass, however the user takes what is inconclusive.
        let fails = |change: Option<&Change>| {
            inconclusive_fails && !change.is_some_and(Change::is_within_spread)
        };
        for comparison in self.rows().filter_map(|row| row.comparison.as_ref()) {
            exit = exit.worst(match comparison.verdict {
                Some(Verdict::Regressed) => Exit::Regression,
                Some(Verdict::Inconclusive) if fails(comparison.change.as_ref()) => {
                    Exit::Regression
                }
                Some(verdict) if verdict.is_incomplete() => Exit::Failed,
                _ => Exit::Measured,
            });
        }
        for check in &self.budget {
            let change = match &check.measured {
                Measured::Change(change) => Some(&**change),
                _ => None,
            };
            exit = exit.worst(match check.outcome {
                Outcome::Error => Exit::Usage,
                Outcome::Fail => Exit::Regression,
                Outcome::Inconclusive if fails(change) => Exit::Regression,
                Outcome::Incomplete => Exit::Failed,
                Outcome::Inconclusive | Outcome::Pass => Exit::Measured,
            });
        }
        exit
    }
}
