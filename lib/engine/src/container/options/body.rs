//! From options to what the engine is asked for.

use bollard::models::HostConfigLogConfig;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigCgroupnsModeEnum};

use super::limits::{device, pairs, security, ulimit};
use super::ports::Bindings;
use super::quantity::{bytes, integer, nano_cpus};
use super::volumes::Volume;
use super::{OptionError, RunOptions, environment, health, ports, signal, volumes};

/// A container to be made, as the engine is told. Nothing of it is secret to
/// the engine; [`secrets`](Self::secrets) are for nobody else.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub(crate) body: ContainerCreateBody,
    /// `os/architecture[/variant]`, if one was asked for.
    pub(crate) platform: Option<String>,
    /// Volumes with names, which the engine would make where they are missing.
    volumes: Vec<String>,
    secrets: Vec<String>,
}

impl Request {
    /// What these options ask of an image; `command` replaces the image's own.
    ///
    /// # Errors
    /// A value that cannot be meant, or a file that cannot be read.
    pub fn new(
        image: &str,
        options: &RunOptions,
        command: Option<&[String]>,
    ) -> Result<Self, OptionError> {
        let variables = environment::variables(options)?;
        let values = variables.iter().filter_map(|one| one.split_once('='));
        let secrets = values.map(|(_, value)| value.to_owned()).collect();
        let named = options.volumes()?;
        let mut body = options.config()?;
        body.image = Some(image.to_owned());
        body.cmd = command.map(<[String]>::to_vec);
        body.env = Some(variables);
        body.host_config = Some(options.host()?);
        Ok(Self {
            platform: options.last("platform").map(str::to_owned),
            volumes: named,
            secrets,
            body,
        })
    }

    /// Values of variables, which stand in no record.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }

    /// Volumes with names, which the engine would make where they are missing.
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
    /// The last value of an option, read by `parse`.
    pub(super) fn value<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, OptionError> {
        self.last(name).map(|text| read(name, text, &parse)).transpose()
    }

    /// All values of an option, each read by `parse`.
    fn values<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, OptionError> {
        self.all(name).map(|text| read(name, text, &parse)).collect()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.last(name).map(str::to_owned)
    }

    fn texts(&self, name: &str) -> Option<Vec<String>> {
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
        if let Some(text) = self.last("stop-signal") {
            read("stop-signal", text, &signal::check)?;
        }
        let exposed = self.bindings()?.into_keys();
        let expose = self
            .all("expose")
            .map(|port| if port.contains('/') { port.to_owned() } else { format!("{port}/tcp") });
        let anonymous = self.values("volume", volumes::parse)?.into_iter();
        let anonymous = anonymous.filter_map(|volume| match volume {
            Volume::Anonymous(path) => Some(path),
            _ => None,
        });
        Ok(ContainerCreateBody {
            hostname: self.text("hostname"),
            domainname: self.text("domainname"),
            user: self.text("user"),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            exposed_ports: Some(exposed.chain(expose).collect()),
            healthcheck: health::check(self)?,
            volumes: Some(anonymous.collect()),
            working_dir: self.text("workdir"),
            entrypoint: self.last("entrypoint").map(|entry| vec![entry.to_owned()]),
            labels: pairs(self.all("label")),
            stop_signal: self.text("stop-signal"),
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
    fn host(&self) -> Result<HostConfig, OptionError> {
        let binds = self.values("volume", volumes::parse)?.into_iter();
        let binds = binds.filter_map(|volume| match volume {
            Volume::Folder(bind) | Volume::Named { bind, .. } => Some(bind),
            Volume::Anonymous(_) => None,
        });
        let log_config = (self.last("log-driver").is_some() || self.last("log-opt").is_some())
            .then(|| HostConfigLogConfig {
                typ: self.text("log-driver"),
                config: pairs(self.all("log-opt")),
            });
        Ok(HostConfig {
            binds: Some(binds.collect()),
            tmpfs: Some(self.values("tmpfs", volumes::tmpfs)?.into_iter().collect()),
            volumes_from: self.texts("volumes-from"),
            port_bindings: Some(self.bindings()?),
            publish_all_ports: self.flag("publish-all"),
            network_mode: self.text("network"),
            extra_hosts: Some(self.values("add-host", extra_host)?),
            dns: self.texts("dns"),
            dns_options: self.texts("dns-option"),
            dns_search: self.texts("dns-search"),
            log_config,
            init: self.flag("init"),
            privileged: self.flag("privileged"),
            readonly_rootfs: self.flag("read-only"),
            cap_add: self.texts("cap-add"),
            cap_drop: self.texts("cap-drop"),
            security_opt: Some(self.values("security-opt", security)?),
            group_add: self.texts("group-add"),
            sysctls: pairs(self.all("sysctl")),
            runtime: self.text("runtime"),
            ipc_mode: self.text("ipc"),
            pid_mode: self.text("pid"),
            uts_mode: self.text("uts"),
            userns_mode: self.text("userns"),
            cgroupns_mode: self.value("cgroupns", cgroup_namespace)?,
            ..self.limits()?
        })
    }

    fn limits(&self) -> Result<HostConfig, OptionError> {
        Ok(HostConfig {
            memory: self.value("memory", bytes)?,
            memory_reservation: self.value("memory-reservation", bytes)?,
            memory_swap: self.value("memory-swap", swap)?,
            memory_swappiness: self.value("memory-swappiness", integer)?,
            shm_size: self.value("shm-size", bytes)?,
            nano_cpus: self.value("cpus", nano_cpus)?,
            cpu_period: self.value("cpu-period", integer)?,
            cpu_quota: self.value("cpu-quota", integer)?,
            cpu_shares: self.value("cpu-shares", integer)?,
            cpuset_cpus: self.text("cpuset-cpus"),
            cpuset_mems: self.text("cpuset-mems"),
            oom_kill_disable: self.flag("oom-kill-disable"),
            oom_score_adj: self.value("oom-score-adj", integer)?,
            pids_limit: self.value("pids-limit", integer)?,
            ulimits: Some(self.values("ulimit", ulimit)?),
            devices: Some(self.values("device", device)?),
            ..HostConfig::default()
        })
    }
}

fn read<T>(
    option: &'static str,
    text: &str,
    parse: &impl Fn(&str) -> Result<T, String>,
) -> Result<T, OptionError> {
    parse(text).map_err(|reason| bad(option, text, reason))
}

fn bad(option: &'static str, value: &str, reason: String) -> OptionError {
    OptionError::BadValue { option, value: value.to_owned(), reason }
}

/// `-1` means no limit.
fn swap(text: &str) -> Result<i64, String> {
    if text == "-1" { Ok(-1) } else { bytes(text) }
}

/// Newer docker writes `HOST=IP` too.
fn extra_host(text: &str) -> Result<String, String> {
    let parts = text.split_once('=').or_else(|| text.split_once(':'));
    let parts = parts.filter(|(host, ip)| !host.is_empty() && !ip.is_empty());
    let (host, ip) = parts.ok_or_else(|| "write HOST:IP".to_owned())?;
    Ok(format!("{host}:{ip}"))
}

fn cgroup_namespace(text: &str) -> Result<HostConfigCgroupnsModeEnum, String> {
    match text {
        "host" => Ok(HostConfigCgroupnsModeEnum::HOST),
        "private" => Ok(HostConfigCgroupnsModeEnum::PRIVATE),
        _ => Err("it is host or private".to_owned()),
    }
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
            ("-v data", "volume"),
        ] {
            let error = request(text).unwrap_err().to_string();
            assert!(error.contains(&format!("for --{option}:")), "{text}: {error}");
        }
    }
}
