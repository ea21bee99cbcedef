//! Questions without a right answer.

use std::io;

/// Why a question has no right answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Miss {
    /// The connection was refused, or broke.
    #[error("{0}")]
    Broken(io::ErrorKind),
    /// The connection was closed before an answer.
    #[error("closed without an answer")]
    Closed,
    /// What came is no HTTP.
    #[error("answer is no HTTP")]
    NotHttp,
    /// Another status than wanted.
    #[error("status {0}")]
    Status(u16),
    /// The command did not end with 0.
    #[error("command failed")]
    Failed,
    /// The engine would not run the command.
    #[error("engine refused")]
    Engine,
    /// No answer within the patience.
    #[error("timed out")]
    TimedOut,
    /// Too many waited for their answers already.
    #[error("not sent: too many were open")]
    NotSent,
}

impl From<io::Error> for Miss {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.kind())
    }
}
