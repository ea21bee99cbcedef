//! The summary of k6 at its end: by `--summary-export`, or as `handleSummary` gets it, where
//! the values of a metric stand one level deeper, below `values`.

use serde_json::{Map, Value};

use crate::convert::figures::{BAD_RATIO, COUNT, GOOD_RATIO, Observation, RATE, SECONDS};

/// Trends whose values are times, in milliseconds.
const TIMES: [&str; 5] = ["http_req_", "ws_", "grpc_req_", "iteration_duration", "group_duration"];

pub(super) fn read(text: &str) -> Result<Vec<Observation>, String> {
    let summary: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let metrics = summary.get("metrics").and_then(Value::as_object);
    let metrics = metrics.ok_or("there is no object \"metrics\"")?;
    let mut observation = Observation::default();
    // With a brace they are a part of the others, such as {expected_response:true}.
    for (name, metric) in metrics.iter().filter(|(name, _)| !name.contains('{')) {
        let values = metric.get("values").unwrap_or(metric);
        let Some(values) = values.as_object() else { continue };
        let value = |key: &str| values.get(key).and_then(Value::as_f64);
        match name.as_str() {
            "checks" => {
                observation.add("checks_ratio", value("rate").or(value("value")), GOOD_RATIO);
            }
            "http_req_failed" => {
                let ratio = value("rate").or(value("value"));
                observation.add("http_req_failed_ratio", ratio, BAD_RATIO);
            }
            "http_reqs" | "iterations" => {
                observation.add(name, value("count"), COUNT);
                observation.add(format!("{name}_per_second"), value("rate"), RATE);
            }
            _ if is_time(name, metric) => add_trend(&mut observation, name, values),
            _ => {}
        }
    }
    Ok(observation.known())
}

fn is_time(name: &str, metric: &Value) -> bool {
    match metric.get("contains").and_then(Value::as_str) {
        Some(contains) => contains == "time",
        None => TIMES.iter().any(|begin| name.starts_with(begin)) && metric.get("med").is_some(),
    }
}

/// `avg`, `min`, `med`, `max`, `p(95)`...
fn add_trend(observation: &mut Observation, name: &str, values: &Map<String, Value>) {
    for (key, value) in values {
        let word = match key.as_str() {
            "avg" => "mean",
            "med" => "median",
            "min" | "max" => key,
            _ => match key.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')')) {
                Some(percent) => &format!("p{percent}"),
                None => continue,
            },
        };
        let seconds = value.as_f64().map(|milliseconds| milliseconds / 1e3);
        observation.add(format!("{name}_{word}_seconds"), seconds, SECONDS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPORTED: &str = r#"{"root_group": {"name": "", "checks": {}}, "metrics": {
        "http_reqs": {"count": 180, "rate": 4.36938},
        "http_req_duration": {"avg": 144.5, "min": 104.25, "med": 110.5, "max": 1140, "p(90)": 203.5, "p(95)": 215.75},
        "http_req_duration{expected_response:true}": {"avg": 1, "med": 1},
        "http_req_failed": {"passes": 0, "fails": 180, "value": 0.25},
        "checks": {"passes": 45, "fails": 45, "value": 0.5},
        "vus": {"value": 1, "min": 1, "max": 19}, "my_trend": {"avg": 7, "med": 7}}}"#;
    const HANDED: &str = r#"{"metrics": {
        "http_req_failed": {"type": "rate", "contains": "default", "values": {"rate": 0.25, "passes": 1, "fails": 3}},
        "http_req_duration": {"type": "trend", "contains": "time", "values": {"avg": 144.5, "p(99.9)": 1000}},
        "data_sent": {"type": "counter", "contains": "data", "values": {"count": 17, "rate": 2}}}}"#;

    fn figures(text: &str) -> Vec<(String, f64)> {
        let mut all = read(text).unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0).figures.into_iter().map(|(name, value, _)| (name, value)).collect()
    }

    #[test]
    fn both_summaries_are_read() {
        let known = |name: &str, value: f64| (name.to_owned(), value);
        let exported = figures(EXPORTED);
        let expected = [
            known("http_reqs", 180.0),
            known("http_reqs_per_second", 4.36938),
            known("http_req_duration_mean_seconds", 0.1445),
            known("http_req_duration_median_seconds", 0.1105),
            known("http_req_duration_max_seconds", 1.14),
            known("http_req_duration_p95_seconds", 0.21575),
            known("http_req_failed_ratio", 0.25),
            known("checks_ratio", 0.5),
        ];
        for figure in expected {
            assert!(exported.contains(&figure), "{figure:?} in {exported:?}");
        }
        assert!(exported.iter().all(|(name, _)| !name.contains("my_trend") && name != "vus"));
        let handed = figures(HANDED);
        assert_eq!(
            handed,
            [
                known("http_req_failed_ratio", 0.25),
                known("http_req_duration_mean_seconds", 0.1445),
                known("http_req_duration_p99.9_seconds", 1.0),
            ]
        );
    }

    #[test]
    fn another_object_is_refused() {
        assert!(read("{}").unwrap_err().contains("metrics"));
        assert_eq!(read("{\"metrics\":{}}").unwrap(), []);
        assert!(read("[]").is_err() && read("k6").is_err());
    }
}
