//! What is asked of a container at a fixed rate.

use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Miss;
use crate::probe::address::{Way, way};
use crate::probe::http::exchange;
use crate::probe::{Condition, HttpWanted, Place, ProbeError, exec};

/// Most connections without an answer at once.
const CONNECTIONS: usize = 1000;
/// Most commands at once: each is a process in the container.
const COMMANDS: usize = 16;

/// What is asked.
#[derive(Debug)]
pub(super) enum Question<'a> {
    /// An HTTP request.
    Http(Way, &'a HttpWanted),
    /// A connect to an address at which only the container accepts.
    Connect(Way),
    /// A command within the container. One that takes longer than it is waited
    /// for goes on there: the engine cannot end it.
    Command(&'a str, &'a Place<'a>),
}

impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(way, _) => way.fmt(f),
            Self::Connect(way) => write!(f, "connect to {way}"),
            Self::Command(..) => f.write_str("command in the container"),
        }
    }
}

impl<'a> Question<'a> {
    pub(super) fn new(condition: &'a Condition, place: &'a Place<'_>) -> Result<Self, ProbeError> {
        match condition {
            Condition::Http(wanted) => Ok(Self::Http(way(wanted.port, place)?, wanted)),
            Condition::Tcp(port) => Self::connect(way(*port, place)?, *port),
            Condition::Exec(command) => Ok(Self::Command(command, place)),
            _ => Err(ProbeError::NotTimed { condition: condition.to_string() }),
        }
    }

    pub(super) fn connect(way: Way, port: u16) -> Result<Self, ProbeError> {
        match way {
            Way::Direct(_) => Ok(Self::Connect(way)),
            Way::Published(..) => Err(ProbeError::Proxied { port }),
        }
    }

    pub(super) fn most_open(&self) -> usize {
        match self {
            Self::Command(..) => COMMANDS,
            _ => CONNECTIONS,
        }
    }

    /// Asks once, and tells when the right answer came.
    pub(super) async fn ask(&self, patience: Duration) -> Result<Instant, Miss> {
        match self {
            Self::Http(way, wanted) => request(way, wanted, patience).await,
            Self::Connect(way) => {
                let connected = async { Ok(TcpStream::connect(way.target()).await?) };
                within(patience, connected).await?;
                Ok(Instant::now())
            }
            Self::Command(command, place) => {
                let run = async { exec::run(command, place).await.map_err(|_| Miss::Engine) };
                let succeeded = within(patience, run).await?;
                succeeded.then(Instant::now).ok_or(Miss::Failed)
            }
        }
    }
}

async fn request(way: &Way, wanted: &HttpWanted, patience: Duration) -> Result<Instant, Miss> {
    let (host, port) = way.target();
    let request = wanted.request(&host);
    let answer = within(patience, exchange(&host, port, &request)).await?;
    let (status, heard) = (answer.status, answer.heard);
    answer.finish().await;
    wanted.accepts(status).then_some(heard).ok_or(Miss::Status(status))
}

async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, Miss>>,
) -> Result<T, Miss> {
    timeout(patience, answer).await.unwrap_or(Err(Miss::TimedOut))
}
