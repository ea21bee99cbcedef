//! `--confirm COMMAND`: what figures of another day make doubtful is measured anew,
//! both sides in one batch, before it fails a build.

use std::collections::BTreeSet;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use dp_record::{SeriesKey, printable};
use dp_tool::{Exit, Fault, Progress, Stop, StopReason};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::input::collect::Collector;
use crate::input::label;
use crate::input::measure::Measure;
use crate::input::read::{self, BadLines, Reading};
use crate::input::series::{Series, Side};
use crate::judge::comparisons::Comparisons;
use crate::judge::pairing::Pairing;
use crate::judge::verdict::Verdict;

/// Characters of the command in messages.
const COMMAND_CHARS: usize = 80;
/// Stands for the name of the subject in that of its baseline.
const SAME_NAME: char = '*';

/// How to measure anew.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    /// For `sh`: prints records of both sides, measured in one batch.
    pub(crate) command: String,
    /// The baseline's name in them, a `*` in it being that of the subject; none
    /// where there is only one other subject.
    pub(crate) against: Option<String>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Confirmed {
    /// What was judged anew, a line each.
    pub(crate) notes: Vec<String>,
    /// Lines of the output that are no records.
    pub(crate) bad_lines: BadLines,
    /// Why there is no answer. Nothing that was in doubt is a regression then.
    pub(crate) fault: Option<Fault>,
}

/// A comparison that is in doubt.
struct Doubt<'a> {
    baseline: &'a Series,
    subject: &'a Series,
    measure: Measure,
    /// What was said of it before.
    verdict: Verdict,
}

impl Confirm {
    /// Measures anew what is in doubt among the comparisons of the pairs, and puts
    /// the new comparisons in their place. Without a doubt nothing is run. `fresh`
    /// is an empty collector like that of the input.
    pub(crate) fn settle(
        &self,
        (collector, pairing): (&Collector, &Pairing<'_>),
        comparisons: &mut Comparisons<'_>,
        fresh: Collector,
        (progress, stop): (&Progress, &Stop),
    ) -> Confirmed {
        let doubts = doubts(collector, pairing, comparisons);
        if doubts.is_empty() {
            return Confirmed::default();
        }
        let command = printable(&self.command, COMMAND_CHARS);
        progress.note(&format!("{}: measuring both sides anew: {command}", told(&doubts)));
        let mut confirmed = Confirmed::default();
        let mut fresh = fresh;
        let answered = self
            .measure(&mut fresh, (progress, stop))
            .map(|bad_lines| confirmed.bad_lines = bad_lines)
            .and_then(|()| self.judge(&doubts, &fresh, comparisons));
        match answered {
            Ok(notes) => confirmed.notes = notes,
            Err(fault) => {
                for doubt in &doubts {
                    comparisons.doubt(&doubt.measure, (doubt.baseline, doubt.subject));
                }
                confirmed.fault = Some(fault);
            }
        }
        confirmed
    }

    /// Runs the command and reads its records.
    fn measure(
        &self,
        fresh: &mut Collector,
        (progress, stop): (&Progress, &Stop),
    ) -> Result<BadLines, Fault> {
        let command = printable(&self.command, COMMAND_CHARS);
        let failed = |message: String| Fault { exit: Exit::Failed, message };
        let unstarted = |error| failed(format!("--confirm: cannot run sh: {error}"));
        let mut running = Running::start(&self.command).map_err(unstarted)?;
        let group = running.group;
        let told = stop.tell(move |reason| {
            if let StopReason::Signal(_) = reason {
                terminate(group);
            }
        });
        let output = running.output.take();
        let output = output.ok_or_else(|| failed("--confirm: no output to read".to_owned()))?;
        let read =
            Reading { collector: fresh, progress, threads: 1 }.output_of("--confirm", output);
        wait_without_reaping(group);
        drop(told);
        let ended = running.reap().map_err(|error| failed(format!("--confirm: {error}")))?;
        if matches!(stop.reason(), Some(StopReason::Signal(_))) {
            let message = "--confirm: a signal came while it measured".to_owned();
            return Err(Fault { exit: Exit::Interrupted, message });
        }
        match (ended.code(), ended.signal()) {
            (Some(0), _) => read,
            (Some(code), _) => {
                Err(failed(format!("--confirm: the command ended with {code}: {command}")))
            }
            (None, signal) => {
                let signal = signal.map_or_else(String::new, |number| format!(" {number}"));
                Err(failed(format!("--confirm: signal{signal} ended the command: {command}")))
            }
        }
    }

    /// Compares the new records, and answers a line for each comparison.
    fn judge(
        &self,
        doubts: &[Doubt<'_>],
        fresh: &Collector,
        comparisons: &mut Comparisons<'_>,
    ) -> Result<Vec<String>, Fault> {
        read::check_observations(fresh)?;
        read::check_duplicates(fresh)?;
        let mut notes = Vec::new();
        for doubt in doubts {
            let sides = self.find(fresh, &doubt.subject.key)?;
            let place = (doubt.baseline, doubt.subject);
            let found = comparisons.replace(&doubt.measure, place, (fresh, sides));
            let verdict = found.verdict.map_or("not judged", Verdict::word);
            notes.push(format!(
                "{}: {} measured anew, both sides in one batch: {verdict} (across batches: {})",
                label::full(&doubt.subject.key),
                printable(&doubt.measure.name, COMMAND_CHARS),
                doubt.verdict
            ));
        }
        Ok(notes)
    }

    /// The baseline and the subject among the new series.
    fn find<'f>(
        &self,
        fresh: &'f Collector,
        key: &SeriesKey,
    ) -> Result<(&'f Series, &'f Series), Fault> {
        let find = |key: &SeriesKey| {
            fresh.series.find(Side::Input, key).ok_or_else(|| {
                let there = fresh.series.of(Side::Input).map(|series| label::full(&series.key));
                let there: BTreeSet<String> = there.collect();
                let there = there.into_iter().collect::<Vec<_>>().join(", ");
                let key = label::full(key);
                Fault::usage(format!("--confirm: it did not measure {key} (there are: {there})"))
            })
        };
        let subject = find(key)?;
        let named = |name: String| SeriesKey { name, ..key.clone() };
        if let Some(name) = &self.against {
            return Ok((find(&named(name.replace(SAME_NAME, &key.name)))?, subject));
        }
        let others = fresh
            .series
            .of(Side::Input)
            .filter(|series| series.key != *key && named(series.key.name.clone()) == series.key);
        match others.collect::<Vec<_>>().as_slice() {
            [baseline] => Ok((*baseline, subject)),
            several => Err(Fault::usage(format!(
                "--confirm: it measured {} beside {} that may be the baseline: \
                 name it by --against NAME (a {SAME_NAME} in it is the subject's name)",
                if several.is_empty() { "nothing" } else { "several subjects" },
                label::full(key)
            ))),
        }
    }
}

/// The comparisons across batches that would fail, or that came to no end.
fn doubts<'a>(
    collector: &Collector,
    pairing: &Pairing<'a>,
    comparisons: &mut Comparisons<'_>,
) -> Vec<Doubt<'a>> {
    let mut doubts = Vec::new();
    for (baseline, subject) in pairing.pairs() {
        let names = subject.metrics().filter(|name| baseline.has(name));
        let measures = names.map(|name| collector.measure(&subject.key.kind, name));
        for measure in measures.filter(|measure| measure.judged && !measure.exact) {
            let found = comparisons.of(&measure, (baseline, subject));
            if let Some(verdict) = found.verdict.filter(|_| found.is_in_doubt()) {
                doubts.push(Doubt { baseline, subject, measure, verdict });
            }
        }
    }
    doubts
}

/// `build app warm (wall_seconds) and 2 more`.
fn told(doubts: &[Doubt<'_>]) -> String {
    let Some(first) = doubts.first() else { return String::new() };
    let (key, metric) = (label::full(&first.subject.key), &first.measure.name);
    let more = doubts.len() - 1;
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{key} ({}){more} in doubt", printable(metric, COMMAND_CHARS))
}

/// A command in a process group of its own, so that all of a pipe is stopped with
/// it; killed if it is forgotten.
struct Running {
    child: Child,
    group: Pid,
    output: Option<ChildStdout>,
}

impl Running {
    fn start(command: &str) -> std::io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
        let mut child = shell.spawn()?;
        let output = child.stdout.take();
        Ok(Self { group: Pid::from_child(&child), child, output })
    }

    /// Takes its exit status; what it left in its group is ended.
    fn reap(mut self) -> std::io::Result<ExitStatus> {
        let _ = kill_process_group(self.group, Signal::KILL);
        self.child.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where it was reaped this does nothing: the child knows.
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process_group(self.group, Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// Asks all of a group to end. A stopped process is woken to hear it.
fn terminate(group: Pid) {
    for signal in [Signal::TERM, Signal::CONT] {
        let _ = kill_process_group(group, signal);
    }
}

/// Until its number is free for others, a signal may still be sent to the group.
fn wait_without_reaping(pid: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
}
