//! The run loop: one batch, from its `env` record to the exit code.
//!
//! ```text
//! env record -> rounds: slot -> observe -> records + run, env -> stdout
//!            -> finish (what stays, what is looked for after the rounds) -> clean
//! ```
//!
//! A tool says how it makes one observation ([`Measure`]); the order, the end of a
//! batch that is stopped, given up or has lost its engine, and the exit code are
//! the same for all.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Instant;

use dp_record::{Detail, Outcome, Record};
use dp_tool::{Emitter, Exit, Fault, Io, Mask, Progress, RecordArgs, RunArgs, Stop};
use futures_util::FutureExt as _;

use crate::host::wait_for_quiet;
use crate::pace::Pace;
use crate::{Rounds, Slot};

/// Code of the failure that says that the engine is gone.
const ENGINE_LOST: &str = "engine_lost";

/// When a subject that failed is measured no more. With `--ignore-failure` it
/// always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUp {
    /// Never: each failure is a result.
    Never,
    /// After its first failure: it would fail again, and its time measures nothing.
    AfterFailure,
    /// After a failure, unless it was measured well before.
    UnlessEverGood,
}

/// How a tool makes its observations.
#[expect(async_fn_in_trait, reason = "tools run on one thread, where no future is sent")]
pub trait Measure {
    /// What one observation is called: `build`, `start`...
    const NOUN: &'static str;

    /// When a subject that failed is measured no more.
    const GIVE_UP: GiveUp;

    /// What is done for this subject, for people: `building app`.
    fn label(&self, subject: usize) -> String;

    /// One observation: its records, without `run` and `env`. None if it was
    /// stopped.
    ///
    /// # Errors
    /// What ends the batch: a failed observation is a record.
    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>>;

    /// How the batch ends after a record whose code is `engine_lost`; none if it
    /// goes on.
    fn lost(&self) -> Option<Fault> {
        None
    }

    /// What comes after the last round. Answers whether all of it was done.
    ///
    /// # Errors
    /// What ends the batch.
    async fn finish(&mut self, _output: &mut Output<'_, '_>) -> anyhow::Result<bool> {
        Ok(true)
    }

    /// Takes away all that must not stay: after success, failure, a stop, and a
    /// panic (`panicked`).
    ///
    /// # Errors
    /// Something may be left.
    async fn clean(&mut self, panicked: bool) -> anyhow::Result<()>;
}

/// One batch to be measured.
#[derive(Debug)]
pub struct Batch<'a> {
    /// Its id: one per invocation.
    pub id: &'a str,
    /// The record that opens it.
    pub env: Record,
    /// The order of its runs.
    pub rounds: Rounds,
    /// What must not be read in its records.
    pub mask: Mask,
    /// What the user wants in them.
    pub records: &'a RecordArgs,
    /// What the user wants of failures.
    pub runs: &'a RunArgs,
}

/// Where the records of a batch go.
pub struct Output<'a, 'b> {
    emitter: &'a mut Emitter<'b>,
    batch: &'a str,
    env: Option<String>,
    mask: &'a Mask,
    progress: &'a Progress,
}

impl Output<'_, '_> {
    /// Writes a record of this run, and its failure for people, if there is one.
    ///
    /// # Errors
    /// stdout cannot be written to.
    pub fn emit(&mut self, slot: Slot, mut record: Record) -> anyhow::Result<()> {
        record.run = Some(slot.run(self.batch));
        record.env.clone_from(&self.env);
        if let Some(error) = &record.error {
            self.progress.note(&self.mask.text(&error.message));
        }
        self.emitter.emit(record)
    }
}

impl Batch<'_> {
    /// Measures all rounds and prints the records. Whatever happens, a panic
    /// included, `measure` takes away what it made before this returns.
    ///
    /// # Errors
    /// What ended the batch.
    pub async fn run(
        self,
        measure: &mut impl Measure,
        io: &mut Io<'_>,
        progress: &Progress,
    ) -> anyhow::Result<Exit> {
        let Self { id, mut env, rounds, mask, records, runs } = self;
        let stop = io.stop.clone();
        if let (Some(longest), Some(Detail::Env(detail))) = (runs.quiet_wait, &mut env.detail) {
            if detail.ground.engine_location.as_deref() == Some("remote") {
                progress.note("--quiet-wait: the engine's machine cannot be seen from here");
            } else {
                detail.quiet_wait = wait_for_quiet(longest, &stop, progress).await;
            }
        }
        let mut emitter = Emitter::new(io.stdout, records, mask.clone(), stop.clone());
        let env_id = env.env.clone();
        emitter.emit(env)?;
        let mut output =
            Output { emitter: &mut emitter, batch: id, env: env_id, mask: &mask, progress };
        let work = measure_rounds(measure, &rounds, runs.ignore_failure, &stop, &mut output);
        // On the heap: what tools await is large, and lives as long as the batch.
        let measured = AssertUnwindSafe(Box::pin(work)).catch_unwind().await;
        let cleaned = measure.clean(measured.is_err()).await;
        progress.end();
        let complete = measured.unwrap_or_else(|panic| resume_unwind(panic))?;
        cleaned?;
        if !complete || emitter.lost() > 0 {
            progress.note(&format!("stopped before the last {}", noun_of(measure)));
        }
        Ok(emitter.exit(complete, runs.ignore_failure))
    }
}

fn noun_of<M: Measure>(_: &M) -> &'static str {
    M::NOUN
}

/// All rounds, and what comes after them. Answers whether all of it was done.
async fn measure_rounds<M: Measure>(
    measure: &mut M,
    rounds: &Rounds,
    ignore_failure: bool,
    stop: &Stop,
    output: &mut Output<'_, '_>,
) -> anyhow::Result<bool> {
    let progress = output.progress;
    let slots = rounds.slots();
    let mut given_up = vec![false; rounds.subjects];
    let mut ever_good = vec![false; rounds.subjects];
    let mut pace = Pace::new(&slots, rounds.subjects);
    progress.begin(slots.len());
    for slot in slots {
        if given_up[slot.subject] {
            continue;
        }
        if stop.is_set() {
            return Ok(false);
        }
        let (title, label, left) = (slot.title(), measure.label(slot.subject), pace.left());
        progress.doing(&format!("{title}: {label}{left}"));
        let began = Instant::now();
        let Some(seen) = measure.observe(slot).await? else { return Ok(false) };
        pace.add(slot, began.elapsed());
        for record in seen {
            let failed = record.outcome == Outcome::Failed;
            let lost = record.error.as_ref().is_some_and(|error| error.code == ENGINE_LOST);
            output.emit(slot, record)?;
            if let Some(fault) = measure.lost().filter(|_| lost) {
                return Err(fault.into());
            }
            ever_good[slot.subject] |= !failed;
            let hopeless = match M::GIVE_UP {
                GiveUp::Never => false,
                GiveUp::AfterFailure => true,
                GiveUp::UnlessEverGood => !ever_good[slot.subject],
            };
            if failed && hopeless && !ignore_failure {
                given_up[slot.subject] = true;
                pace.give_up(slot.subject);
            }
        }
        progress.done();
    }
    measure.finish(output).await
}

#[cfg(test)]
mod tests;
