//! The images of archives, measured.

use std::path::Path;

use dp_record::{Metrics, Record, Subject, kind};
use dp_tool::Fault;
use jiff::Timestamp;

use super::read::Found;
use crate::account::{Files, account};
use crate::archive::ArchivedImage;
use crate::args::Args;
use crate::base::{self, Hint};
use crate::config::ImageConfig;
use crate::detail::Detail;
use crate::diff::diff;
use crate::findings::Image;
use crate::given;
use crate::layers::makers;
use crate::tree::Tree;

/// An image, as far as it can be measured without looking at the others.
pub(super) struct Measured {
    pub(super) at: Timestamp,
    pub(super) subject: Subject,
    pub(super) metrics: Metrics,
    pub(super) detail: Detail,
    pub(super) config: ImageConfig,
    /// What may be its base.
    pub(super) hints: Vec<Hint>,
}

/// All images that were read so far.
pub(super) struct Images<'a> {
    args: &'a Args,
    /// The files of the first, if the others are to be compared with it.
    first: Option<Tree>,
    pub(super) measured: Vec<Measured>,
}

impl<'a> Images<'a> {
    pub(super) fn new(args: &'a Args) -> Self {
        Self { args, first: None, measured: Vec::new() }
    }

    /// Measures the images of one archive.
    pub(super) fn measure(&mut self, found: Found, path: &Path) -> Result<(), Fault> {
        let Found { archive, at } = found;
        let several = archive.images.len() > 1;
        for image in &archive.images {
            let tree = archive.tree(image);
            let tree =
                tree.map_err(|error| Fault::usage(format!("{}: {error}", path.display())))?;
            let packed = archive.packed(image);
            let files = Files { source: "archive", tree: &tree, packed: packed.as_deref() };
            let mut measured = measured(image, files, self.args);
            measured.subject = subject(image, path, several);
            measured.at = at;
            self.compare(&mut measured, tree);
            self.measured.push(measured);
        }
        Ok(())
    }

    fn compare(&mut self, measured: &mut Measured, tree: Tree) {
        match &self.first {
            _ if !self.args.diff => {}
            Some(first) => {
                measured.detail.diff = Some(diff("", first, &tree, self.args.top.into()));
            }
            None => self.first = Some(tree),
        }
    }
}

fn measured(image: &ArchivedImage, files: Files<'_>, args: &Args) -> Measured {
    let mut metrics = Metrics::default();
    let makers = makers(&image.config.diff_ids, &image.config.history, None);
    let about = Image { makers: &makers, user: Some(&image.config.user), ..Image::default() };
    let detail = account(&mut metrics, files, &about, args);
    let annotations = base::of_annotations(&image.annotations);
    Measured {
        at: Timestamp::UNIX_EPOCH,
        subject: Subject::default(),
        metrics,
        detail,
        config: image.config.clone(),
        hints: annotations.into_iter().chain(base::of_labels(&image.config.labels)).collect(),
    }
}

impl Measured {
    pub(super) fn into_record(self) -> Record {
        let mut record = Record::new(kind::SIZE, self.at);
        record.subject = Some(self.subject);
        record.metrics = self.metrics;
        record.detail = serde_json::to_value(self.detail).ok();
        given::secrets(&self.config.history).record(&mut record);
        record
    }
}

/// An image bears the name that it was saved by, else that of its file; of
/// several platforms each its own.
fn subject(image: &ArchivedImage, path: &Path, several: bool) -> Subject {
    let name = image.name.clone().unwrap_or_else(|| stem(path));
    Subject {
        name,
        platform: image.config.platform.clone().filter(|_| several),
        image: Some(image.config.id.clone()),
        reference: image.name.clone(),
        ..Subject::default()
    }
}

fn stem(path: &Path) -> String {
    if path == Path::new("-") {
        return "stdin".to_owned();
    }
    path.file_stem()
        .map_or_else(|| "archive".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
