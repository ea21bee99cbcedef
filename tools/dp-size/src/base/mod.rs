//! The base of an image: the layers that it took over from another one.
//!
//! ```text
//! --base | build record, Dockerfile, annotations, labels -> hints
//! hints -> engine or archives: their layers -> choose -> Base
//! ```
//!
//! A name of a base is believed only where the layers confirm it: those of the base
//! are the first ones of the image. Nothing is ever pulled.

mod ask;
mod hint;
mod name;

pub(crate) use ask::{AskError, ask};
pub(crate) use hint::{Hint, of_annotations, of_build, of_dockerfile, of_labels};
pub(crate) use name::{familiar, without_digest};

use dp_record::detail::size::{BaseImage, BaseSource};

/// What an image without a base is built from.
pub(crate) const SCRATCH: &str = "scratch";

/// Why the base that the user named is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BaseError {
    /// There is no such image.
    #[error("no such base image: {base} ({way_out})")]
    Missing {
        /// Its name.
        base: String,
        /// What to do.
        way_out: &'static str,
    },
    /// The image has other layers.
    #[error(
        "{base} is no base of {image}: of its {layers} layers {image} has the first {common} (was it built on another version?)"
    )]
    Other {
        /// Name of the base.
        base: String,
        /// Name of the image.
        image: String,
        /// How many layers the base has.
        layers: usize,
        /// How many of them the image begins with.
        common: usize,
    },
}

/// What is known of an image's base.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FoundBase {
    /// The base; none if nothing names one that fits.
    pub(crate) base: Option<BaseImage>,
    /// Why there is none, though something names one.
    pub(crate) reason: Option<String>,
}

impl From<BaseImage> for FoundBase {
    fn from(base: BaseImage) -> Self {
        Self { base: Some(base), reason: None }
    }
}

/// The base that the user named.
///
/// # Errors
/// Its layers are not the first ones of the image.
pub(crate) fn check_named(
    base: &str,
    layers: &[String],
    image: &str,
    of_image: &[String],
) -> Result<BaseImage, BaseError> {
    if of_image.starts_with(layers) {
        let layers = layers.len() as u64;
        return Ok(BaseImage { image: base.to_owned(), layers, how: BaseSource::Option });
    }
    let common = layers.iter().zip(of_image).take_while(|(a, b)| a == b).count();
    let (base, image) = (base.to_owned(), image.to_owned());
    Err(BaseError::Other { base, image, layers: layers.len(), common })
}

/// Of all hints the one whose image has the most layers in common: a build
/// looks up the bases of all its stages, and a label may be that of the base.
pub(crate) fn choose(hints: &[(Hint, Option<Vec<String>>)], image: &[String]) -> FoundBase {
    let mut best: Option<BaseImage> = None;
    for (hint, layers) in hints {
        let Some(layers) = layers.as_ref().filter(|layers| image.starts_with(layers)) else {
            continue;
        };
        if best.as_ref().is_none_or(|best| layers.len() as u64 > best.layers) {
            let (image, how) = (familiar(&hint.image), hint.how.clone());
            best = Some(BaseImage { image, layers: layers.len() as u64, how });
        }
    }
    let hint = hints.iter().find(|(hint, _)| hint.is_masked()).or(hints.first());
    let reason =
        hint.filter(|_| best.is_none()).map(|(hint, layers)| reason(hint, layers.is_some()));
    FoundBase { base: best, reason }
}

fn reason(hint: &Hint, is_here: bool) -> String {
    let image = familiar(&hint.image);
    match is_here {
        _ if hint.is_masked() => {
            "a build argument chose its base, and records hide those (name it with --base)"
                .to_owned()
        }
        true => format!("it does not begin with the layers that {image} has now"),
        false => format!("its base {image} is not here (name it with --base)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    fn hint(image: &str, how: BaseSource, layers: Option<&str>) -> (Hint, Option<Vec<String>>) {
        (Hint { image: image.to_owned(), how }, layers.map(digests))
    }

    #[test]
    fn a_named_base_is_believed_where_the_layers_confirm_it() {
        let base = check_named("base", &digests("a b"), "app", &digests("a b c")).unwrap();
        assert_eq!(
            base,
            BaseImage { image: "base".to_owned(), layers: 2, how: BaseSource::Option }
        );
        assert_eq!(check_named("app", &digests("a"), "app", &digests("a")).unwrap().layers, 1);
        let error = check_named("base", &digests("a x c"), "app", &digests("a b c")).unwrap_err();
        let expected = "base is no base of app: of its 3 layers app has the first 1 (was it built on another version?)";
        assert_eq!(error.to_string(), expected);
        assert!(check_named("base", &digests("a b"), "app", &digests("a")).is_err());
    }

    #[test]
    fn of_several_hints_the_one_with_the_most_layers_holds() {
        let hints = [
            hint("docker.io/library/gcc:12", BaseSource::Build, Some("x y")),
            hint("docker.io/library/debian:12", BaseSource::Build, Some("a")),
            hint("team/base", BaseSource::Label, Some("a b")),
            hint("gone", BaseSource::Label, None),
        ];
        let known = choose(&hints, &digests("a b c"));
        let base = BaseImage { image: "team/base".to_owned(), layers: 2, how: BaseSource::Label };
        assert_eq!(known, base.into());
        let known = choose(&hints[..2], &digests("a b c"));
        assert_eq!(known.base.unwrap().image, "debian:12");
    }

    #[test]
    fn where_no_hint_fits_there_is_a_reason_and_no_base() {
        let moved = choose(&[hint("debian:12", BaseSource::Dockerfile, Some("b"))], &digests("a"));
        assert_eq!(moved.base, None);
        let reason = "it does not begin with the layers that debian:12 has now";
        assert_eq!(moved.reason.as_deref(), Some(reason));
        let gone =
            choose(&[hint("docker.io/library/gone", BaseSource::Label, None)], &digests("a"));
        let reason = "its base gone is not here (name it with --base)";
        assert_eq!(gone.reason.as_deref(), Some(reason));
        let masked = [
            hint("gcc", BaseSource::Build, Some("b")),
            hint("docker.io/***:latest", BaseSource::Build, None),
        ];
        let reason = choose(&masked, &digests("a")).reason.unwrap();
        assert!(reason.starts_with("a build argument chose its base"), "{reason}");
        assert_eq!(choose(&[], &digests("a")), FoundBase::default());
    }

    #[test]
    fn an_image_from_scratch_has_a_base_without_layers() {
        let known = choose(&[hint(SCRATCH, BaseSource::Dockerfile, Some(""))], &digests("a"));
        assert_eq!(known.base.unwrap().layers, 0);
    }
}
