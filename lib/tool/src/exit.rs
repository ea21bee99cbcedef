//! Exit codes, the same in every tool.

use std::process::ExitCode;

/// How a tool ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: measured.
    Measured,
    /// 1: a budget is broken or a regression found (dp-report only).
    Regression,
    /// 2: wrong usage, empty or unreadable input.
    Usage,
    /// 3: the engine cannot be reached.
    Engine,
    /// 4: an observation failed or is missing.
    Failed,
    /// 130: a signal ended it.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Measured => 0,
            Self::Regression => 1,
            Self::Usage => 2,
            Self::Engine => 3,
            Self::Failed => 4,
            Self::Interrupted => 130,
        }
    }

    /// The worse of two answers: 2 > 1 > 4 > 0, so that an incomplete
    /// comparison never passes. Signal and engine end a run at once and stand
    /// above all.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Measured => 0,
            Self::Failed => 1,
            Self::Regression => 2,
            Self::Usage => 3,
            Self::Engine => 4,
            Self::Interrupted => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that knows its exit code. Any other error of a tool ends with
/// [`Exit::Failed`].
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// How the tool ends.
    pub exit: Exit,
    /// One line: what, where, the way out.
    pub message: String,
}

impl Fault {
    /// Wrong usage, empty or unreadable input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }

    /// The engine cannot be reached.
    pub fn engine(message: impl Into<String>) -> Self {
        Self { exit: Exit::Engine, message: message.into() }
    }

    /// The exit code of any error.
    pub fn exit_of(error: &anyhow::Error) -> Exit {
        error.downcast_ref::<Self>().map_or(Exit::Failed, |fault| fault.exit)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::{Failed, Measured, Regression, Usage};

    #[test]
    fn the_worst_answer_wins() {
        assert_eq!(Measured.worst(Failed), Failed);
        assert_eq!(Failed.worst(Regression), Regression);
        assert_eq!(Regression.worst(Failed), Regression);
        assert_eq!(Regression.worst(Usage), Usage);
        assert_eq!(Usage.worst(Measured), Usage);
    }
}
