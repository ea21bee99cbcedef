//! Options of `docker buildx build` that dp knows by name.

use std::env;
use std::path::PathBuf;

use dp_dockerfile::BuildArgs;

/// Spelt as in `docker buildx build`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Build (as docker buildx build)")]
pub struct BuildOptions {
    /// Build argument
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub build_arg: Vec<String>,
    /// Secret: id=ID,src=FILE or id=ID,env=NAME (buildx only)
    #[arg(long, value_name = "SPEC")]
    pub secret: Vec<String>,
    /// SSH agent socket or keys: default or ID=PATH (buildx only)
    #[arg(long, value_name = "SPEC")]
    pub ssh: Vec<String>,
    /// Platform to build for
    #[arg(long)]
    pub platform: Option<String>,
    /// Cache to import
    #[arg(long, value_name = "SPEC")]
    pub cache_from: Vec<String>,
    /// Cache to export (the time of it is part of the build; buildx only)
    #[arg(long, value_name = "SPEC")]
    pub cache_to: Vec<String>,
    /// Builder instance (the one of the engine's docker driver by default; buildx
    /// only)
    #[arg(long, value_name = "NAME")]
    pub builder: Option<String>,
    /// Network of RUN steps: default, none or host
    #[arg(long, value_name = "MODE")]
    pub network: Option<String>,
    /// Look for newer base images in every build
    #[arg(long)]
    pub pull: bool,
    /// Host name of RUN steps: HOST:IP
    #[arg(long, value_name = "HOST:IP")]
    pub add_host: Vec<String>,
    /// Size of /dev/shm of RUN steps (BuildKit of engine 23 or newer)
    #[arg(long, value_name = "BYTES")]
    pub shm_size: Option<String>,
    /// Limit of RUN steps: NAME=SOFT[:HARD] (buildx only, engine 23 or newer)
    #[arg(long, value_name = "LIMIT")]
    pub ulimit: Vec<String>,
    /// Write the result elsewhere: type=cacheonly, local, tar or oci; then there
    /// is no image in the engine (buildx only)
    #[arg(long, value_name = "SPEC", conflicts_with = "tag")]
    pub output: Option<String>,
    /// Write the image id to this file (one subject only; buildx only)
    #[arg(long, value_name = "FILE")]
    pub iidfile: Option<PathBuf>,
    /// Write the build's metadata to this file (one subject only; buildx only)
    #[arg(long, value_name = "FILE")]
    pub metadata_file: Option<PathBuf>,
}

impl BuildOptions {
    /// As words of a command line. The builder and the output are not among
    /// them.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut add = |name: &str, values: &[String]| {
            for value in values {
                words.extend([name.to_owned(), value.clone()]);
            }
        };
        add("--build-arg", &self.build_arg);
        add("--secret", &self.secret);
        add("--ssh", &self.ssh);
        add("--platform", self.platform.as_slice());
        add("--cache-from", &self.cache_from);
        add("--cache-to", &self.cache_to);
        add("--network", self.network.as_slice());
        add("--add-host", &self.add_host);
        add("--shm-size", self.shm_size.as_slice());
        add("--ulimit", &self.ulimit);
        let files = [("--iidfile", &self.iidfile), ("--metadata-file", &self.metadata_file)];
        for (name, file) in files {
            add(
                name,
                file.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().as_slice(),
            );
        }
        words.extend(self.pull.then(|| "--pull".to_owned()));
        words
    }
}

/// The values of an option in a command line: `--name value` and
/// `--name=value`.
pub(crate) fn values<'w>(words: &'w [String], name: &str) -> Vec<&'w str> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let glued = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
        let next = || words.get(at + 1).filter(|_| word == name);
        found.extend(glued.or_else(|| next().map(String::as_str)));
    }
    found
}

/// Whether an option stands in a command line.
pub(crate) fn is_given(words: &[String], name: &str) -> bool {
    let glued = |word: &String| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
    words.iter().any(|word| word == name || glued(word))
}

/// The build arguments of a command line with their values. One without `=`
/// has that of the environment, if there is any.
pub(crate) fn build_args(words: &[String]) -> BuildArgs {
    let value = |arg: &str| match arg.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => Some((arg.to_owned(), env::var(arg).ok()?)),
    };
    values(words, "--build-arg").into_iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_arguments_are_found_however_they_are_written() {
        let words = [
            "--build-arg",
            "A=b=c",
            "--build-arg=D=e",
            "--network",
            "none",
            "--build-arg",
            "DP_NO_SUCH",
        ];
        let found = build_args(&words.map(str::to_owned));
        let found: Vec<_> =
            found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("A", "b=c"), ("D", "e")]);
    }
}
