//! Reaching the engine: the transport, a first answer in bounded time, and the API version.

mod dial;
mod exchange;
mod failure;
mod stderr;
mod version;

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};

use crate::endpoint::{Endpoint, Transport};
use crate::error::EngineError;
pub use exchange::{Answer, Broken, Pieces};
pub use version::ApiVersion;

/// The oldest API that dp speaks: Docker 20.10.
pub const MIN_API: ApiVersion = ApiVersion { major: 1, minor: 41 };

/// How long the first answer may take. A socket-activated engine starts in about ten seconds, and
/// the docker CLI gives ssh 30 s to connect.
const FIRST_ANSWER: Duration = Duration::from_secs(45);

/// bollard's limit on the head of every answer, in seconds: a year, so that work takes its time
/// (an image export is staged for minutes before its first byte).
const ANSWER_SECONDS: u64 = 365 * 24 * 3600;

/// A connected engine. Clones share its transport.
#[derive(Debug, Clone)]
pub struct Engine {
    docker: Docker,
    endpoint: Endpoint,
    version: EngineVersion,
}

/// What the engine said of itself when the connection was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineVersion {
    /// The engine's version, as it writes it.
    pub version: String,
    /// The newest API version that it has.
    pub api: ApiVersion,
    /// The oldest API version that it has.
    pub min_api: ApiVersion,
    /// The API version that dp speaks with it.
    pub spoken: ApiVersion,
    /// The processor architecture by its OCI name (`amd64`).
    pub architecture: String,
}

impl Engine {
    /// Reaches the engine and agrees on the API version.
    ///
    /// # Errors
    /// Every kind of engine that cannot be used, each with its way out; see [`EngineError`].
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, EngineError> {
        let (engine, ()) = Self::connect_and(endpoint, |_| ()).await?;
        Ok(engine)
    }

    /// Connects; `early` is called once the engine has answered, and before its version is known.
    pub(crate) async fn connect_and<T>(
        endpoint: &Endpoint,
        early: impl FnOnce(Docker) -> T,
    ) -> Result<(Self, T), EngineError> {
        let greeting = Self::greet(endpoint, early);
        match tokio::time::timeout(FIRST_ANSWER, greeting).await {
            Ok(result) => result,
            Err(_) => Err(EngineError::NoAnswer {
                url: endpoint.to_string(),
                seconds: FIRST_ANSWER.as_secs(),
            }),
        }
    }

    /// The endpoint that this engine was reached by.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What the engine said of itself when the connection was made.
    pub fn version(&self) -> &EngineVersion {
        &self.version
    }

    /// The API client, for the other modules of this crate.
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// An error of a call, in dp's words. `doing` completes "while ...".
    pub fn failed(&self, doing: &str, error: &bollard::errors::Error) -> EngineError {
        failure::of_call(&self.endpoint, doing, error)
    }

    async fn greet<T>(
        endpoint: &Endpoint,
        early: impl FnOnce(Docker) -> T,
    ) -> Result<(Self, T), EngineError> {
        let docker = open(endpoint).await?;
        let failed = |error| failure::of_greeting(endpoint, &error);
        let answer = docker.ping().await.map_err(failed)?;
        if answer.trim() != "OK" {
            let reason = format!("it answers a ping with {answer:?}", answer = head(&answer));
            return Err(EngineError::NotAnEngine { url: endpoint.to_string(), reason });
        }
        let early = early(docker.clone());
        let said = docker.version().await.map_err(failed)?;
        let version = version::agree(endpoint, said)?;
        let spoken = version.spoken;
        let docker = docker.with_request_modifier(move |request| version::pin(request, spoken));
        Ok((Self { docker, endpoint: endpoint.clone(), version }, early))
    }
}

/// Opens the transport. bollard connects only when a request is made, and says little about a
/// socket that it cannot use: so the socket is tried first.
async fn open(endpoint: &Endpoint) -> Result<Docker, EngineError> {
    let opened = match &endpoint.transport {
        Transport::Unix(path) => {
            tokio::net::UnixStream::connect(path)
                .await
                .map_err(|error| failure::of_socket(endpoint, &error))?;
            // The path is UTF-8: it comes from the URL.
            let path = path.to_string_lossy();
            Docker::connect_with_unix(&path, ANSWER_SECONDS, API_DEFAULT_VERSION)
        }
        Transport::DialStdio => Docker::connect_with_custom_transport(
            dial::transport(endpoint),
            Some("http://docker"),
            ANSWER_SECONDS,
            API_DEFAULT_VERSION,
        ),
    };
    opened.map_err(|error| failure::of_greeting(endpoint, &error))
}

/// The beginning of an answer, for a message.
fn head(text: &str) -> String {
    crate::error::one_line(text).chars().take(60).collect()
}
