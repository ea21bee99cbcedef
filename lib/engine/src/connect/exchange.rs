//! Requests over connections of their own: for those whose body is made while it is sent, and
//! for those that turn a connection into something else.
//!
//! By hand on hyper, although bollard is linked: its build call reads no progress of `BuildKit`
//! unless half of gRPC comes with it, and its calls begin only when they are polled.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bollard::errors::Error;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::http::request;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::sync::mpsc::Receiver;

use super::{Engine, dial, failure};
use crate::endpoint::Transport;
use crate::error::EngineError;

/// A body that comes in pieces from elsewhere, or none. An error breaks the request off.
#[derive(Debug)]
pub struct Pieces(pub Option<Receiver<Result<Bytes, Broken>>>);

/// The source of a body failed; the reason is reported elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("the body was broken off")]
pub struct Broken;

impl Body for Pieces {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match &mut self.0 {
            Some(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|it| it.map(Frame::data))),
            None => Poll::Ready(None),
        }
    }

    /// Without a body nothing at all may follow the head: what the connection becomes begins
    /// there.
    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

/// An answer whose connection ends with it.
pub struct Answer {
    /// Head and body.
    pub response: Response<Incoming>,
    connection: Connection,
}

/// How an engine says why it refuses a request.
#[derive(Deserialize)]
struct Reason {
    message: String,
}

/// No more bytes of a reason are read.
const REASON_BYTES: usize = 64 << 10;

/// Drives the HTTP connection while a caller waits for something, and closes it at once when it is
/// dropped (a task would close it only when the runtime comes to it).
struct Connection(Option<Pin<Box<Driving>>>);

type Driving = dyn Future<Output = Result<(), hyper::Error>>;

impl Connection {
    async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Some(connection) = &mut self.0
                // What goes wrong reaches the work.
                && connection.as_mut().poll(cx).is_ready()
            {
                self.0 = None;
            }
            work.as_mut().poll(cx)
        })
        .await
    }
}

impl Answer {
    /// The next bytes of the body; none at its end.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn next(&mut self) -> Result<Option<Bytes>, hyper::Error> {
        let body = self.response.body_mut();
        loop {
            let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx));
            let frame = self.connection.during(frame).await;
            match frame.transpose()?.map(Frame::into_data) {
                None => return Ok(None),
                Some(Ok(data)) => return Ok(Some(data)),
                // Trailers.
                Some(Err(_)) => {}
            }
        }
    }

    /// The engine's reason for a status that is no success.
    pub async fn message(mut self) -> String {
        let mut body = Vec::new();
        while body.len() < REASON_BYTES {
            match self.next().await {
                Ok(Some(bytes)) => body.extend_from_slice(&bytes),
                _ => break,
            }
        }
        let reason = serde_json::from_slice::<Reason>(&body).map(|reason| reason.message);
        reason.unwrap_or_else(|_| String::from_utf8_lossy(&body).trim().to_owned())
    }

    /// The stream that the connection has become, after a 101.
    ///
    /// # Errors
    /// The engine did not switch protocols, or the connection broke.
    pub async fn upgraded(self) -> Result<impl AsyncRead + AsyncWrite + Unpin, hyper::Error> {
        let Self { response, mut connection } = self;
        connection.during(hyper::upgrade::on(response)).await.map(TokioIo::new)
    }
}

impl Engine {
    /// Posts to `path`, which begins after the version. `doing` completes "while ...".
    ///
    /// # Errors
    /// No connection, or it broke before the head of the answer. A status that is no success is
    /// no error here.
    pub async fn post(
        &self,
        doing: &str,
        path: &str,
        head: impl FnOnce(request::Builder) -> request::Builder,
        body: Pieces,
    ) -> Result<Answer, EngineError> {
        let uri = format!("/v{}{path}", self.version().spoken);
        let builder = Request::builder().method(Method::POST).uri(uri);
        let builder = head(builder.header(HOST, HeaderValue::from_static("docker")));
        let failed = |error: Error| self.failed(doing, &error);
        let request = builder.body(body).map_err(|error| failed(error.into()))?;
        match &self.endpoint().transport {
            Transport::Unix(path) => {
                let stream = UnixStream::connect(path).await;
                let stream = stream.map_err(|error| failure::of_socket(self.endpoint(), &error))?;
                send(stream, request).await.map_err(|error| failed(error.into()))
            }
            Transport::DialStdio => {
                let (stream, complaint) = dial::start(self.endpoint()).map_err(failed)?;
                match send(stream, request).await {
                    Ok(answer) => Ok(answer),
                    Err(error) => Err(failed(dial::explained(complaint, error).await)),
                }
            }
        }
    }
}

async fn send(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Pieces>,
) -> Result<Answer, hyper::Error> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut connection = Connection(Some(Box::pin(connection.with_upgrades())));
    let response = connection.during(sender.send_request(request)).await?;
    Ok(Answer { response, connection })
}
