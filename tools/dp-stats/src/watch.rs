//! Reading one container again and again, at times that are due.

use std::collections::BTreeMap;
use std::time::Duration;

use dp_engine::container::ApiSample;
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use crate::observation::{Bounds, Counters, Observation, Period, Point};
use crate::reader::{Reader, counters};

/// Engines read once a second.
const TOLD_EVERY: f64 = 1.0;

/// Reads while it is polled. Times are due from its beginning on, whatever the
/// readings take; those that pass meanwhile are missed, and counted.
pub(crate) struct Watcher {
    reader: Reader,
    /// None once there is nothing to be read.
    interval: Option<Duration>,
    begin: Instant,
    /// The engine's stamp of its own first reading.
    first: Option<Timestamp>,
    due: Instant,
    read: Watched,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Watched {
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
    /// Over how many seconds the engine's own readings go, where it made them.
    pub(crate) told_over: Option<f64>,
    /// The container's own limits.
    pub(crate) limits: Bounds,
    /// What is not known, and why.
    pub(crate) absent: BTreeMap<String, String>,
}

impl Watcher {
    /// Begins with what has been counted so far; the first reading is due now.
    /// An interval of zero is none: only beginning and end are read.
    pub(crate) fn begin(mut reader: Reader, interval: Duration) -> Self {
        let before = reader.read_all().unwrap_or_default();
        let read = Watched {
            source: reader.source(),
            limits: reader.limits(),
            absent: reader.absent(),
            before,
            after: before,
            ..Watched::default()
        };
        let begin = Instant::now();
        let interval = Some(interval).filter(|interval| !interval.is_zero());
        Self { reader, interval, begin, first: None, due: begin, read }
    }

    /// The next reading, when it is due; never again once there is nothing to
    /// be read. May be dropped and called again.
    pub(crate) async fn next(&mut self) {
        let Some(interval) = self.interval else { return std::future::pending().await };
        if let Reader::Told(samples, _) = &mut self.reader {
            let told = samples.next().await;
            self.hear(told.ok().flatten().as_ref());
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
    fn hear(&mut self, told: Option<&ApiSample>) {
        let Some(told) = told else {
            self.interval = None;
            return;
        };
        let first = *self.first.get_or_insert(told.read);
        let elapsed = told.read.duration_since(first);
        if self.read.points.is_empty() {
            self.read.before = counters(told);
        } else {
            self.read.after = counters(told);
            self.read.told_over = Some(elapsed.as_secs_f64());
        }
        let elapsed = Duration::try_from(elapsed).unwrap_or_default();
        self.read.points.push(Point::of(&told.sample, elapsed));
    }

    /// Ends with what was counted at last: what is gone cannot be asked any
    /// more.
    pub(crate) fn end(mut self) -> Watched {
        let last = self.reader.read_all();
        if let (Some(interval), Some(_)) = (self.interval, last) {
            let overdue = Instant::now() >= self.due;
            self.read.missed += if overdue { u64::from(passed(self.due, interval)) + 1 } else { 0 };
        }
        self.read.after = last.unwrap_or_default().or(&self.read.after);
        self.read
    }
}

impl Watched {
    /// As an observation of a period that was watched for at this interval.
    /// Where the engine made the readings, both are its own.
    pub(crate) fn into_observation(self, period: Period, interval: Duration) -> Observation {
        let interval = Some(interval.as_secs_f64()).filter(|seconds| *seconds > 0.0);
        let told = |seconds| Period {
            name: "from the engine's first reading to its last".to_owned(),
            seconds,
        };
        let is_told = self.told_over.is_some();
        Observation {
            source: self.source.to_owned(),
            period: self.told_over.map_or(period, told),
            interval_seconds: if is_told { Some(TOLD_EVERY) } else { interval },
            missed: (!is_told).then_some(self.missed),
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
