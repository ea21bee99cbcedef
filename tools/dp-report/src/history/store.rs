//! The file of a history: a `verdict` record a line for each metric of each series
//! of each report, in the order in which they were written.
//!
//! Several programs may write at once, and each may be killed at any time: the file
//! is locked while it is read and written, whole lines are written by one call and
//! then synced, and a line that a crash left incomplete is mended by the next
//! writer. No line that is whole is ever changed.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use dp_record::{Content, Reader, Record, SeriesKey, kind, without_mark};
use dp_tool::Fault;

/// A history in a file.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    path: PathBuf,
}

/// What a history holds.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// All records, the new ones last.
    pub(crate) records: Vec<Record>,
    /// How many of them are new.
    pub(crate) added: usize,
    /// Lines that are no records of a history, with their place.
    pub(crate) bad_lines: Vec<String>,
    /// What was mended, with its place.
    pub(crate) mended: Option<String>,
}

/// By what a record is known: whose it is, the metric, and the batch.
type Identity = (SeriesKey, String, String);

impl Store {
    /// The history in this file.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    /// The name in messages.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Reads it. Nothing is changed.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read.
    pub(crate) fn read(&self) -> Result<Stored, Fault> {
        let mut file = File::open(&self.path).map_err(|error| self.fault("cannot open", &error))?;
        let bytes = file.lock_shared().and_then(|()| contents(&mut file));
        let bytes = bytes.map_err(|error| self.fault("cannot read", &error))?;
        Ok(self.parsed(&bytes))
    }

    /// Appends records, but for those of a series, metric and batch that it has
    /// already, and reads what there is.
    ///
    /// # Errors
    /// [`Fault`] where it cannot be read or written; then it is as it was.
    pub(crate) fn append(&self, new: Vec<Record>) -> Result<Stored, Fault> {
        let is_new = !self.path.exists();
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path)
            .map_err(|error| self.fault("cannot open", &error))?;
        let bytes = file.lock().and_then(|()| contents(&mut file));
        let mut bytes = bytes.map_err(|error| self.fault("cannot read", &error))?;
        let failed = |error: io::Error| self.fault("cannot write", &error);
        let (whole, mended) = self.mend(&mut bytes);
        if let Some(length) = whole {
            file.set_len(length).map_err(failed)?;
        }
        let mut stored = self.parsed(&bytes);
        stored.mended = mended;
        let known: HashSet<Identity> = stored.records.iter().filter_map(identity).collect();
        let new: Vec<Record> = new
            .into_iter()
            .filter(|record| identity(record).is_some_and(|it| !known.contains(&it)))
            .collect();
        let needs_newline = !bytes.is_empty() && !bytes.ends_with(b"\n");
        let lines = lines(&new).map_err(|error| failed(error.into()))?;
        let text = if needs_newline { format!("\n{lines}") } else { lines };
        let length = bytes.len() as u64;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        if let Err(error) = written {
            // A full disk leaves no half of it.
            let _ = file.set_len(length);
            return Err(failed(error));
        }
        if is_new {
            self.sync_folder();
        }
        stored.added = new.len();
        stored.records.extend(new);
        Ok(stored)
    }

    fn fault(&self, what: &str, error: &io::Error) -> Fault {
        Fault::usage(format!("{}: {what} the history: {error}", self.name()))
    }

    /// Takes away what a crash left of a last line. One that lacks its end of line
    /// alone is whole. Answers the length to cut the file to.
    fn mend(&self, bytes: &mut Vec<u8>) -> (Option<u64>, Option<String>) {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let last = &bytes[end..];
        if last.is_empty() || is_record(last) {
            return (None, None);
        }
        let line = bytes[..end].split(|byte| *byte == b'\n').count();
        let mended = format!(
            "{}:{line}: cut off a line of {} bytes that was never written to its end",
            self.name(),
            last.len()
        );
        bytes.truncate(end);
        (Some(end as u64), Some(mended))
    }

    fn parsed(&self, bytes: &[u8]) -> Stored {
        let mut stored = Stored::default();
        let mut reader = Reader::new(self.name(), bytes);
        while let Ok(Some(line)) = reader.next_line() {
            match line.content {
                Content::Record(record) if identity(&record).is_some() => {
                    stored.records.push(*record);
                }
                Content::Record(record) => {
                    let what = format!("a {} record is no line of a history", record.kind);
                    stored.bad_lines.push(format!("{}: {what}", line.place));
                }
                Content::Blank => {}
                Content::Bad(problem) => {
                    stored.bad_lines.push(format!("{}: {problem}", line.place));
                }
            }
        }
        stored
    }

    /// So that the name of a new file outlives a crash too. Where folders cannot be
    /// synced, they need not be.
    fn sync_folder(&self) {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
    }
}

/// All that a file holds.
fn contents(file: &mut File) -> io::Result<Vec<u8>> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The key of the series that a line is about.
pub(crate) fn key(record: &Record) -> Option<SeriesKey> {
    let subject = record.subject.as_ref().filter(|_| record.kind == kind::VERDICT)?;
    Some(SeriesKey::new(record.verdict_detail()?.kind.as_deref()?, subject))
}

fn identity(record: &Record) -> Option<Identity> {
    let detail = record.verdict_detail()?;
    let metric = detail.metric.clone().filter(|_| detail.median.is_some())?;
    let batch = record.run.as_ref().map(|run| run.batch.clone()).unwrap_or_default();
    Some((key(record)?, metric, batch))
}

fn is_record(line: &[u8]) -> bool {
    let text = std::str::from_utf8(line).unwrap_or_default();
    serde_json::from_str::<Record>(without_mark(text)).is_ok()
}

fn lines(records: &[Record]) -> serde_json::Result<String> {
    let line = |record: &Record| Ok(serde_json::to_string(record)? + "\n");
    records.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dp_record::{Run, Subject, VerdictDetail};

    fn point(batch: &str, median: f64) -> Record {
        let mut record = Record::new(kind::VERDICT, jiff::Timestamp::UNIX_EPOCH);
        record.subject = Some(Subject { name: "app".to_owned(), ..Subject::default() });
        record.run = Some(Run { batch: batch.to_owned(), ..Run::default() });
        let detail = VerdictDetail {
            kind: Some("build".to_owned()),
            metric: Some("wall_seconds".to_owned()),
            median: Some(median),
            ..VerdictDetail::default()
        };
        record.detail = Some(detail.into());
        record
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(&folder.path().join("h.jsonl"));
        (folder, store)
    }

    fn medians(stored: &Stored) -> Vec<f64> {
        let details = stored.records.iter().filter_map(Record::verdict_detail);
        details.filter_map(|detail| detail.median).collect()
    }

    #[test]
    fn what_was_appended_is_read_again_and_the_same_batch_only_once() {
        let (_folder, store) = store();
        let first = store.append(vec![point("b1", 1.0)]).unwrap();
        assert_eq!((medians(&first), first.added), (vec![1.0], 1));
        let again = store.append(vec![point("b1", 9.0), point("b2", 2.0)]).unwrap();
        assert_eq!((medians(&again), again.added), (vec![1.0, 2.0], 1));
        assert_eq!(medians(&store.read().unwrap()), [1.0, 2.0]);
    }

    #[test]
    fn a_line_that_a_crash_left_is_cut_off_at_every_byte() {
        let (_folder, store) = store();
        store.append(vec![point("b1", 1.0)]).unwrap();
        let whole = std::fs::read(&store.path).unwrap();
        let second = lines(&[point("b2", 2.0)]).unwrap();
        for length in 1..second.len() {
            let torn = [&whole[..], &second.as_bytes()[..length]].concat();
            std::fs::write(&store.path, torn).unwrap();
            let stored = store.append(vec![point("b3", 3.0)]).unwrap();
            // Without its last brace it is torn, without the end of line it is whole.
            if length == second.len() - 1 {
                assert_eq!((medians(&stored), &stored.mended), (vec![1.0, 2.0, 3.0], &None));
            } else {
                assert_eq!(medians(&stored), [1.0, 3.0], "{length}");
                let mended = stored.mended.clone().unwrap();
                assert!(mended.contains("h.jsonl:2: cut off a line of"), "{mended}");
            }
            let read = store.read().unwrap();
            assert_eq!((medians(&read).len(), read.bad_lines.len()), (medians(&stored).len(), 0));
        }
    }

    #[test]
    fn lines_of_others_stay_and_are_named() {
        let (_folder, store) = store();
        let text = format!("no record\n{}", lines(&[point("b1", 1.0)]).unwrap());
        std::fs::write(&store.path, &text).unwrap();
        let stored = store.append(vec![point("b2", 2.0)]).unwrap();
        assert_eq!(medians(&stored), [1.0, 2.0]);
        assert_eq!(stored.bad_lines.len(), 1);
        assert!(stored.bad_lines[0].contains("h.jsonl:1: not a dp record"));
        assert!(std::fs::read_to_string(&store.path).unwrap().starts_with(&text));
    }

    #[test]
    fn writers_at_once_lose_nothing() {
        let (_folder, store) = store();
        let write = |writer: u32| {
            for turn in 0..20_u32 {
                store.append(vec![point(&format!("b{writer}-{turn}"), f64::from(turn))]).unwrap();
            }
        };
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let write = &write;
                scope.spawn(move || write(writer));
            }
        });
        let stored = store.read().unwrap();
        assert_eq!((stored.records.len(), stored.bad_lines.len()), (160, 0));
    }

    #[test]
    fn what_is_no_file_is_no_history() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Store::new(folder.path()).append(vec![point("b1", 1.0)]).unwrap_err();
        assert!(refused.message.contains("cannot open the history"), "{}", refused.message);
        assert!(Store::new(&folder.path().join("none")).read().is_err());
    }
}
