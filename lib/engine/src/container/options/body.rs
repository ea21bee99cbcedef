//! From options to the body of the create call.

use std::collections::BTreeSet;

use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, NetworkingConfig, RestartPolicy,
    RestartPolicyNameEnum,
};

use super::block_io::{bytes_per_second, operations_per_second, weight};
use super::health::health;
use super::limits::{OPEN_PATHS, device, devices, pair, pairs, security, ulimit, ulimits};
use super::network::Attachment;
use super::numbers::{bytes, integer, nano_cpus, swap, unsigned};
use super::ports::Bindings;
use super::volumes::Volume;
use super::{OptionError, RunOptions, environment, gpus, network, ports, values, volumes};

/// The body of the engine's create call. The values in [`secrets`](Self::secrets)
/// are for the engine alone.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub(crate) body: ContainerCreateBody,
    /// `os/architecture[/variant]`, if one was asked for.
    pub(crate) platform: Option<String>,
    /// Volumes with names, which the engine would create where they are missing.
    volumes: Vec<String>,
    secrets: Vec<String>,
    /// Options that older engines do not know, and the minor number of the API that
    /// does.
    needs: Vec<(&'static str, u32)>,
}

/// Options that the API did not always have, and the minor number of the first that
/// has it.
const SINCE: [(&str, u32); 3] =
    [("annotation", 43), ("health-start-interval", 44), ("mac-address", 44)];

impl Request {
    /// What these options ask of an image; `command` replaces the image's own.
    ///
    /// # Errors
    /// A value of another form, or a file that cannot be read.
    pub fn new(
        image: &str,
        options: &RunOptions,
        command: Option<&[String]>,
    ) -> Result<Self, OptionError> {
        let variables = environment::variables(options)?;
        let values = variables.iter().filter_map(|one| one.split_once('='));
        let secrets = values.map(|(_, value)| value.to_owned()).collect();
        let named = options.volumes()?;
        let networks = network::attachments(options)?;
        let mut body = options.config()?;
        body.image = Some(image.to_owned());
        body.cmd = command.map(<[String]>::to_vec);
        body.env = Some(variables);
        body.host_config = Some(options.host(networks.first())?);
        body.networking_config = network::endpoints(&networks)
            .map(|all| NetworkingConfig { endpoints_config: Some(all) });
        let given = SINCE.into_iter().filter(|(name, _)| options.last(name).is_some());
        Ok(Self {
            needs: given.collect(),
            platform: options.last("platform").map(str::to_owned),
            volumes: named,
            secrets,
            body,
        })
    }

    /// Values of variables, which must appear in no record.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }

    /// The first option that an engine of this API (`1.MINOR`) does not know.
    pub(crate) fn unknown_to(&self, minor: u32) -> Option<(&'static str, u32)> {
        self.needs.iter().find(|(_, since)| minor < *since).copied()
    }

    /// Volumes with names, which the engine would create where they are missing.
    pub fn named_volumes(&self) -> &[String] {
        &self.volumes
    }

    /// The same for another image.
    #[must_use]
    pub fn of_image(&self, image: &str) -> Self {
        let mut request = self.clone();
        request.body.image = Some(image.to_owned());
        request
    }

    /// The platform that was asked for.
    pub fn platform(&self) -> Option<&str> {
        self.platform.as_deref()
    }

    /// The network's name or mode, if one was asked for.
    pub fn network(&self) -> Option<&str> {
        self.body.host_config.as_ref()?.network_mode.as_deref()
    }

    /// Adds a label.
    pub fn set_label(&mut self, name: &str, value: &str) {
        let labels = self.body.labels.get_or_insert_default();
        labels.insert(name.to_owned(), value.to_owned());
    }

    /// Limits its memory, swap included: there is none then.
    pub fn limit_memory(&mut self, bytes: u64) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let host = self.body.host_config.get_or_insert_default();
        (host.memory, host.memory_swap) = (Some(bytes), Some(bytes));
    }

    /// Puts the container under a control group.
    pub fn set_cgroup_parent(&mut self, parent: String) {
        self.body.host_config.get_or_insert_default().cgroup_parent = Some(parent);
    }
}

impl RunOptions {
    /// The last value of an option, read by `parse`; those before it must be good too.
    pub(super) fn value<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, OptionError> {
        Ok(self.values(name, parse)?.pop())
    }

    /// All values of an option, each read by `parse`.
    pub(super) fn values<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, OptionError> {
        let bad = |text: &str, reason| bad(name, text, reason);
        self.all(name).map(|text| parse(text).map_err(|reason| bad(text, reason))).collect()
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.last(name).map(str::to_owned)
    }

    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let all: Vec<String> = self.all(name).map(str::to_owned).collect();
        Some(all).filter(|all| !all.is_empty())
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.last(name).map(|value| value == "true")
    }

    fn volumes(&self) -> Result<Vec<String>, OptionError> {
        let all = self.values("volume", volumes::parse)?;
        let named = all.into_iter().filter_map(|volume| match volume {
            Volume::Named { name, .. } => Some(name),
            _ => None,
        });
        Ok(named.collect())
    }

    /// The container's own part.
    fn config(&self) -> Result<ContainerCreateBody, OptionError> {
        let mut exposed: BTreeSet<String> = self.bindings()?.into_keys().collect();
        exposed.extend(self.values("expose", ports::exposed)?.into_iter().flatten());
        let anonymous = self.values("volume", volumes::parse)?.into_iter();
        let anonymous: BTreeSet<String> = anonymous
            .filter_map(|volume| match volume {
                Volume::Anonymous(path) => Some(path),
                _ => None,
            })
            .collect();
        Ok(ContainerCreateBody {
            hostname: self.text("hostname"),
            domainname: self.text("domainname"),
            user: self.text("user"),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            exposed_ports: Some(exposed.into_iter().collect()),
            healthcheck: health(self)?,
            volumes: Some(anonymous.into_iter().collect()),
            working_dir: self.text("workdir"),
            entrypoint: self.last("entrypoint").map(|entry| vec![entry.to_owned()]),
            labels: pairs(environment::labels(self)?.iter().map(String::as_str)),
            stop_signal: self.value("stop-signal", values::signal)?,
            stop_timeout: self.value("stop-timeout", integer)?,
            ..ContainerCreateBody::default()
        })
    }

    fn bindings(&self) -> Result<Bindings, OptionError> {
        let mut bindings = Bindings::new();
        for text in self.all("publish") {
            let added = ports::add(text, &mut bindings);
            added.map_err(|reason| bad("publish", text, reason))?;
        }
        Ok(bindings)
    }

    /// The engine's machine's part.
    fn host(&self, attachment: Option<&Attachment>) -> Result<HostConfig, OptionError> {
        let binds = self.values("volume", volumes::parse)?.into_iter();
        let binds = binds
            .filter_map(|volume| match volume {
                Volume::Folder(bind) | Volume::Named { bind, .. } => Some(bind),
                Volume::Anonymous(_) => None,
            })
            .collect();
        let binds = without_repeats(binds);
        let security = self.values("security-opt", security)?;
        let open = security.iter().any(|option| option == OPEN_PATHS);
        Ok(HostConfig {
            binds: Some(binds),
            tmpfs: Some(self.values("tmpfs", volumes::tmpfs)?.into_iter().collect()),
            volumes_from: self.texts("volumes-from"),
            volume_driver: self.text("volume-driver"),
            port_bindings: Some(self.bindings()?),
            publish_all_ports: self.flag("publish-all"),
            network_mode: attachment.map(|attachment| attachment.name.clone()),
            links: Some(self.values("link", link)?).filter(|links| !links.is_empty()),
            extra_hosts: Some(self.values("add-host", values::extra_host)?),
            dns: Some(self.values("dns", values::address)?),
            dns_options: Some(self.texts("dns-option").unwrap_or_default()),
            dns_search: Some(self.values("dns-search", values::domain)?),
            restart_policy: Some(RestartPolicy {
                name: Some(RestartPolicyNameEnum::NO),
                maximum_retry_count: None,
            }),
            log_config: self.log()?,
            init: self.flag("init"),
            privileged: self.flag("privileged"),
            readonly_rootfs: self.flag("read-only"),
            cap_add: Some(capabilities(self.all("cap-add"))),
            cap_drop: Some(capabilities(self.all("cap-drop"))),
            security_opt: Some(
                security.into_iter().filter(|option| option != OPEN_PATHS).collect(),
            ),
            masked_paths: open.then(Vec::new),
            readonly_paths: open.then(Vec::new),
            group_add: self.texts("group-add"),
            sysctls: pairs(self.values("sysctl", values::sysctl)?.iter().map(String::as_str)),
            storage_opt: pairs(self.values("storage-opt", pair)?.iter().map(String::as_str)),
            annotations: pairs(self.all("annotation")),
            runtime: self.text("runtime"),
            ipc_mode: self.text("ipc"),
            pid_mode: self.value("pid", values::pid_mode)?,
            uts_mode: self.value("uts", values::host_mode)?,
            userns_mode: self.value("userns", values::host_mode)?,
            cgroupns_mode: self.value("cgroupns", values::cgroup_namespace)?,
            isolation: self.value("isolation", values::isolation)?,
            ..self.limits()?
        })
    }

    fn log(&self) -> Result<Option<HostConfigLogConfig>, OptionError> {
        let given = self.last("log-driver").is_some() || self.last("log-opt").is_some();
        if self.last("log-driver") == Some("none") && self.last("log-opt").is_some() {
            let why = "--log-driver none writes no log: leave one of both out";
            return Err(OptionError::Refused { option: "--log-opt".to_owned(), why });
        }
        Ok(given.then(|| HostConfigLogConfig {
            typ: self.text("log-driver"),
            config: pairs(self.all("log-opt")),
        }))
    }

    /// What docker sends where nothing was given is sent too: engines keep it.
    fn limits(&self) -> Result<HostConfig, OptionError> {
        let (files, named) = devices(self.values("device", device)?);
        let requests = self.values("gpus", gpus::parse)?.into_iter().chain(named);
        Ok(HostConfig {
            memory: self.value("memory", bytes)?,
            memory_reservation: self.value("memory-reservation", bytes)?,
            memory_swap: self.value("memory-swap", swap)?,
            memory_swappiness: self.value("memory-swappiness", values::swappiness)?,
            shm_size: self.value("shm-size", bytes)?,
            nano_cpus: self.value("cpus", nano_cpus)?,
            cpu_period: self.value("cpu-period", integer)?,
            cpu_quota: self.value("cpu-quota", integer)?,
            cpu_realtime_period: self.value("cpu-rt-period", integer)?,
            cpu_realtime_runtime: self.value("cpu-rt-runtime", integer)?,
            cpu_shares: self.value("cpu-shares", integer)?,
            cpuset_cpus: self.text("cpuset-cpus"),
            cpuset_mems: self.text("cpuset-mems"),
            blkio_weight: self.value("blkio-weight", block_weight)?,
            blkio_weight_device: Some(self.values("blkio-weight-device", weight)?),
            blkio_device_read_bps: Some(self.values("device-read-bps", bytes_per_second)?),
            blkio_device_write_bps: Some(self.values("device-write-bps", bytes_per_second)?),
            blkio_device_read_iops: Some(self.values("device-read-iops", operations_per_second)?),
            blkio_device_write_iops: Some(self.values("device-write-iops", operations_per_second)?),
            oom_kill_disable: Some(self.flag("oom-kill-disable").unwrap_or(false)),
            oom_score_adj: self.value("oom-score-adj", integer)?,
            pids_limit: self.value("pids-limit", integer)?,
            ulimits: Some(ulimits(self.values("ulimit", ulimit)?)),
            devices: Some(files),
            device_requests: Some(requests.collect()),
            device_cgroup_rules: Some(self.values("device-cgroup-rule", values::device_rule)?),
            ..HostConfig::default()
        })
    }
}

fn bad(option: &'static str, value: &str, reason: String) -> OptionError {
    OptionError::BadValue { option, value: value.to_owned(), reason }
}

/// Capabilities by their full names, each once.
fn capabilities<'a>(all: impl Iterator<Item = &'a str>) -> Vec<String> {
    let full = all.map(|name| match name.to_uppercase() {
        name if name == "ALL" || name.starts_with("CAP_") => name,
        name => format!("CAP_{name}"),
    });
    full.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The first of each.
fn without_repeats(all: Vec<String>) -> Vec<String> {
    let mut known = BTreeSet::new();
    all.into_iter().filter(|one| known.insert(one.clone())).collect()
}

/// `CONTAINER[:ALIAS]`.
fn link(text: &str) -> Result<String, String> {
    let parts = text.split(':').count();
    if text.is_empty() || parts > 2 {
        return Err("write CONTAINER[:ALIAS]".to_owned());
    }
    Ok(text.to_owned())
}

fn block_weight(text: &str) -> Result<u16, String> {
    let number = unsigned(text, i64::from(u16::MAX))?;
    u16::try_from(number).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Result<Request, OptionError> {
        let (options, command) = RunOptions::parse_line(text).unwrap();
        Request::new("image", &options, command.as_deref())
    }

    #[test]
    fn options_reach_the_engine_in_its_own_form() {
        let text = "-v /data -v cache:/c -v /a:/b --tmpfs /run:size=1m -p 8080:80 --cpus 0.5 \
            -m 64m --add-host a=1.2.3.4 --entrypoint /e --init --no-healthcheck -- x y";
        let request = request(text).unwrap();
        let (body, host) = (request.body.clone(), request.body.host_config.unwrap());
        assert_eq!(body.cmd.unwrap(), ["x", "y"]);
        assert_eq!(body.entrypoint.unwrap(), ["/e"]);
        assert_eq!(body.volumes.unwrap(), ["/data"]);
        assert_eq!(body.exposed_ports.unwrap(), ["80/tcp"]);
        assert_eq!(body.healthcheck.unwrap().test.unwrap(), ["NONE"]);
        assert_eq!(host.binds.unwrap(), ["cache:/c", "/a:/b"]);
        assert_eq!(host.extra_hosts.unwrap(), ["a:1.2.3.4"]);
        assert_eq!((host.memory, host.nano_cpus), (Some(67_108_864), Some(500_000_000)));
        assert_eq!(request.volumes, ["cache"]);
    }

    #[test]
    fn values_of_variables_are_secrets() {
        let request = request("-e TOKEN=s3cret -e EMPTY=").unwrap();
        assert_eq!(request.secrets().collect::<Vec<_>>(), ["s3cret", ""]);
    }

    #[test]
    fn bad_values_name_the_option() {
        for (text, option) in [
            ("-p http", "publish"),
            ("-m much", "memory"),
            ("--stop-signal FOO", "stop-signal"),
            ("--health-interval often", "health-interval"),
            ("--ulimit nofile", "ulimit"),
            ("-v xx:data", "volume"),
        ] {
            let error = request(text).unwrap_err().to_string();
            assert!(error.contains(&format!("for --{option}:")), "{text}: {error}");
        }
    }
}
