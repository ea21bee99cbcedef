//! Has a container answered an HTTP request?

use std::fmt;
use std::pin::pin;
use std::str::FromStr;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::address::way;
use super::condition::{BadCondition, port};
use super::pace::Pace;
use super::paced::Miss;
use super::{Answered, Place, ProbeError, Tally};

/// A request that was sent is waited for as long as it takes, since what
/// listens may answer late. After this time another one is sent beside it: a
/// server may lose a connection, and a bridge an answer.
const BESIDE: Duration = Duration::from_millis(250);
/// Most requests at once.
const AT_ONCE: usize = 8;
/// `HTTP/1.1 200`.
const STATUS_BYTES: usize = 12;
/// Most of an answer that is taken after its begin, and for how long.
const REST_BYTES: u64 = 1 << 20;
const REST_TIME: Duration = Duration::from_secs(1);

/// A request, and the answer that means "ready".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpWanted {
    /// The container's port.
    pub port: u16,
    method: Option<String>,
    path: String,
    /// None: any status from 200 to 399.
    status: Option<u16>,
}

impl FromStr for HttpWanted {
    type Err = BadCondition;

    fn from_str(text: &str) -> Result<Self, BadCondition> {
        let (method, rest) = match text.split_once(' ') {
            Some((method, rest)) => (Some(method.to_owned()), rest),
            None => (None, text),
        };
        let word =
            |text: &String| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic());
        if let Some(wrong) = method.as_ref().filter(|method| !word(method)) {
            return Err(BadCondition(format!("{wrong:?} is no method")));
        }
        let (port_text, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (path, status) = match path.rsplit_once('=') {
            Some((path, status))
                if status.bytes().all(|b| b.is_ascii_digit()) && !path.contains('?') =>
            {
                (path, Some(self::status(status)?))
            }
            _ => (path, None),
        };
        if path.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(BadCondition(format!("{path:?} is no path")));
        }
        Ok(Self { port: port(port_text)?, method, path: format!("/{path}"), status })
    }
}

fn status(text: &str) -> Result<u16, BadCondition> {
    let status = text.parse().ok().filter(|status| (100..=999).contains(status));
    status.ok_or_else(|| BadCondition(format!("{text:?} is no status")))
}

impl fmt::Display for HttpWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = &self.method {
            write!(f, "{method} ")?;
        }
        write!(f, "{}{}", self.port, self.path)?;
        self.status.map_or(Ok(()), |status| write!(f, "={status}"))
    }
}

impl HttpWanted {
    pub(super) fn accepts(&self, status: u16) -> bool {
        self.status.map_or((200..400).contains(&status), |wanted| wanted == status)
    }

    pub(super) fn request(&self, host: &str) -> String {
        let method = self.method.as_deref().unwrap_or("GET");
        format!(
            "{method} {} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: dp\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            self.path
        )
    }
}

/// Sends requests until one is answered as wanted. The moment is that of the
/// answer's first bytes.
pub(super) async fn ask(
    wanted: &HttpWanted,
    place: &Place<'_>,
    tally: &Tally,
) -> Result<Answered, ProbeError> {
    let way = way(wanted.port, place)?;
    let (host, port) = way.target();
    let (request, steps) = (wanted.request(&host), Pace::new());
    let (mut open, mut before) = (FuturesUnordered::new(), Instant::now());
    loop {
        if open.len() < AT_ONCE {
            tally.count();
            let sent = Instant::now();
            open.push(one(&host, port, &request, sent, sent - before));
            before = sent;
        }
        let mut next = pin!(sleep(BESIDE));
        let answer = loop {
            tokio::select! {
                Some(answer) = open.next() => match answer {
                    Some(answer) if wanted.accepts(answer.status) => break Some(answer),
                    // Refused, closed or not what is wanted: again after a step.
                    _ => next.set(sleep(steps.period())),
                },
                () = &mut next => break None,
            }
        };
        if let Some(answer) = answer {
            let resolution = answer.resolution(steps.period());
            return Ok(Answered { heard: answer.heard, by: way.to_string(), resolution });
        }
    }
}

/// An answered request.
struct Answer {
    /// When it was sent.
    sent: Instant,
    /// How long after the one before it.
    since_last: Duration,
    heard: Instant,
    status: u16,
}

impl Answer {
    /// An answer that was waited for came when it was given. One that came at
    /// once could have come since the request before it.
    fn resolution(&self, period: Duration) -> Duration {
        self.since_last.saturating_sub(self.heard - self.sent).max(period)
    }
}

/// One request; none if it was not answered.
async fn one(
    host: &str,
    port: u16,
    request: &str,
    sent: Instant,
    since_last: Duration,
) -> Option<Answer> {
    let Begin { status, heard, .. } = exchange(host, port, request).await.ok()?;
    Some(Answer { sent, since_last, heard, status })
}

/// The begin of an answer.
#[derive(Debug)]
pub(super) struct Begin {
    pub(super) status: u16,
    /// When its first bytes came.
    pub(super) heard: Instant,
    stream: TcpStream,
}

impl Begin {
    /// Takes the rest, so that the server is not cut short; within bounds,
    /// since an answer may go on for ever.
    pub(super) async fn finish(self) {
        let mut rest = self.stream.take(REST_BYTES);
        let _ = timeout(REST_TIME, copy(&mut rest, &mut sink())).await;
    }
}

/// Sends a request on a connection of its own.
pub(super) async fn exchange(host: &str, port: u16, request: &str) -> Result<Begin, Miss> {
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut begin = Vec::with_capacity(256);
    while begin.len() < STATUS_BYTES {
        if stream.read_buf(&mut begin).await? == 0 {
            return Err(if begin.is_empty() { Miss::Closed } else { Miss::NotHttp });
        }
    }
    let heard = Instant::now();
    let status = status_of(&begin[..STATUS_BYTES]).ok_or(Miss::NotHttp)?;
    Ok(Begin { status, heard, stream })
}

/// The status in `HTTP/1.1 200`.
fn status_of(begin: &[u8]) -> Option<u16> {
    std::str::from_utf8(begin).ok()?.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_status_all_that_is_no_error_will_do() {
        let wanted: HttpWanted = "8080/health".parse().unwrap();
        let accepted: Vec<u16> = [199, 200, 204, 302, 400, 503]
            .into_iter()
            .filter(|status| wanted.accepts(*status))
            .collect();
        assert_eq!(accepted, [200, 204, 302]);
        let wanted: HttpWanted = "8080/=401".parse().unwrap();
        assert!(wanted.accepts(401) && !wanted.accepts(200));
    }

    #[test]
    fn an_answer_that_was_waited_for_is_exact_and_a_sudden_one_may_be_late() {
        let sent = Instant::now();
        let ms = Duration::from_millis;
        let answer =
            |waited| Answer { sent, since_last: ms(250), heard: sent + waited, status: 200 };
        assert_eq!(answer(ms(1)).resolution(ms(2)), ms(249));
        assert_eq!(answer(ms(300)).resolution(ms(2)), ms(2));
    }

    #[test]
    fn a_query_may_hold_an_equals_sign() {
        let wanted: HttpWanted = "POST 80/a?b=200".parse().unwrap();
        assert_eq!(wanted.status, None);
        assert!(wanted.request("h").starts_with("POST /a?b=200 HTTP/1.1\r\nHost: h\r\n"));
    }
}
