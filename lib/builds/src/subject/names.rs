//! The subjects: one per context x file x target, with the shortest names that
//! tell them apart.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// A context as typed: `[NAME=]FOLDER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContextArg {
    /// The name in front of `=`.
    pub(super) name: Option<String>,
    /// The folder.
    pub(super) path: PathBuf,
}

impl ContextArg {
    /// Splits at the first `=`, unless what stands before it is a path.
    pub(super) fn parse(text: &str) -> Self {
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
pub(super) struct Parts {
    /// The context's own name.
    pub(super) given: Option<String>,
    /// The context, absolute.
    pub(super) context: PathBuf,
    /// The file as typed; none if it was not.
    pub(super) file: Option<PathBuf>,
    /// The stage.
    pub(super) target: Option<String>,
}

/// One name for each, as short as tells them apart: of context, file and
/// target only what differs; of a path only as many last components as needed.
/// Where nothing differs: the given name, the stage, the file, or the folder.
pub(super) fn names(parts: &[Parts]) -> Vec<String> {
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

/// Characters of a folder's and of a file's name in an image's.
const WORD_CHARS: usize = 40;

/// The words that name the images of a subject without a name: its folder, Dockerfile and stage, and
/// a mark that tells it from others that are called the same. The same subject has the same words in
/// every batch, whatever else is built with it.
pub(super) fn image_words(context: &Path, dockerfile: &Path, target: Option<&str>) -> String {
    let whole = dockerfile.canonicalize().unwrap_or_else(|_| dockerfile.to_owned());
    let mut hash = Sha256::new();
    for part in [context.as_os_str(), whole.as_os_str(), OsStr::new(target.unwrap_or_default())] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    let mark = format!("{:02x}{:02x}", digest[0], digest[1]);
    let word = |path: &Path| tail(path, 1).chars().take(WORD_CHARS).collect::<String>();
    let words = [word(context), word(dockerfile), target.unwrap_or_default().to_owned(), mark];
    words.iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join(" ")
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
    fn images_of_equal_names_in_different_projects_are_told_apart() {
        let words = |context: &str, file: &str, target: Option<&str>| {
            image_words(Path::new(context), &Path::new(context).join(file), target)
        };
        let shop = words("/src/shop", "Dockerfile", None);
        let (begin, mark) = shop.rsplit_once(' ').unwrap();
        assert_eq!(begin, "shop Dockerfile");
        assert!(mark.len() == 4 && mark.bytes().all(|byte| byte.is_ascii_hexdigit()), "{mark}");
        assert_eq!(words("/src/shop", "Dockerfile", None), shop);
        let all = [
            shop,
            words("/src/bank", "Dockerfile", None),
            words("/old/shop", "Dockerfile", None),
            words("/src/shop", "Dockerfile.slim", None),
            words("/src/shop", "a/Dockerfile", None),
            words("/src/shop", "Dockerfile", Some("test")),
            words("/", "Dockerfile", None),
        ];
        assert!(all[1].starts_with("bank Dockerfile "));
        assert!(all[5].starts_with("shop Dockerfile test "));
        let slugs: std::collections::BTreeSet<_> =
            all.iter().map(|words| dp_tool::slug(words)).collect();
        assert_eq!(slugs.len(), all.len(), "{slugs:?}");
        let long = words(&format!("/{}", "x".repeat(300)), "Dockerfile", None);
        assert!(long.len() < 90, "{long}");
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
