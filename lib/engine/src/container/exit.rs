//! Waiting for the next exit of a container.

use std::time::Instant;

use serde::Deserialize;

use crate::connect::{Answer, Engine, Pieces};
use crate::error::EngineError;

/// No more bytes of an answer are read.
const MOST_BYTES: usize = 64 << 10;

/// A wait that the engine has accepted.
pub struct Exit {
    answer: Answer,
    body: Vec<u8>,
}

/// The engine's answer: the container has exited, and the engine has cleaned up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exited {
    /// When the answer arrived, by our monotonic clock.
    pub received: Instant,
    /// Exit code.
    pub code: i64,
}

#[derive(Deserialize)]
struct Reply {
    #[serde(rename = "StatusCode")]
    status_code: i64,
}

impl Exit {
    /// Waits for the next exit of a container that may not be started yet. The
    /// engine's answer has begun when this returns: no exit is missed.
    ///
    /// # Errors
    /// There is no such container, or the engine is lost.
    pub async fn wait(engine: &Engine, name: &str) -> Result<Self, EngineError> {
        let doing = format!("waiting for container {name}");
        let path = format!("/containers/{name}/wait?condition=next-exit");
        let answer = engine.post(&doing, &path, |head| head, Pieces(None)).await?;
        let status = answer.response.status();
        if status.is_success() {
            return Ok(Self { answer, body: Vec::new() });
        }
        let message = answer.message().await;
        Err(EngineError::Refused { doing, status: status.as_u16(), message })
    }

    /// The exit; none if the engine is lost. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Exited> {
        while self.body.len() < MOST_BYTES {
            match self.answer.next().await {
                Ok(Some(bytes)) => self.body.extend_from_slice(&bytes),
                Ok(None) | Err(_) => return None,
            }
            if let Ok(reply) = serde_json::from_slice::<Reply>(&self.body) {
                return Some(Exited { received: Instant::now(), code: reply.status_code });
            }
        }
        None
    }
}
