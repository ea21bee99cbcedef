//! `hyperfine --export-json FILE`: every time that each command took.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::convert::figures::{BYTES, Observation, SECONDS};

#[derive(Deserialize)]
struct Export {
    results: Vec<Measured>,
}

#[derive(Deserialize)]
struct Measured {
    command: String,
    /// Seconds, a value a run; hyperfine leaves them out on request.
    #[serde(default)]
    times: Vec<f64>,
    /// Of each run; older versions have none.
    #[serde(default)]
    memory_usage_byte: Vec<f64>,
    #[serde(default)]
    exit_codes: Vec<Option<i32>>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

pub(super) fn read(text: &str) -> Result<Vec<Observation>, String> {
    let export: Export = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut observations = Vec::new();
    for measured in export.results {
        if measured.times.is_empty() {
            return Err(format!("no times of {:?}, only their summary", measured.command));
        }
        for (run, time) in measured.times.iter().enumerate() {
            let mut observation = Observation {
                name: Some(measured.command.clone()),
                meta: measured.parameters.clone(),
                ..Observation::default()
            };
            observation.add("wall_seconds", Some(*time), SECONDS);
            let memory = measured.memory_usage_byte.get(run).copied();
            observation.add("memory_peak_bytes", memory.filter(|bytes| *bytes > 0.0), BYTES);
            observation.failure = match measured.exit_codes.get(run) {
                Some(Some(0)) | None => None,
                Some(Some(code)) => Some(format!("the command ended with {code}")),
                Some(None) => Some("the command was ended by a signal".to_owned()),
            };
            observations.push(observation);
        }
    }
    Ok(observations)
}
