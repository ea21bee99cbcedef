//! Which builder builds.

use dp_engine::Engine;
use dp_engine::info::CliFacts;
use dp_record::Ground;
use dp_tool::{Fault, Progress, fault};

/// The first buildx that prints rawjson.
const RAWJSON: (u32, u32) = (0, 13);

/// The builder that was chosen.
pub(crate) struct Builder {
    /// Its name for `--builder`.
    pub(crate) name: String,
    /// The client's version.
    version: String,
}

impl Builder {
    /// The user's choice, or the docker-driver builder of the engine. The
    /// user's current builder is never taken silently: it may be another
    /// machine, whose images do not land in this engine.
    pub(crate) async fn choose(
        engine: &Engine,
        wanted: Option<&str>,
        progress: &Progress,
    ) -> Result<Self, Fault> {
        let cli = CliFacts::read(engine.endpoint()).await.map_err(fault)?;
        if !cli.buildx.at_least(RAWJSON.0, RAWJSON.1) {
            let message = format!(
                "buildx {} is too old: dp-build needs 0.13 or newer (install the docker-buildx package)",
                cli.buildx
            );
            return Err(Fault::engine(message));
        }
        let own = engine.endpoint().builder();
        let current = std::env::var("BUILDX_BUILDER").ok().filter(|name| !name.is_empty());
        if let (None, Some(current)) = (wanted, current.filter(|name| name != own)) {
            progress.warn(&format!("BUILDX_BUILDER is {current}, but {own} builds: it is the engine's own (or give --builder {current})"));
        }
        Ok(Self { name: wanted.unwrap_or(own).to_owned(), version: cli.buildx.to_string() })
    }

    /// Adds the builder to what makes batches comparable.
    pub(crate) fn stand_on(&self, ground: &mut Ground) {
        ground.builder_backend = Some("buildx".to_owned());
        ground.builder_version = Some(self.version.clone());
    }
}
