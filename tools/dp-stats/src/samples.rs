//! `--samples-out FILE`: every reading as a line.
//!
//! A line of kind `sample` is one reading; the line of kind `observation`
//! after them holds the rest of the observation of that container.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use dp_record::kind::{OBSERVATION, SAMPLE};
use dp_record::{Detail, Metrics, Outcome, Record};
use dp_tool::{Fault, Mask};
use jiff::SignedDuration;

use crate::observation::Observation;

/// The file that readings are written to, if there is one.
pub(crate) struct Samples {
    output: Option<BufWriter<File>>,
}

impl Samples {
    /// Creates the file. One that is there is overwritten.
    pub(crate) fn create(path: Option<&Path>) -> Result<Self, Fault> {
        let create = |path: &Path| {
            let cannot = |error| Fault::usage(format!("cannot write {}: {error}", path.display()));
            File::create(path).map(BufWriter::new).map_err(cannot)
        };
        Ok(Self { output: path.map(create).transpose()? })
    }

    /// Writes all readings of an observation, whose record this is, without
    /// what must not be read.
    pub(crate) fn write(
        &mut self,
        record: &Record,
        observation: &Observation,
        masks: [&Mask; 2],
    ) -> anyhow::Result<()> {
        let Some(output) = &mut self.output else { return Ok(()) };
        let mut line = record.clone();
        // Readings are readings, whatever came of the container.
        (line.detail, line.outcome, line.error, line.host) = (None, Outcome::Ok, None, None);
        SAMPLE.clone_into(&mut line.kind);
        for point in &observation.points {
            line.at = record.at + SignedDuration::from_secs_f64(point.elapsed_seconds);
            line.metrics = serde_json::from_value(serde_json::to_value(point)?)?;
            put(output, &line)?;
        }
        OBSERVATION.clone_into(&mut line.kind);
        (line.at, line.metrics) = (record.at, Metrics::default());
        line.outcome = record.outcome;
        line.error.clone_from(&record.error);
        line.host.clone_from(&record.host);
        line.detail = Some(Detail::Other(serde_json::to_value(observation)?));
        for mask in masks {
            mask.record(&mut line);
        }
        put(output, &line)?;
        output.flush().context("cannot write the readings")
    }
}

fn put(output: &mut impl Write, record: &Record) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *output, record)?;
    output.write_all(b"\n").context("cannot write the readings")
}
