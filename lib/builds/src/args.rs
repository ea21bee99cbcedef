//! What people type for a build: options of `docker buildx build` that dp knows by
//! name, and what builds.

use clap::ValueEnum;

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
    /// Limit of RUN steps: NAME=SOFT or NAME=SOFT:HARD (buildx only, engine 23 or newer)
    #[arg(long, value_name = "LIMIT")]
    pub ulimit: Vec<String>,
}

impl BuildOptions {
    /// As words of a command line. The builder is not among them.
    pub fn words(&self) -> Vec<String> {
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
        words.extend(self.pull.then(|| "--pull".to_owned()));
        words
    }
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum BackendChoice {
    /// buildx if it is there (0.13 or newer), else the engine's API
    #[default]
    Auto,
    /// `docker buildx build`
    Buildx,
    /// BuildKit inside the engine, over its API; needs no CLI
    Engine,
    /// The engine's old builder, which knows no BuildKit
    Legacy,
}
