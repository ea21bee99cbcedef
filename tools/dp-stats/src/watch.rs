//! Reading one container again and again, at times that are due.

use std::collections::BTreeMap;
use std::time::Duration;

use dp_engine::container::ApiSample;
use dp_record::detail::stats::ContainerLimits;
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use crate::observation::{Counters, Observation, Period, Point};
use crate::reader::{Reader, counters};

/// From one sample of an engine to the next.
const API_PERIOD_SECONDS: f64 = 1.0;

/// Reads while it is polled. Times are due from its beginning on, whatever the
/// readings take; those that pass during a reading are missed, and counted.
pub(crate) struct Watcher {
    reader: Reader,
    /// None once there is nothing to be read.
    interval: Option<Duration>,
    begin: Instant,
    /// The engine's stamp of its own first reading.
    first: Option<Timestamp>,
    due: Instant,
    read: Readings,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// Where it comes from.
    pub(crate) source: &'static str,
    /// What had been counted at the beginning.
    pub(crate) before: Counters,
    /// What had been counted at the end.
    pub(crate) after: Counters,
    /// The readings.
    pub(crate) points: Vec<Point>,
    /// Those that were due and not made.
    pub(crate) missed: u64,
    /// From the engine's first sample to its last, in seconds, where it made them.
    pub(crate) api_seconds: Option<f64>,
    /// The container's own limits.
    pub(crate) limits: ContainerLimits,
    /// What is not known, and why.
    pub(crate) absent: BTreeMap<String, String>,
}

impl Watcher {
    /// Begins with what has been counted so far; the first reading is due now.
    /// An interval of zero is none: only beginning and end are read.
    pub(crate) fn begin(mut reader: Reader, interval: Duration) -> Self {
        let before = reader.read_all().unwrap_or_default();
        let read = Readings {
            source: reader.source(),
            limits: reader.limits(),
            absent: reader.absent(),
            before,
            after: before,
            ..Readings::default()
        };
        let begin = Instant::now();
        let interval = Some(interval).filter(|interval| !interval.is_zero());
        Self { reader, interval, begin, first: None, due: begin, read }
    }

    /// The next reading, when it is due; never again once there is nothing to
    /// be read. May be dropped and called again.
    pub(crate) async fn next(&mut self) {
        let Some(interval) = self.interval else { return std::future::pending().await };
        if let Reader::EngineApi(samples, _) = &mut self.reader {
            let sample = samples.next().await;
            self.take(sample.ok().flatten().as_ref());
            return;
        }
        sleep_until(self.due).await;
        let passed = passed(self.due, interval);
        self.due += interval * (passed + 1);
        match self.reader.read() {
            Some((sample, counters)) => {
                self.read.missed += u64::from(passed);
                self.read.points.push(Point::of(&sample, self.begin.elapsed()));
                self.read.after = counters.or(&self.read.after);
            }
            None => self.interval = None,
        }
    }

    /// The engine's own readings begin and end when it pleases: the first one
    /// is what had been counted before.
    fn take(&mut self, sample: Option<&ApiSample>) {
        let Some(sample) = sample else {
            self.interval = None;
            return;
        };
        let first = *self.first.get_or_insert(sample.read);
        let elapsed = sample.read.duration_since(first);
        if self.read.points.is_empty() {
            self.read.before = counters(sample);
        } else {
            self.read.after = counters(sample);
            self.read.api_seconds = Some(elapsed.as_secs_f64());
        }
        let elapsed = Duration::try_from(elapsed).unwrap_or_default();
        self.read.points.push(Point::of(&sample.sample, elapsed));
    }

    /// Ends with what was counted at last: what is gone cannot be asked any
    /// more.
    pub(crate) fn end(mut self) -> Readings {
        let last = self.reader.read_all();
        if let (Some(interval), Some(_)) = (self.interval, last) {
            let overdue = Instant::now() >= self.due;
            self.read.missed += if overdue { u64::from(passed(self.due, interval)) + 1 } else { 0 };
        }
        self.read.after = last.unwrap_or_default().or(&self.read.after);
        self.read
    }
}

impl Readings {
    /// As an observation of a period that was watched for at this interval.
    /// Where the engine made the readings, both are its own.
    pub(crate) fn into_observation(self, period: Period, interval: Duration) -> Observation {
        let interval = Some(interval.as_secs_f64()).filter(|seconds| *seconds > 0.0);
        let sample = |seconds| Period {
            name: "from the engine's first reading to its last".to_owned(),
            seconds,
        };
        let from_api = self.api_seconds.is_some();
        Observation {
            source: self.source.to_owned(),
            period: self.api_seconds.map_or(period, sample),
            interval_seconds: if from_api { Some(API_PERIOD_SECONDS) } else { interval },
            missed: (!from_api).then_some(self.missed),
            before: self.before,
            after: self.after,
            limits: self.limits,
            absent: self.absent,
            points: self.points,
            ..Observation::default()
        }
    }
}

/// How many further times were due between a time that was due and now.
fn passed(due: Instant, interval: Duration) -> u32 {
    let late = Instant::now().saturating_duration_since(due);
    u32::try_from(late.as_nanos() / interval.as_nanos().max(1)).unwrap_or(u32::MAX)
}
