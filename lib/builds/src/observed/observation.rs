//! From what a build reported to its record.

use crate::{Analysis, Failure, Trace};
use dp_dockerfile::{BuildArgs, Dockerfile};
use dp_record::detail::build::{BuildClock, BuildDetail, Cold};
use dp_record::{Metrics, Record, Subject, kind, printable};
use jiff::Timestamp;

use crate::observed::figures;
use crate::observed::steps::Steps;

/// Longest line of a log or message that a record keeps, in characters.
const LINE_CHARS: usize = 2_000;

/// Steps of a log that did not go well, in lines.
const LOG_LINES: usize = 20;

/// A build that ended, with all that is known of it.
pub struct Observation<'a> {
    /// What the builder did.
    pub trace: &'a Trace,
    /// The Dockerfile, if it is known.
    pub dockerfile: Option<&'a Dockerfile>,
    /// Build arguments, which may choose the base of a stage.
    pub args: &'a BuildArgs,
    /// Where the progress came from.
    pub source: &'static str,
    /// Which clock stamped what.
    pub clock: BuildClock,
    /// What was cold.
    pub cold: Option<Cold>,
    /// Files of the context that were sent as empty ones, if there are any.
    pub unreadable_files: Option<u64>,
    /// Why the build failed; none if it succeeded.
    pub failure: Option<Failure>,
}

impl Observation<'_> {
    /// The record, with `more` among its metrics if the build succeeded.
    pub fn into_record(self, at: Timestamp, subject: Subject, more: &Metrics) -> Record {
        let analysis = Analysis::of(self.trace);
        let steps = Steps::new(self.trace, &analysis, self.dockerfile, self.args);
        let mut metrics = figures::of_trace(self.trace, &analysis, self.cold.is_some());
        for (name, value) in more.iter() {
            metrics.set(name, value);
        }
        let mut record = Record::new(kind::BUILD, at);
        record.subject = Some(subject);
        record.detail = Some(self.detail(&analysis, &steps).into());
        match &self.failure {
            None => record.metrics = metrics,
            Some(failure) => record.fail(of_record(failure, &steps, &metrics)),
        }
        record
    }

    fn detail(&self, analysis: &Analysis, steps: &Steps<'_>) -> BuildDetail {
        BuildDetail {
            source: self.source.to_owned(),
            clock: self.clock.clone(),
            gap_seconds: Some(analysis.gap_length().as_secs_f64()),
            cold: self.cold.clone(),
            context_unreadable_files: self.unreadable_files,
            steps: steps.steps(),
            other: steps.other(),
            warnings: self.trace.warnings.clone(),
        }
    }
}

fn of_record(failure: &Failure, steps: &Steps<'_>, metrics: &Metrics) -> dp_record::Failure {
    let skipped = failure.log.len().saturating_sub(LOG_LINES);
    dp_record::Failure {
        code: failure.code.as_str().to_owned(),
        message: message(failure, steps),
        log: failure.log[skipped..].iter().map(|line| printable(line, LINE_CHARS)).collect(),
        partial: serde_json::to_value(metrics).ok(),
    }
}

/// What failed and why, with the Dockerfile's line.
fn message(failure: &Failure, steps: &Steps<'_>) -> String {
    let found = failure.vertex.and_then(|place| Some((place, steps.instruction(place)?)));
    let message = match (found, failure.exit_code) {
        // The engine's own name of a step has the values of variables in it.
        (Some((place, instruction)), Some(exit)) => {
            format!("{} (line {}): exit code {exit}", steps.name(place), instruction.line)
        }
        (Some((_, instruction)), None) => {
            format!("{} (line {})", failure.message, instruction.line)
        }
        (None, _) => match failure.line {
            Some(line) => format!("{} (line {line})", failure.message),
            None => failure.message.clone(),
        },
    };
    printable(&message, LINE_CHARS)
}
