//! What a load says: its last lines, and what is made of all of them.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, PipeReader, Read as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::pgbench::Pgbench;

/// Lines that are kept.
const LINES: usize = 20;
/// Bytes that are kept of a line.
const LINE_BYTES: usize = 64 << 10;
/// How long output is waited for after the end, if something that left the
/// process group still holds it.
const DRAIN: Duration = Duration::from_secs(1);

/// Hears until the end of the output, by a thread of its own.
pub(super) struct Hearing {
    heard: Arc<Mutex<Heard>>,
    ended: oneshot::Receiver<()>,
}

#[derive(Debug, Default)]
struct Heard {
    tail: VecDeque<String>,
    pgbench: Pgbench,
}

impl Hearing {
    pub(super) fn of(reader: PipeReader) -> io::Result<Self> {
        let heard = Arc::<Mutex<Heard>>::default();
        let (tell, ended) = oneshot::channel();
        let ours = Arc::clone(&heard);
        thread::Builder::new().name("load-output".to_owned()).spawn(move || {
            each_line(BufReader::new(reader), |line| lock(&ours).line(line));
            // Nobody may wait for it any more.
            let _ = tell.send(());
        })?;
        Ok(Self { heard, ended })
    }

    /// The last lines, and what pgbench said in all of them.
    pub(super) async fn end(self) -> (Vec<String>, Pgbench) {
        let _ = timeout(DRAIN, self.ended).await;
        let heard = std::mem::take(&mut *lock(&self.heard));
        (heard.tail.into(), heard.pgbench)
    }
}

fn lock(heard: &Mutex<Heard>) -> std::sync::MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    fn line(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        self.pgbench.hear(line.trim_end());
        if self.tail.len() == LINES {
            self.tail.pop_front();
        }
        self.tail.push_back(line.into_owned());
    }
}

/// Lines without their ends, in bounded memory.
fn each_line(mut reader: impl BufRead, mut hear: impl FnMut(&[u8])) {
    let mut line = Vec::new();
    loop {
        line.clear();
        let most = u64::try_from(LINE_BYTES).unwrap_or(u64::MAX);
        // An error is an end.
        let Ok(1..) = reader.by_ref().take(most).read_until(b'\n', &mut line) else { return };
        let whole = line.pop_if(|last| *last == b'\n').is_some();
        hear(&line);
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
        let mut heard = Heard::default();
        (1..=25).for_each(|number| heard.line(format!("{number}").as_bytes()));
        let last: Vec<String> = (6..=25).map(|number| number.to_string()).collect();
        assert_eq!(heard.tail, last);
    }
}
