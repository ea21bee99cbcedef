//! Reading the input: every line becomes numbers, or a warning with its place.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use dp_record::{Block, Blocks, Content, ReadError, RecordView};
use dp_tool::{Fault, Io, Progress};

use crate::input::collect::{Collector, Origin};
use crate::input::label;
use crate::input::series::Side;
use crate::input::turns::Turns;

/// Bad lines that are warned of one by one.
const WARNINGS: u64 = 10;

/// Where records come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
}

impl Source {
    /// `-` is stdin.
    pub(crate) fn of(path: &Path) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::File(path.to_path_buf()) }
    }

    /// The name in messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "stdin".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// Lines that were no records.
#[derive(Debug, Default)]
pub(crate) struct BadLines {
    pub(crate) count: u64,
    /// Place of the first one, and what is wrong with it.
    pub(crate) first: String,
}

/// Where lines go, and how.
pub(crate) struct Reading<'a> {
    /// What takes the records.
    pub(crate) collector: &'a mut Collector,
    /// Where bad lines are told.
    pub(crate) progress: &'a Progress,
    /// How many threads read a source, at least one.
    pub(crate) threads: usize,
}

impl Reading<'_> {
    /// Reads all sources of the input, and of the baseline.
    ///
    /// # Errors
    /// [`Fault`] for a source that cannot be read, or that holds no record.
    pub(crate) fn all(
        self,
        (inputs, baselines): (&[Source], &[Source]),
        io: &mut Io<'_>,
    ) -> Result<BadLines, Fault> {
        let mut intake = Intake { reading: self, bad_lines: BadLines::default() };
        for input in inputs {
            intake.read(input, Side::Input, io)?;
        }
        for baseline in baselines {
            intake.read(baseline, Side::Baseline, io)?;
        }
        Ok(intake.bad_lines)
    }

    /// Reads records of another program's output, which messages call `name`.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read, or holds no record.
    pub(crate) fn output_of(self, name: &str, output: impl Read + Send) -> Result<BadLines, Fault> {
        let mut intake = Intake { reading: self, bad_lines: BadLines::default() };
        intake.read_from(name, Side::Input, output)?;
        Ok(intake.bad_lines)
    }
}

struct Intake<'a> {
    reading: Reading<'a>,
    bad_lines: BadLines,
}

impl Intake<'_> {
    fn read(&mut self, source: &Source, side: Side, io: &mut Io<'_>) -> Result<(), Fault> {
        let name = source.name();
        match source {
            Source::Stdin => {
                let stdin = io.stdin.take();
                let stdin =
                    stdin.ok_or_else(|| Fault::usage("stdin is a terminal: pipe records in"))?;
                self.read_from(&name, side, stdin)
            }
            Source::File(path) => {
                let file = File::open(path)
                    .map_err(|error| Fault::usage(format!("{name}: cannot open: {error}")))?;
                self.read_from(&name, side, file)
            }
        }
    }

    /// Each thread takes a block of lines, reads it while others read theirs, and hands
    /// on its records when its turn comes: so all is as one thread would have it.
    fn read_from(&mut self, name: &str, side: Side, input: impl Read + Send) -> Result<(), Fault> {
        let source = self.reading.collector.add_source(name);
        let (before, threads) = (self.reading.collector.records, self.reading.threads);
        let stream = Stream { intake: self, name, side, source, line: 0, fault: None };
        let work = Work { blocks: Mutex::new(Blocks::new(name, input)), turns: Turns::new(stream) };
        // What is short is read before another thread would have begun.
        if work.on_block(&mut Block::default()) {
            thread::scope(|scope| {
                for _ in 1..threads {
                    // Where the system gives no more threads, those that there are do it.
                    let _ = thread::Builder::new().spawn_scoped(scope, || work.on_all_blocks());
                }
                work.on_all_blocks();
            });
        }
        let stream = work.turns.into_inner();
        if let Some(error) = stream.fault {
            return Err(Fault::usage(error.to_string()));
        }
        let was_empty = stream.line == 0;
        if self.reading.collector.records > before {
            return Ok(());
        }
        Err(Fault::usage(if was_empty {
            format!("{name}: no records: did the tool before fail?")
        } else {
            format!(
                "{name}: no records: did the tool before fail? (dp-report convert makes records of \
                 what docker stats, hyperfine, k6, oha, pgbench or wrk print)"
            )
        }))
    }

    fn warn(&mut self, text: &str) {
        if self.bad_lines.count == 0 {
            text.clone_into(&mut self.bad_lines.first);
        }
        self.bad_lines.count += 1;
        if self.bad_lines.count <= WARNINGS {
            // With -q too: the program ends with 2 for it.
            self.reading.progress.error(&format!("warning: {text}"));
        }
    }
}

/// One source, of which blocks are read by several threads.
struct Work<'w, 'a, R> {
    blocks: Mutex<Blocks<R>>,
    turns: Turns<Stream<'w, 'a>>,
}

impl<R: Read> Work<'_, '_, R> {
    fn on_all_blocks(&self) {
        let _guard = self.turns.guard();
        let mut block = Block::default();
        while self.on_block(&mut block) {}
    }

    /// Whether there was a block, and more may follow.
    fn on_block(&self, block: &mut Block) -> bool {
        let taken = self.blocks.lock().unwrap_or_else(PoisonError::into_inner).take(block);
        match taken {
            Ok(true) => {
                let number = block.number();
                let lines = block.lines();
                self.turns.take(number, |stream| stream.observe(&lines))
            }
            Ok(false) => false,
            Err(error) => {
                self.turns.take(block.number(), |stream| stream.fault = Some(error));
                false
            }
        }
    }
}

/// The lines of one source, in their order.
struct Stream<'w, 'a> {
    intake: &'w mut Intake<'a>,
    name: &'w str,
    side: Side,
    /// Its number for the collector.
    source: u32,
    /// How many lines came.
    line: u64,
    /// Why no more can come.
    fault: Option<ReadError>,
}

impl Stream<'_, '_> {
    fn observe(&mut self, lines: &[Content<RecordView<'_>>]) {
        for content in lines {
            self.line += 1;
            let problem = match content {
                Content::Record(record) => {
                    let origin = Origin { side: self.side, source: self.source, line: self.line };
                    self.intake.reading.collector.observe(origin, record).map_err(|e| e.to_string())
                }
                Content::Blank => Ok(()),
                Content::Bad(problem) => Err(problem.to_string()),
            };
            if let Err(problem) = problem {
                self.intake.warn(&format!("{}:{}: {problem}", self.name, self.line));
            }
        }
    }
}

/// Records without any observation are no result.
pub(crate) fn check_observations(collector: &Collector) -> Result<(), Fault> {
    let seen = |side| {
        let mut series = collector.series.of(side);
        series.any(|series| !series.runs.is_empty() || series.failed > 0)
    };
    if seen(Side::Input) {
        return Ok(());
    }
    if collector.left_out > 0 {
        return Err(Fault::usage(format!(
            "--where: it leaves out all {} observations",
            collector.left_out
        )));
    }
    let missing = collector.missing(Side::Input);
    let planned: u64 = missing.iter().map(|missing| u64::from(missing.planned)).sum();
    Err(Fault::usage(format!(
        "records, but no observation among them ({planned} planned runs are missing): \
         did the tool before fail?"
    )))
}

/// The same observation twice would count twice.
pub(crate) fn check_duplicates(collector: &Collector) -> Result<(), Fault> {
    for series in collector.series.iter() {
        let Some((first, second)) = series.duplicate() else { continue };
        return Err(Fault::usage(format!(
            "{} and {} hold the same run of {} (batch {}, run {}): was a file given twice?",
            collector.place(&first),
            collector.place(&second),
            label::full(&series.key),
            collector.batch_name(&first),
            first.round.unwrap_or(0)
        )));
    }
    Ok(())
}
