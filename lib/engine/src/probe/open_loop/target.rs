//! What a probe of an open loop is sent to, and why it has no right answer.

use std::fmt;
use std::future::Future;
use std::io;
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;
use tokio::time::timeout;

/// Most connections without an answer at once.
const CONNECTIONS: usize = 1000;

/// What each probe is sent to. `Display` names it for people.
pub(crate) trait Target: fmt::Display {
    /// Most probes without an answer at once.
    fn most_open(&self) -> usize {
        CONNECTIONS
    }

    /// Sends one probe, and returns when the right answer arrived.
    ///
    /// # Errors
    /// There was no right answer within the patience.
    fn ask(&self, patience: Duration) -> LocalBoxFuture<'_, Result<Instant, ProbeFailure>>;
}

/// Why a probe has no right answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum ProbeFailure {
    /// The connection was refused, or broke.
    #[error("{0}")]
    Broken(io::ErrorKind),
    /// The connection was closed before an answer.
    #[error("closed without an answer")]
    Closed,
    /// What came is no HTTP.
    #[error("answer is no HTTP")]
    NotHttp,
    /// Another status than expected.
    #[error("status {0}")]
    Status(u16),
    /// The command did not exit with 0.
    #[error("command failed")]
    CommandFailed,
    /// The engine would not run the command.
    #[error("engine refused")]
    Engine,
    /// No answer within the patience.
    #[error("timed out")]
    TimedOut,
    /// Too many probes were without an answer already.
    #[error("not sent: too many were open")]
    NotSent,
}

impl From<io::Error> for ProbeFailure {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.kind())
    }
}

/// The answer, if it comes within the patience.
pub(crate) async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, ProbeFailure>>,
) -> Result<T, ProbeFailure> {
    timeout(patience, answer).await.unwrap_or(Err(ProbeFailure::TimedOut))
}
