//! What the engine knows of one container.

use std::net::IpAddr;
use std::time::Duration;

use bollard::models::{ContainerInspectResponse, HealthConfig, HostConfig, NetworkSettings};
use jiff::Timestamp;

use dp_cgroup::{Limit, Limits};

/// What `docker inspect` says that matters here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContainerFacts {
    /// Id.
    pub id: String,
    /// Name, without the slash that the engine puts before it.
    pub name: String,
    /// Id of its image.
    pub image: String,
    /// Its image as it was named when the container was made; another image may
    /// have that name now.
    pub image_reference: String,
    /// Process id of its first process on the engine's machine; none unless it runs.
    pub pid: Option<u32>,
    /// Whether it runs.
    pub running: bool,
    /// Exit code of its last run.
    pub exit_code: Option<i64>,
    /// Whether the engine saw a kill for lack of memory.
    pub oom_killed: bool,
    /// When it was started the last time, by the engine's realtime clock: good
    /// for an age, not for a latency.
    pub started: Option<Timestamp>,
    /// When its first process ended, by the engine's realtime clock.
    pub finished: Option<Timestamp>,
    /// Its addresses, by the networks that it is on.
    pub addresses: Vec<IpAddr>,
    /// Published ports: port and protocol in the container, address and port outside.
    pub published: Vec<Published>,
    /// `host`, `none`, `default`, `container:...`, or a network's name.
    pub network: String,
    /// How its health is checked; none if it is not.
    pub health: Option<HealthCheck>,
    /// The limits that it was given.
    pub limits: Limits,
}

/// A port that the engine's machine hands on to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// `port/protocol` in the container.
    pub inside: String,
    /// Address on the engine's machine; all of them if it is unspecified.
    pub address: Option<IpAddr>,
    /// Port on the engine's machine.
    pub port: u16,
}

/// How a container's health is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthCheck {
    /// From the start to the first check, and from the end of one to the next.
    pub interval: Duration,
    /// The same within the start period, where the engine knows one.
    pub start_interval: Option<Duration>,
}

/// The engine's own default.
const HEALTH_INTERVAL: Duration = Duration::from_secs(30);

impl From<ContainerInspectResponse> for ContainerFacts {
    fn from(inspect: ContainerInspectResponse) -> Self {
        let state = inspect.state.unwrap_or_default();
        let settings = inspect.network_settings.unwrap_or_default();
        let pid = state.pid.and_then(|pid| u32::try_from(pid).ok());
        let config = inspect.config.unwrap_or_default();
        let host = inspect.host_config.unwrap_or_default();
        Self {
            id: inspect.id.unwrap_or_default(),
            name: inspect.name.unwrap_or_default().trim_start_matches('/').to_owned(),
            image: inspect.image.unwrap_or_default(),
            image_reference: config.image.unwrap_or_default(),
            pid: pid.filter(|pid| *pid > 0),
            running: state.running.unwrap_or_default(),
            exit_code: state.exit_code,
            oom_killed: state.oom_killed.unwrap_or_default(),
            started: state.started_at.as_deref().and_then(time),
            finished: state.finished_at.as_deref().and_then(time),
            addresses: addresses(&settings),
            published: published(settings),
            limits: limits(&host),
            network: host.network_mode.unwrap_or_default(),
            health: config.healthcheck.as_ref().and_then(health),
        }
    }
}

/// The year 1 is Go's way to say "never".
fn time(text: &str) -> Option<Timestamp> {
    (!text.starts_with("0001-")).then(|| text.parse().ok()).flatten()
}

fn addresses(settings: &NetworkSettings) -> Vec<IpAddr> {
    let mut networks: Vec<_> = settings.networks.iter().flatten().collect();
    networks.sort_by_key(|(name, _)| *name);
    let parse = |text: &String| text.parse::<IpAddr>().ok();
    let both = |(_, network): (_, &bollard::models::EndpointSettings)| {
        let of_four = network.ip_address.as_ref().and_then(parse);
        let of_six = network.global_ipv6_address.as_ref().and_then(parse);
        of_four.into_iter().chain(of_six).collect::<Vec<_>>()
    };
    networks.into_iter().flat_map(both).collect()
}

fn published(settings: NetworkSettings) -> Vec<Published> {
    let mut all = Vec::new();
    for (inside, bindings) in settings.ports.unwrap_or_default() {
        for binding in bindings.unwrap_or_default() {
            let Some(port) = binding.host_port.and_then(|port| port.parse().ok()) else { continue };
            let address = binding.host_ip.and_then(|ip| ip.parse().ok());
            let address = address.filter(|address: &IpAddr| !address.is_unspecified());
            all.push(Published { inside: inside.clone(), address, port });
        }
    }
    all
}

fn health(config: &HealthConfig) -> Option<HealthCheck> {
    let test = config.test.as_ref()?;
    let kind = test.first()?;
    let nanos = |nanos: Option<i64>| {
        let nanos = nanos.and_then(|nanos| u64::try_from(nanos).ok());
        nanos.filter(|nanos| *nanos > 0).map(Duration::from_nanos)
    };
    let start_period = nanos(config.start_period);
    (kind != "NONE").then(|| HealthCheck {
        interval: nanos(config.interval).unwrap_or(HEALTH_INTERVAL),
        start_interval: start_period.and(nanos(config.start_interval)),
    })
}

/// Zero is the engine's way to say "none"; its period of a quota is 100 ms if
/// none is given.
fn limits(host: &HostConfig) -> Limits {
    let given = |number: Option<i64>| {
        number.and_then(|number| u64::try_from(number).ok()).filter(|number| *number > 0)
    };
    let memory = given(host.memory);
    // Memory and swap together; none of it is known without a limit of memory.
    let swap = memory.and_then(|memory| match host.memory_swap {
        Some(-1) => Some(Limit::Unlimited),
        together => Some(Limit::At(given(together)?.saturating_sub(memory))),
    });
    let quota = given(host.cpu_quota).map(|quota| (quota, given(host.cpu_period)));
    let cores = match (given(host.nano_cpus), quota) {
        (Some(nanos), _) => Limit::At(nanos as f64 / 1e9),
        (None, Some((quota, period))) => Limit::At(quota as f64 / period.unwrap_or(100_000) as f64),
        (None, None) => Limit::Unlimited,
    };
    Limits {
        memory_bytes: Some(memory.map_or(Limit::Unlimited, Limit::At)),
        swap_bytes: swap,
        cpu_cores: Some(cores),
        pids: Some(given(host.pids_limit).map_or(Limit::Unlimited, Limit::At)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> ContainerFacts {
        serde_json::from_str::<ContainerInspectResponse>(text).unwrap().into()
    }

    #[test]
    fn a_container_that_never_ran_has_neither_process_nor_end() {
        let facts = facts(
            r#"{"Id":"c","State":{"Running":false,"Pid":0,"ExitCode":0,
                "FinishedAt":"0001-01-01T00:00:00Z"}}"#,
        );
        assert_eq!((facts.pid, facts.finished, facts.running), (None, None, false));
    }

    #[test]
    fn addresses_and_ports_are_those_of_its_networks() {
        let facts = facts(
            r#"{"NetworkSettings":{
                "Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"81/tcp":null},
                "Networks":{"b":{"IPAddress":"172.18.0.2"},"a":{"IPAddress":""}}}}"#,
        );
        assert_eq!(facts.addresses, ["172.18.0.2".parse::<IpAddr>().unwrap()]);
        let published = Published { inside: "80/tcp".to_owned(), address: None, port: 8080 };
        assert_eq!(facts.published, [published]);
    }

    #[test]
    fn the_interval_of_checks_is_known() {
        let check = |text: &str| facts(&format!(r#"{{"Config":{{"Healthcheck":{text}}}}}"#)).health;
        assert_eq!(check(r#"{"Test":["NONE"]}"#), None);
        assert_eq!(check(r#"{"Test":["CMD","a"]}"#).unwrap().interval, HEALTH_INTERVAL);
        let every = check(
            r#"{"Test":["CMD","a"],"Interval":2000000000,
            "StartPeriod":5000000000,"StartInterval":500000000}"#,
        )
        .unwrap();
        assert_eq!(every.interval, Duration::from_secs(2));
        assert_eq!(every.start_interval, Some(Duration::from_millis(500)));
    }

    #[test]
    fn limits_are_those_that_docker_run_was_given() {
        let limits = |text: &str| facts(&format!(r#"{{"HostConfig":{{{text}}}}}"#)).limits;
        let none =
            limits(r#""Memory":0,"MemorySwap":0,"NanoCpus":0,"CpuQuota":0,"PidsLimit":null"#);
        assert_eq!(none.memory_bytes, Some(Limit::Unlimited));
        assert_eq!(none.cpu_cores, Some(Limit::Unlimited));
        assert_eq!((none.pids, none.swap_bytes), (Some(Limit::Unlimited), None));
        let some = limits(r#""Memory":1000,"MemorySwap":3000,"NanoCpus":500000000,"PidsLimit":64"#);
        assert_eq!(
            (some.memory_bytes, some.swap_bytes),
            (Some(Limit::At(1000)), Some(Limit::At(2000)))
        );
        assert_eq!((some.cpu_cores, some.pids), (Some(Limit::At(0.5)), Some(Limit::At(64))));
        let more = limits(r#""Memory":1000,"MemorySwap":-1,"CpuQuota":75000,"PidsLimit":-1"#);
        assert_eq!((more.swap_bytes, more.pids), (Some(Limit::Unlimited), Some(Limit::Unlimited)));
        assert_eq!(more.cpu_cores, Some(Limit::At(0.75)));
        let short = limits(r#""CpuQuota":75000,"CpuPeriod":50000"#);
        assert_eq!(short.cpu_cores, Some(Limit::At(1.5)));
    }

    #[test]
    fn a_name_has_no_slash_and_an_image_the_name_that_it_was_given() {
        let facts = facts(
            r#"{"Name":"/web","Image":"sha256:aa","Config":{"Image":"app:1"},
                "State":{"StartedAt":"2026-01-02T03:04:05.5Z"}}"#,
        );
        assert_eq!((facts.name.as_str(), facts.image.as_str()), ("web", "sha256:aa"));
        assert_eq!(facts.image_reference, "app:1");
        assert_eq!(facts.started, Some("2026-01-02T03:04:05.5Z".parse().unwrap()));
    }
}
