//! The loop with a measure that needs no engine: order, stop, giving up, a lost
//! engine, a panic, exit codes.

use std::collections::VecDeque;
use std::io::{self, Write};

use dp_record::{Content, Failure, Plan, Reader, kind};
use dp_tool::{OutputArgs, StopReason};
use jiff::Timestamp;

use super::*;

const ID: &str = "ba7816bf8f01";

/// What the fake answers to one observation.
#[derive(Debug, Clone)]
enum Answer {
    Ok,
    Failed(&'static str),
    /// Several at once, of which one failed.
    Several,
    Stopped,
    /// Somebody asks to stop meanwhile, and it is finished all the same.
    Interrupted(Stop),
    Error,
    Panic,
}

/// Answers in turn, then well; writes down what it was asked.
struct Fake<const POLICY: u8> {
    answers: VecDeque<Answer>,
    observed: Vec<String>,
    cleaned: Vec<bool>,
    ends_when_lost: bool,
    last: bool,
    clean_fails: bool,
}

impl<const POLICY: u8> Fake<POLICY> {
    fn new(answers: &[Answer]) -> Self {
        Self {
            answers: answers.iter().cloned().collect(),
            observed: Vec::new(),
            cleaned: Vec::new(),
            ends_when_lost: false,
            last: true,
            clean_fails: false,
        }
    }
}

const NEVER: u8 = 0;
const AFTER_FAILURE: u8 = 1;
const UNLESS_GOOD: u8 = 2;

fn record() -> Record {
    Record::new(kind::START, Timestamp::UNIX_EPOCH)
}

fn failed(code: &str) -> Record {
    let mut record = record();
    record.fail(Failure {
        code: code.to_owned(),
        message: "it broke".to_owned(),
        ..Failure::default()
    });
    record
}

impl<const POLICY: u8> Measure for Fake<POLICY> {
    const NOUN: &'static str = "start";
    const GIVE_UP: GiveUp = match POLICY {
        NEVER => GiveUp::Never,
        AFTER_FAILURE => GiveUp::AfterFailure,
        _ => GiveUp::UnlessEverGood,
    };

    fn label(&self, subject: usize) -> String {
        format!("starting {subject}")
    }

    async fn observe(&mut self, slot: Slot) -> anyhow::Result<Option<Vec<Record>>> {
        self.observed.push(slot.word());
        match self.answers.pop_front().unwrap_or(Answer::Ok) {
            Answer::Ok => Ok(Some(vec![record()])),
            Answer::Failed(code) => Ok(Some(vec![failed(code)])),
            Answer::Several => Ok(Some(vec![record(), failed("exited")])),
            Answer::Stopped => Ok(None),
            Answer::Interrupted(stop) => {
                stop.set(StopReason::Signal(2));
                Ok(Some(vec![record()]))
            }
            Answer::Error => Err(Fault::engine("no engine").into()),
            Answer::Panic => panic!("as a bug would"),
        }
    }

    fn lost(&self) -> Option<Fault> {
        self.ends_when_lost.then(|| Fault::engine("lost the engine"))
    }

    async fn finish(&mut self, output: &mut Output<'_, '_>) -> anyhow::Result<bool> {
        let slot = Slot { subject: 0, n: 1, of: 1, position: 1, warmup: false };
        output.emit(slot, record())?;
        Ok(self.last)
    }

    async fn clean(&mut self, panicked: bool) -> anyhow::Result<()> {
        self.cleaned.push(panicked);
        if self.clean_fails { Err(Fault::engine("something is left").into()) } else { Ok(()) }
    }
}

/// What came of a batch.
struct Ran {
    ended: anyhow::Result<Exit>,
    records: Vec<Record>,
}

impl Ran {
    fn exit(&self) -> Exit {
        match &self.ended {
            Ok(exit) => *exit,
            Err(error) => Fault::exit_of(error),
        }
    }
}

fn batch<'a>(records: &'a RecordArgs, runs: &'a RunArgs, rounds: Rounds) -> Batch<'a> {
    let plan = Plan { kind: kind::START.to_owned(), ..Plan::default() };
    let detail = dp_record::EnvDetail { plan, ..dp_record::EnvDetail::default() };
    let env = detail.into_record(Timestamp::UNIX_EPOCH, ID, "33f4311156fc");
    Batch { id: ID, env, rounds, mask: Mask::default(), records, runs }
}

fn run_to(
    output: &mut dyn Write,
    measure: &mut impl Measure,
    rounds: Rounds,
    ignore_failure: bool,
    stop: &Stop,
) -> anyhow::Result<Exit> {
    let progress = Progress::new("dp-start", &OutputArgs { quiet: true, ..OutputArgs::default() });
    let mut io = Io { stdin: None, stdout: output, stdout_is_terminal: false, stop: stop.clone() };
    let records = RecordArgs::default();
    let runs = RunArgs {
        runs: None,
        warmup: None,
        seed: None,
        dry_run: false,
        quiet_wait: None,
        ignore_failure,
    };
    let batch = batch(&records, &runs, rounds);
    batch.run(measure, &mut io, &progress).now_or_never().expect("the fake never waits")
}

fn run_with(measure: &mut impl Measure, rounds: Rounds, ignore_failure: bool, stop: &Stop) -> Ran {
    let mut output = Vec::new();
    let ended = run_to(&mut output, measure, rounds, ignore_failure, stop);
    let mut reader = Reader::new("stdout", &output[..]);
    let mut records = Vec::new();
    while let Some(line) = reader.next_line().unwrap() {
        let Content::Record(record) = line.content else { panic!("{:?}", line.content) };
        records.push(*record);
    }
    Ran { ended, records }
}

fn run(measure: &mut impl Measure, rounds: Rounds) -> Ran {
    run_with(measure, rounds, false, &Stop::default())
}

fn two_by_three() -> Rounds {
    Rounds { in_order: true, ..Rounds::new(2, 3, 1, 7) }
}

#[test]
fn every_record_says_where_it_stands_in_its_batch() {
    let ran = run(&mut Fake::<NEVER>::new(&[]), two_by_three());
    assert_eq!(ran.exit(), Exit::Measured);
    let [env, runs @ .., last] = &ran.records[..] else { panic!("{:?}", ran.records) };
    assert_eq!((env.kind.as_str(), runs.len()), (kind::ENV, 8));
    for record in runs {
        let run = record.run.as_ref().unwrap();
        assert_eq!((run.batch.as_str(), &record.env), (ID, &env.env));
    }
    let places: Vec<_> = runs
        .iter()
        .map(|one| one.run.as_ref().unwrap())
        .map(|run| (run.warmup, run.n.unwrap(), run.of.unwrap(), run.position.unwrap()))
        .collect();
    assert_eq!(places[..3], [(true, 1, 1, 1), (true, 1, 1, 2), (false, 1, 3, 1)]);
    assert_eq!(last.run.as_ref().unwrap().batch, ID);
}

#[test]
fn the_order_is_that_of_the_rounds() {
    let rounds = Rounds::new(3, 4, 1, 11);
    let mut fake = Fake::<NEVER>::new(&[]);
    run(&mut fake, rounds);
    let expected: Vec<String> = rounds.slots().into_iter().map(Slot::word).collect();
    assert_eq!(fake.observed, expected);
    assert_eq!(fake.cleaned, [false]);
}

#[test]
fn what_failed_once_is_given_up_while_the_others_go_on() {
    let mut fake = Fake::<AFTER_FAILURE>::new(&[Answer::Ok, Answer::Failed("exited")]);
    let ran = run(&mut fake, two_by_three());
    assert_eq!(ran.exit(), Exit::Failed);
    assert_eq!(fake.observed, ["w1-0", "w1-1", "1-0", "2-0", "3-0"]);
}

#[test]
fn what_was_good_before_may_fail_and_go_on() {
    let answers = [Answer::Ok, Answer::Failed("exited"), Answer::Failed("exited")];
    let mut fake = Fake::<UNLESS_GOOD>::new(&answers);
    let ran = run(&mut fake, two_by_three());
    assert_eq!(ran.exit(), Exit::Failed);
    // Subject 1 failed at its first run, subject 0 at its second.
    assert_eq!(fake.observed, ["w1-0", "w1-1", "1-0", "2-0", "3-0"]);
}

#[test]
fn nothing_is_given_up_where_failures_are_results_or_ignored() {
    let mut fake = Fake::<NEVER>::new(&[Answer::Failed("no_such_image")]);
    assert_eq!(run(&mut fake, two_by_three()).exit(), Exit::Failed);
    assert_eq!(fake.observed.len(), 8);
    let mut fake = Fake::<AFTER_FAILURE>::new(&[Answer::Failed("exited"), Answer::Several]);
    let ran = run_with(&mut fake, two_by_three(), true, &Stop::default());
    assert_eq!((ran.exit(), fake.observed.len()), (Exit::Measured, 8));
    assert_eq!(ran.records.len(), 1 + 8 + 1 + 1);
}

#[test]
fn what_was_stopped_is_incomplete_and_what_was_written_stays() {
    let mut fake = Fake::<NEVER>::new(&[Answer::Ok, Answer::Stopped]);
    let ran = run(&mut fake, two_by_three());
    assert_eq!((ran.exit(), ran.records.len()), (Exit::Failed, 2));
    assert_eq!((fake.observed.len(), &fake.cleaned[..]), (2, &[false][..]));
}

#[test]
fn no_run_begins_after_a_signal() {
    let stop = Stop::default();
    let mut fake = Fake::<NEVER>::new(&[Answer::Ok, Answer::Interrupted(stop.clone())]);
    let ran = run_with(&mut fake, two_by_three(), false, &stop);
    assert_eq!((ran.exit(), fake.observed.len()), (Exit::Failed, 2));
    assert_eq!(ran.records.len(), 3, "the run that ended is written");
}

#[test]
fn a_stop_before_the_first_run_measures_nothing() {
    let stop = Stop::default();
    stop.set(StopReason::Signal(15));
    let mut fake = Fake::<NEVER>::new(&[]);
    let ran = run_with(&mut fake, two_by_three(), false, &stop);
    assert_eq!((ran.exit(), fake.observed.len(), fake.cleaned.len()), (Exit::Failed, 0, 1));
}

#[test]
fn a_batch_whose_last_work_was_not_done_is_incomplete() {
    let mut fake = Fake::<NEVER>::new(&[]);
    fake.last = false;
    assert_eq!(run(&mut fake, two_by_three()).exit(), Exit::Failed);
}

#[test]
fn a_lost_engine_ends_the_batch_after_its_record() {
    let lost = [Answer::Ok, Answer::Failed(ENGINE_LOST)];
    let mut fake = Fake::<NEVER>::new(&lost);
    fake.ends_when_lost = true;
    let ran = run(&mut fake, two_by_three());
    assert_eq!((ran.exit(), ran.records.len()), (Exit::Engine, 3));
    assert_eq!(fake.cleaned, [false]);
    // A builder elsewhere may be lost while the engine is there.
    let mut fake = Fake::<NEVER>::new(&lost);
    assert_eq!(run(&mut fake, two_by_three()).exit(), Exit::Failed);
    assert_eq!(fake.observed.len(), 8);
}

#[test]
fn an_error_ends_the_batch_with_its_own_code() {
    let mut fake = Fake::<NEVER>::new(&[Answer::Ok, Answer::Error]);
    let ran = run(&mut fake, two_by_three());
    assert_eq!((ran.exit(), ran.records.len(), fake.cleaned.len()), (Exit::Engine, 2, 1));
}

#[test]
fn what_could_not_be_taken_away_is_no_success() {
    let mut fake = Fake::<NEVER>::new(&[]);
    fake.clean_fails = true;
    assert_eq!(run(&mut fake, two_by_three()).exit(), Exit::Engine);
    // What ended the batch is said before what is left.
    let mut fake = Fake::<NEVER>::new(&[Answer::Error]);
    fake.clean_fails = true;
    let error = run(&mut fake, two_by_three()).ended.unwrap_err();
    assert_eq!(error.to_string(), "no engine");
}

#[test]
fn after_a_panic_everything_is_taken_away_before_it_goes_on() {
    let mut fake = Fake::<NEVER>::new(&[Answer::Ok, Answer::Panic]);
    let panic = std::panic::catch_unwind(AssertUnwindSafe(|| run(&mut fake, two_by_three())));
    assert!(panic.is_err());
    assert_eq!(fake.cleaned, [true]);
}

/// Takes so many writes, then is a pipe that nobody reads.
struct Closing(usize);

impl Write for Closing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.checked_sub(1) {
            Some(left) => self.0 = left,
            None => return Err(io::ErrorKind::BrokenPipe.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_went_away_stops_the_batch() {
    let mut fake = Fake::<NEVER>::new(&[]);
    let stop = Stop::default();
    let ended = run_to(&mut Closing(2), &mut fake, two_by_three(), false, &stop);
    assert_eq!(ended.unwrap(), Exit::Failed);
    assert_eq!(stop.reason(), Some(StopReason::StdoutClosed));
    assert_eq!((fake.observed.len(), fake.cleaned.len()), (2, 1));
}
