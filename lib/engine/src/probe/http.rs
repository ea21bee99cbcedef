//! Has the container answered an HTTP request?
//!
//! By hand on a `TcpStream`, although hyper is linked: the figure is the moment of
//! the answer's first byte. A client library reports the moment at which it has
//! parsed the whole head, and reuses connections, which a new client cannot.

use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::address::{Route, parse_port, route};
use super::open_loop::target::{ProbeFailure, Target, within};
use super::retry::RetryPeriod;
use super::{Probe, ProbeAnswer, ProbeError, ProbeTally, ProbedContainer};

/// A request that was sent is waited for as long as it takes, since what
/// listens may answer late. After this time another one is sent in parallel: a
/// server may lose a connection, and a bridge an answer.
const IN_PARALLEL_AFTER: Duration = Duration::from_millis(250);
/// Most requests at once.
const AT_ONCE: usize = 8;
/// `HTTP/1.1 200`.
const STATUS_BYTES: usize = 12;
/// Most of an answer that is taken after its begin, and for how long.
const REST_BYTES: u64 = 1 << 20;
const REST_TIME: Duration = Duration::from_secs(1);

/// A request, and the answer that means "ready".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HttpProbe {
    /// The container's port.
    port: u16,
    method: Option<String>,
    path: String,
    /// None: any status from 200 to 399.
    status: Option<u16>,
}

impl HttpProbe {
    /// `[METHOD ]PORT/PATH[=STATUS]`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (method, rest) = match text.split_once(' ') {
            Some((method, rest)) => (Some(method.to_owned()), rest),
            None => (None, text),
        };
        let word =
            |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic());
        if let Some(wrong) = method.as_ref().filter(|method| !word(method)) {
            return Err(format!("{wrong:?} is no method"));
        }
        let (port, path) = rest.split_once('/').unwrap_or((rest, ""));
        if port.contains([':', '@']) {
            return Err("it asks a port of the container, not an address".to_owned());
        }
        let (path, status) = match path.rsplit_once('=') {
            Some((path, status))
                if status.bytes().all(|b| b.is_ascii_digit()) && !path.contains('?') =>
            {
                (path, Some(parse_status(status)?))
            }
            _ => (path, None),
        };
        if path.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err("a path has neither blanks nor control characters".to_owned());
        }
        Ok(Self { port: parse_port(port)?, method, path: format!("/{path}"), status })
    }

    fn accepts(&self, status: u16) -> bool {
        self.status.map_or((200..400).contains(&status), |expected| expected == status)
    }

    fn request(&self, host: &str) -> String {
        let method = self.method.as_deref().unwrap_or("GET");
        format!(
            "{method} {} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: dp\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            self.path
        )
    }
}

fn parse_status(text: &str) -> Result<u16, String> {
    let status = text.parse().ok().filter(|status| (100..=999).contains(status));
    status.ok_or_else(|| format!("{text:?} is no status"))
}

impl fmt::Display for HttpProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        write!(f, "{}{}", self.port, self.path)?;
        self.status.map_or(Ok(()), |status| write!(f, "={status}"))
    }
}

impl Probe for HttpProbe {
    fn port(&self) -> Option<u16> {
        Some(self.port)
    }

    fn until_ready<'a>(
        &'a self,
        container: &'a ProbedContainer<'_>,
        tally: &'a ProbeTally,
    ) -> LocalBoxFuture<'a, Result<ProbeAnswer, ProbeError>> {
        until_answered(self, container, tally).boxed_local()
    }

    fn target<'a>(
        &'a self,
        container: &'a ProbedContainer<'_>,
    ) -> Result<Box<dyn Target + 'a>, ProbeError> {
        Ok(Box::new(HttpTarget::new(route(self.port, container)?, self)))
    }
}

/// Sends requests until one is answered as expected. The moment is that of the
/// answer's first bytes.
async fn until_answered(
    probe: &HttpProbe,
    container: &ProbedContainer<'_>,
    tally: &ProbeTally,
) -> Result<ProbeAnswer, ProbeError> {
    let route = route(probe.port, container)?;
    let (host, port) = route.host_and_port();
    let (request, retry) = (probe.request(&host), RetryPeriod::new());
    tally.asked.get_or_init(|| route.to_string());
    let (mut open, mut before) = (FuturesUnordered::new(), Instant::now());
    loop {
        if open.len() < AT_ONCE {
            tally.add_one();
            let sent = Instant::now();
            open.push(one(&host, port, &request, sent, sent - before));
            before = sent;
        }
        let mut next = pin!(sleep(IN_PARALLEL_AFTER));
        let answer = loop {
            tokio::select! {
                Some(answer) = open.next() => {
                    let failure = match answer {
                        Ok(answer) if probe.accepts(answer.status) => break Some(answer),
                        Ok(answer) => ProbeFailure::Status(answer.status),
                        Err(failure) => failure,
                    };
                    tally.failure.set(Some(failure));
                    next.set(sleep(retry.current()));
                }
                () = &mut next => break None,
            }
        };
        if let Some(answer) = answer {
            let resolution = answer.resolution(retry.current());
            let (received, target) = (answer.received, route.to_string());
            return Ok(ProbeAnswer { received, target, resolution });
        }
    }
}

/// An answered request.
struct Answer {
    /// When it was sent.
    sent: Instant,
    /// How long after the request before it.
    since_last: Duration,
    received: Instant,
    status: u16,
}

impl Answer {
    /// An answer that was waited for arrived as soon as the server could give it.
    /// One that came at once could have been given since the request before it:
    /// of two requests 250 ms apart, the second answered after 1 ms, the server
    /// may have been ready for up to 249 ms.
    fn resolution(&self, period: Duration) -> Duration {
        self.since_last.saturating_sub(self.received - self.sent).max(period)
    }
}

/// One request.
async fn one(
    host: &str,
    port: u16,
    request: &str,
    sent: Instant,
    since_last: Duration,
) -> Result<Answer, ProbeFailure> {
    let Begin { status, received, .. } = exchange(host, port, request).await?;
    Ok(Answer { sent, since_last, received, status })
}

/// The begin of an answer.
#[derive(Debug)]
struct Begin {
    status: u16,
    /// When its first bytes arrived.
    received: Instant,
    stream: TcpStream,
}

impl Begin {
    /// Reads the rest, so that the server is not cut short; within bounds,
    /// since an answer may go on for ever.
    async fn finish(self) {
        let mut rest = self.stream.take(REST_BYTES);
        let _ = timeout(REST_TIME, copy(&mut rest, &mut sink())).await;
    }
}

/// Sends a request on a connection of its own.
async fn exchange(host: &str, port: u16, request: &str) -> Result<Begin, ProbeFailure> {
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut begin = Vec::with_capacity(256);
    while begin.len() < STATUS_BYTES {
        if stream.read_buf(&mut begin).await? == 0 {
            return Err(if begin.is_empty() {
                ProbeFailure::Closed
            } else {
                ProbeFailure::NotHttp
            });
        }
    }
    let received = Instant::now();
    let status = status_of(&begin[..STATUS_BYTES]).ok_or(ProbeFailure::NotHttp)?;
    Ok(Begin { status, received, stream })
}

/// The status in `HTTP/1.1 200`.
fn status_of(begin: &[u8]) -> Option<u16> {
    std::str::from_utf8(begin).ok()?.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()
}

/// A request at a constant rate, each on a connection of its own.
#[derive(Debug)]
pub(super) struct HttpTarget<'a> {
    route: Route,
    probe: &'a HttpProbe,
}

impl<'a> HttpTarget<'a> {
    pub(super) fn new(route: Route, probe: &'a HttpProbe) -> Self {
        Self { route, probe }
    }

    async fn request(&self, patience: Duration) -> Result<Instant, ProbeFailure> {
        let (host, port) = self.route.host_and_port();
        let request = self.probe.request(&host);
        let answer = within(patience, exchange(&host, port, &request)).await?;
        let (status, received) = (answer.status, answer.received);
        answer.finish().await;
        self.probe.accepts(status).then_some(received).ok_or(ProbeFailure::Status(status))
    }
}

impl fmt::Display for HttpTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.route.fmt(f)
    }
}

impl Target for HttpTarget<'_> {
    fn ask(&self, patience: Duration) -> LocalBoxFuture<'_, Result<Instant, ProbeFailure>> {
        self.request(patience).boxed_local()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_status_all_that_is_no_error_will_do() {
        let probe = HttpProbe::parse("8080/health").unwrap();
        let accepted: Vec<u16> = [199, 200, 204, 302, 400, 503]
            .into_iter()
            .filter(|status| probe.accepts(*status))
            .collect();
        assert_eq!(accepted, [200, 204, 302]);
        let probe = HttpProbe::parse("8080/=401").unwrap();
        assert!(probe.accepts(401) && !probe.accepts(200));
    }

    #[test]
    fn an_answer_that_was_waited_for_is_exact_and_a_sudden_one_may_be_late() {
        let sent = Instant::now();
        let ms = Duration::from_millis;
        let answer =
            |waited| Answer { sent, since_last: ms(250), received: sent + waited, status: 200 };
        assert_eq!(answer(ms(1)).resolution(ms(2)), ms(249));
        assert_eq!(answer(ms(300)).resolution(ms(2)), ms(2));
    }

    #[test]
    fn a_query_may_hold_an_equals_sign() {
        let probe = HttpProbe::parse("POST 80/a?b=200").unwrap();
        assert_eq!(probe.status, None);
        assert!(probe.request("h").starts_with("POST /a?b=200 HTTP/1.1\r\nHost: h\r\n"));
    }
}
