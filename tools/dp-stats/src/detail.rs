//! What explains the figures of one container.

use dp_record::detail::stats::{ExitStatus, LoadDetail, LoadEndReason, LoadOutcome, ProbeDetail};
use dp_record::{Metrics, StatsDetail};

use crate::figures;
use crate::findings;
use crate::load::{FinishedLoad, LoadEnd};
use crate::observation::Observation;
use crate::probe_summary::ProbeSummary;

/// The detail of an observation and its metrics.
pub(crate) fn detail_of(observation: &Observation, metrics: &Metrics) -> StatsDetail {
    let unknown = |name: &String| metrics.get(name).is_none_or(|_| name == "samples");
    let absent = observation.absent.iter().filter(|(name, _)| unknown(name));
    StatsDetail {
        source: Some(observation.source.clone()),
        period: Some(observation.period.name.clone()),
        clock: Some("client, monotonic".to_owned()),
        peak_source: figures::memory_peak(observation).map(|(_, source)| source.word().to_owned()),
        interval_seconds: observation.interval_seconds,
        own_group: Some(observation.own_group),
        load: observation.load.as_ref().map(LoadDetail::from),
        probe: observation.probe.as_ref().map(ProbeDetail::from),
        limits: Some(observation.limits.clone()),
        absent: absent.map(|(name, why)| (name.clone(), why.clone())).collect(),
        findings: Some(findings::of(observation, metrics)),
        fit: None,
        sum_of: Vec::new(),
    }
}

impl From<&FinishedLoad> for LoadDetail {
    fn from(load: &FinishedLoad) -> Self {
        Self {
            command: load.command.clone(),
            seconds: load.seconds,
            end: Some(load.end.into()),
            output: load.output.clone(),
            not_taken: load.metrics.not_taken(),
        }
    }
}

impl From<LoadEnd> for LoadOutcome {
    fn from(end: LoadEnd) -> Self {
        let exited = |exit_code: Option<i32>, signal: Option<i32>| {
            Self::Exited(ExitStatus {
                exit_code: exit_code.map(i64::from),
                signal: signal.map(i64::from),
            })
        };
        match end {
            LoadEnd::ExitCode(code) => exited(Some(code), None),
            LoadEnd::Signal(signal) => exited(None, Some(signal)),
            LoadEnd::Timeout => Self::Ended(LoadEndReason::Timeout),
            LoadEnd::Stopped => Self::Ended(LoadEndReason::Stopped),
        }
    }
}

impl From<&ProbeSummary> for ProbeDetail {
    fn from(probe: &ProbeSummary) -> Self {
        Self {
            condition: probe.condition.clone(),
            by: probe.by.clone(),
            rate: probe.rate,
            answers: probe.latencies_seconds.len() as u64,
            errors: probe.errors.clone(),
            after_end: probe.after_end,
            late_max_seconds: probe.late_max_seconds,
        }
    }
}
