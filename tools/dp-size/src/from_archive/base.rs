//! Bases of images that come from archives: other images of the same archives,
//! or an archive of the base alone.

use std::path::Path;

use dp_record::detail::size::BaseSource;
use dp_tool::{Fault, Io, Progress};

use super::ObservedImage;
use super::read::read;
use crate::base::{self, BaseError, FoundBase, Hint};
use crate::content::ContentRequests;

/// All that may be a base.
pub(super) struct Bases {
    images: Vec<Candidate>,
    /// What the user named, with the layers of each image that it may mean.
    option: Option<(String, Vec<Vec<String>>)>,
}

struct Candidate {
    name: String,
    id: String,
    layers: Vec<String>,
}

impl Bases {
    /// The images that were read, and the archive that `option` names if it names
    /// none of them.
    ///
    /// # Errors
    /// There is no such image and no such archive.
    pub(super) fn new(
        option: Option<&str>,
        images: &[ObservedImage],
        io: &mut Io<'_>,
        progress: &Progress,
    ) -> anyhow::Result<Self> {
        let candidate = |image: &ObservedImage| Candidate {
            name: image.saved_name.clone(),
            id: image.observation.image_id().to_owned(),
            layers: image.observation.diff_ids().to_vec(),
        };
        let mut bases = Self { images: images.iter().map(candidate).collect(), option: None };
        let Some(option) = option else { return Ok(bases) };
        let mut layers = bases.layers(option);
        if layers.is_empty() && Path::new(option).exists() {
            let found = read(Path::new(option), ContentRequests::nothing(), io, progress)?;
            layers = found.archive.images.into_iter().map(|one| one.config.diff_ids).collect();
        }
        if layers.is_empty() {
            let way_out = "give an archive of it, or the name of an image in one of the archives";
            let missing = BaseError::Missing { base: option.to_owned(), way_out };
            return Err(Fault::usage(missing.to_string()).into());
        }
        bases.option = Some((option.to_owned(), layers));
        Ok(bases)
    }

    /// The base of an image.
    ///
    /// # Errors
    /// The base that the user named is not that of this image.
    pub(super) fn of(&self, image: &ObservedImage) -> Result<FoundBase, Fault> {
        let diff_ids = image.observation.diff_ids();
        let Some((name, layers)) = &self.option else {
            let with_layers =
                |hint: &Hint| (hint.clone(), self.layers(&hint.image).into_iter().next());
            let hints: Vec<_> = image.hints.iter().map(with_layers).collect();
            return Ok(base::choose(&hints, diff_ids));
        };
        // Of an archive of several platforms, the one that fits.
        let fitting = layers.iter().find(|layers| diff_ids.starts_with(layers));
        let Some(layers) = fitting.or(layers.first()) else { return Ok(FoundBase::default()) };
        let base = base::check_named(name, layers, &image.subject.name, diff_ids);
        base.map(FoundBase::from).map_err(|error| Fault::usage(error.to_string()))
    }

    /// The layers of every image of that name or id.
    fn layers(&self, name: &str) -> Vec<Vec<String>> {
        let hint = Hint { image: name.to_owned(), how: BaseSource::Option };
        let is = |one: &&Candidate| one.id == name || hint.means(&one.name);
        self.images.iter().filter(is).map(|one| one.layers.clone()).collect()
    }
}
