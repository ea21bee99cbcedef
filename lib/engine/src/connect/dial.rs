//! The `docker system dial-stdio` transport: HTTP over the stdin and stdout of a child.
//!
//! The child is the docker CLI's own way through TCP, TLS and ssh. Every request has a child of
//! its own, as the direct socket has a connection for each; it is killed when the answer has been
//! read or dropped. Upgraded connections (attach) live on it too.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::task::{Context, Poll};

use bollard::BollardRequest;
use bollard::errors::Error;
use hyper::Response;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::stderr::Complaint;
use crate::endpoint::Endpoint;

/// Why the child made no connection.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum DialFailure {
    /// There is no docker CLI.
    #[error("no docker on PATH")]
    NoCli,
    /// The child could not be started.
    #[error("cannot start docker: {0}")]
    Start(String),
    /// The child ended, with this to say.
    #[error("{0}")]
    Said(String),
}

/// The transport: a child for every request.
pub(super) fn transport(endpoint: &Endpoint) -> impl Fn(BollardRequest) -> ResponseFuture + use<> {
    let endpoint = Arc::new(endpoint.clone());
    move |request| {
        let endpoint = Arc::clone(&endpoint);
        Box::pin(async move { exchange(&endpoint, request).await })
    }
}

/// The head of an answer to come.
pub(super) type ResponseFuture =
    Pin<Box<dyn Future<Output = Result<Response<Incoming>, Error>> + Send>>;

/// Starts a child, sends the request to it and waits for the head of the answer.
async fn exchange(
    endpoint: &Endpoint,
    request: BollardRequest,
) -> Result<Response<Incoming>, Error> {
    let (stream, complaint) = start(endpoint)?;
    match send(stream, request).await {
        Ok(response) => Ok(response),
        Err(error) => Err(explained(complaint, error).await),
    }
}

/// Starts a child.
pub(super) fn start(endpoint: &Endpoint) -> Result<(ChildStream, Complaint), Error> {
    ChildStream::start(endpoint).map_err(failed)
}

/// The error of a request, in the child's words if it has some.
pub(super) async fn explained(complaint: Complaint, error: hyper::Error) -> Error {
    match complaint.line().await {
        Some(line) => failed(DialFailure::Said(line)),
        None => error.into(),
    }
}

/// Speaks HTTP over the stream. The connection lives in a task until the answer's body ends.
async fn send(
    stream: ChildStream,
    request: BollardRequest,
) -> Result<Response<Incoming>, hyper::Error> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection.with_upgrades());
    sender.send_request(in_origin_form(request)).await
}

/// Request line and Host header as a server on a stream expects them.
fn in_origin_form(mut request: BollardRequest) -> BollardRequest {
    let path = request.uri().path_and_query().cloned();
    if let Some(path) = path {
        *request.uri_mut() = path.into();
    }
    request.headers_mut().insert(HOST, HeaderValue::from_static("docker"));
    request
}

fn failed(failure: DialFailure) -> Error {
    Error::IOError { err: io::Error::other(failure) }
}

/// A child's stdin and stdout as one stream.
///
/// The child is killed when the stream and its [`Complaint`] are both dropped: it closes stdout
/// before it writes why, so the end of the stream alone must not kill it.
pub(super) struct ChildStream {
    /// `None` once our side is shut down: a pipe is half-closed by closing it.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    _child: Arc<Child>,
}

impl ChildStream {
    fn start(endpoint: &Endpoint) -> Result<(Self, Complaint), DialFailure> {
        let mut command = endpoint.docker();
        command.args(["system", "dial-stdio"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C goes to the whole foreground group; the connection must outlive it, so that
        // containers can still be removed.
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => DialFailure::NoCli,
            _ => DialFailure::Start(error.to_string()),
        })?;
        let no_pipe = || DialFailure::Start("it has no pipes".to_owned());
        let stdin = Some(child.stdin.take().ok_or_else(no_pipe)?);
        let stdout = child.stdout.take().ok_or_else(no_pipe)?;
        let stderr = child.stderr.take().ok_or_else(no_pipe)?;
        let child = Arc::new(child);
        let complaint = Complaint::read(stderr, Arc::clone(&child));
        Ok((Self { stdin, stdout, _child: child }, complaint))
    }
}

impl AsyncRead for ChildStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdout).poll_read(cx, buffer)
    }
}

impl AsyncWrite for ChildStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.stdin {
            Some(stdin) => Pin::new(stdin).poll_write(cx, bytes),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stdin {
            Some(stdin) => Pin::new(stdin).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        std::task::ready!(self.as_mut().poll_flush(cx))?;
        self.stdin = None;
        Poll::Ready(Ok(()))
    }
}
