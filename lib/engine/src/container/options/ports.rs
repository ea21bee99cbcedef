//! `--publish [[IP:]HOST:]CONTAINER[/PROTOCOL]` and `--expose CONTAINER[/PROTOCOL]`,
//! each part a port or a range.

use std::collections::HashMap;
use std::net::IpAddr;

use bollard::models::PortBinding;

/// Bindings by `port/protocol`.
pub(super) type Bindings = HashMap<String, Option<Vec<PortBinding>>>;

/// Adds what one `--publish` says.
pub(super) fn add(text: &str, bindings: &mut Bindings) -> Result<(), String> {
    let short = short_form(text)?;
    let (address, host, container) = split(&short)?;
    let (container, protocol) = protocol(container);
    let protocol = protocol.to_lowercase();
    if !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
        return Err(format!("no such protocol: {protocol}"));
    }
    let container = range(container)?;
    let hosts = if host.is_empty() { None } else { Some(range(host)?) };
    if hosts.as_ref().is_some_and(|hosts| hosts.len() != container.len() && container.len() != 1) {
        return Err("the ranges must be of one length".to_owned());
    }
    let several = hosts.as_ref().is_some_and(|hosts| hosts.len() != container.len());
    for (at, port) in container.all().enumerate() {
        let host_port = match &hosts {
            None => String::new(),
            // One port out of a range: the engine chooses.
            Some(hosts) if several => format!("{}-{}", hosts.first, hosts.last),
            Some(hosts) => hosts.all().nth(at).map(|port| port.to_string()).unwrap_or_default(),
        };
        let binding = PortBinding { host_ip: Some(address.clone()), host_port: Some(host_port) };
        let of_port = bindings.entry(format!("{port}/{protocol}")).or_default();
        of_port.get_or_insert_default().push(binding);
    }
    Ok(())
}

/// The ports that one `--expose` names, as `port/protocol`.
pub(super) fn exposed(text: &str) -> Result<Vec<String>, String> {
    if text.contains(':') {
        return Err("it names ports of the container only (--publish maps them)".to_owned());
    }
    let (ports, protocol) = protocol(text);
    Ok(range(ports)?.all().map(|port| format!("{port}/{protocol}")).collect())
}

/// `published=8080,target=80,protocol=tcp` in the short form.
fn short_form(text: &str) -> Result<String, String> {
    if !text.contains('=') {
        return Ok(text.to_owned());
    }
    let mut fields = HashMap::from([("protocol", "tcp")]);
    for field in text.split(',') {
        let (name, value) =
            field.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
                "write published=PORT,target=PORT,protocol=PROTOCOL or [[IP:]PORT:]PORT".to_owned()
            })?;
        fields.insert(name, value);
    }
    let field = |name: &str| fields.get(name).copied().unwrap_or_default();
    Ok(format!("{}:{}/{}", field("published"), field("target"), field("protocol")))
}

/// Ports, and their protocol.
fn protocol(text: &str) -> (&str, &str) {
    let mut sides = text.split('/');
    let ports = sides.next().unwrap_or_default();
    (ports, sides.next().filter(|protocol| !protocol.is_empty()).unwrap_or("tcp"))
}

/// Address, host port and container port. An IPv6 address may be in brackets.
fn split(text: &str) -> Result<(String, &str, &str), String> {
    let mut parts = text.rsplitn(3, ':');
    let container = parts.next().unwrap_or_default();
    let host = parts.next().unwrap_or_default();
    let address = parts.next().unwrap_or_default();
    let plain = match address.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or_else(|| "write [IP]:PORT:PORT".to_owned())?,
        None => address,
    };
    if !address.is_empty() && plain.parse::<IpAddr>().is_err() {
        return Err(format!("no IP address: {address:?}"));
    }
    Ok((plain.to_owned(), host, container))
}

/// `80` or `80-90`.
fn range(text: &str) -> Result<Ports, String> {
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let port = |text: &str| text.parse::<u16>().ok().filter(|_| is_port(text));
    let (first, rest) = text.split_once('-').unwrap_or((text, text));
    let last = rest.split('-').next().unwrap_or_default();
    match (port(first), port(last)) {
        (Some(first), Some(last)) if first <= last => Ok(Ports { first, last }),
        _ => Err(format!("{text:?} is no port")),
    }
}

/// Ports in a row.
#[derive(Debug, Clone, Copy)]
struct Ports {
    first: u16,
    last: u16,
}

impl Ports {
    fn len(self) -> usize {
        usize::from(self.last - self.first) + 1
    }

    fn all(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
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
        for (text, port, address, host) in [
            ("80", "80/tcp", "", ""),
            ("8080:80/udp", "80/udp", "", "8080"),
            ("127.0.0.1::80", "80/tcp", "127.0.0.1", ""),
            ("[::1]:8080:80", "80/tcp", "::1", "8080"),
            ("::1:8080:80", "80/tcp", "::1", "8080"),
            ("0:80", "80/tcp", "", "0"),
            ("80/TCP", "80/tcp", "", ""),
            ("80/", "80/tcp", "", ""),
            ("8080-8090:80", "80/tcp", "", "8080-8090"),
            ("target=80,published=8080", "80/tcp", "", "8080"),
            ("published=8080,target=80,protocol=udp", "80/udp", "", "8080"),
        ] {
            assert_eq!(bound(text), Ok(vec![one(port, address, host)]), "{text}");
        }
        let range = vec![one("80/tcp", "", "8080"), one("81/tcp", "", "8081")];
        assert_eq!(bound("8080-8081:80-81"), Ok(range));
    }

    #[test]
    fn what_is_no_port_is_refused() {
        for text in [
            "",
            "http",
            "70000",
            "80/icmp",
            "1-2:80-85",
            "a:b:c:d",
            "[::1]80",
            "localhost:80:80",
            "[::1:80:80",
            "+80",
            "90-80",
            "80:",
            "target=80,x",
            "=80",
        ] {
            assert!(bound(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ports_are_exposed_one_by_one() {
        assert_eq!(exposed("80-81").unwrap(), ["80/tcp", "81/tcp"]);
        assert_eq!(exposed("53/udp").unwrap(), ["53/udp"]);
        for text in ["", "80:80", "http", "81-80", "/tcp"] {
            assert!(exposed(text).is_err(), "{text}");
        }
    }
}
