//! Sends files: every entry is announced in order, then the engine asks by number
//! for the content of those that it does not have.

use hyper::HeaderMap;

use super::grpc::{Messages, Reply, Status};
use super::packet::{self, Incoming};
use super::source::{Source, Sources};
use crate::build::context::{ContextError, Entry, Kind};

/// Why a transfer ended early.
enum Stopped {
    /// The connection is gone.
    Gone,
    /// We could not go on.
    Context(ContextError),
    /// The engine did not want to.
    Receiver(String),
}

impl From<h2::Error> for Stopped {
    fn from(_: h2::Error) -> Self {
        Self::Gone
    }
}

impl From<ContextError> for Stopped {
    fn from(error: ContextError) -> Self {
        Self::Context(error)
    }
}

/// One transfer.
struct Transfer<'a> {
    head: &'a HeaderMap,
    sources: &'a Sources<'a>,
    reply: &'a mut Reply,
    /// Entries that the engine may ask for, by number; those that it has asked
    /// for are gone.
    announced: Vec<Option<Entry>>,
}

/// Answers one call. Gives how it ends.
pub(super) async fn diff_copy(
    head: &HeaderMap,
    messages: &mut Messages,
    reply: &mut Reply,
    sources: &Sources<'_>,
) -> (Status, String) {
    let source = match sources.open(head) {
        Some(Ok(source)) => source,
        Some(Err(error)) => return sources.failed(&error),
        None => return (Status::NotFound, "no such folder".to_owned()),
    };
    let mut transfer = Transfer { head, sources, reply, announced: Vec::new() };
    match transfer.run(source, messages).await {
        Ok(()) => (Status::Ok, String::new()),
        Err(Stopped::Context(error)) => sources.failed(&error),
        Err(Stopped::Receiver(error)) => (Status::Unknown, format!("error from receiver: {error}")),
        Err(Stopped::Gone) => (Status::Unknown, String::new()),
    }
}

impl Transfer<'_> {
    async fn run(&mut self, source: Source<'_>, messages: &mut Messages) -> Result<(), Stopped> {
        self.announce(source).await?;
        while let Some(message) = messages.next().await {
            match packet::read(&message) {
                Incoming::Request(number) => self.send(number).await?,
                Incoming::Final => return Ok(self.reply.send(&packet::last()).await?),
                Incoming::Error(error) => return Err(Stopped::Receiver(error)),
                Incoming::Other => {}
            }
        }
        Err(Stopped::Gone)
    }

    async fn announce(&mut self, mut source: Source<'_>) -> Result<(), Stopped> {
        while let Some(entry) = source.next()? {
            let xattrs = source.xattrs(&entry)?;
            self.reply.send(&packet::entry(&entry, &xattrs)).await?;
            let has_content = matches!(entry.kind, Kind::File | Kind::Socket);
            self.announced.push(has_content.then_some(entry));
            // A walk over many files must not hold up the rest.
            tokio::task::yield_now().await;
        }
        Ok(self.reply.send(&packet::no_more_entries()).await?)
    }

    async fn send(&mut self, number: u32) -> Result<(), Stopped> {
        let entry = usize::try_from(number).ok().and_then(|at| self.announced.get_mut(at)?.take());
        let Some(entry) = entry else {
            return Err(Stopped::Receiver(format!("invalid file id {number}")));
        };
        let mut content = self.sources.content(self.head, &entry)?;
        while let Some(piece) = content.next()? {
            self.reply.send(&packet::data(number, &piece)).await?;
            tokio::task::yield_now().await;
        }
        Ok(self.reply.send(&packet::data(number, &[])).await?)
    }
}
