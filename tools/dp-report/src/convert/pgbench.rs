//! What pgbench prints at its end (versions 13 to 18).

use crate::convert::figures::{BAD_COUNT, COUNT, Observation, RATE, SECONDS};

pub(super) fn read(text: &str) -> Result<Vec<Observation>, String> {
    if text.contains("Run was aborted; the above results are incomplete.") {
        return Err("the run was aborted".to_owned());
    }
    let mut observation = Observation::default();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(" = ").or_else(|| line.split_once(": ")) else {
            continue;
        };
        // `1234/2000`, `2.345 ms`, `812.5 (without initial connection time)`.
        let number = value.split(['/', ' ']).next().and_then(|number| number.parse::<f64>().ok());
        let seconds = number.filter(|_| value.ends_with(" ms")).map(|it| it / 1e3);
        match name {
            "number of transactions actually processed" => {
                observation.add("transactions", number, COUNT);
            }
            "number of failed transactions" => {
                observation.add("transactions_failed", number, BAD_COUNT);
            }
            "latency average" => observation.add("latency_mean_seconds", seconds, SECONDS),
            "latency stddev" => observation.add("latency_stddev_seconds", seconds, SECONDS),
            // Before version 14 there are two, of which one counts the connecting too.
            "tps" if !value.contains("(including conn") => {
                observation.add("transactions_per_second", number, RATE);
            }
            _ => {}
        }
    }
    let runs = observation.figures.iter().filter(|(name, ..)| name == "transactions").count();
    if runs > 1 {
        return Err(format!("it is that of {runs} runs: give a file for each"));
    }
    Ok(observation.known())
}
