//! Does a container listen on a TCP port?

use std::time::Instant;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::address::{Way, way};
use super::listening::Listening;
use super::pace::Pace;
use super::{Answered, Place, ProbeError, Tally};

/// How it can be told.
enum Source {
    /// The kernel's own word.
    Kernel(Listening),
    /// A connect to the container's own address, at which only it accepts.
    Connect(Way),
    /// A byte through a published port: a connect alone says nothing there, so
    /// this serves servers that speak first only.
    Byte(Way),
}

/// Asks until somebody listens.
pub(super) async fn ask(
    port: u16,
    place: &Place<'_>,
    tally: &Tally,
) -> Result<Answered, ProbeError> {
    let (source, steps) = (choose(port, place)?, Pace::new());
    loop {
        tally.count();
        if source.listens(port).await {
            let heard = Instant::now();
            let resolution = steps.period() + source.late();
            return Ok(Answered { heard, by: source.name(), resolution });
        }
        steps.wait().await;
    }
}

fn choose(port: u16, place: &Place<'_>) -> Result<Source, ProbeError> {
    let pid = place.facts.pid.filter(|_| place.local);
    if let Some(diag) = pid.and_then(Listening::diag) {
        return Ok(Source::Kernel(diag));
    }
    match (way(port, place), pid.and_then(Listening::proc)) {
        (Ok(way @ Way::Direct(_)), _) => Ok(Source::Connect(way)),
        (_, Some(proc)) => Ok(Source::Kernel(proc)),
        (way, None) => way.map(Source::Byte),
    }
}

impl Source {
    async fn listens(&self, port: u16) -> bool {
        match self {
            Self::Kernel(listening) => listening.listens(port),
            Self::Connect(way) => TcpStream::connect(way.target()).await.is_ok(),
            Self::Byte(way) => match TcpStream::connect(way.target()).await {
                Ok(mut stream) => stream.read_u8().await.is_ok(),
                Err(_) => false,
            },
        }
    }

    fn late(&self) -> std::time::Duration {
        match self {
            Self::Kernel(listening) => listening.late(),
            _ => std::time::Duration::ZERO,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Kernel(listening) => listening.name().to_owned(),
            Self::Connect(way) => format!("connect to {way}"),
            Self::Byte(way) => format!("first byte from {way}"),
        }
    }
}
