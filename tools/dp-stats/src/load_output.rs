//! The output of a load: its last lines, and the metrics in all of them.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, PipeReader, Read as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::load_metrics::LoadMetrics;

/// Lines that are kept.
const LINES: usize = 20;
/// Bytes that are kept of a line.
const LINE_BYTES: usize = 64 << 10;
/// How long output is waited for after the end, if something that left the
/// process group still holds it.
const DRAIN: Duration = Duration::from_secs(1);

/// Reads until the end of the output, in a thread of its own.
pub(crate) struct OutputReader {
    collected: Arc<Mutex<Collected>>,
    ended: oneshot::Receiver<()>,
}

#[derive(Debug, Default)]
struct Collected {
    tail: VecDeque<String>,
    metrics: LoadMetrics,
}

impl OutputReader {
    pub(crate) fn of(reader: PipeReader) -> io::Result<Self> {
        let collected = Arc::<Mutex<Collected>>::default();
        let (tell, ended) = oneshot::channel();
        let ours = Arc::clone(&collected);
        thread::Builder::new().name("load-output".to_owned()).spawn(move || {
            each_line(BufReader::new(reader), |line| lock(&ours).line(line));
            // Nobody may wait for it any more.
            let _ = tell.send(());
        })?;
        Ok(Self { collected, ended })
    }

    /// The last lines, and the metrics in all of them.
    pub(crate) async fn end(self) -> (Vec<String>, LoadMetrics) {
        let _ = timeout(DRAIN, self.ended).await;
        let collected = std::mem::take(&mut *lock(&self.collected));
        (collected.tail.into(), collected.metrics)
    }
}

fn lock(collected: &Mutex<Collected>) -> std::sync::MutexGuard<'_, Collected> {
    collected.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Collected {
    fn line(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        self.metrics.take(&line);
        if self.tail.len() == LINES {
            self.tail.pop_front();
        }
        self.tail.push_back(line.into_owned());
    }
}

/// Lines without their ends, in bounded memory.
fn each_line(mut reader: impl BufRead, mut take: impl FnMut(&[u8])) {
    let mut line = Vec::new();
    loop {
        line.clear();
        let most = u64::try_from(LINE_BYTES).unwrap_or(u64::MAX);
        // An error is an end.
        let Ok(1..) = reader.by_ref().take(most).read_until(b'\n', &mut line) else { return };
        let whole = line.pop_if(|last| *last == b'\n').is_some();
        take(&line);
        if !whole && reader.skip_until(b'\n').is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_whole_and_long_ones_are_cut() {
        let long = "x".repeat(LINE_BYTES);
        let text = format!("a\n\n{long}\nb\n{long}yy\nc");
        let mut lengths = Vec::new();
        each_line(text.as_bytes(), |line| lengths.push(line.len()));
        assert_eq!(lengths, [1, 0, LINE_BYTES, 1, LINE_BYTES, 1]);
    }

    #[test]
    fn the_last_lines_are_kept() {
        let mut collected = Collected::default();
        (1..=25).for_each(|number| collected.line(format!("{number}").as_bytes()));
        let last: Vec<String> = (6..=25).map(|number| number.to_string()).collect();
        assert_eq!(collected.tail, last);
    }
}
