//! What wrk prints at its end.

use crate::convert::figures::{BAD_COUNT, COUNT, Observation, RATE, SECONDS, Unit, with_unit};

const TIMES: [Unit; 5] =
    [("us", 1.0, -6), ("ms", 1.0, -3), ("s", 1.0, 0), ("m", 60.0, 0), ("h", 3600.0, 0)];

pub(super) fn read(text: &str) -> Result<Vec<Observation>, String> {
    let mut observation = Observation::default();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let time = |at: usize| words.get(at).and_then(|word| with_unit(word, &TIMES));
        let number =
            |at: usize| words.get(at).and_then(|word| word.trim_end_matches(',').parse().ok());
        match words.as_slice() {
            ["Running", .., "@", address] => observation.name = Some((*address).to_owned()),
            // "Latency Distribution" has no times.
            ["Latency", ..] => {
                observation.add("latency_mean_seconds", time(1), SECONDS);
                observation.add("latency_stddev_seconds", time(2), SECONDS);
                observation.add("latency_max_seconds", time(3), SECONDS);
            }
            [percent, _] if percent.ends_with('%') => {
                let percent: Option<f64> = percent.trim_end_matches('%').parse().ok();
                if let Some(percent) = percent {
                    observation.add(format!("latency_p{percent}_seconds"), time(1), SECONDS);
                }
            }
            [_, "requests", "in", ..] => observation.add("requests", number(0), COUNT),
            ["Requests/sec:", _] => observation.add("requests_per_second", number(1), RATE),
            ["Socket", "errors:", rest @ ..] => {
                let counts =
                    rest.iter().filter_map(|word| word.trim_end_matches(',').parse::<f64>().ok());
                observation.add("socket_errors", Some(counts.sum()), BAD_COUNT);
            }
            ["Non-2xx", .., count] => {
                observation.add("bad_answers", count.parse().ok(), BAD_COUNT);
            }
            _ => {}
        }
    }
    if observation.figures.iter().all(|(name, ..)| name != "requests_per_second") {
        return Err("it ends without a line \"Requests/sec:\"".to_owned());
    }
    Ok(vec![observation])
}
