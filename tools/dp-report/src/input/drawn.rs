//! Single runs, for pages that draw them: of each series the one whose time or
//! memory is nearest to the median, since a mean of several builds is no build.

use dp_record::detail::build::{BuildStep, OtherVertex, StepState};
use dp_record::{Metrics, RecordView, kind, printable};

use crate::input::lines::one_line;
use crate::input::run::Run;

/// Runs of a series that are kept while it is not known yet which one is nearest to
/// the median of all: of so few that is exactly known, and of more one of them is near it.
const KEPT: usize = 32;
/// Steps of a run that are kept: no Dockerfile has as many.
const MOST_STEPS: usize = 400;
/// Characters of an instruction.
const TEXT_CHARS: usize = 200;

/// One run, as far as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DrawnRun {
    pub(crate) run: Run,
    /// What it is measured by: see [`measure`].
    pub(crate) amount: f64,
    /// Of builds: what ran when.
    pub(crate) steps: Vec<DrawnStep>,
    /// Of containers: all figures of the run.
    pub(crate) metrics: Metrics,
}

/// A step of a build, or something that the builder did beside them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DrawnStep {
    /// Whose it is.
    pub(crate) lane: Lane,
    /// Line of the Dockerfile, where known.
    pub(crate) line: Option<u64>,
    /// The instruction, or the builder's name for it, made printable.
    pub(crate) text: String,
    /// What became of it.
    pub(crate) state: StepState,
    /// When it started, in seconds after the build began; none where it is not known.
    pub(crate) started: Option<f64>,
    /// How long it took, in seconds.
    pub(crate) seconds: Option<f64>,
    /// Whether the build would have been shorter without it.
    pub(crate) critical: bool,
}

/// What steps are drawn together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lane {
    /// The stage of this name; the only stage may have none.
    Stage(Option<String>),
    /// What is no step: context, metadata, export.
    Builder,
}

/// What a run of this kind is measured by, where it is drawn: a headline, so that all its
/// values are kept.
pub(crate) fn measure(kind: &str) -> Option<&'static str> {
    match kind {
        kind::BUILD | kind::CACHE => Some("wall_seconds"),
        kind::STATS => Some("memory_peak_bytes"),
        _ => None,
    }
}

impl DrawnRun {
    /// What is drawn of a record; none where nothing is.
    pub(crate) fn of(run: Run, record: &RecordView<'_>) -> Option<Self> {
        let amount = record.metrics.get(measure(&record.kind)?)?;
        let of_build = record.build_detail().map(|detail| (&detail.steps, &detail.other[..]));
        let of_cache = || record.cache_detail().map(|detail| (&detail.steps, &[][..]));
        let steps = of_build.or_else(of_cache).map_or_else(Vec::new, |(steps, others)| {
            let all = steps.iter().map(step).chain(others.iter().map(other));
            all.take(MOST_STEPS).collect()
        });
        let of_container = record.kind == *kind::STATS;
        let metrics = if of_container { record.metrics.to_metrics() } else { Metrics::default() };
        Some(Self { run, amount, steps, metrics })
    }
}

fn step(step: &BuildStep) -> DrawnStep {
    let text = step.instruction.as_ref().unwrap_or(&step.name);
    DrawnStep {
        lane: Lane::Stage(step.stage.as_ref().map(|stage| printable(stage, TEXT_CHARS))),
        line: step.line,
        text: printable(&one_line(text), TEXT_CHARS),
        state: step.state.clone(),
        started: known(step.started_seconds),
        seconds: known(step.seconds),
        critical: step.critical,
    }
}

fn other(vertex: &OtherVertex) -> DrawnStep {
    let name = vertex.name.strip_prefix("[internal] ").unwrap_or(&vertex.name);
    DrawnStep {
        lane: Lane::Builder,
        line: None,
        text: printable(name, TEXT_CHARS),
        state: StepState::Executed,
        started: known(vertex.started_seconds),
        seconds: known(vertex.seconds),
        critical: vertex.critical,
    }
}

/// Other people's details may hold any number.
fn known(seconds: Option<f64>) -> Option<f64> {
    seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

/// The runs of one series that are kept: of many a sample in which each is as likely as any
/// other (algorithm R of J. S. Vitter, "Random Sampling with a Reservoir", ACM Transactions
/// on Mathematical Software 11, 1985), and the same of the same input.
#[derive(Debug, Default)]
pub(crate) struct DrawnRuns {
    kept: Vec<DrawnRun>,
    seen: u64,
}

impl DrawnRuns {
    /// Keeps a run, maybe in place of another one.
    pub(crate) fn add(&mut self, drawn: DrawnRun) {
        self.seen += 1;
        if self.kept.len() < KEPT {
            self.kept.push(drawn);
            return;
        }
        let place = usize::try_from(scattered(self.seen) % self.seen).ok();
        if let Some(slot) = place.and_then(|place| self.kept.get_mut(place)) {
            *slot = drawn;
        }
    }

    /// Whether none was kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The run nearest to `median`, the first of several, among those that `fits` takes.
    pub(crate) fn nearest(
        &self,
        median: f64,
        fits: impl Fn(&DrawnRun) -> bool,
    ) -> Option<&DrawnRun> {
        let distance = |drawn: &DrawnRun| (drawn.amount - median).abs();
        let fitting = self.kept.iter().filter(|drawn| fits(drawn));
        let before = |drawn: &DrawnRun| (drawn.run.source, drawn.run.line);
        fitting.min_by(|a, b| {
            distance(a).total_cmp(&distance(b)).then_with(|| before(a).cmp(&before(b)))
        })
    }
}

/// A number that looks like chance (`SplitMix64`).
fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use dp_record::{Detail, Record};
    use serde_json::json;

    use super::*;

    fn run(line: u64) -> Run {
        Run { batch: Some(0), round: None, warmup: false, source: 0, line }
    }

    fn drawn(line: u64, amount: f64) -> DrawnRun {
        DrawnRun { run: run(line), amount, steps: Vec::new(), metrics: Metrics::default() }
    }

    #[test]
    fn one_near_the_middle_stays_of_however_many_whether_they_drift_or_not() {
        // 0 to 9999, upwards, downwards, and in an order that has nothing to do with size.
        for order in [|at: u64| at, |at: u64| 9_999 - at, |at: u64| at * 3_701 % 10_000] {
            let mut runs = DrawnRuns::default();
            for at in 0..10_000_u64 {
                runs.add(drawn(at, order(at) as f64));
            }
            assert_eq!(runs.kept.len(), KEPT);
            let nearest = runs.nearest(5_000.0, |_| true).unwrap().amount;
            assert!((nearest - 5_000.0).abs() < 1_000.0, "{nearest}");
        }
    }

    #[test]
    fn of_two_as_near_the_first_is_taken() {
        let mut runs = DrawnRuns::default();
        for (line, amount) in [(1, 4.0), (2, 2.0), (3, 9.0)] {
            runs.add(drawn(line, amount));
        }
        assert_eq!(runs.nearest(3.0, |_| true).unwrap().run.line, 1);
        assert_eq!(runs.nearest(3.0, |one| one.run.line > 2).unwrap().run.line, 3);
        assert_eq!(runs.nearest(3.0, |_| false), None);
    }

    #[test]
    fn a_build_has_its_steps_and_what_the_builder_did_beside_them() {
        let mut record = Record::new(kind::BUILD, jiff::Timestamp::UNIX_EPOCH);
        record.metrics.set("wall_seconds", 3.0);
        let detail = json!({
            "steps": [{"name": "[a 1/2] RUN x", "instruction": "RUN x \\\n  y\u{1b}[2J", "stage": "a",
                "line": 3, "state": "cached", "started_seconds": 0.5, "seconds": 0.0, "critical": true},
                {"name": "[2/2] RUN z", "state": "executed", "started_seconds": -1, "seconds": 2}],
            "other": [{"name": "[internal] load build context", "started_seconds": 0, "seconds": 0.1}],
        });
        record.detail = Some(Detail::from_value(kind::BUILD, detail).unwrap());
        let drawn = DrawnRun::of(run(1), &(&record).into()).unwrap();
        let told: Vec<_> =
            drawn.steps.iter().map(|step| (&step.lane, step.text.as_str())).collect();
        let stage = Lane::Stage(Some("a".to_owned()));
        assert_eq!(
            told,
            [
                (&stage, "RUN x y [2J"),
                (&Lane::Stage(None), "[2/2] RUN z"),
                (&Lane::Builder, "load build context"),
            ]
        );
        assert_eq!(drawn.steps[0].state, StepState::Cached);
        assert_eq!((drawn.steps[1].started, drawn.steps[1].seconds), (None, Some(2.0)));
    }

    #[test]
    fn what_has_no_picture_is_not_kept() {
        let mut record = Record::new(kind::SIZE, jiff::Timestamp::UNIX_EPOCH);
        record.metrics.set("size_bytes", 3.0);
        assert_eq!(DrawnRun::of(run(1), &(&record).into()), None);
        let bare = Record::new(kind::BUILD, record.at);
        assert_eq!(DrawnRun::of(run(1), &(&bare).into()), None);
    }
}
