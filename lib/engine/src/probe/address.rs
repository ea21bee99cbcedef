//! How a port of a container can be reached from here.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{ProbeError, ProbedContainer};
use crate::container::ContainerFacts;

/// A route to a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// Straight to the container, or to the host whose network it shares.
    Direct(SocketAddr),
    /// Through a port that the engine's machine publishes (and on which
    /// docker-proxy may accept before anything listens).
    Published(String, u16),
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct(address) => write!(f, "container address {address}"),
            Self::Published(host, port) => write!(f, "published port {host}:{port}"),
        }
    }
}

impl Route {
    /// Host and port to connect to.
    pub(super) fn host_and_port(&self) -> (String, u16) {
        match self {
            Self::Direct(address) => (address.ip().to_string(), address.port()),
            Self::Published(host, port) => (host.clone(), *port),
        }
    }
}

/// The best route to a port: the container's own address on this machine, else
/// a published port.
pub(super) fn route(port: u16, container: &ProbedContainer<'_>) -> Result<Route, ProbeError> {
    let host = container.engine.endpoint().host_name();
    choose(port, container.facts, container.local, host.as_deref())
        .ok_or(ProbeError::NoAddress { port })
}

/// A port number.
pub(super) fn parse_port(text: &str) -> Result<u16, String> {
    let port = text.parse::<u16>().ok().filter(|port| *port > 0);
    port.ok_or_else(|| format!("{text:?} is no port"))
}

fn choose(port: u16, facts: &ContainerFacts, local: bool, engine: Option<&str>) -> Option<Route> {
    if local {
        if facts.network == "host" {
            return Some(Route::Direct((Ipv4Addr::LOCALHOST, port).into()));
        }
        if let Some(address) = facts.addresses.first() {
            return Some(Route::Direct((*address, port).into()));
        }
    }
    let inside = format!("{port}/tcp");
    let published = facts.published.iter().find(|one| one.inside == inside)?;
    let here = || IpAddr::V4(Ipv4Addr::LOCALHOST).to_string();
    let bound = published.address.map(|address| address.to_string());
    let host = if local { bound.unwrap_or_else(here) } else { engine?.to_owned() };
    Some(Route::Published(host, published.port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::Published;

    fn facts(network: &str, address: Option<&str>, published: Option<u16>) -> ContainerFacts {
        ContainerFacts {
            network: network.to_owned(),
            addresses: address.iter().map(|address| address.parse().unwrap()).collect(),
            published: published
                .map(|port| Published { inside: "80/tcp".to_owned(), address: None, port })
                .into_iter()
                .collect(),
            ..ContainerFacts::default()
        }
    }

    #[test]
    fn the_containers_own_address_comes_first() {
        let route = choose(80, &facts("default", Some("172.17.0.2"), Some(8080)), true, None);
        assert_eq!(route.unwrap().to_string(), "container address 172.17.0.2:80");
        let route = choose(80, &facts("host", None, None), true, None);
        assert_eq!(route.unwrap().to_string(), "container address 127.0.0.1:80");
    }

    #[test]
    fn of_another_machine_only_published_ports_can_be_reached() {
        let published = facts("default", Some("172.17.0.2"), Some(8080));
        let route = choose(80, &published, false, Some("build.example"));
        assert_eq!(route.unwrap().to_string(), "published port build.example:8080");
        assert_eq!(choose(80, &facts("default", Some("172.17.0.2"), None), false, Some("b")), None);
        assert_eq!(choose(81, &published, false, Some("b")), None);
        assert_eq!(choose(80, &facts("none", None, None), true, None), None);
    }
}
