//! Which builder builds.

use std::ffi::OsString;

use dp_engine::Endpoint;
use dp_engine::info::{self, BuilderEnvironment, Builders, BuildxVersion, CurrentBuilder};
use dp_session::{Session, fault};
use dp_tool::{Fault, Progress};

/// The first buildx that prints rawjson.
const RAWJSON: (u32, u32) = (0, 13);

/// The builder that was chosen.
#[derive(Debug)]
pub struct Builder(info::Builder);

impl Builder {
    /// The user's choice, or the docker-driver builder of the engine. The
    /// user's current builder is never taken silently: it may be another
    /// machine, whose images do not land in this engine.
    ///
    /// # Errors
    /// There is no such builder, or buildx cannot list them.
    pub fn choose(
        endpoint: &Endpoint,
        name: Option<&str>,
        progress: &Progress,
    ) -> Result<Self, Fault> {
        let builders = Builders::new(endpoint, BuilderEnvironment::from_process());
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            return builders.find(name).map(Self).map_err(fault);
        }
        let own = builders.own().map_err(fault)?;
        if let Some(current) = builders.current().filter(|current| current.name != own.name) {
            progress.warn(&differs(&current, &own.name));
        }
        Ok(Self(own))
    }

    /// The driver's name: `docker`, `docker-container`, `kubernetes`, `remote`.
    pub fn driver(&self) -> &str {
        &self.0.driver
    }

    /// Whether it is the engine's own.
    pub fn is_docker(&self) -> bool {
        self.0.is_docker()
    }

    /// Refuses a scenario that this builder could not be measured in.
    ///
    /// # Errors
    /// A cold build could not be undone.
    pub fn check(&self, cold: bool) -> Result<(), Fault> {
        if !cold || self.0.is_docker() {
            return Ok(());
        }
        let message = format!(
            "a cold build with builder {} could not be undone: driver {} keeps its cache outside of the engine (leave --builder out; dp-build measures it without --cold)",
            self.0.name,
            self.driver()
        );
        Err(Fault::usage(message))
    }

    /// The words that choose it. With `load` its image goes to the engine, where
    /// that does not come by itself.
    pub fn words(&self, load: bool) -> Vec<OsString> {
        let mut words = vec!["--builder".into(), self.0.name.clone().into()];
        if load && !self.0.is_docker() {
            words.push("--load".into());
        }
        words
    }
}

/// Reaches the engine, and asks buildx for its version while the engine answers.
/// A buildx that does not print its progress is as good as none.
pub(super) async fn reach(
    endpoint: &Endpoint,
) -> Result<(Session, Result<BuildxVersion, Fault>), Fault> {
    // An engine that cannot be reached is reported at once, and before anything of buildx.
    let buildx = async { Ok(buildx(endpoint).await) };
    let (buildx, session) = tokio::try_join!(buildx, dp_session::reach(endpoint))?;
    Ok((session, buildx))
}

async fn buildx(endpoint: &Endpoint) -> Result<BuildxVersion, Fault> {
    let version = BuildxVersion::read(endpoint).await.map_err(fault)?;
    if version.at_least(RAWJSON.0, RAWJSON.1) {
        return Ok(version);
    }
    Err(Fault::engine(format!(
        "buildx {version} is too old: dp-build needs 0.13 or newer (install the docker-buildx package)"
    )))
}

fn differs(current: &CurrentBuilder, own: &str) -> String {
    let name = &current.name;
    let current = if current.by_variable {
        format!("BUILDX_BUILDER is {name}")
    } else {
        format!("your current builder is {name}")
    };
    format!("{current}, but {own} builds: it is the engine's own (or give --builder {name})")
}
