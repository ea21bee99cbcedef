//! What names the base of an image.

use std::collections::BTreeMap;

use dp_dockerfile::{self as dockerfile, BuildArgs, Dockerfile, Stages};
use serde_json::Value;

use super::{How, SCRATCH, name};
use crate::history::MASK;
use crate::lines::stage;

/// What annotations and labels call it (OCI image specification, annotations).
const NAME: &str = "org.opencontainers.image.base.name";
const DIGEST: &str = "org.opencontainers.image.base.digest";

/// What a builder calls the search for a base.
const METADATA: &str = "[internal] load metadata for ";

/// A name that may be that of the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The name.
    pub(crate) image: String,
    /// Where it stands.
    pub(crate) how: How,
}

impl Hint {
    /// Whether it names no image but the empty one.
    pub(crate) fn is_scratch(&self) -> bool {
        self.image == SCRATCH
    }

    /// Whether the name has something in it that records hide.
    pub(crate) fn is_hidden(&self) -> bool {
        self.image.contains(MASK)
    }

    /// Whether it means the image of this name.
    pub(crate) fn means(&self, name: &str) -> bool {
        name::same(&self.image, name)
    }
}

/// What the stage stands on that the image was built from, as far as the
/// Dockerfile alone tells it.
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
    Some(Hint { image, how: How::Dockerfile })
}

/// The bases that a build looked up, by its record: those of all stages.
pub(crate) fn of_record(detail: &Value) -> Vec<Hint> {
    let others = detail["other"].as_array().into_iter().flatten();
    let names = others.filter_map(|other| other["name"].as_str()?.strip_prefix(METADATA));
    names.map(|name| Hint { image: name.to_owned(), how: How::Build }).collect()
}

/// What the labels of an image say.
pub(crate) fn of_labels(labels: &BTreeMap<String, String>) -> Option<Hint> {
    named(labels, How::Label)
}

/// What the annotations of an image's manifest say.
pub(crate) fn of_annotations(annotations: &BTreeMap<String, String>) -> Option<Hint> {
    named(annotations, How::Annotation)
}

fn named(words: &BTreeMap<String, String>, how: How) -> Option<Hint> {
    let name = words.get(NAME).filter(|name| !name.is_empty())?;
    let image = match words.get(DIGEST).filter(|digest| digest.contains(':')) {
        Some(digest) if !name.contains('@') => format!("{name}@{digest}"),
        _ => name.clone(),
    };
    Some(Hint { image, how })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        let detail = json!({"other": [
            {"name": "[internal] load .dockerignore"},
            {"name": "[internal] load metadata for docker.io/library/gcc:12"},
        ]});
        let hint = Hint { image: "docker.io/library/gcc:12".to_owned(), how: How::Build };
        assert!(hint.means("gcc:12"));
        assert_eq!(of_record(&detail), [hint]);
        assert!(of_record(&json!({"steps": []})).is_empty());
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
