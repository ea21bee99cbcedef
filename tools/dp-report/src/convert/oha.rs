//! `oha --output-format json`: the summary, in seconds.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::convert::figures::{GOOD_RATIO, Observation, RATE, SECONDS};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    summary: Summary,
    /// `p50`, `p99.9`...; null where there were too few answers.
    #[serde(default)]
    latency_percentiles: BTreeMap<String, Option<f64>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    success_rate: Option<f64>,
    requests_per_sec: Option<f64>,
    average: Option<f64>,
    fastest: Option<f64>,
    slowest: Option<f64>,
}

pub(super) fn read(text: &str) -> Result<Vec<Observation>, String> {
    let output: Output = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let (summary, mut observation) = (output.summary, Observation::default());
    observation.add("success_ratio", summary.success_rate, GOOD_RATIO);
    observation.add("requests_per_second", summary.requests_per_sec, RATE);
    observation.add("latency_mean_seconds", summary.average, SECONDS);
    observation.add("latency_min_seconds", summary.fastest, SECONDS);
    observation.add("latency_max_seconds", summary.slowest, SECONDS);
    for (percentile, seconds) in output.latency_percentiles {
        observation.add(format!("latency_{percentile}_seconds"), seconds, SECONDS);
    }
    Ok(observation.known())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read() {
        let text = r#"{"summary": {"successRate": 1.0, "total": 2.5, "slowest": 0.25,
            "fastest": 0.0004, "average": 0.0011, "requestsPerSec": 4393.5, "totalData": 1,
            "sizePerRequest": null, "sizePerSec": null},
            "responseTimeHistogram": {"0.1": 3}, "latencyPercentiles": {"p50": 0.001, "p99.9": null}}"#;
        let found = read(text).unwrap().remove(0).figures;
        let named =
            |name: &str| found.iter().find(|(it, ..)| it == name).map(|(_, value, _)| *value);
        assert_eq!(named("requests_per_second"), Some(4393.5));
        assert_eq!(named("latency_p50_seconds"), Some(0.001));
        assert_eq!(named("latency_max_seconds"), Some(0.25));
        assert_eq!(found.len(), 6, "{found:?}");
        assert!(read("{\"summary\":{}}").unwrap().is_empty());
        assert!(read("{}").unwrap_err().contains("summary"));
    }
}
