//! One build as a request to the engine's API.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{BuildOptions, BuildRequest, Context, Dockerfile, Keep, LegacyStage};
use anyhow::Context as _;
use dp_dockerfile::{Ignore, Stages};
use dp_tool::Fault;

use crate::isolated::IsolatedRun;
use crate::subject::BuildPlan;
use crate::subject::ResolvedSubject;
use crate::subject::content::{keep, read_ignore};
use crate::subject::options::values;

/// One build to be run.
pub struct Job<'a> {
    /// What is the same for all builds.
    pub plan: &'a BuildPlan,
    /// What to build.
    pub subject: &'a ResolvedSubject,
    /// The run tag of its image.
    pub tag: &'a str,
    /// What keeps it apart from the user's build cache, if anything does.
    pub isolated: Option<&'a IsolatedRun>,
}

/// Options with a value that the API has too.
const KNOWN: &[&str] =
    &["--build-arg", "--platform", "--network", "--add-host", "--cache-from", "--shm-size"];

/// What a request borrows from.
pub(crate) struct Prepared {
    folder: PathBuf,
    ignore: Ignore,
    text: Vec<u8>,
    name: String,
    place: Option<String>,
    own_ignore: Option<Vec<u8>>,
    options: BuildOptions,
}

impl Prepared {
    /// Refuses options that the API does not have.
    pub(crate) fn check(words: &[String]) -> Result<(), Fault> {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, glued) =
                word.split_once('=').map_or((word.as_str(), false), |(name, _)| (name, true));
            if name == "--pull" {
                continue;
            }
            if !KNOWN.contains(&name) {
                return Err(Fault::usage(format!("{name} needs buildx (--backend buildx)")));
            }
            if !glued {
                words.next();
            }
        }
        Ok(())
    }

    /// Reads what the request needs.
    pub(crate) fn new(job: &Job<'_>) -> anyhow::Result<Self> {
        let subject = &job.subject.subject;
        let path = &subject.dockerfile;
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut own = path.clone().into_os_string();
        own.push(".dockerignore");
        Ok(Self {
            folder: subject.context.clone(),
            ignore: read_ignore(&subject.context, path, job.subject.rules)?,
            text,
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            place: place(path, &subject.context),
            own_ignore: fs::read(own).ok(),
            options: options(job)?,
        })
    }

    /// Calls `work` with the request.
    pub(crate) async fn with<T>(&self, work: impl AsyncFnOnce(&BuildRequest<'_>) -> T) -> T {
        let filter = |path: &str, _: bool| -> Keep { keep(&self.ignore, path) };
        let request = BuildRequest {
            context: Context { folder: &self.folder, filter: &filter },
            dockerfile: Dockerfile {
                text: &self.text,
                name: &self.name,
                place: self.place.as_deref(),
                ignore: self.own_ignore.as_deref(),
            },
            options: &self.options,
        };
        work(&request).await
    }
}

/// Where the file lies in the context, if it does.
fn place(file: &Path, context: &Path) -> Option<String> {
    let (file, context) = (file.canonicalize().ok()?, context.canonicalize().ok()?);
    Some(file.strip_prefix(context).ok()?.to_str()?.to_owned())
}

fn options(job: &Job<'_>) -> Result<BuildOptions, Fault> {
    let words = &job.subject.options;
    let list = |name| values(words, name).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let single = |name| values(words, name).last().map(|value| (*value).to_owned());
    let mut build_args: Vec<(String, String)> =
        job.subject.build_args.clone().into_iter().collect();
    build_args.extend(job.isolated.map(IsolatedRun::build_arg));
    Ok(BuildOptions {
        tags: vec![job.tag.to_owned()],
        target: job.subject.subject.target.clone(),
        build_args,
        platform: single("--platform"),
        no_cache: job.isolated.is_some_and(IsolatedRun::is_cold),
        pull: words.iter().any(|word| word == "--pull"),
        network: single("--network"),
        add_hosts: list("--add-host"),
        cache_from: list("--cache-from"),
        shm_size_bytes: single("--shm-size").map(|size| bytes(&size)).transpose()?,
        cgroup_parent: job.isolated.and_then(IsolatedRun::cgroup_parent),
    })
}

/// A size as docker takes it: a number with b, k, m or g after it (powers of
/// 1024).
fn bytes(text: &str) -> Result<u64, Fault> {
    let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let factor = match text[digits.len()..].to_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kb" => Some(1 << 10),
        "m" | "mb" => Some(1 << 20),
        "g" | "gb" => Some(1 << 30),
        _ => None,
    };
    let number: Option<u64> = digits.parse().ok();
    number
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor))
        .ok_or_else(|| Fault::usage(format!("{text:?} is no size such as 64m")))
}

/// What the old builder does not say of its stages.
pub(crate) fn legacy_stages(resolved: &ResolvedSubject) -> Vec<LegacyStage> {
    let stages = Stages::resolve(&resolved.dockerfile, &resolved.build_args);
    let needed = stages.needed(resolved.subject.target.as_deref()).unwrap_or_default();
    let steps = |at: usize| {
        let stage = &resolved.dockerfile.stages[at];
        let own = stage.instructions.iter().filter(|one| one.is_step() && !one.onbuild).count();
        let from = matches!(
            stages.base(at),
            Some(dp_dockerfile::Base::Image(_) | dp_dockerfile::Base::Unknown)
        );
        u32::try_from(own + usize::from(from)).unwrap_or(u32::MAX)
    };
    let all = 0..resolved.dockerfile.stages.len();
    all.map(|at| LegacyStage { needed: needed.contains(&at), steps: steps(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str]) -> bool {
        Prepared::check(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).is_ok()
    }

    #[test]
    fn options_that_the_api_lacks_are_refused() {
        assert!(check(&[
            "--build-arg",
            "--secret",
            "--network=none",
            "--pull",
            "--shm-size",
            "64m"
        ]));
        assert!(!check(&["--secret", "id=a"]));
        assert!(!check(&["--build-context=a=b"]));
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(bytes("67108864").unwrap(), 67_108_864);
        assert_eq!(bytes("64m").unwrap(), 67_108_864);
        assert_eq!(bytes("1GB").unwrap(), 1 << 30);
        assert!(bytes("64x").is_err());
        assert!(bytes("99999999999g").is_err());
    }
}
