//! Where the files of an image are looked at: the fastest source that tells
//! all.

use std::path::Path;
use std::sync::Arc;

use dp_engine::image::{HistoryEntry, ImageFacts};
use dp_engine::{Engine, EngineError};
use dp_tool::{Progress, Session, Stop};

use crate::args::SourceArg;
use crate::base::{AskError, BaseError};
use crate::compress::Packed;
use crate::content::Wishes;
use crate::export::{ExportError, export};
use crate::storage::{self, StorageError};
use crate::tree::{Layer, Paths, Tree};

/// What a source told of an image.
pub(crate) struct Seen {
    /// Its name: `inspect`, `export` or `storage`.
    pub(crate) source: &'static str,
    /// Why a faster one was not used.
    pub(crate) reason: Option<String>,
    /// The steps that made the image, oldest first.
    pub(crate) history: Vec<HistoryEntry>,
    /// Its files; none from `inspect`.
    pub(crate) tree: Option<Tree>,
    /// What its layers take when they are compressed, if that was wished for.
    pub(crate) packed: Option<Vec<Packed>>,
}

/// Why no source told anything.
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
    /// The base that the user named is none.
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

/// What to look for, and where.
#[derive(Debug, Clone)]
pub(crate) struct Looking {
    /// The source that the user wants.
    pub(crate) source: SourceArg,
    /// What is to be had of content.
    pub(crate) wishes: Wishes,
}

/// Looks at an image.
pub(crate) async fn look(
    session: &Session,
    image: &ImageFacts,
    looking: Looking,
    stop: &Stop,
    progress: &Progress,
) -> Result<Seen, SourceError> {
    let Looking { source, wishes } = looking;
    let export = |reason| exported(&session.engine, image, &wishes, reason, stop, progress);
    match source {
        SourceArg::Inspect => inspected(&session.engine, image).await,
        SourceArg::Storage => stored(session, image, &wishes, progress).await,
        SourceArg::Export => export(None).await,
        SourceArg::Auto if wishes.needs_tars() => {
            let reason = "compressed sizes need the tars of the layers, which it alone has";
            export(Some(reason.to_owned())).await
        }
        SourceArg::Auto => match stored(session, image, &wishes, progress).await {
            Err(SourceError::Storage(error)) => export(Some(error.to_string())).await,
            seen => seen,
        },
    }
}

async fn inspected(engine: &Engine, image: &ImageFacts) -> Result<Seen, SourceError> {
    let history = engine.history(&image.id).await?;
    Ok(Seen { source: "inspect", reason: None, history, tree: None, packed: None })
}

async fn stored(
    session: &Session,
    image: &ImageFacts,
    wishes: &Wishes,
    progress: &Progress,
) -> Result<Seen, SourceError> {
    let tree = tree_of_folders(session, image, wishes, progress)?;
    let data_root = Path::new(&session.facts.data_root);
    let history = match storage::config(data_root, &image.id) {
        Some(config) => config.history,
        None => session.engine.history(&image.id).await?,
    };
    Ok(Seen { source: "storage", reason: None, history, tree: Some(tree), packed: None })
}

fn tree_of_folders(
    session: &Session,
    image: &ImageFacts,
    wishes: &Wishes,
    progress: &Progress,
) -> Result<Tree, StorageError> {
    if !session.facts.local {
        return Err(StorageError::NoFolders("it runs elsewhere"));
    }
    let Some(folders) = &image.layer_folders else {
        return Err(StorageError::NoFolders("its storage driver is not overlay2"));
    };
    storage::check()?;
    let mut paths = Paths::default();
    let layers = storage::read_all(folders, &mut paths, wishes, progress)?;
    let layers: Vec<&Layer> = layers.iter().collect();
    let failed =
        |error| StorageError::Layer { path: session.facts.data_root.clone().into(), error };
    Tree::new(Arc::new(paths), &layers).map_err(failed)
}

async fn exported(
    engine: &Engine,
    image: &ImageFacts,
    wishes: &Wishes,
    reason: Option<String>,
    stop: &Stop,
    progress: &Progress,
) -> Result<Seen, SourceError> {
    let archive = export(engine, image, wishes.clone(), stop, progress).await?;
    // Of an image of several platforms the engine exports all that it has.
    let found = archive.images.iter().find(|found| found.config.diff_ids == image.diff_ids);
    let found = found.ok_or_else(|| ExportError::OtherImage { id: image.id.clone() })?;
    let tree = archive.tree(found).map_err(ExportError::from)?;
    let history = found.config.history.clone();
    let packed = archive.packed(found);
    Ok(Seen { source: "export", reason, history, tree: Some(tree), packed })
}
