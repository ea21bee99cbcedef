//! `--publish [[IP:]HOST:]CONTAINER[/PROTOCOL]`, each part a port or a range.

use std::collections::HashMap;

use bollard::models::PortBinding;

/// Bindings by `port/protocol`.
pub(super) type Bindings = HashMap<String, Option<Vec<PortBinding>>>;

/// Adds what one `--publish` says.
pub(super) fn add(text: &str, bindings: &mut Bindings) -> Result<(), String> {
    let (ports, protocol) = text.rsplit_once('/').unwrap_or((text, "tcp"));
    if !["tcp", "udp", "sctp"].contains(&protocol) {
        return Err(format!("no such protocol: {protocol}"));
    }
    let (address, host, container) = split(ports)?;
    let container = range(container)?;
    let hosts = if host.is_empty() { None } else { Some(range(host)?) };
    if hosts.as_ref().is_some_and(|hosts| hosts.len() != container.len() && container.len() != 1) {
        return Err("the ranges must be of one length".to_owned());
    }
    let several = hosts.as_ref().is_some_and(|hosts| hosts.len() != container.len());
    for (at, port) in container.clone().enumerate() {
        let host_port = match &hosts {
            None => String::new(),
            // One port out of a range: the engine chooses.
            Some(hosts) if several => format!("{}-{}", hosts.start(), hosts.end()),
            Some(hosts) => hosts.clone().nth(at).map(|port| port.to_string()).unwrap_or_default(),
        };
        let binding = PortBinding { host_ip: Some(address.to_owned()), host_port: Some(host_port) };
        let of_port = bindings.entry(format!("{port}/{protocol}")).or_default();
        of_port.get_or_insert_default().push(binding);
    }
    Ok(())
}

/// Address, host port and container port. An IPv6 address stands in brackets.
fn split(text: &str) -> Result<(&str, &str, &str), String> {
    if let Some(rest) = text.strip_prefix('[') {
        let parts = rest.split_once("]:").and_then(|(address, ports)| {
            ports.split_once(':').map(|(host, container)| (address, host, container))
        });
        return parts.ok_or_else(|| "write [IP]:PORT:PORT".to_owned());
    }
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        [container] => Ok(("", "", container)),
        [host, container] => Ok(("", host, container)),
        [address, host, container] => Ok((address, host, container)),
        _ => Err("write [[IP:]PORT:]PORT".to_owned()),
    }
}

/// `80` or `80-90`.
fn range(text: &str) -> Result<Ports, String> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (port(first), port(last)) {
        (Some(first), Some(last)) if first <= last => Ok(Ports { first, last }),
        _ => Err(format!("{text:?} is no port")),
    }
}

/// Ports in a row.
#[derive(Debug, Clone)]
struct Ports {
    first: u16,
    last: u16,
}

impl Ports {
    fn len(&self) -> usize {
        usize::from(self.last - self.first) + 1
    }

    fn start(&self) -> u16 {
        self.first
    }

    fn end(&self) -> u16 {
        self.last
    }

    fn enumerate(self) -> impl Iterator<Item = (usize, u16)> {
        (self.first..=self.last).enumerate()
    }

    fn nth(self, at: usize) -> Option<u16> {
        (self.first..=self.last).nth(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(text: &str) -> Result<Vec<(String, String, String)>, String> {
        let mut bindings = Bindings::new();
        add(text, &mut bindings)?;
        let mut all = Vec::new();
        for (port, hosts) in bindings {
            for host in hosts.unwrap_or_default() {
                let part = |text: Option<String>| text.unwrap_or_default();
                all.push((port.clone(), part(host.host_ip), part(host.host_port)));
            }
        }
        all.sort();
        Ok(all)
    }

    fn one(port: &str, address: &str, host: &str) -> (String, String, String) {
        (port.to_owned(), address.to_owned(), host.to_owned())
    }

    #[test]
    fn ports_are_published_as_docker_does() {
        assert_eq!(bound("80"), Ok(vec![one("80/tcp", "", "")]));
        assert_eq!(bound("8080:80/udp"), Ok(vec![one("80/udp", "", "8080")]));
        assert_eq!(bound("127.0.0.1::80"), Ok(vec![one("80/tcp", "127.0.0.1", "")]));
        assert_eq!(bound("[::1]:8080:80"), Ok(vec![one("80/tcp", "::1", "8080")]));
        let range = vec![one("80/tcp", "", "8080"), one("81/tcp", "", "8081")];
        assert_eq!(bound("8080-8081:80-81"), Ok(range));
        assert_eq!(bound("8080-8090:80"), Ok(vec![one("80/tcp", "", "8080-8090")]));
    }

    #[test]
    fn what_is_no_port_is_refused() {
        for text in ["", "http", "0", "70000", "80/icmp", "1-2:80-85", "a:b:c:d", "[::1]80"] {
            assert!(bound(text).is_err(), "{text}");
        }
    }
}
