//! gRPC over HTTP/2, from the side that is called: as much as a build session needs.
//!
//! By hand although tonic exists. The engine calls three methods over one connection that we opened
//! and upgraded; the framing of gRPC is the hundred lines below, on the `h2` crate that tonic
//! uses too. A tonic service must be `Send`, `Sync` and `'static`, while the calls here borrow the
//! build's context and its filter, which are none of these; and tonic brings tower, generated code
//! and a build step. If the session is ever to offer secrets, ssh agents or credentials, tonic (or
//! at least prost for the messages) becomes the better choice.

use std::future::poll_fn;

use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use hyper::body::Bytes;
use hyper::http::{HeaderMap, HeaderValue, Response};

/// Bytes before each message: whether it is compressed, and its length.
const PREFIX: usize = 5;
/// No message that engines send us comes near this.
const MOST: usize = 16 << 20;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatusCode {
    Ok = 0,
    Unknown = 2,
    NotFound = 5,
    Unimplemented = 12,
}

/// The messages of a call as they come in.
pub(super) struct Messages {
    body: RecvStream,
    buffer: Vec<u8>,
}

impl Messages {
    pub(super) fn new(body: RecvStream) -> Self {
        Self { body, buffer: Vec::new() }
    }

    /// The next message; none when the caller has sent all or is gone.
    pub(super) async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(length) = self.length() {
                if length > MOST {
                    return None;
                }
                if self.buffer.len() >= PREFIX + length {
                    let rest = self.buffer.split_off(PREFIX + length);
                    let message = std::mem::replace(&mut self.buffer, rest);
                    return Some(message[PREFIX..].to_vec());
                }
            }
            let data = self.body.data().await?.ok()?;
            self.body.flow_control().release_capacity(data.len()).ok()?;
            self.buffer.extend_from_slice(&data);
        }
    }

    /// What the other side ended with.
    #[cfg(test)]
    pub(super) async fn into_trailers(mut self) -> Option<HeaderMap> {
        while self.next().await.is_some() {}
        self.body.trailers().await.ok()?
    }

    fn length(&self) -> Option<usize> {
        let length = self.buffer.get(1..PREFIX)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(length)).ok()
    }
}

/// The answer to a call, message by message.
pub(super) struct Reply(SendStream<Bytes>);

impl Reply {
    pub(super) fn begin(mut respond: SendResponse<Bytes>) -> Result<Self, h2::Error> {
        let mut head = Response::new(());
        head.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
        respond.send_response(head, false).map(Self)
    }

    /// Sends a message, as soon as the other side has room for it.
    pub(super) async fn send(&mut self, message: &[u8]) -> Result<(), h2::Error> {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
        let mut bytes = Vec::with_capacity(PREFIX + message.len());
        bytes.push(0);
        bytes.extend_from_slice(&length);
        bytes.extend_from_slice(message);
        let mut bytes = Bytes::from(bytes);
        while !bytes.is_empty() {
            self.0.reserve_capacity(bytes.len());
            let room = poll_fn(|cx| self.0.poll_capacity(cx)).await;
            let room = room.ok_or(h2::Reason::CANCEL)??;
            self.0.send_data(bytes.split_to(room.min(bytes.len())), false)?;
        }
        Ok(())
    }

    /// Ends the call.
    pub(super) fn end(mut self, status: StatusCode, message: &str) -> Result<(), h2::Error> {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from(status as u16));
        if let Ok(message) = HeaderValue::from_str(&encoded(message)) {
            trailers.insert("grpc-message", message);
        }
        self.0.send_trailers(trailers)
    }
}

/// What is not printable ASCII, and the percent sign itself, is percent-encoded.
fn encoded(message: &str) -> String {
    let byte = |byte: u8| match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    message.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_a_status_are_encoded_as_headers_need_it() {
        assert_eq!(encoded("100% of é\n"), "100%25 of %C3%A9%0A");
    }
}
