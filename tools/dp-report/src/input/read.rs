//! Reading the input: every line becomes numbers, or a warning with its place.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use dp_record::{Content, Reader};
use dp_tool::{Fault, Io, Progress};

use crate::input::collect::{Collector, Origin};
use crate::input::label;
use crate::input::series::Side;

/// Bad lines that are warned of one by one.
const WARNINGS: u64 = 10;
/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 18;

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

/// Reads all sources of the input, and of the baseline.
///
/// # Errors
/// [`Fault`] for a source that cannot be read, or that holds no record.
pub(crate) fn all(
    (inputs, baseline): (&[Source], &[Source]),
    io: &mut Io<'_>,
    collector: &mut Collector,
    progress: &Progress,
) -> Result<BadLines, Fault> {
    let mut intake = Intake { collector, progress, bad_lines: BadLines::default() };
    for input in inputs {
        intake.read(input, Side::Input, io)?;
    }
    for baseline in baseline {
        intake.read(baseline, Side::Baseline, io)?;
    }
    Ok(intake.bad_lines)
}

/// Reads records of another program's output, which messages call `name`.
///
/// # Errors
/// [`Fault`] where it cannot be read, or holds no record.
pub(crate) fn output_of(
    name: &str,
    output: impl Read,
    collector: &mut Collector,
    progress: &Progress,
) -> Result<BadLines, Fault> {
    let mut intake = Intake { collector, progress, bad_lines: BadLines::default() };
    intake.read_from(name, Side::Input, BufReader::with_capacity(BUFFER_BYTES, output))?;
    Ok(intake.bad_lines)
}

struct Intake<'a> {
    collector: &'a mut Collector,
    progress: &'a Progress,
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
                self.read_from(&name, side, BufReader::with_capacity(BUFFER_BYTES, file))
            }
        }
    }

    fn read_from(&mut self, name: &str, side: Side, input: impl BufRead) -> Result<(), Fault> {
        let source = self.collector.add_source(name);
        let before = self.collector.records;
        let mut reader = Reader::new(name, input);
        let mut number = 0;
        while let Some(line) = reader.next_line().map_err(|e| Fault::usage(e.to_string()))? {
            number += 1;
            match line.content {
                Content::Record(record) => {
                    let origin = Origin { side, source, line: number };
                    if let Err(refused) = self.collector.observe(origin, &record) {
                        self.warn(&format!("{}: {refused}", line.place));
                    }
                }
                Content::Blank => {}
                Content::Bad(problem) => self.warn(&format!("{}: {problem}", line.place)),
            }
        }
        if self.collector.records == before {
            return Err(Fault::usage(format!("{name}: no records: did the tool before fail?")));
        }
        Ok(())
    }

    fn warn(&mut self, text: &str) {
        if self.bad_lines.count == 0 {
            text.clone_into(&mut self.bad_lines.first);
        }
        self.bad_lines.count += 1;
        if self.bad_lines.count <= WARNINGS {
            // With -q too: the program ends with 2 for it.
            self.progress.error(&format!("warning: {text}"));
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
