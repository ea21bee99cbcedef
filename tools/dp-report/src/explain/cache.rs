//! What the build cache saves: each scenario beside the cold build of its subject.

use dp_math::Sample;
use dp_record::{SeriesKey, kind};

use crate::input::collect::Collector;
use crate::input::selection::HIT_RATIO;
use crate::input::series::{Series, Side};
use crate::input::steps::Lost;

/// The scenarios that use nothing of a cache: builds, volumes, and builds that others
/// export or import a cache beside.
const COLD: [&str; 3] = ["cold", "empty", "plain"];

/// One scenario of one subject.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// What is changed before the build, in the words of its last run.
    pub(crate) change: Option<String>,
    /// Subject, scenario and platform.
    pub(crate) key: SeriesKey,
    /// Median of the wall time, in seconds.
    pub(crate) seconds: f64,
    /// Median of cached over all steps; none of cold builds.
    pub(crate) hit_ratio: Option<f64>,
    /// 1 less its median over that of the cold builds; none without these.
    pub(crate) saved_ratio: Option<f64>,
    /// Where the last run lost the cache.
    pub(crate) lost: Vec<Lost>,
    /// What writing the cache elsewhere cost, or reading it.
    pub(crate) transfer: Option<Transfer>,
    /// Median of how many imports save what one export costs.
    pub(crate) pays_after: Option<f64>,
}

/// A cache that went elsewhere, or came from there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transfer {
    /// Median of its time, in seconds.
    pub(crate) seconds: f64,
    /// Median of its bytes; none where they are not known.
    pub(crate) bytes: Option<f64>,
}

/// All scenarios of the input, those of one name together, in the order in which
/// they were planned.
pub(crate) fn scenarios(collector: &Collector) -> Vec<Scenario> {
    let all: Vec<&Series> = collector
        .series
        .of(Side::Input)
        .filter(|series| series.key.kind == kind::CACHE && !series.runs.is_empty())
        .collect();
    let mut names: Vec<&str> = Vec::new();
    for name in all.iter().map(|series| name(series)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of_name = |scenario| all.iter().filter(move |series| name(series) == scenario);
    names
        .iter()
        .flat_map(|scenario| of_name(*scenario).filter_map(|one| scenario_of(one, &all)))
        .collect()
}

fn name(series: &Series) -> &str {
    series.key.scenario.as_deref().unwrap_or_default()
}

fn scenario_of(series: &Series, all: &[&Series]) -> Option<Scenario> {
    let seconds = median(series, "wall_seconds")?;
    let cold = all.iter().find(|other| {
        COLD.contains(&name(other))
            && other.key.name == series.key.name
            && other.key.platform == series.key.platform
    });
    let cold = cold
        .filter(|_| !COLD.contains(&name(series)))
        .and_then(|cold| median(cold, "wall_seconds"));
    Some(Scenario {
        name: name(series).to_owned(),
        change: series.change.clone(),
        key: series.key.clone(),
        seconds,
        hit_ratio: Sample::new(series.lengths(HIT_RATIO, None)).ok().map(|all| all.median()),
        saved_ratio: cold.filter(|cold| *cold > 0.0).map(|cold| 1.0 - seconds / cold),
        lost: series.lost.clone(),
        transfer: transfer(series, "export").or_else(|| transfer(series, "import")),
        pays_after: median(series, "pays_after_builds"),
    })
}

fn transfer(series: &Series, way: &str) -> Option<Transfer> {
    let bytes = median(series, &format!("cache_{way}_bytes"));
    Some(Transfer { seconds: median(series, &format!("cache_{way}_seconds"))?, bytes })
}

fn median(series: &Series, metric: &str) -> Option<f64> {
    Some(series.sample(metric)?.median())
}
