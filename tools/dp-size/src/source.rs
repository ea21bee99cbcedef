//! Where the files of an image of an engine are looked at: the fastest source
//! that shows all that is requested.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dp_engine::image::{HistoryEntry, ImageFacts};
use dp_engine::info::ImageStore;
use dp_engine::snapshots::SnapshotError;
use dp_engine::{Engine, EngineError};
use dp_session::Session;
use dp_tool::{Progress, Stop};

use crate::archive::ArchiveError;
use crate::base::{AskError, BaseError};
use crate::content::ContentRequests;
use crate::export::{ExportError, export};
use crate::observation::SourceImage;
use crate::plan::Source;
use crate::storage::{self, StorageError, store};
use crate::tree::{Layer, Paths, Tree};

/// Why an image cannot be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The engine did not answer as it should.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The export could not be read.
    #[error(transparent)]
    Export(ExportError),
    /// The layer folders were asked for, and cannot be used.
    #[error("{0} (leave --source out, or take --source export)")]
    Storage(#[from] StorageError),
    /// The base that the user named does not exist, or is not that of the image.
    #[error(transparent)]
    Base(#[from] BaseError),
}

impl From<AskError> for SourceError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Engine(error) => Self::Engine(error),
            AskError::Base(error) => Self::Base(error),
        }
    }
}

impl From<ExportError> for SourceError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Engine(error) => Self::Engine(error),
            error => Self::Export(error),
        }
    }
}

/// Reads an image from the source that is wanted.
///
/// # Errors
/// The source cannot be used, or the engine is gone.
pub(crate) async fn read_image(
    session: &Session,
    facts: &ImageFacts,
    source: Source,
    requests: &ContentRequests,
    stop: &Stop,
    progress: &Progress,
) -> Result<SourceImage, SourceError> {
    let export = |reason| from_export(&session.engine, facts, requests, reason, stop, progress);
    match source {
        Source::Inspect => from_inspect(&session.engine, facts).await,
        Source::Storage => from_storage(session, facts, requests, progress).await,
        Source::Export => export(None).await,
        Source::Auto if requests.needs_tars() => {
            let reason = "compressed sizes need the tars of the layers, which it alone has";
            export(Some(reason.to_owned())).await
        }
        Source::Auto => match from_storage(session, facts, requests, progress).await {
            Err(SourceError::Storage(error)) => export(Some(error.to_string())).await,
            image => image,
        },
    }
}

/// What the engine's answers say of an image, without its files.
fn without_files(
    facts: &ImageFacts,
    source: &'static str,
    history: Vec<HistoryEntry>,
) -> SourceImage {
    SourceImage {
        source,
        source_reason: None,
        id: facts.id.clone(),
        diff_ids: facts.diff_ids.clone(),
        history,
        user: facts.user.clone().unwrap_or_default(),
        env: facts.env.clone(),
        labels: facts.labels.clone(),
        engine_bytes: Some(facts.size_bytes),
        tree: None,
        compressed: None,
    }
}

async fn from_inspect(engine: &Engine, facts: &ImageFacts) -> Result<SourceImage, SourceError> {
    Ok(without_files(facts, "inspect", engine.history(&facts.id).await?))
}

async fn from_storage(
    session: &Session,
    facts: &ImageFacts,
    requests: &ContentRequests,
    progress: &Progress,
) -> Result<SourceImage, SourceError> {
    let folders = folders(session, facts).await?;
    let tree = tree_of_folders(session, &folders, requests, progress)?;
    let config = match (&facts.layer_folders, folders.first()) {
        (None, Some(layer)) => store::of_containerd(layer, &facts.id, &facts.diff_ids),
        _ => store::of_graph_driver(Path::new(&session.facts.data_root), &facts.id),
    };
    let history = match config {
        Some(config) => config.history,
        None => session.engine.history(&facts.id).await?,
    };
    Ok(SourceImage { tree: Some(tree), ..without_files(facts, "storage", history) })
}

/// The folders of its layers, lowest first.
async fn folders(session: &Session, facts: &ImageFacts) -> Result<Vec<PathBuf>, SourceError> {
    if !session.facts.local {
        return Err(StorageError::NoFolders("it runs elsewhere").into());
    }
    storage::check()?;
    if let Some(folders) = &facts.layer_folders {
        return Ok(folders.clone());
    }
    if session.facts.image_store != ImageStore::Containerd {
        return Err(StorageError::NoFolders("its storage driver is not overlay2").into());
    }
    match session.engine.snapshot_folders(facts).await {
        Err(SnapshotError::Engine(error)) => Err(error.into()),
        folders => Ok(folders.map_err(StorageError::from)?),
    }
}

fn tree_of_folders(
    session: &Session,
    folders: &[PathBuf],
    requests: &ContentRequests,
    progress: &Progress,
) -> Result<Tree, StorageError> {
    let mut paths = Paths::default();
    let layers = storage::read_all(folders, &mut paths, requests, progress)?;
    paths.complete();
    let layers: Vec<Arc<Layer>> = layers.into_iter().map(Arc::new).collect();
    let failed =
        |error| StorageError::Layer { path: session.facts.data_root.clone().into(), error };
    Tree::new(Arc::new(paths), &layers).map_err(failed)
}

async fn from_export(
    engine: &Engine,
    facts: &ImageFacts,
    requests: &ContentRequests,
    source_reason: Option<String>,
    stop: &Stop,
    progress: &Progress,
) -> Result<SourceImage, SourceError> {
    // Engines refuse to export an image without layers.
    if facts.diff_ids.is_empty() {
        let tree = Tree::new(Arc::default(), &[])
            .map_err(|error| ExportError::from(ArchiveError::from(error)))?;
        return Ok(SourceImage {
            source_reason,
            tree: Some(tree),
            compressed: requests.needs_tars().then(Vec::new),
            ..without_files(facts, "export", engine.history(&facts.id).await?)
        });
    }
    let archive = export(engine, facts, requests.clone(), stop, progress).await?;
    // Of an image of several platforms the engine exports all that it has.
    let found = archive.images.iter().find(|found| found.config.diff_ids == facts.diff_ids);
    let found = found.ok_or_else(|| ExportError::OtherImage { id: facts.id.clone() })?;
    let tree = archive.tree(found).map_err(ExportError::from)?;
    Ok(SourceImage {
        source_reason,
        tree: Some(tree),
        compressed: requests.needs_tars().then(|| archive.compressed_sizes(found)).flatten(),
        ..without_files(facts, "export", found.config.history.clone())
    })
}
