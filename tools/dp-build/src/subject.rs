//! The subjects: one per context x file x target, with the shortest names that
//! tell them apart.

use std::path::{Component, Path, PathBuf};

/// Something to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuildSubject {
    /// What people call it.
    pub(crate) name: String,
    /// The context as given.
    pub(crate) context: PathBuf,
    /// The Dockerfile as given, or found in the context.
    pub(crate) dockerfile: PathBuf,
    /// The stage, if not the last one.
    pub(crate) target: Option<String>,
    /// Options of its own for `docker buildx build`.
    pub(crate) options: Vec<String>,
}

/// A context as typed: `[NAME=]FOLDER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContextArg {
    /// The name in front of `=`.
    pub(crate) name: Option<String>,
    /// The folder.
    pub(crate) path: PathBuf,
}

impl ContextArg {
    /// Splits at the first `=`, unless what stands before it is a path.
    pub(crate) fn parse(text: &str) -> Self {
        match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !name.contains('/') => {
                Self { name: Some(name.to_owned()), path: path.into() }
            }
            _ => Self { name: None, path: text.into() },
        }
    }
}

/// The parts that a name may be made of.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    /// The context's own name.
    pub(crate) given: Option<String>,
    /// The context, absolute.
    pub(crate) context: PathBuf,
    /// The file as typed; none if it was not.
    pub(crate) file: Option<PathBuf>,
    /// The stage.
    pub(crate) target: Option<String>,
}

/// One name for each, as short as tells them apart: of context, file and
/// target only what differs; of a path only as many last components as needed.
/// Where nothing differs: the given name, the stage, the file, or the folder.
pub(crate) fn names(parts: &[Parts]) -> Vec<String> {
    let contexts = labels(parts.iter().map(context_key));
    let files = labels(parts.iter().map(|part| part.file.clone().unwrap_or_default()));
    let targets =
        labels(parts.iter().map(|part| PathBuf::from(part.target.clone().unwrap_or_default())));
    let varying: Vec<_> =
        [contexts, files, targets].into_iter().filter(|labels| differ(labels)).collect();
    if varying.is_empty() {
        return parts.iter().map(plain_name).collect();
    }
    (0..parts.len())
        .map(|at| {
            let words: Vec<&str> = varying.iter().map(|labels| labels[at].as_str()).collect();
            words.join("/")
        })
        .collect()
}

fn context_key(part: &Parts) -> PathBuf {
    part.given.as_ref().map_or_else(|| part.context.clone(), PathBuf::from)
}

fn plain_name(part: &Parts) -> String {
    let file = part.file.as_deref().map(|file| tail(file, 1));
    let folder = || tail(&part.context, 1);
    part.given.clone().or_else(|| part.target.clone()).or(file).unwrap_or_else(folder)
}

fn differ(labels: &[String]) -> bool {
    labels.iter().any(|label| *label != labels[0])
}

/// Of each path the fewest last components that keep different paths apart.
fn labels(paths: impl Iterator<Item = PathBuf>) -> Vec<String> {
    let paths: Vec<PathBuf> = paths.collect();
    let longest = paths.iter().map(|path| path.components().count()).max().unwrap_or(0);
    for count in 1..longest {
        let labels: Vec<String> = paths.iter().map(|path| tail(path, count)).collect();
        if tells_apart(&paths, &labels) {
            return labels;
        }
    }
    paths.iter().map(|path| tail(path, longest)).collect()
}

fn tells_apart(paths: &[PathBuf], labels: &[String]) -> bool {
    let pairs = || paths.iter().zip(labels);
    pairs().all(|(path, label)| pairs().all(|(other, same)| label != same || path == other))
}

/// The last `count` named components.
fn tail(path: &Path, count: usize) -> String {
    let named = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    let named: Vec<String> =
        named.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    named[named.len().saturating_sub(count)..].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(given: &str, context: &str, file: &str, target: &str) -> Parts {
        let word = |word: &str| Some(word.to_owned()).filter(|word| !word.is_empty());
        Parts {
            given: word(given),
            context: context.into(),
            file: word(file).map(Into::into),
            target: word(target),
        }
    }

    #[test]
    fn only_what_differs_stands_in_the_name() {
        let files = [
            part("", "/a/app", "Dockerfile", ""),
            part("", "/a/app", "docker/Dockerfile.slim", ""),
        ];
        assert_eq!(names(&files), ["Dockerfile", "Dockerfile.slim"]);
        let contexts = [part("main", "/a/app", "", ""), part("head", "/b/app", "", "")];
        assert_eq!(names(&contexts), ["main", "head"]);
        let targets =
            [part("", "/a", "Dockerfile", "builder"), part("", "/a", "Dockerfile", "runtime")];
        assert_eq!(names(&targets), ["builder", "runtime"]);
    }

    #[test]
    fn equal_last_components_get_one_more() {
        let files = [part("", "/a", "api/Dockerfile", ""), part("", "/a", "web/Dockerfile", "")];
        assert_eq!(names(&files), ["api/Dockerfile", "web/Dockerfile"]);
        let contexts = [part("", "/x/api/app", "", ""), part("", "/x/web/app", "", "")];
        assert_eq!(names(&contexts), ["api/app", "web/app"]);
    }

    #[test]
    fn all_that_differs_is_joined() {
        let both = [
            part("main", "/a", "Dockerfile", ""),
            part("main", "/a", "Slim", ""),
            part("head", "/b", "Dockerfile", ""),
            part("head", "/b", "Slim", ""),
        ];
        assert_eq!(names(&both), ["main/Dockerfile", "main/Slim", "head/Dockerfile", "head/Slim"]);
    }

    #[test]
    fn one_subject_has_the_plainest_name() {
        assert_eq!(names(&[part("", "/src/app", "", "")]), ["app"]);
        assert_eq!(names(&[part("", "/src/app", "x/Dockerfile.slim", "")]), ["Dockerfile.slim"]);
        assert_eq!(names(&[part("", "/src/app", "Dockerfile", "builder")]), ["builder"]);
        assert_eq!(names(&[part("mine", "/src/app", "Dockerfile", "builder")]), ["mine"]);
    }

    #[test]
    fn a_path_with_an_equals_sign_is_a_path() {
        assert_eq!(ContextArg::parse("./a=b"), ContextArg { name: None, path: "./a=b".into() });
        assert_eq!(
            ContextArg::parse("a=b"),
            ContextArg { name: Some("a".to_owned()), path: "b".into() }
        );
    }
}
