//! The images of an archive, put together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::ArchiveError;
use super::blobs::Blobs;
use super::manifest::{Manifest, Part, manifests};
use crate::compress::Packed;
use crate::config::ImageConfig;
use crate::tree::{Layer, Paths, Tree};

/// All that an archive holds.
#[derive(Debug)]
pub(crate) struct Archive {
    paths: Arc<Paths>,
    /// Each layer once, though several images may have it.
    layers: Vec<Layer>,
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
    /// Its layers, lowest first, by their places in [`Archive::layers`].
    layers: Vec<usize>,
}

impl Archive {
    /// Lays the layers of an image over each other.
    pub(crate) fn tree(&self, image: &ArchivedImage) -> Result<Tree, ArchiveError> {
        let layers: Vec<&Layer> = image.layers.iter().map(|at| &self.layers[*at]).collect();
        Ok(Tree::new(Arc::clone(&self.paths), &layers)?)
    }

    /// What the layers of an image take when they are compressed, lowest first,
    /// if that was wished for.
    pub(crate) fn packed(&self, image: &ArchivedImage) -> Option<Vec<Packed>> {
        image.layers.iter().map(|at| self.layers[*at].packed()).collect()
    }
}

/// Finds the images among the parts, and the parts that they need.
pub(super) fn assemble<B: Blobs>(mut blobs: B) -> Result<Archive, ArchiveError> {
    let manifests = manifests(&blobs)?;
    if manifests.is_empty() {
        return Err(ArchiveError::NoManifest);
    }
    let mut shelf = Shelf::default();
    let mut images = Vec::new();
    for manifest in manifests {
        let config = config(&blobs, &manifest)?;
        let places = manifest.layers.iter().map(|part| shelf.place(&mut blobs, part));
        let layers = places.collect::<Result<_, _>>()?;
        let Manifest { name, annotations, .. } = manifest;
        images.push(ArchivedImage { name, config, annotations, layers });
    }
    Ok(Archive { paths: Arc::new(blobs.into_paths()), layers: shelf.layers, images })
}

/// The layers that were taken, by name.
#[derive(Default)]
struct Shelf {
    layers: Vec<Layer>,
    places: HashMap<String, usize>,
}

impl Shelf {
    fn place(&mut self, blobs: &mut impl Blobs, part: &Part) -> Result<usize, ArchiveError> {
        let name = blobs.target(&part.name);
        if let Some(place) = self.places.get(&name) {
            return Ok(*place);
        }
        if let (Some(told), Some(found)) = (part.size, blobs.stored(&name))
            && told != found
        {
            return Err(ArchiveError::Size { member: part.name.clone(), found, told });
        }
        let stored = blobs.stored(&name);
        let mut layer = blobs.take_layer(&part.name)?;
        if let (Some(packed), Some(bytes)) = (layer.packed(), stored) {
            layer.pack(packed.stored_in(bytes));
        }
        self.layers.push(layer);
        self.places.insert(name, self.layers.len() - 1);
        Ok(self.layers.len() - 1)
    }
}

fn config(blobs: &impl Blobs, manifest: &Manifest) -> Result<ImageConfig, ArchiveError> {
    let member = || manifest.config.clone();
    let text = blobs.text(&manifest.config)?;
    let text = text.ok_or_else(|| ArchiveError::Missing { member: member() })?;
    let bad = |reason| ArchiveError::BadText { member: member(), reason };
    let config = ImageConfig::parse(&text).map_err(|error| bad(error.to_string()))?;
    let (told, found) = (config.diff_ids.len(), manifest.layers.len());
    if told != found {
        return Err(bad(format!("it speaks of {told} layers, the manifest of {found}")));
    }
    Ok(config)
}
