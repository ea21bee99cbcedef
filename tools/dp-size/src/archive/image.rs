//! The images of an archive, put together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::ArchiveError;
use super::blobs::Blobs;
use super::layer::ArchivedLayer;
use super::manifest::{Manifest, Part, manifests};
use crate::compress::CompressedSizes;
use crate::config::ImageConfig;
use crate::tree::{Layer, Paths, Tree};

/// All that an archive holds.
#[derive(Debug)]
pub(crate) struct Archive {
    paths: Arc<Paths>,
    /// Each layer once, though several images may have it.
    layers: Vec<ArchivedLayer>,
    /// The images, in the order of the archive.
    pub(crate) images: Vec<ArchivedImage>,
}

/// One image of an archive.
#[derive(Debug)]
pub(crate) struct ArchivedImage {
    /// The name that it was saved by.
    pub(crate) name: Option<String>,
    /// What its configuration says.
    pub(crate) config: ImageConfig,
    /// The annotations of its manifest.
    pub(crate) annotations: BTreeMap<String, String>,
    /// Its layers, lowest first, by their indexes in [`Archive::layers`].
    layers: Vec<usize>,
}

impl Archive {
    /// Applies the layers of an image one over the other.
    pub(crate) fn tree(&self, image: &ArchivedImage) -> Result<Tree, ArchiveError> {
        let layers = image.layers.iter().map(|at| Arc::clone(&self.layers[*at].layer));
        let layers: Vec<Arc<Layer>> = layers.collect();
        Ok(Tree::new(Arc::clone(&self.paths), &layers)?)
    }

    /// How many bytes the layers of an image take compressed, lowest first, if
    /// that was requested.
    pub(crate) fn compressed_sizes(&self, image: &ArchivedImage) -> Option<Vec<CompressedSizes>> {
        image.layers.iter().map(|at| self.layers[*at].compressed).collect()
    }
}

/// Finds the images among the members of an archive, and the members they need.
pub(super) fn assemble<B: Blobs>(mut blobs: B) -> Result<Archive, ArchiveError> {
    let manifests = manifests(&blobs)?;
    if manifests.is_empty() {
        return Err(ArchiveError::NoManifest);
    }
    let mut taken = TakenLayers::default();
    let mut images = Vec::new();
    for manifest in manifests {
        let config = config(&blobs, &manifest)?;
        let indexes = manifest.layers.iter().map(|part| taken.index_of(&mut blobs, part));
        let layers = indexes.collect::<Result<_, _>>()?;
        let Manifest { name, annotations, .. } = manifest;
        images.push(ArchivedImage { name, config, annotations, layers });
    }
    let mut paths = blobs.into_paths();
    paths.complete();
    Ok(Archive { paths: Arc::new(paths), layers: taken.layers, images })
}

/// The layers that images need so far, each once.
#[derive(Default)]
struct TakenLayers {
    layers: Vec<ArchivedLayer>,
    by_name: HashMap<String, usize>,
}

impl TakenLayers {
    fn index_of(&mut self, blobs: &mut impl Blobs, part: &Part) -> Result<usize, ArchiveError> {
        let name = blobs.target(&part.name);
        if let Some(index) = self.by_name.get(&name) {
            return Ok(*index);
        }
        let stored = blobs.stored(&name);
        if let (Some(declared), Some(found)) = (part.size, stored)
            && declared != found
        {
            return Err(ArchiveError::Size { member: part.name.clone(), found, declared });
        }
        let mut layer = blobs.take_layer(&part.name)?;
        if let (Some(sizes), Some(bytes)) = (&mut layer.compressed, stored) {
            sizes.set_stored_bytes(bytes);
        }
        self.layers.push(layer);
        self.by_name.insert(name, self.layers.len() - 1);
        Ok(self.layers.len() - 1)
    }
}

fn config(blobs: &impl Blobs, manifest: &Manifest) -> Result<ImageConfig, ArchiveError> {
    let member = || manifest.config.clone();
    let text = blobs.text(&manifest.config)?;
    let text = text.ok_or_else(|| ArchiveError::Missing { member: member() })?;
    let bad = |reason| ArchiveError::BadText { member: member(), reason };
    let config = ImageConfig::parse(&text).map_err(|error| bad(dp_record::json_problem(&error)))?;
    let (in_config, in_manifest) = (config.diff_ids.len(), manifest.layers.len());
    if in_config != in_manifest {
        let reason = format!("it speaks of {in_config} layers, the manifest of {in_manifest}");
        return Err(bad(reason));
    }
    Ok(config)
}
