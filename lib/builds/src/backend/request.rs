//! What the engine's own API is asked to build.

use crate::context::Context;

/// A build of a folder on this machine.
#[derive(Debug, Clone, Copy)]
pub struct BuildRequest<'a> {
    /// The files.
    pub context: Context<'a>,
    /// What to do with them.
    pub dockerfile: Dockerfile<'a>,
    /// The rest.
    pub options: &'a BuildOptions,
}

/// A Dockerfile, wherever it lies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dockerfile<'a> {
    /// Its text, byte for byte.
    pub text: &'a [u8],
    /// The name of the file, without folders: what the engine calls it.
    pub name: &'a str,
    /// Where it lies in the context, relative and with `/`; none if it is outside.
    pub place: Option<&'a str>,
    /// The text of the ignore file that bears its name, if there is one
    /// (`NAME.dockerignore`). The engine gets it for its remarks; what is
    /// sent is for [`Context::filter`] to say.
    pub ignore: Option<&'a [u8]>,
}

/// Options of `docker build` that the engine's API has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildOptions {
    /// `--tag`.
    pub tags: Vec<String>,
    /// `--target`.
    pub target: Option<String>,
    /// `--build-arg`, name and value.
    pub build_args: Vec<(String, String)>,
    /// `--platform`.
    pub platform: Option<String>,
    /// `--no-cache`.
    pub no_cache: bool,
    /// `--pull`.
    pub pull: bool,
    /// `--network`.
    pub network: Option<String>,
    /// `--add-host`, each `NAME:ADDRESS`.
    pub add_hosts: Vec<String>,
    /// `--cache-from`: names of images.
    pub cache_from: Vec<String>,
    /// `--shm-size`, in bytes.
    pub shm_size_bytes: Option<u64>,
    /// `--cgroup-parent`. Only the old builder takes it from this API; with buildx
    /// `BuildKit` of Docker 28 does too.
    pub cgroup_parent: Option<String>,
}
