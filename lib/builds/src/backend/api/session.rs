//! A session: the connection over which the engine asks for what a build needs.
//!
//! By hand although bollard can open one (its feature `buildkit`): the sessions of bollard 0.21 offer
//! credentials, secrets and ssh agents, but not the transfer of folders, so the context would go as a
//! tar, which fills the user's build cache (see [`super`]). They also bring tonic and generated code
//! into every tool (see `grpc.rs`).

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::http::request;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};

use dp_engine::EngineError;
use dp_engine::connect::{Engine, Pieces};
use dp_engine::endpoint::sha256_hex;

const DOING: &str = "opening a build session";

/// Calls that we answer. Those for secrets and credentials are not among them,
/// and the engine does without.
const CALLS: &[&str] = &["/grpc.health.v1.Health/Check", "/moby.filesync.v1.FileSync/DiffCopy"];

/// An open session.
pub(super) struct Session<S> {
    id: String,
    pub(super) stream: S,
}

impl Session<()> {
    /// Opens a session for builds of `folder`.
    pub(super) async fn open(
        engine: &Engine,
        folder: &Path,
    ) -> Result<Session<impl AsyncRead + AsyncWrite + Unpin + use<>>, EngineError> {
        let id = new_id();
        let key = shared_key(folder);
        let head = |builder| head(builder, &id, &key);
        let answer = engine.post(DOING, "/session", head, Pieces(None)).await?;
        let status = answer.response.status().as_u16();
        if status != 101 {
            let message = answer.message().await;
            return Err(EngineError::Refused { doing: DOING.to_owned(), status, message });
        }
        let upgraded = answer.upgraded().await;
        let stream = upgraded.map_err(|error| engine.failed(DOING, &error.into()))?;
        Ok(Session { id, stream })
    }
}

impl<S> Session<S> {
    /// What the engine knows it by.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

fn head(builder: request::Builder, id: &str, key: &str) -> request::Builder {
    let builder = builder
        .header("Connection", "Upgrade")
        .header("Upgrade", "h2c")
        .header("X-Docker-Expose-Session-Uuid", id)
        .header("X-Docker-Expose-Session-Name", "dp")
        .header("X-Docker-Expose-Session-Sharedkey", key);
    let name = "X-Docker-Expose-Session-Grpc-Method";
    CALLS.iter().fold(builder, |builder, call| builder.header(name, *call))
}

/// Of 25 characters, as `BuildKit`'s own are.
fn new_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let seed = format!("{} {} {count}", std::process::id(), Timestamp::now().as_nanosecond());
    sha256_hex(&seed)[..25].to_owned()
}

/// The engine keeps the files of a context by this key, so that the next build
/// sends only what has changed. It is none of buildx's: what buildx has sent for
/// the user stays as it is.
fn shared_key(folder: &Path) -> String {
    let machine = rustix::system::uname();
    let machine = machine.nodename().to_string_lossy();
    sha256_hex(&format!("dp\0{machine}\0{}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_has_an_id_of_its_own() {
        let (one, other) = (new_id(), new_id());
        assert_ne!(one, other);
        assert_eq!(one.len(), 25);
    }

    #[test]
    fn a_folder_keeps_its_key_and_shares_it_with_no_other() {
        let key = |folder: &str| shared_key(Path::new(folder));
        assert_eq!(key("/a"), key("/a"));
        assert_ne!(key("/a"), key("/b"));
    }
}
