//! Reads a child's stderr in a thread of its own, so that a slow reader of the
//! progress never holds up the build.

use std::io::{self, PipeReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// Chunks that may wait: 16 MiB, so that parsing may fall that far behind.
const WAITING: usize = 256;
/// How often the thread checks whether it is still needed.
const ABANDON_POLL: Duration = Duration::from_millis(50);

/// The reading end: `chunks` ends when the stream does.
pub(crate) struct Stderr {
    pub(crate) chunks: Receiver<Vec<u8>>,
    abandoned: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stderr {
    pub(crate) fn new(pipe: PipeReader) -> io::Result<Self> {
        let (sender, chunks) = sync_channel(WAITING);
        let abandoned = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&abandoned);
        let thread = std::thread::Builder::new()
            .name("build-stderr".to_owned())
            .spawn(move || read(pipe, &sender, &flag))?;
        Ok(Self { chunks, abandoned, thread: Some(thread) })
    }
}

impl Drop for Stderr {
    /// Ends the thread even if someone still holds the other end of the pipe.
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Relaxed);
        // A thread that waits for room gives up when nobody can take any more.
        let (_, closed) = sync_channel(0);
        drop(std::mem::replace(&mut self.chunks, closed));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn read(mut pipe: PipeReader, sender: &SyncSender<Vec<u8>>, abandoned: &AtomicBool) {
    let mut buffer = vec![0; CHUNK];
    while !abandoned.load(Ordering::Relaxed) {
        match wait(&pipe) {
            Ok(false) => continue,
            Ok(true) => {}
            Err(_) => return,
        }
        match pipe.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Whether there is something to read (or the end) before the next check.
fn wait(pipe: &PipeReader) -> io::Result<bool> {
    let limit = Timespec::try_from(ABANDON_POLL).ok();
    let mut fds = [PollFd::new(pipe, PollFlags::IN)];
    match poll(&mut fds, limit.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
