//! What names the base of an image.

use std::collections::BTreeMap;

use dp_dockerfile::{self as dockerfile, BuildArgs, Dockerfile, Stages};
use dp_record::BuildDetail;
use dp_record::detail::size::BaseSource;

use super::{SCRATCH, name};
use crate::history::MASK;
use crate::lines::stage;

/// What annotations and labels call it (OCI image specification, annotations).
const NAME: &str = "org.opencontainers.image.base.name";
const DIGEST: &str = "org.opencontainers.image.base.digest";

/// A name that may be that of the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The name.
    pub(crate) image: String,
    /// Where it was found.
    pub(crate) how: BaseSource,
}

impl Hint {
    /// Whether it names no image but the empty one.
    pub(crate) fn is_scratch(&self) -> bool {
        self.image == SCRATCH
    }

    /// Whether a secret was masked in the name.
    pub(crate) fn is_masked(&self) -> bool {
        self.image.contains(MASK)
    }

    /// Whether it means the image of this name.
    pub(crate) fn means(&self, name: &str) -> bool {
        name::same(&self.image, name)
    }
}

/// The base of the stage that the image was built from, as far as the Dockerfile
/// by itself says it.
pub(crate) fn of_dockerfile(file: &Dockerfile, target: Option<&str>) -> Option<Hint> {
    let stages = Stages::resolve(file, &BuildArgs::new());
    let mut at = stage(file, target)?;
    let image = loop {
        match stages.base(at)? {
            dockerfile::Base::Stage(base) => at = *base,
            dockerfile::Base::Scratch => break SCRATCH.to_owned(),
            dockerfile::Base::Image(name) if !name.is_empty() => break name.clone(),
            // An argument without default, too.
            _ => return None,
        }
    };
    Some(Hint { image, how: BaseSource::Dockerfile })
}

/// The bases that a build looked up, by its record: those of all stages.
pub(crate) fn of_build(detail: &BuildDetail) -> Vec<Hint> {
    let hint = |name: &str| Hint { image: name.to_owned(), how: BaseSource::Build };
    detail.base_images().map(hint).collect()
}

/// What the labels of an image say.
pub(crate) fn of_labels(labels: &BTreeMap<String, String>) -> Option<Hint> {
    named(labels, BaseSource::Label)
}

/// What the annotations of an image's manifest say.
pub(crate) fn of_annotations(annotations: &BTreeMap<String, String>) -> Option<Hint> {
    named(annotations, BaseSource::Annotation)
}

fn named(words: &BTreeMap<String, String>, how: BaseSource) -> Option<Hint> {
    let name = words.get(NAME).filter(|name| !name.is_empty())?;
    let image = match words.get(DIGEST).filter(|digest| digest.contains(':')) {
        Some(digest) if !name.contains('@') => format!("{name}@{digest}"),
        _ => name.clone(),
    };
    Some(Hint { image, how })
}

#[cfg(test)]
mod tests {
    use dp_record::detail::build::OtherVertex;

    use super::*;

    fn from(text: &str, target: Option<&str>) -> Option<String> {
        of_dockerfile(&Dockerfile::parse(text), target).map(|hint| hint.image)
    }

    #[test]
    fn the_last_image_below_the_stage_is_the_base() {
        let file = "ARG TAG=12\nFROM gcc:${TAG} AS make\nRUN a\nFROM debian AS run\nRUN b\n\
                    FROM run AS test\nRUN c\nFROM scratch\nCOPY --from=make /a /a\n";
        assert_eq!(from(file, Some("make")).as_deref(), Some("gcc:12"));
        assert_eq!(from(file, Some("test")).as_deref(), Some("debian"));
        assert_eq!(from(file, None).as_deref(), Some(SCRATCH));
        assert_eq!(from(file, Some("none")), None);
        assert_eq!(from("ARG BASE\nFROM $BASE\n", None), None);
    }

    #[test]
    fn a_build_record_names_the_bases_of_all_stages() {
        let vertex = |name: &str| OtherVertex { name: name.to_owned(), ..OtherVertex::default() };
        let other = vec![
            vertex("[internal] load .dockerignore"),
            vertex("[internal] load metadata for docker.io/library/gcc:12"),
        ];
        let detail = BuildDetail { other, ..BuildDetail::default() };
        let hint = Hint { image: "docker.io/library/gcc:12".to_owned(), how: BaseSource::Build };
        assert!(hint.means("gcc:12"));
        assert_eq!(of_build(&detail), [hint]);
        assert!(of_build(&BuildDetail::default()).is_empty());
    }

    #[test]
    fn labels_name_the_base_with_its_digest() {
        let words = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let image = |pairs| of_labels(&words(pairs)).map(|hint| hint.image);
        assert_eq!(image(&[(NAME, "a:1")]).as_deref(), Some("a:1"));
        assert_eq!(image(&[(NAME, "a:1"), (DIGEST, "sha256:0")]).as_deref(), Some("a:1@sha256:0"));
        assert_eq!(image(&[(DIGEST, "sha256:0")]), None);
        assert_eq!(image(&[(NAME, "")]), None);
    }
}
