//! Lines of `docker stats --format json`, as docker rounds them.

use serde::Deserialize;

use crate::convert::figures::{BYTES, COUNT, Observation, Unit, with_unit};

/// Memory by powers of 1024, the rest by powers of 1000.
const SIZES: [Unit; 11] = [
    ("B", 1.0, 0),
    ("kB", 1.0, 3),
    ("KB", 1.0, 3),
    ("MB", 1.0, 6),
    ("GB", 1.0, 9),
    ("TB", 1.0, 12),
    ("PB", 1.0, 15),
    ("KiB", 1024.0, 0),
    ("MiB", 1_048_576.0, 0),
    ("GiB", 1_073_741_824.0, 0),
    ("TiB", 1_099_511_627_776.0, 0),
];
/// Which way of a counter is better depends on the work.
const BYTES_SO_FAR: &str = "bytes none";
const CORES: &str = "cores lower";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    name: String,
    #[serde(rename = "CPUPerc")]
    cpu: String,
    mem_usage: String,
    #[serde(rename = "NetIO")]
    network: String,
    #[serde(rename = "BlockIO")]
    block: String,
    #[serde(rename = "PIDs")]
    processes: String,
}

pub(super) fn read(text: &str) -> Result<Vec<Observation>, String> {
    let mut observations = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        // A stream clears the screen before its lines.
        let Some(begin) = line.find('{') else {
            if line.trim().is_empty() || line.contains('\u{1b}') {
                continue;
            }
            return Err(format!("line {number} is no JSON: docker stats --format json"));
        };
        let line: Line = serde_json::from_str(line[begin..].trim_end_matches(|it| it != '}'))
            .map_err(|error| format!("line {number}: {error}"))?;
        let percent = line.cpu.strip_suffix('%').and_then(|it| it.parse::<f64>().ok());
        let mut observation = Observation { name: Some(line.name), ..Observation::default() };
        observation.add("cpu_cores", percent.map(|it| it / 100.0), CORES);
        let size = |text: &str| with_unit(text.trim(), &SIZES);
        let (used, _) = pair(&line.mem_usage);
        observation.add("memory_bytes", size(used), BYTES);
        for (text, names) in [
            (&line.network, ["network_received_bytes", "network_sent_bytes"]),
            (&line.block, ["block_read_bytes", "block_written_bytes"]),
        ] {
            let (one, other) = pair(text);
            observation.add(names[0], size(one), BYTES_SO_FAR);
            observation.add(names[1], size(other), BYTES_SO_FAR);
        }
        observation.add("processes", line.processes.parse().ok(), COUNT);
        // Of a container that does not run all is "--".
        observations.extend(observation.known());
    }
    Ok(observations)
}

/// `1.5MiB / 1GiB`.
fn pair(text: &str) -> (&str, &str) {
    text.split_once(" / ").unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"BlockIO":"8.19kB / 0B","CPUPerc":"12.50%","Container":"web","ID":"0123","MemPerc":"0.01%","MemUsage":"1.5MiB / 23.4GiB","Name":"web","NetIO":"1.2kB / 3MB","PIDs":"7"}"#;

    #[test]
    fn lines_are_read_as_docker_rounded_them() {
        let stopped = LINE.replace("12.50%", "--").replace("1.5MiB / 23.4GiB", "-- / --");
        let stopped = stopped
            .replace("1.2kB / 3MB", "--")
            .replace("8.19kB / 0B", "--")
            .replace("\"7\"", "\"--\"");
        let text = format!("\u{1b}[2J\u{1b}[H{LINE}\n\n{stopped}\n\u{1b}[J\n{LINE}\u{1b}[K\n");
        let found = read(&text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].name.as_deref(), Some("web"));
        let values: Vec<f64> = found[1].figures.iter().map(|(_, value, _)| *value).collect();
        assert_eq!(values, [0.125, 1_572_864.0, 1200.0, 3e6, 8190.0, 0.0, 7.0]);
    }

    #[test]
    fn a_table_is_refused() {
        assert!(read("CONTAINER ID   NAME   CPU %\n").unwrap_err().contains("--format json"));
        assert!(read("{\"Name\":\"web\"}").unwrap_err().starts_with("line 1: "));
    }
}
