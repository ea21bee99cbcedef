//! Images in the engine: inspect, history, content, tag, untag.

mod history;
mod overlay;
mod reference;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bollard::errors::Error;
use bollard::models::ImageInspect;
use bollard::query_parameters::{RemoveImageOptionsBuilder, TagImageOptionsBuilder};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::connect::Engine;
use crate::error::EngineError;
pub use history::HistoryEntry;
pub use reference::Reference;

/// What the engine says of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// `sha256:...`, of the configuration, or in the containerd image store of the manifest.
    pub id: String,
    /// Its names with tags, as the engine writes them.
    pub repo_tags: Vec<String>,
    /// Its size as the engine counts it, in bytes (every engine and store counts differently).
    pub size_bytes: u64,
    /// When it was made; absent where it has no time.
    pub created: Option<Timestamp>,
    /// The system that it is for (`linux`).
    pub os: String,
    /// The processor architecture (`amd64`).
    pub architecture: String,
    /// The architecture's variant (`v8`), where it has one.
    pub variant: Option<String>,
    /// Digests of the uncompressed layers, lowest first.
    pub diff_ids: Vec<String>,
    /// Variables of its environment, `NAME=VALUE`.
    pub env: Vec<String>,
    /// The user that it runs as; absent means root.
    pub user: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The folders of its layers on the engine's machine, lowest first; with overlay2 only
    /// (containerd tells its own: [`Engine::snapshot_folders`]).
    pub layer_folders: Option<Vec<PathBuf>>,
}

/// The digest of a content as images name it: `sha256:` and 64 digits.
pub fn digest(content: &[u8]) -> String {
    let digits: Vec<String> =
        Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{}", digits.concat())
}

impl Engine {
    /// What the engine says of an image, by name or id.
    ///
    /// # Errors
    /// No such image, not a name, or the engine does not answer.
    pub async fn inspect(&self, reference: &str) -> Result<ImageFacts, EngineError> {
        let name = Reference::parse(reference)?.to_string();
        let image = self.docker().inspect_image(&name).await;
        image.map(facts).map_err(|error| self.image_failed(reference, "inspecting", &error))
    }

    /// The steps that made an image, oldest first.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub async fn history(&self, reference: &str) -> Result<Vec<HistoryEntry>, EngineError> {
        // By id, so that both answers are of one image even if the tag moves meanwhile.
        let image = self.inspect(reference).await?;
        let history = self.docker().image_history(&image.id).await;
        let history = history
            .map_err(|error| self.image_failed(reference, "reading the history of", &error))?;
        Ok(history::entries(history, image.diff_ids.len()))
    }

    /// Whether there is such an image.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect), but for the missing image.
    pub async fn exists(&self, reference: &str) -> Result<bool, EngineError> {
        match self.inspect(reference).await {
            Ok(_) => Ok(true),
            Err(EngineError::NoSuchImage { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Gives the image `source` the name `repository:tag`; another image loses that name.
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect), and when the new name is not one.
    pub async fn tag(&self, source: &str, repository: &str, tag: &str) -> Result<(), EngineError> {
        let from = Reference::parse(source)?.to_string();
        let target = Reference::parse(&format!("{repository}:{tag}"))?.tagged()?;
        let (repository, tag) = (target.repository.as_str(), target.tag.as_deref().unwrap_or(tag));
        let options = TagImageOptionsBuilder::new().repo(repository).tag(tag).build();
        let tagged = self.docker().tag_image(&from, Some(options)).await;
        tagged.map_err(|error| self.image_failed(source, "tagging", &error))
    }

    /// Takes exactly this name away (`latest` when it has no tag); whether it was there.
    ///
    /// The image goes with its last name; its untagged parents stay, and so does an image that a
    /// container uses. Never removes by id or digest.
    ///
    /// # Errors
    /// The reference is an id or has a digest, a container uses the image under its last name, or
    /// the engine does not answer. A name that is gone already is no error.
    pub async fn remove_tag(&self, reference: &str) -> Result<bool, EngineError> {
        self.remove_name(reference, true).await
    }

    async fn remove_name(&self, reference: &str, noprune: bool) -> Result<bool, EngineError> {
        let name = Reference::parse(reference)?.tagged()?.to_string();
        let options = RemoveImageOptionsBuilder::new().force(false).noprune(noprune).build();
        match self.docker().remove_image(&name, Some(options), None).await {
            Ok(_) => Ok(true),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(false),
            Err(error) => Err(self.failed(&format!("removing the tag {name}"), &error)),
        }
    }

    /// Takes away an image that has no name, by its id; whether it went.
    ///
    /// One that has a name, that another one is built on, that a container uses or that is gone
    /// is left as it is.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn remove_unnamed(&self, id: &str) -> Result<bool, EngineError> {
        let image = match self.inspect(id).await {
            Ok(image) => image,
            Err(EngineError::NoSuchImage { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        // The engine would take the name away instead; and the id may be another one's name.
        let is_it =
            image.id.trim_start_matches("sha256:").starts_with(id.trim_start_matches("sha256:"));
        if !is_it || !image.repo_tags.is_empty() {
            return Ok(false);
        }
        let options = RemoveImageOptionsBuilder::new().force(false).noprune(true).build();
        match self.docker().remove_image(&image.id, Some(options), None).await {
            Ok(_) => Ok(true),
            Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(false),
            Err(error) => Err(self.failed(&format!("removing the image {id}"), &error)),
        }
    }

    /// As [`remove_tag`](Self::remove_tag), but an image that goes with its last name takes those
    /// with it that only it was built on, as the old builder leaves them: one for each instruction.
    ///
    /// # Errors
    /// As [`remove_tag`](Self::remove_tag).
    pub async fn remove_tag_and_parents(&self, reference: &str) -> Result<bool, EngineError> {
        self.remove_name(reference, false).await
    }

    /// The tar that `docker save` would write of this image, by its id (a name may mean another
    /// image by now). The engine stages it first, on its own disk: the first bytes of a large
    /// image may take many seconds. Dropping the stream ends the export.
    ///
    /// # Errors
    /// Each item may be an error, the last one then: no such image, the engine refuses, or the
    /// connection breaks.
    pub fn export(
        &self,
        id: &str,
    ) -> impl Stream<Item = Result<Bytes, EngineError>> + Unpin + use<> {
        let (engine, id) = (self.clone(), id.to_owned());
        let stream = self.docker().export_image(&id);
        stream.map(move |piece| piece.map_err(|error| engine.export_failed(&id, &error)))
    }

    fn export_failed(&self, id: &str, error: &Error) -> EngineError {
        match error {
            // 20.10 says so, where newer engines say 404.
            Error::DockerResponseServerError { status_code: 500, message }
                if message.starts_with("failed to get digest ") =>
            {
                EngineError::NoSuchImage { reference: id.to_owned() }
            }
            error => self.image_failed(id, "exporting", error),
        }
    }

    fn image_failed(&self, reference: &str, doing: &str, error: &Error) -> EngineError {
        match error {
            Error::DockerResponseServerError { status_code: 404, .. } => {
                EngineError::NoSuchImage { reference: reference.to_owned() }
            }
            error => self.failed(&format!("{doing} {reference}"), error),
        }
    }
}

fn facts(image: ImageInspect) -> ImageFacts {
    let diff_ids = image.root_fs.and_then(|root| root.layers).unwrap_or_default();
    let config = image.config.unwrap_or_default();
    let driver = image.graph_driver.as_ref();
    let layer_folders = driver.and_then(|driver| overlay::folders(driver, diff_ids.len()));
    ImageFacts {
        id: image.id.unwrap_or_default(),
        repo_tags: image.repo_tags.unwrap_or_default(),
        size_bytes: image.size.and_then(|size| size.try_into().ok()).unwrap_or_default(),
        created: image.created.as_deref().and_then(time),
        os: image.os.unwrap_or_default(),
        architecture: image.architecture.unwrap_or_default(),
        variant: image.variant.filter(|text| !text.is_empty()),
        diff_ids,
        layer_folders,
        env: config.env.unwrap_or_default(),
        user: config.user.filter(|text| !text.is_empty()),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
    }
}

/// A time as the engine writes it; the year 1 is Go's way to say "none".
fn time(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    (!text.starts_with("0001-")).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_one_is_no_time_and_1970_is() {
        assert_eq!(time("0001-01-01T00:00:00Z"), None);
        assert_eq!(time(""), None);
        assert_eq!(time("1970-01-01T00:00:00Z"), Some(Timestamp::UNIX_EPOCH));
        let nanoseconds = time("2025-11-20T09:11:00.123456789Z").unwrap();
        assert_eq!(nanoseconds.subsec_nanosecond(), 123_456_789);
    }
}
