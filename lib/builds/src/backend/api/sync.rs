//! Sends files: every entry is announced in order, then the engine asks by number
//! for the content of those that it does not have.

use hyper::HeaderMap;

use super::grpc::{Messages, Reply, StatusCode};
use super::packet::{self, Incoming};
use super::session_files::{EntryStream, SessionFiles};
use crate::context::{ContextError, Entry, EntryKind};

/// Why a transfer ended early.
enum TransferError {
    /// The connection is gone.
    Gone,
    /// We could not go on.
    Context(ContextError),
    /// The engine gave up.
    Receiver(String),
}

impl From<h2::Error> for TransferError {
    fn from(_: h2::Error) -> Self {
        Self::Gone
    }
}

impl From<ContextError> for TransferError {
    fn from(error: ContextError) -> Self {
        Self::Context(error)
    }
}

/// One transfer.
struct FileTransfer<'a> {
    head: &'a HeaderMap,
    files: &'a SessionFiles<'a>,
    reply: &'a mut Reply,
    /// Entries that the engine may ask for, by number; those that it has asked
    /// for are gone.
    announced: Vec<Option<Entry>>,
}

/// Answers one call. Returns how it ends.
pub(super) async fn diff_copy(
    head: &HeaderMap,
    messages: &mut Messages,
    reply: &mut Reply,
    files: &SessionFiles<'_>,
) -> (StatusCode, String) {
    let entries = match files.open(head) {
        Some(Ok(entries)) => entries,
        Some(Err(error)) => return files.failed(&error),
        None => return (StatusCode::NotFound, "no such folder".to_owned()),
    };
    let mut transfer = FileTransfer { head, files, reply, announced: Vec::new() };
    match transfer.run(entries, messages).await {
        Ok(()) => (StatusCode::Ok, String::new()),
        Err(TransferError::Context(error)) => files.failed(&error),
        Err(TransferError::Receiver(error)) => {
            (StatusCode::Unknown, format!("error from receiver: {error}"))
        }
        Err(TransferError::Gone) => (StatusCode::Unknown, String::new()),
    }
}

impl FileTransfer<'_> {
    async fn run(
        &mut self,
        entries: EntryStream<'_>,
        messages: &mut Messages,
    ) -> Result<(), TransferError> {
        self.announce(entries).await?;
        while let Some(message) = messages.next().await {
            match packet::read(&message) {
                Incoming::Request(number) => self.send(number).await?,
                Incoming::Final => return Ok(self.reply.send(&packet::last()).await?),
                Incoming::Error(error) => return Err(TransferError::Receiver(error)),
                Incoming::Other => {}
            }
        }
        Err(TransferError::Gone)
    }

    async fn announce(&mut self, mut entries: EntryStream<'_>) -> Result<(), TransferError> {
        while let Some(entry) = entries.next()? {
            let xattrs = entries.xattrs(&entry)?;
            self.reply.send(&packet::entry(&entry, &xattrs)).await?;
            let has_content = matches!(entry.kind, EntryKind::File | EntryKind::Socket);
            self.announced.push(has_content.then_some(entry));
            // A walk over many files must not hold up the rest.
            tokio::task::yield_now().await;
        }
        Ok(self.reply.send(&packet::no_more_entries()).await?)
    }

    async fn send(&mut self, number: u32) -> Result<(), TransferError> {
        let entry = usize::try_from(number).ok().and_then(|at| self.announced.get_mut(at)?.take());
        let Some(entry) = entry else {
            return Err(TransferError::Receiver(format!("invalid file id {number}")));
        };
        let mut content = self.files.content(self.head, &entry)?;
        while let Some(piece) = content.next()? {
            self.reply.send(&packet::data(number, &piece)).await?;
            tokio::task::yield_now().await;
        }
        Ok(self.reply.send(&packet::data(number, &[])).await?)
    }
}
