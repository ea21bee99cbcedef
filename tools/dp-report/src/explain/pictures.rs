//! What is drawn of single runs: builds over time, images layer by layer, containers over
//! time, and the machine around them. All of it is empty where no page was
//! asked for.

use dp_record::{Metrics, SeriesKey, kind};

use crate::explain::usage;
use crate::input::collect::Collector;
use crate::input::drawn::{DrawnRun, DrawnStep, measure};
use crate::input::label;
use crate::input::layers::Layer;
use crate::input::readings::Reading;
use crate::input::series::{Series, Side};
use crate::input::surroundings::Around;

/// All that is drawn.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    /// Builds, and those of cache scenarios.
    pub(crate) builds: Vec<BuildPicture>,
    pub(crate) images: Vec<ImagePicture>,
    pub(crate) containers: Vec<ContainerPicture>,
    /// The machine around the runs of each series.
    pub(crate) surroundings: Vec<(String, Around)>,
}

/// The build of one series whose time is nearest to the median.
#[derive(Debug)]
pub(crate) struct BuildPicture {
    pub(crate) key: SeriesKey,
    /// What people call the series.
    pub(crate) label: String,
    pub(crate) which: Which,
    /// Its wall time, in seconds.
    pub(crate) seconds: f64,
    pub(crate) steps: Vec<DrawnStep>,
}

/// Which run of a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Which {
    /// Its round, where known.
    pub(crate) round: Option<u32>,
    /// Of how many good runs.
    pub(crate) runs: usize,
}

/// The image of the last run of one series.
#[derive(Debug)]
pub(crate) struct ImagePicture {
    /// What people call the series.
    pub(crate) label: String,
    /// Lowest first.
    pub(crate) layers: Vec<LayerPicture>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LayerPicture {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Line of the Dockerfile, where known.
    pub(crate) line: Option<u64>,
    /// The instruction.
    pub(crate) text: String,
    pub(crate) base: bool,
    pub(crate) bytes: f64,
    /// Those that a later layer overwrote or removed; none where that is not known.
    pub(crate) dead_bytes: Option<f64>,
    /// The layer that hid most of these.
    pub(crate) hidden_by: Option<u64>,
}

/// The run of one container whose memory peak is nearest to the median.
#[derive(Debug)]
pub(crate) struct ContainerPicture {
    /// What people call the series.
    pub(crate) label: String,
    pub(crate) which: Which,
    /// All figures of the run.
    pub(crate) metrics: Metrics,
    /// The readings of the run; none where no file of readings was given.
    pub(crate) readings: Vec<Reading>,
}

/// All that is drawn of the input.
pub(crate) fn of(collector: &Collector) -> Pictures {
    let input = || collector.series.of(Side::Input);
    let builds = input().filter_map(build);
    let containers = input().filter_map(|series| container(collector, series));
    let around = |series: &Series| Some((label::full(&series.key), series.surroundings.summary()?));
    let surroundings = input().filter_map(around);
    Pictures {
        builds: builds.collect(),
        images: if collector.draws_runs() { images(collector) } else { Vec::new() },
        containers: containers.collect(),
        surroundings: surroundings.collect(),
    }
}

/// The run to draw: of those that are kept the one nearest to the median of all.
fn nearest(series: &Series, fits: impl Fn(&DrawnRun) -> bool) -> Option<(&DrawnRun, Which)> {
    if series.drawn.is_empty() {
        return None;
    }
    let median = series.sample(measure(&series.key.kind)?)?.median();
    let drawn = series.drawn.nearest(median, fits)?;
    Some((drawn, Which { round: drawn.run.round, runs: series.runs.len() }))
}

fn build(series: &Series) -> Option<BuildPicture> {
    let (drawn, which) = nearest(series, |drawn| !drawn.steps.is_empty())?;
    Some(BuildPicture {
        key: series.key.clone(),
        label: label::full(&series.key),
        which,
        seconds: drawn.amount,
        steps: drawn.steps.clone(),
    })
}

/// A run of which there are readings, if one is: its curve says more than its peak.
fn container(collector: &Collector, series: &Series) -> Option<ContainerPicture> {
    let readings = |drawn: &DrawnRun| {
        collector.readings.of(series.side, &series.key, &drawn.run).unwrap_or_default()
    };
    let is_container = |drawn: &DrawnRun| !drawn.metrics.is_empty();
    let with_readings = nearest(series, |drawn| is_container(drawn) && !readings(drawn).is_empty());
    let (drawn, which) = with_readings.or_else(|| nearest(series, is_container))?;
    Some(ContainerPicture {
        label: label::full(&series.key),
        which,
        metrics: drawn.metrics.clone(),
        readings: readings(drawn).to_vec(),
    })
}

fn images(collector: &Collector) -> Vec<ImagePicture> {
    let images = collector.series.of(Side::Input).filter(|series| series.key.kind == kind::SIZE);
    let image = |series: &Series| {
        let layer = |(layer, line): (&Layer, Option<u64>)| LayerPicture {
            number: layer.number,
            line,
            text: layer.text.clone(),
            base: layer.base,
            bytes: layer.bytes,
            dead_bytes: layer.dead_bytes,
            hidden_by: layer.hidden_by,
        };
        let layers: Vec<LayerPicture> =
            usage::layers_with_lines(collector, series).map(layer).collect();
        let has_bytes = layers.iter().any(|layer| layer.bytes > 0.0);
        has_bytes.then(|| ImagePicture { label: label::full(&series.key), layers })
    };
    images.filter_map(image).collect()
}
