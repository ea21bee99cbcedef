//! Records to read: builds of some subjects, of which only the size matters here.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use fastrand::Rng;

/// How records come in batches: the same subjects in each, round by round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Records of all batches together.
    pub(crate) records: u64,
    /// Records of a batch.
    pub(crate) batch: u64,
    /// Subjects that take turns, within batches and over their ends.
    pub(crate) subjects: u64,
}

impl Shape {
    /// Batches of so many series and rounds.
    pub(crate) fn of(records: u64, series: u64, rounds: u64) -> Self {
        Self { records, batch: series * rounds, subjects: series }
    }

    /// How many batches there are.
    pub(crate) fn batches(self) -> u64 {
        self.records.div_ceil(self.batch)
    }

    /// Writes the records to a file, about 450 bytes each.
    pub(crate) fn write(self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(1 << 18, File::create(path)?);
        let mut rng = Rng::with_seed(7);
        for at in 0..self.records {
            let subject = at % self.subjects;
            // Twelve even numbers together are as good as normal.
            let noise = (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0;
            let wall = 10.0 + subject as f64 + noise;
            writeln!(
                file,
                "{{\"dp\":\"1.0\",\"kind\":\"build\",\"at\":\"2026-11-20T07:{:02}:{:02}.{:06}Z\",\
                 \"subject\":{{\"name\":\"app-{subject:02}\",\"image\":\"sha256:{at:064x}\",\
                 \"ref\":\"app:{subject:02}\",\"dockerfile\":\"Dockerfile.production\",\
                 \"context\":\".\"}},\"meta\":{{\"commit\":\"{:08x}\"}},\
                 \"run\":{{\"batch\":\"b{:06}\",\"n\":{},\"of\":{},\"warmup\":false}},\
                 \"outcome\":\"ok\",\"metrics\":{{\"wall_seconds\":{wall:.6},\
                 \"span_seconds\":{:.6},\"steps\":12,\"steps_cached\":{},\
                 \"cache_hit_ratio\":{:.4}}},\"env\":\"e1\"}}",
                at / 60 % 60,
                at % 60,
                at % 1_000_000,
                at / self.batch,
                at / self.batch,
                at % self.batch + 1,
                self.batch,
                wall - 0.7,
                at % 12,
                (at % 12) as f64 / 12.0,
            )?;
        }
        file.flush()
    }
}
