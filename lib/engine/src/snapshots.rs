//! Where containerd keeps the layers of an image: with the containerd image store the engine
//! itself names no folders.
//!
//! containerd is asked for a view of the uppermost layer, whose mount names the folder of each
//! layer. Nothing is mounted, and the view is removed at once; one that is left, by a kill or
//! where containerd does not answer, goes with its garbage collection, since nothing refers to it.
//!
//! gRPC by hand, as in a build session: two calls of one message each, for which tonic would
//! bring tower, generated code and a build step.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::models::SystemInfo;
use bytes::Bytes;
use h2::client::SendRequest;
use hyper::http::{HeaderMap, Request};
use jiff::Timestamp;
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::connect::Engine;
use crate::error::EngineError;
use crate::image::{ImageFacts, digest};
use crate::protobuf::{Malformed, MessageWriter, Value, fields};

/// The service that keeps layers.
const SERVICE: &str = "containerd.services.snapshots.v1.Snapshots";
/// The snapshotter whose layers are folders of what each adds.
const OVERLAYFS: &str = "overlayfs";
/// How long containerd may take for all answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes before a message of gRPC: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// Why the folders of an image are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The engine does not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The layers are kept in another way.
    #[error("its snapshotter is {0}, not overlayfs")]
    Snapshotter(String),
    /// Engines before 27 do not tell.
    #[error("it does not say where its containerd listens")]
    NoAddress,
    /// containerd is not reached, or refuses.
    #[error("containerd at {}: {reason}", address.display())]
    Containerd {
        /// Its socket.
        address: PathBuf,
        /// Why, in its own words.
        reason: String,
    },
}

impl Engine {
    /// The folders of an image's layers in the containerd image store, lowest first; the
    /// engine's containerd must run on this machine.
    ///
    /// # Errors
    /// The engine does not say where that is, it is not reached, or it keeps the layers
    /// otherwise, or not unpacked.
    pub async fn snapshot_folders(
        &self,
        image: &ImageFacts,
    ) -> Result<Vec<PathBuf>, SnapshotError> {
        let Some(parent) = chain_id(&image.diff_ids) else { return Ok(Vec::new()) };
        let info = self.docker().info().await;
        let info = info.map_err(|error| self.failed("asking for engine facts", &error))?;
        let containerd = Containerd::of(info)?;
        let failed =
            |reason| SnapshotError::Containerd { address: containerd.address.clone(), reason };
        let asked = timeout(PATIENCE, containerd.mounts(&parent)).await;
        let mounts = asked.unwrap_or_else(|_| Err("it does not answer".to_owned()));
        let folders = mounts.and_then(|answer| {
            let folders = folders(&answer).map_err(|Malformed| "a malformed answer".to_owned())?;
            let expected = image.diff_ids.len();
            (folders.len() == expected).then_some(folders).ok_or_else(|| {
                format!("it does not name a folder for each of the {expected} layers")
            })
        });
        folders.map_err(failed)
    }
}

/// The digest by which a stack of layers is known (the image specification's `ChainID`); none
/// without a layer.
fn chain_id(diff_ids: &[String]) -> Option<String> {
    let (lowest, others) = diff_ids.split_first()?;
    let above = |below: String, layer: &String| digest(format!("{below} {layer}").as_bytes());
    Some(others.iter().fold(lowest.clone(), above))
}

/// The containerd of an engine.
struct Containerd {
    address: PathBuf,
    namespace: String,
}

impl Containerd {
    fn of(info: SystemInfo) -> Result<Self, SnapshotError> {
        let snapshotter = info.driver.unwrap_or_default();
        if snapshotter != OVERLAYFS {
            return Err(SnapshotError::Snapshotter(snapshotter));
        }
        let said = info.containerd.ok_or(SnapshotError::NoAddress)?;
        let address = said.address.filter(|address| Path::new(address).is_absolute());
        let namespace = said.namespaces.and_then(|all| all.containers);
        Ok(Self {
            address: address.ok_or(SnapshotError::NoAddress)?.into(),
            namespace: namespace.ok_or(SnapshotError::NoAddress)?,
        })
    }

    /// The answer to a view of this stack of layers.
    async fn mounts(&self, parent: &str) -> Result<Vec<u8>, String> {
        let words = |error: &dyn std::error::Error| error.to_string();
        let stream = UnixStream::connect(&self.address).await.map_err(|error| words(&error))?;
        let (client, connection) =
            h2::client::handshake(stream).await.map_err(|error| words(&error))?;
        let driven = tokio::spawn(connection);
        let now = Timestamp::now().as_nanosecond();
        let key = format!("dp-{}-{now}", std::process::id());
        let named = || MessageWriter::new().bytes(1, OVERLAYFS.as_bytes()).bytes(2, key.as_bytes());
        let view = named().bytes(3, parent.as_bytes());
        let answer = self.call(&client, "View", &view.into_bytes()).await;
        if answer.is_ok() {
            // One that is gone by itself is gone.
            let _ = self.call(&client, "Remove", &named().into_bytes()).await;
        }
        drop(client);
        let _ = driven.await;
        answer
    }

    /// Calls a method of the service: one message there, one message back.
    async fn call(
        &self,
        client: &SendRequest<Bytes>,
        method: &str,
        message: &[u8],
    ) -> Result<Vec<u8>, String> {
        let length = u32::try_from(message.len()).map_err(|error| error.to_string())?;
        let framed = [&[0][..], &length.to_be_bytes(), message].concat();
        let request = Request::post(format!("http://containerd/{SERVICE}/{method}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("containerd-namespace", &self.namespace)
            .body(())
            .map_err(|error| error.to_string())?;
        let words = |error: h2::Error| error.to_string();
        let mut client = client.clone().ready().await.map_err(words)?;
        let (response, mut body) = client.send_request(request, false).map_err(words)?;
        body.send_data(framed.into(), true).map_err(words)?;
        let (head, mut body) = response.await.map_err(words)?.into_parts();
        let mut bytes = Vec::new();
        while let Some(data) = body.data().await {
            let data = data.map_err(words)?;
            body.flow_control().release_capacity(data.len()).map_err(words)?;
            bytes.extend_from_slice(&data);
        }
        let trailers = body.trailers().await.map_err(words)?;
        // An answer without a message has its status in its head.
        status(&trailers.unwrap_or(head.headers))?;
        Ok(bytes.split_off(PREFIX.min(bytes.len())))
    }
}

/// How a call ended.
fn status(headers: &HeaderMap) -> Result<(), String> {
    let said = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match said("grpc-status").as_deref() {
        Some("0") => Ok(()),
        code => Err(match said("grpc-message") {
            Some(message) if !message.is_empty() => message.into_owned(),
            _ => format!("it ended the call with status {}", code.unwrap_or("none")),
        }),
    }
}

/// The folders of the layers, lowest first, in a `ViewSnapshotResponse`: a bind mount is of the
/// one layer that there is, an overlay has them as `lowerdir`, the uppermost first.
fn folders(answer: &[u8]) -> Result<Vec<PathBuf>, Malformed> {
    let mut found = Vec::new();
    fields(answer, |field, value| {
        if field == 1 {
            found.extend(folders_of_mount(value.bytes()?)?);
        }
        Ok(())
    })?;
    Ok(found)
}

fn folders_of_mount(mount: &[u8]) -> Result<Vec<PathBuf>, Malformed> {
    let (mut kind, mut source, mut lower) = (String::new(), String::new(), String::new());
    fields(mount, |field, value: Value<'_>| {
        match field {
            1 => kind = value.text()?,
            2 => source = value.text()?,
            4 => {
                if let Some(paths) = value.text()?.strip_prefix("lowerdir=") {
                    paths.clone_into(&mut lower);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    let text = if kind == "overlay" { lower } else { source };
    Ok(text.rsplit(':').filter(|path| !path.is_empty()).map(PathBuf::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_of_layers_has_the_digest_of_all_below_it() {
        let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
        assert_eq!(chain_id(&[]), None);
        assert_eq!(chain_id(&ids(&["sha256:a"])).as_deref(), Some("sha256:a"));
        // printf 'sha256:a sha256:b' | sha256sum
        let two = "sha256:970a948bffa8de94d6e22d747ba8c95030e6e546909f98f54e99a13005e173a8";
        assert_eq!(chain_id(&ids(&["sha256:a", "sha256:b"])).as_deref(), Some(two));
        // printf "$two sha256:c" | sha256sum
        let three = "sha256:dee159b33409cefa3f6eda71539f006014283e9d9130c18a1dea7bd8a33c9b1b";
        let all = ids(&["sha256:a", "sha256:b", "sha256:c"]);
        assert_eq!(chain_id(&all).as_deref(), Some(three));
    }

    fn answer(kind: &str, source: &str, options: &[&str]) -> Vec<u8> {
        let mount = MessageWriter::new().bytes(1, kind.as_bytes()).bytes(2, source.as_bytes());
        let mount = options.iter().fold(mount, |mount, option| mount.bytes(4, option.as_bytes()));
        MessageWriter::new().message(1, &mount).into_bytes()
    }

    #[test]
    fn the_lowest_layer_comes_first() {
        let one = answer("bind", "/s/1/fs", &["ro", "rbind"]);
        assert_eq!(folders(&one), Ok(vec![PathBuf::from("/s/1/fs")]));
        let three =
            answer("overlay", "overlay", &["index=off", "lowerdir=/s/3/fs:/s/2/fs:/s/1/fs"]);
        let expected = ["/s/1/fs", "/s/2/fs", "/s/3/fs"].map(PathBuf::from).to_vec();
        assert_eq!(folders(&three), Ok(expected));
        assert_eq!(folders(&[]), Ok(Vec::new()));
        assert_eq!(folders(&[0x0a, 0x05]), Err(Malformed));
    }

    #[test]
    fn a_refusal_is_told_in_containerd_s_words() {
        let mut headers = HeaderMap::new();
        assert_eq!(status(&headers).unwrap_err(), "it ended the call with status none");
        headers.insert("grpc-status", "5".parse().unwrap());
        assert_eq!(status(&headers).unwrap_err(), "it ended the call with status 5");
        headers.insert("grpc-message", "not found".parse().unwrap());
        assert_eq!(status(&headers).unwrap_err(), "not found");
        headers.insert("grpc-status", "0".parse().unwrap());
        assert_eq!(status(&headers), Ok(()));
    }

    #[test]
    fn another_snapshotter_and_an_engine_that_does_not_tell_are_named() {
        let info = |driver: &str| SystemInfo { driver: Some(driver.into()), ..Default::default() };
        let error = |driver| Containerd::of(info(driver)).err().unwrap().to_string();
        assert_eq!(error("native"), "its snapshotter is native, not overlayfs");
        assert_eq!(error("overlayfs"), "it does not say where its containerd listens");
    }
}
