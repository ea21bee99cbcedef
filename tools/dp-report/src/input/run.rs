//! One run of a series, as series and pages know it: which it is, where it was read, and
//! what it says if it failed.

use crate::input::chunked::Chunked;

/// Which input a series came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// What is being judged.
    Input,
    /// The baseline file.
    Baseline,
}

/// Which run it is, and where it was read. Batches and sources are numbers that
/// the collector gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The batch; none for records that do not say.
    pub(crate) batch: Option<u32>,
    pub(crate) round: Option<u32>,
    /// Whether it was a warm-up.
    pub(crate) warmup: bool,
    /// The file that it was read from.
    pub(crate) source: u32,
    /// The line in it, from 1.
    pub(crate) line: u64,
}

/// The runs of a series, in sixteen bytes each.
#[derive(Debug, Default)]
pub(crate) struct Runs(Chunked<Packed>);

#[derive(Debug, Clone, Copy)]
struct Packed {
    /// [`NO_BATCH`] for none.
    batch: u32,
    round: u32,
    /// From the lowest bit: whether it was a warm-up, whether it has a round, its source
    /// and its line.
    rest: u64,
}

/// Of a run that names no batch: no batch has this number.
const NO_BATCH: u32 = u32::MAX;
const WARMUP: u64 = 1;
const HAS_ROUND: u64 = 1 << 1;
const SOURCE_SHIFT: u32 = 2;
const SOURCE_BITS: u32 = 22;
const LINE_SHIFT: u32 = SOURCE_SHIFT + SOURCE_BITS;

impl Packed {
    /// More files or lines than the bits hold are nobody's: they are told as the last ones.
    fn of(run: Run) -> Self {
        let source = u64::from(run.source).min((1 << SOURCE_BITS) - 1);
        let line = run.line.min(u64::MAX >> LINE_SHIFT);
        let warmup = if run.warmup { WARMUP } else { 0 };
        let has_round = if run.round.is_some() { HAS_ROUND } else { 0 };
        Self {
            batch: run.batch.unwrap_or(NO_BATCH),
            round: run.round.unwrap_or(0),
            rest: line << LINE_SHIFT | source << SOURCE_SHIFT | has_round | warmup,
        }
    }

    fn run(self) -> Run {
        let source = (self.rest >> SOURCE_SHIFT) & ((1 << SOURCE_BITS) - 1);
        Run {
            batch: Some(self.batch).filter(|batch| *batch != NO_BATCH),
            round: Some(self.round).filter(|_| self.rest & HAS_ROUND != 0),
            warmup: self.rest & WARMUP != 0,
            source: u32::try_from(source).unwrap_or(u32::MAX),
            line: self.rest >> LINE_SHIFT,
        }
    }
}

impl Runs {
    /// Adds a run behind the others.
    pub(crate) fn push(&mut self, run: Run) {
        self.0.push(Packed::of(run));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The run with this index.
    pub(crate) fn get(&self, index: usize) -> Option<Run> {
        self.0.get(index).map(Packed::run)
    }

    /// All runs, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Run> {
        self.0.iter().map(Packed::run)
    }
}

impl FromIterator<Run> for Runs {
    fn from_iter<I: IntoIterator<Item = Run>>(runs: I) -> Self {
        Self(runs.into_iter().map(Packed::of).collect())
    }
}

/// A failed run, for people.
#[derive(Debug, Clone)]
pub(crate) struct FailedRun {
    pub(crate) run: Run,
    /// `code: message`, made printable.
    pub(crate) message: String,
    /// Line of the Dockerfile at which it failed, where known.
    pub(crate) line: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_kept_as_it_is() {
        let last_line = u64::MAX >> LINE_SHIFT;
        let mut all = Vec::new();
        for (batch, round) in
            [(None, None), (Some(0), Some(0)), (Some(NO_BATCH - 1), Some(u32::MAX))]
        {
            for (warmup, source, line) in
                [(false, 0, 1), (true, 1, 7), (true, (1 << SOURCE_BITS) - 1, last_line)]
            {
                all.push(Run { batch, round, warmup, source, line });
            }
        }
        let runs: Runs = all.iter().copied().collect();
        assert!(runs.iter().eq(all.iter().copied()));
        assert_eq!((runs.len(), runs.get(1), runs.get(9)), (9, Some(all[1]), None));
        assert_eq!(size_of::<Packed>(), 16);
    }
}
