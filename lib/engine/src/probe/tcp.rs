//! Does the container listen on a TCP port?

use std::fmt;
use std::time::{Duration, Instant};

use futures_util::future::{FutureExt as _, LocalBoxFuture};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::address::{Route, parse_port, route};
use super::listening::Listening;
use super::open_loop::target::{ProbeFailure, Target, within};
use super::retry::RetryPeriod;
use super::{Probe, ProbeAnswer, ProbeError, ProbeTally, ProbedContainer};

/// A port on which the container shall listen.
#[derive(Debug)]
pub(super) struct TcpProbe {
    port: u16,
}

impl TcpProbe {
    /// A port number.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { port: parse_port(text)? })
    }
}

impl fmt::Display for TcpProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.port.fmt(f)
    }
}

impl Probe for TcpProbe {
    fn port(&self) -> Option<u16> {
        Some(self.port)
    }

    fn until_ready<'a>(
        &'a self,
        container: &'a ProbedContainer<'_>,
        tally: &'a ProbeTally,
    ) -> LocalBoxFuture<'a, Result<ProbeAnswer, ProbeError>> {
        until_listening(self.port, container, tally).boxed_local()
    }

    fn target<'a>(
        &'a self,
        container: &'a ProbedContainer<'_>,
    ) -> Result<Box<dyn Target + 'a>, ProbeError> {
        Ok(Box::new(ConnectTarget::new(route(self.port, container)?, self.port)?))
    }
}

/// How it is seen that something listens.
enum Source {
    /// The kernel's list of listening sockets.
    Kernel(Listening),
    /// A connect to the container's own address, at which only it accepts.
    Connect(Route),
    /// A byte through a published port: a connect alone says nothing there, so
    /// this works only for servers that speak first.
    Byte(Route),
}

async fn until_listening(
    port: u16,
    container: &ProbedContainer<'_>,
    tally: &ProbeTally,
) -> Result<ProbeAnswer, ProbeError> {
    let (source, retry) = (choose(port, container)?, RetryPeriod::new());
    loop {
        tally.add_one();
        if source.listens(port).await {
            let received = Instant::now();
            let resolution = retry.current() + source.delay();
            return Ok(ProbeAnswer { received, target: source.name(), resolution });
        }
        retry.wait().await;
    }
}

fn choose(port: u16, container: &ProbedContainer<'_>) -> Result<Source, ProbeError> {
    let pid = container.facts.pid.filter(|_| container.local);
    if let Some(diag) = pid.and_then(Listening::diag) {
        return Ok(Source::Kernel(diag));
    }
    match (route(port, container), pid.and_then(Listening::proc)) {
        (Ok(route @ Route::Direct(_)), _) => Ok(Source::Connect(route)),
        (_, Some(proc)) => Ok(Source::Kernel(proc)),
        (route, None) => route.map(Source::Byte),
    }
}

impl Source {
    async fn listens(&self, port: u16) -> bool {
        match self {
            Self::Kernel(listening) => listening.listens(port),
            Self::Connect(route) => TcpStream::connect(route.host_and_port()).await.is_ok(),
            Self::Byte(route) => match TcpStream::connect(route.host_and_port()).await {
                Ok(mut stream) => stream.read_u8().await.is_ok(),
                Err(_) => false,
            },
        }
    }

    fn delay(&self) -> Duration {
        match self {
            Self::Kernel(listening) => listening.delay(),
            _ => Duration::ZERO,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Kernel(listening) => listening.name().to_owned(),
            Self::Connect(route) => format!("connect to {route}"),
            Self::Byte(route) => format!("first byte from {route}"),
        }
    }
}

/// A connect at a constant rate, to an address at which only the container
/// accepts.
#[derive(Debug)]
pub(super) struct ConnectTarget(Route);

impl ConnectTarget {
    pub(super) fn new(route: Route, port: u16) -> Result<Self, ProbeError> {
        match route {
            Route::Direct(_) => Ok(Self(route)),
            Route::Published(..) => Err(ProbeError::Proxied { port }),
        }
    }
}

impl fmt::Display for ConnectTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connect to {}", self.0)
    }
}

impl Target for ConnectTarget {
    fn ask(&self, patience: Duration) -> LocalBoxFuture<'_, Result<Instant, ProbeFailure>> {
        let asked = async move {
            let connected = async { Ok(TcpStream::connect(self.0.host_and_port()).await?) };
            within(patience, connected).await?;
            Ok(Instant::now())
        };
        asked.boxed_local()
    }
}
