//! Where the time of the builds goes: the steps that took longest.

use dp_math::Sample;

use crate::collect::Collector;
use crate::label;
use crate::report::{StepUse, TimeUse};
use crate::series::{Series, Side, StepTimes};

/// Steps of a series that are shown.
const SHOWN: usize = 5;

/// The longest steps of each series of which steps ran.
pub(crate) fn of(collector: &Collector) -> Vec<TimeUse> {
    let series = collector.series.of(Side::Input);
    series.filter(|series| !series.steps.is_empty()).map(time_use).collect()
}

fn time_use(series: &Series) -> TimeUse {
    let mut steps: Vec<StepUse> = series.steps.values().filter_map(step_use).collect();
    steps.sort_by(|a, b| {
        b.seconds.total_cmp(&a.seconds).then_with(|| (a.line, &a.text).cmp(&(b.line, &b.text)))
    });
    let others = steps.len().saturating_sub(SHOWN);
    steps.truncate(SHOWN);
    TimeUse { label: label::full(&series.key), runs: series.runs.len(), steps, others }
}

fn step_use(times: &StepTimes) -> Option<StepUse> {
    let sample = Sample::new(times.seconds.clone()).ok()?;
    Some(StepUse {
        line: times.line,
        text: times.text.clone(),
        seconds: sample.median(),
        runs: sample.len(),
    })
}
