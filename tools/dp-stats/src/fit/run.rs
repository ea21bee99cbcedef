//! The limited runs of a batch.

use std::time::Duration;

use dp_engine::container::Refusal;
use dp_record::{Failure, Metrics, Record, StatsDetail};
use dp_session::container::failure;
use dp_session::{Output, Slot};

use super::search::{CONFIRMATIONS, TRIES};
use super::{Broken, Fitted, Step, fit};
use crate::batch::Runs;
use crate::plan::{Target, Work};
use crate::{figures, outcome};

/// The scenario of the records of a fit, appended to the subject's own.
const SCENARIO: &str = "fit";

impl Runs<'_> {
    /// Fits each subject, one after the other, and prints what was found.
    /// Answers whether all was done.
    pub(crate) async fn fit(&mut self, output: &mut Output<'_, '_>) -> anyhow::Result<bool> {
        let plan = self.plan;
        let baselines = std::mem::take(&mut self.baselines);
        self.progress.begin(baselines.len() * (TRIES + CONFIRMATIONS) as usize);
        for (subject, (target, baseline)) in plan.subjects.iter().zip(&baselines).enumerate() {
            let Work::Start { image, request, .. } = &target.work else { continue };
            let limited = Target {
                subject: target.subject.clone(),
                meta: target.meta.clone(),
                work: Work::Start { image: image.clone(), request: request.clone(), limited: true },
            };
            let mut record = self.fit_record(&limited, subject);
            let mut made = 0;
            let run = async |step: Step, patience: f64| {
                made += 1;
                self.limited(subject, &limited, step, made, patience).await
            };
            match fit(&target.subject.label(), baseline, run).await {
                Ok(fitted) => fill(&mut record, fitted),
                Err(Broken::Stopped) => return Ok(false),
                Err(Broken::Lost) => return Err(self.engine_lost().into()),
                Err(Broken::Failed(failure)) => record.fail(*failure),
            }
            self.tell(&limited, &record);
            output.emit(slot_of(subject), record)?;
        }
        Ok(true)
    }

    fn fit_record(&self, target: &Target, subject: usize) -> Record {
        let mut record = Self::record(target);
        if let Some(of) = &mut record.subject {
            of.image = self.image_id(subject);
            of.add_scenario(SCENARIO);
        }
        record
    }

    /// Runs the work once under a limit.
    async fn limited(
        &mut self,
        subject: usize,
        target: &Target,
        step: Step,
        made: u32,
        patience: f64,
    ) -> Result<(Metrics, Option<Failure>), Broken> {
        let Work::Start { image, request, .. } = &target.work else {
            return Ok(Default::default());
        };
        let (label, limit) = (target.subject.label(), step.limit());
        let what = if let Step::Confirm(_) = step { "confirms" } else { "tries" };
        self.progress.doing(&format!("fit {label}: {what} {limit} bytes"));
        let mut request = request.clone();
        request.limit_memory(limit);
        let name = format!("dp-{}-fit{made}-{subject}", self.id());
        let patience = Duration::try_from_secs_f64(patience).ok();
        let run = self.started(subject, image, &request, (&name, made), patience).await;
        if self.stop.is_set() {
            return Err(Broken::Stopped);
        }
        self.progress.done();
        let (metrics, failure) = match run {
            Ok(run) => {
                let metrics = run.observation.as_ref().map(figures::metrics).unwrap_or_default();
                let failure = outcome::failure(&run, target, self.plan, &metrics);
                (metrics, failure)
            }
            Err(error) if Refusal::of(&error).is_none() => return Err(Broken::Lost),
            Err(error) => (Metrics::default(), Some(failure::of_error(&error, &target.subject))),
        };
        match failure {
            Some(failure) if failure.code == "engine_lost" => Err(Broken::Lost),
            failure => Ok((metrics, failure)),
        }
    }

    /// Shows the result to people.
    fn tell(&self, target: &Target, record: &Record) {
        let label = target.subject.label();
        let metric = |name| record.metrics.get(name);
        // Why there is none is said with the record.
        let Some(limit) = metric("memory_fit_bytes") else { return };
        let failing = metric("memory_fit_failing_bytes");
        let failing = failing.map_or(String::new(), |limit| format!(", fails at {limit}"));
        self.progress.note(&format!("{label}: fits --memory {limit}{failing} (bytes)"));
    }
}

/// One record for each subject.
fn slot_of(subject: usize) -> Slot {
    let position = u32::try_from(subject).unwrap_or(u32::MAX).saturating_add(1);
    Slot { subject, n: 1, of: 1, position, warmup: false }
}

fn fill(record: &mut Record, fitted: Fitted) {
    record.detail =
        fitted.detail.map(|fit| StatsDetail { fit: Some(fit), ..StatsDetail::default() }.into());
    match fitted.outcome {
        Ok(metrics) => record.metrics = metrics,
        Err(failure) => record.fail(failure),
    }
}
