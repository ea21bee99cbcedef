//! Answers what the engine asks for during a build.

use std::convert::Infallible;

use dp_engine::protobuf::MessageWriter;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::RecvStream;
use h2::server::{Builder, SendResponse};
use hyper::Request;
use hyper::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

use super::grpc::{Messages, Reply, StatusCode};
use super::session_files::SessionFiles;
use super::sync;

/// `HealthCheckResponse.SERVING`.
const SERVING: u64 = 1;

/// Serves a session. Never ends by itself: if the connection breaks, the engine
/// ends the build.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    files: &SessionFiles<'_>,
) -> Infallible {
    let mut builder = Builder::new();
    // The engine asks for each file by a message of its own, thousands at once. Flow control
    // bounds them already.
    builder.data_frame_budget(usize::MAX);
    if let Ok(mut connection) = builder.handshake(stream).await {
        let mut calls = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(_) = calls.next(), if !calls.is_empty() => {}
                call = connection.accept() => match call {
                    Some(Ok((request, respond))) => calls.push(answer(request, respond, files)),
                    _ => break,
                },
            }
        }
    }
    std::future::pending().await
}

/// Answers one call. A call whose connection has gone needs no answer.
async fn answer(
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
    files: &SessionFiles<'_>,
) -> Result<(), h2::Error> {
    let (head, body) = request.into_parts();
    let mut messages = Messages::new(body);
    let mut reply = Reply::begin(respond)?;
    match head.uri.path() {
        "/grpc.health.v1.Health/Check" => {
            let _ = messages.next().await;
            reply.send(&MessageWriter::new().number(1, SERVING).into_bytes()).await?;
            reply.end(StatusCode::Ok, "")
        }
        "/moby.filesync.v1.FileSync/DiffCopy" => {
            let copied = sync::diff_copy(&head.headers, &mut messages, &mut reply, files);
            let (status, message) = copied.await;
            reply.end(status, &message)
        }
        other => reply.end(StatusCode::Unimplemented, &format!("unknown call {other}")),
    }
}

#[cfg(test)]
mod tests;
