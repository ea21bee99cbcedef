//! Facts about the engine, buildx and its builders, which every measurement depends on.

mod builder;
mod buildx;
mod machine;

use bollard::Docker;
use bollard::models::{SystemInfo, SystemInfoCgroupVersionEnum};
use jiff::Timestamp;

use crate::connect::{Engine, EngineVersion};
use crate::endpoint::Endpoint;
use crate::error::EngineError;
pub use builder::{Builder, BuilderEnvironment, Builders, CurrentBuilder};
pub use buildx::BuildxVersion;
pub(crate) use machine::Machine;

/// How the engine keeps images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageStore {
    /// Graph drivers: one folder per layer (`overlay2`).
    GraphDriver,
    /// containerd's snapshotters.
    Containerd,
}

impl ImageStore {
    /// The name that records use.
    pub fn name(self) -> &'static str {
        match self {
            Self::GraphDriver => "graphdriver",
            Self::Containerd => "containerd",
        }
    }
}

/// The engine's own facts; the machine's name is left out on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineFacts {
    /// The engine's version, as it writes it.
    pub engine_version: String,
    /// The newest API version that the engine has.
    pub api_version: String,
    /// The API version that dp speaks with it.
    pub spoken_api_version: String,
    /// The storage driver, or with the containerd image store its snapshotter.
    pub storage_driver: String,
    /// How images are kept.
    pub image_store: ImageStore,
    /// The cgroup version, 1 or 2; absent where the engine has none.
    pub cgroup_version: Option<u8>,
    /// `cgroupfs` or `systemd`; absent where the engine has none.
    pub cgroup_driver: Option<String>,
    /// The containers' kind of system: `linux` or `windows`.
    pub os: String,
    /// The name of the engine's system ("Debian GNU/Linux 12 (bookworm)").
    pub operating_system: String,
    /// The kernel release of the engine's system.
    pub kernel: String,
    /// The processor architecture by its OCI name (`amd64`).
    pub architecture: String,
    /// The processors that the engine sees.
    pub cpus: u64,
    /// The memory of the engine's system, in bytes.
    pub memory_bytes: u64,
    /// The engine's own id.
    pub engine_id: String,
    /// Security options, sorted (`name=rootless`, `name=seccomp,profile=default`).
    pub security_options: Vec<String>,
    /// The engine's data folder, on its own system.
    pub data_root: String,
    /// Whether the engine runs on this machine, under the same kernel, seen from the same place.
    ///
    /// True when the engine was reached by a Unix socket, and its kernel release, its host name
    /// and the size of its memory to the kilobyte are ours. A virtual machine (Docker Desktop) or a
    /// forwarded socket differs in at least one of them. Inside a container with the socket mounted
    /// the host name differs: the kernel is shared there, but neither /proc nor cgroups are.
    /// When in doubt an engine is remote, which costs metrics and never makes them wrong.
    pub local: bool,
}

impl Engine {
    /// As [`Engine::connect`], with the engine's facts. Both answers are asked for at once: either
    /// takes the engine about 5 ms, in which it runs its helpers to read their versions.
    ///
    /// # Errors
    /// Those of [`Engine::connect`] and [`Engine::facts`].
    pub async fn connect_with_facts(
        endpoint: &Endpoint,
    ) -> Result<(Self, EngineFacts), EngineError> {
        let ask = |docker: Docker| tokio::spawn(async move { docker.info().await });
        let (engine, asked) = Self::connect_and(endpoint, ask).await?;
        // Until a version is agreed on, an engine answers in its newest: that answer is only
        // understood if dp speaks it too.
        let understood = engine.version().spoken == engine.version().api;
        let facts = match asked.await {
            Ok(Ok(info)) if understood => engine.facts_of(info),
            _ => engine.facts().await?,
        };
        Ok((engine, facts))
    }

    /// The time by the engine's clock, which stamps records and steps.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer.
    pub async fn clock(&self) -> Result<Timestamp, EngineError> {
        const DOING: &str = "asking for the engine's time";
        let info = self.docker().info().await.map_err(|error| self.failed(DOING, &error))?;
        let time = info.system_time.unwrap_or_default();
        time.parse().map_err(|_| EngineError::BadAnswer {
            doing: DOING.into(),
            reason: format!("{time:?} is no time"),
        })
    }

    /// Asks the engine for its facts.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer.
    pub async fn facts(&self) -> Result<EngineFacts, EngineError> {
        let info = self.docker().info().await;
        let info = info.map_err(|error| self.failed("asking for engine facts", &error))?;
        Ok(self.facts_of(info))
    }

    /// The facts in the engine's answer.
    fn facts_of(&self, info: SystemInfo) -> EngineFacts {
        let theirs = Machine::of_engine(&info);
        let local = self.endpoint().is_local() && theirs.is_some() && theirs == Machine::here();
        facts(self.version(), info, local)
    }
}

fn facts(version: &EngineVersion, info: SystemInfo, local: bool) -> EngineFacts {
    let mut security_options = info.security_options.unwrap_or_default();
    security_options.sort();
    EngineFacts {
        engine_version: version.version.clone(),
        api_version: version.api.to_string(),
        spoken_api_version: version.spoken.to_string(),
        image_store: image_store(info.driver_status.as_deref().unwrap_or_default()),
        storage_driver: info.driver.unwrap_or_default(),
        cgroup_version: match info.cgroup_version {
            Some(SystemInfoCgroupVersionEnum::_1) => Some(1),
            Some(SystemInfoCgroupVersionEnum::_2) => Some(2),
            _ => None,
        },
        cgroup_driver: info
            .cgroup_driver
            .map(|driver| driver.to_string())
            .filter(|d| !d.is_empty()),
        os: info.os_type.unwrap_or_default(),
        operating_system: info.operating_system.unwrap_or_default(),
        kernel: info.kernel_version.unwrap_or_default(),
        architecture: version.architecture.clone(),
        cpus: info.ncpu.and_then(|n| n.try_into().ok()).unwrap_or_default(),
        memory_bytes: info.mem_total.and_then(|n| n.try_into().ok()).unwrap_or_default(),
        engine_id: info.id.unwrap_or_default(),
        security_options,
        data_root: info.docker_root_dir.unwrap_or_default(),
        local,
    }
}

/// The containerd image store says so in the driver's status; the driver's name alone does not
/// say so (it is then the snapshotter's, such as `overlayfs` or `native`).
fn image_store(status: &[Vec<String>]) -> ImageStore {
    let containerd = status.iter().any(|row| {
        matches!(row.as_slice(), [key, value]
            if key == "driver-type" && value == "io.containerd.snapshotter.v1")
    });
    if containerd { ImageStore::Containerd } else { ImageStore::GraphDriver }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[[&str; 2]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|&text| text.to_owned()).collect()).collect()
    }

    #[test]
    fn the_driver_status_says_which_image_store_it_is() {
        // As `docker info` shows them: overlay2 of 20.10, and a 28.5 with containerd-snapshotter.
        let overlay2 = rows(&[["Backing Filesystem", "extfs"], ["Supports d_type", "true"]]);
        let containerd = rows(&[["driver-type", "io.containerd.snapshotter.v1"]]);
        assert_eq!(image_store(&overlay2), ImageStore::GraphDriver);
        assert_eq!(image_store(&containerd), ImageStore::Containerd);
        assert_eq!(image_store(&[]), ImageStore::GraphDriver);
    }
}
