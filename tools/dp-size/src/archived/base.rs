//! Bases of images that come from archives: other images of the same archives,
//! or an archive of their own.

use std::path::Path;

use dp_tool::{Fault, Io, Progress};

use super::image::Measured;
use super::read::read;
use crate::base::{self, BaseError, Hint, How, Known};
use crate::content::Wishes;

/// All that may be a base.
pub(super) struct Bases {
    images: Vec<Candidate>,
    /// What the user named, with the layers that it may mean.
    option: Option<(String, Vec<Vec<String>>)>,
}

struct Candidate {
    name: String,
    id: String,
    layers: Vec<String>,
}

impl Bases {
    /// The images that were read, and the archive that `option` names if it is
    /// none of them.
    pub(super) fn new(
        option: Option<&str>,
        images: &[Measured],
        io: &mut Io<'_>,
        progress: &Progress,
    ) -> anyhow::Result<Self> {
        let candidate = |image: &Measured| Candidate {
            name: image.subject.name.clone(),
            id: image.config.id.clone(),
            layers: image.config.diff_ids.clone(),
        };
        let mut bases = Self { images: images.iter().map(candidate).collect(), option: None };
        let Some(option) = option else { return Ok(bases) };
        let mut layers = bases.layers(option);
        if layers.is_empty() && Path::new(option).exists() {
            let found = read(Path::new(option), Wishes::nothing(), io, progress)?;
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
    pub(super) fn of(&self, image: &Measured) -> Result<Known, Fault> {
        let diff_ids = &image.config.diff_ids;
        let Some((name, layers)) = &self.option else {
            let with_layers =
                |hint: &Hint| (hint.clone(), self.layers(&hint.image).into_iter().next());
            let hints: Vec<_> = image.hints.iter().map(with_layers).collect();
            return Ok(base::choose(&hints, diff_ids));
        };
        // Of an archive of several platforms the one that fits.
        let fitting = layers.iter().find(|layers| diff_ids.starts_with(layers));
        let Some(layers) = fitting.or(layers.first()) else { return Ok(Known::default()) };
        let base = base::given(name, layers, &image.subject.name, diff_ids);
        base.map(Known::from).map_err(|error| Fault::usage(error.to_string()))
    }

    /// The layers of every image of that name or id.
    fn layers(&self, name: &str) -> Vec<Vec<String>> {
        let hint = Hint { image: name.to_owned(), how: How::Option };
        let is = |one: &&Candidate| one.id == name || hint.means(&one.name);
        self.images.iter().filter(is).map(|one| one.layers.clone()).collect()
    }
}
