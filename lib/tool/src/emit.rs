//! Writing records as they become known.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::Context;
use dp_record::{Outcome, Record, Writer, kind};

use crate::{Exit, Mask, RecordArgs, Stop, StopReason};

/// Writes the records of one batch: adds the user's own words, takes secrets
/// out, and counts what failed.
pub struct Emitter<'a> {
    writer: Writer<&'a mut dyn Write>,
    stop: Stop,
    mask: Mask,
    meta: BTreeMap<String, String>,
    no_detail: bool,
    failed: u64,
    lost: u64,
}

impl<'a> Emitter<'a> {
    /// Writes to `output`.
    pub fn new(output: &'a mut dyn Write, args: &RecordArgs, mask: Mask, stop: Stop) -> Self {
        Self {
            writer: Writer::new(output),
            stop,
            mask,
            meta: args.meta(),
            no_detail: args.no_detail,
            failed: 0,
            lost: 0,
        }
    }

    /// Writes a record and flushes it. Where nobody reads any more, it is
    /// dropped and the tool is asked to stop.
    ///
    /// # Errors
    /// stdout cannot be written to, but for one that nobody reads.
    pub fn emit(&mut self, mut record: Record) -> anyhow::Result<()> {
        self.failed += u64::from(record.outcome == Outcome::Failed);
        for (key, value) in &self.meta {
            record.meta.insert(key.clone(), value.clone());
        }
        // The detail of an env record is what the record is for.
        if self.no_detail && record.kind != kind::ENV {
            record.detail = None;
        }
        self.mask.record(&mut record);
        match self.writer.write(&record) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.stop.set(StopReason::StdoutClosed);
                self.lost += 1;
                Ok(())
            }
            result => result.context("cannot write records to stdout"),
        }
    }

    /// How many records nobody could read any more.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// How the tool ends: with 4 if a planned observation is missing
    /// (`complete` says that all were made), could not be read any more, or
    /// failed and that is not to be ignored.
    pub fn exit(&self, complete: bool, ignore_failure: bool) -> Exit {
        let failed = self.failed > 0 && !ignore_failure;
        if failed || !complete || self.lost > 0 { Exit::Failed } else { Exit::Measured }
    }

    /// How many failed records were written.
    pub fn failed(&self) -> u64 {
        self.failed
    }
}
