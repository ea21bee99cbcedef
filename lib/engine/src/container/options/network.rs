//! `--network NAME` or `name=NAME,alias=...`, and the options about an endpoint.

use std::collections::{BTreeSet, HashMap};

use bollard::models::{EndpointIpamConfig, EndpointSettings};

use super::csv::fields;
use super::{OptionError, RunOptions};

/// The network of a container, and what is special of its place there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Attachment {
    /// Name, id or mode.
    pub(super) name: String,
    /// Aliases, addresses...
    pub(super) endpoint: EndpointSettings,
}

/// What `--network` says by itself.
pub(super) fn parse(text: &str) -> Result<Attachment, String> {
    if !is_long(text) {
        if text.trim().is_empty() {
            return Err("it has no name".to_owned());
        }
        return Ok(Attachment { name: text.to_owned(), ..Attachment::default() });
    }
    let mut attachment = Attachment::default();
    let endpoint = &mut attachment.endpoint;
    for field in fields(text)? {
        let lower = field.to_lowercase();
        let pair = lower.split_once('=').filter(|(key, _)| !key.is_empty());
        let (key, value) = pair.ok_or_else(|| format!("no NAME=VALUE: {field:?}"))?;
        let (key, value) = (key.trim(), value.trim());
        match key {
            "name" => value.clone_into(&mut attachment.name),
            "alias" => endpoint.aliases.get_or_insert_default().push(value.to_owned()),
            "ip" => ipam(endpoint).ipv4_address = Some(value.to_owned()),
            "ip6" => ipam(endpoint).ipv6_address = Some(value.to_owned()),
            "link-local-ip" => {
                ipam(endpoint).link_local_ips.get_or_insert_default().push(value.to_owned());
            }
            "mac-address" => endpoint.mac_address = Some(mac_address(value)?),
            "driver-opt" => {
                let pair = value.split_once('=').filter(|(name, _)| !name.is_empty());
                let (name, value) = pair.ok_or_else(|| format!("no NAME=VALUE: {value:?}"))?;
                let options = endpoint.driver_opts.get_or_insert_default();
                options.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            "gw-priority" => {
                let number = value.parse().map_err(|_| format!("no number: {value:?}"))?;
                endpoint.gw_priority = Some(number);
            }
            _ => return Err(format!("no such field: {key}")),
        }
    }
    if attachment.name.is_empty() {
        return Err("it has no name".to_owned());
    }
    Ok(attachment)
}

/// Whether `NAME=VALUE` stands in it somewhere.
fn is_long(text: &str) -> bool {
    let word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let mut around = text.match_indices('=');
    around.any(|(at, _)| text[..at].ends_with(word) && text[at + 1..].starts_with(word))
}

fn ipam(endpoint: &mut EndpointSettings) -> &mut EndpointIpamConfig {
    endpoint.ipam_config.get_or_insert_default()
}

/// Six, eight or twenty bytes, as `92:d0:c6:0a:29:33`, with dashes, or in pairs with
/// dots.
pub(super) fn mac_address(text: &str) -> Result<String, String> {
    let text = text.trim();
    let (mark, digits) = if text.contains('.') {
        ('.', 4)
    } else if text.contains('-') {
        ('-', 2)
    } else {
        (':', 2)
    };
    let parts: Vec<&str> = text.split(mark).collect();
    let hexadecimal =
        |part: &&str| part.len() == digits && part.chars().all(|char| char.is_ascii_hexdigit());
    let bytes = parts.len() * digits / 2;
    if parts.iter().all(hexadecimal) && [6, 8, 20].contains(&bytes) {
        return Ok(text.to_owned());
    }
    Err(format!("no MAC address: {text:?}"))
}

/// Whether somebody made this network: it is no mode and not the default.
fn is_user_defined(name: &str) -> bool {
    let mode = name.split(':').next().unwrap_or_default();
    let container = mode == "container" && name.contains(':');
    !(["default", "bridge", "host", "none"].contains(&name) || container)
}

/// The networks that these options ask for, in their order; none if no option is about
/// one. Options about an endpoint are about the first.
pub(super) fn attachments(options: &RunOptions) -> Result<Vec<Attachment>, OptionError> {
    let mut all = options.values("network", parse)?;
    let refused = |option: &str, why| Err(OptionError::Refused { option: option.to_owned(), why });
    let names: BTreeSet<&String> = all.iter().map(|attachment| &attachment.name).collect();
    if names.len() < all.len() {
        return refused("--network", "one network stands in it twice");
    }
    let own = all.iter().filter(|attachment| is_user_defined(&attachment.name)).count();
    if own > 0 && own < all.len() {
        let why = "only networks that were made by docker network create go together";
        return refused("several --network", why);
    }
    let alone = all.is_empty();
    if alone {
        all.push(Attachment { name: "default".to_owned(), ..Attachment::default() });
    }
    for (at, attachment) in all.iter_mut().enumerate() {
        let own = is_user_defined(&attachment.name);
        if at == 0 {
            special(options, &mut attachment.endpoint, own)?;
        }
        if attachment.endpoint.aliases.is_some() && !own {
            let why = "only a network that was made by docker network create has aliases";
            return refused("--network-alias", why);
        }
    }
    all.retain(|attachment| !alone || attachment.endpoint != EndpointSettings::default());
    Ok(all)
}

/// What the options about an endpoint say.
fn special(
    options: &RunOptions,
    endpoint: &mut EndpointSettings,
    own: bool,
) -> Result<(), OptionError> {
    if let Some(aliases) = options.texts("network-alias") {
        once(endpoint.aliases.replace(aliases).is_some(), "network-alias")?;
    }
    if let Some(links) = options.texts("link").filter(|_| own) {
        endpoint.links = Some(links);
    }
    if let Some(address) = options.text("ip") {
        once(ipam(endpoint).ipv4_address.replace(address).is_some(), "ip")?;
    }
    if let Some(address) = options.text("ip6") {
        once(ipam(endpoint).ipv6_address.replace(address).is_some(), "ip6")?;
    }
    if let Some(addresses) = options.texts("link-local-ip") {
        once(ipam(endpoint).link_local_ips.replace(addresses).is_some(), "link-local-ip")?;
    }
    if let Some(address) = options.value("mac-address", mac_address)? {
        once(endpoint.mac_address.replace(address).is_some(), "mac-address")?;
    }
    Ok(())
}

/// The same in `--network` and in an option of its own is one too many.
fn once(twice: bool, option: &'static str) -> Result<(), OptionError> {
    if twice {
        let (option, why) = (format!("--{option}"), "--network says it too: write it once");
        return Err(OptionError::Refused { option, why });
    }
    Ok(())
}

/// What the create call wants to know of the endpoints; none if there is one, and
/// nothing special of it.
pub(super) fn endpoints(all: &[Attachment]) -> Option<HashMap<String, EndpointSettings>> {
    let plain = all.iter().all(|one| one.endpoint == EndpointSettings::default());
    let named = |one: &Attachment| (one.name.clone(), one.endpoint.clone());
    (all.len() > 1 || !plain).then(|| all.iter().map(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Vec<Attachment>, OptionError> {
        attachments(&RunOptions::parse_line(line).unwrap().0)
    }

    #[test]
    fn a_network_may_have_fields() {
        for text in ["bridge", "container:db", "my-net", "a=", "=a", "a = b"] {
            assert_eq!(parse(text).unwrap().name, text);
        }
        assert_eq!(parse("name=bridge").unwrap().name, "bridge");
        let long = "\"name=net\",alias=a,alias=b,ip=10.0.0.9,driver-opt=x=y,gw-priority=-3";
        let found = parse(long).unwrap();
        assert_eq!((found.name.as_str(), found.endpoint.gw_priority), ("net", Some(-3)));
        assert_eq!(found.endpoint.aliases.unwrap(), ["a", "b"]);
        assert_eq!(found.endpoint.ipam_config.unwrap().ipv4_address.unwrap(), "10.0.0.9");
        assert_eq!(found.endpoint.driver_opts.unwrap()["x"], "y");
        for text in [
            "",
            " ",
            "alias=a",
            "name=a,colour=red",
            "name=a,b",
            "name=a,gw-priority=x",
            "name=a,driver-opt=x",
            "name=a,mac-address=1:2",
            "name=a,\"alias=b",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn options_about_the_endpoint_go_with_the_first_network() {
        assert_eq!(of("--init").unwrap(), []);
        assert_eq!(endpoints(&of("--network host").unwrap()), None);
        let line = "--network net --network-alias a --ip 10.0.0.9 --link b:c --network name=two";
        let found = of(line).unwrap();
        assert_eq!((found[0].name.as_str(), found.len()), ("net", 2));
        let all = endpoints(&found).unwrap();
        assert_eq!(all["net"].aliases.as_ref().unwrap(), &["a"]);
        assert_eq!(all["net"].links.as_ref().unwrap(), &["b:c"]);
        assert_eq!(all["two"], EndpointSettings::default());
        assert_eq!(of("--ip 10.0.0.9").unwrap()[0].name, "default");
        for line in [
            "--network net --network name=net",
            "--network net --network host",
            "--network-alias a",
            "--network host --network-alias a",
            "--network name=bridge,alias=a",
            "--network name=net,alias=a --network-alias b",
            "--network name=net,ip=10.0.0.9 --ip 10.0.0.8",
            "--network name=net,mac-address=92:d0:c6:0a:29:33 --mac-address 92:d0:c6:0a:29:34",
        ] {
            assert!(of(line).is_err(), "{line}");
        }
    }

    #[test]
    fn mac_addresses_are_those_of_go() {
        for text in
            ["92:d0:c6:0a:29:33", "92-D0-C6-0A-29-33", "92d0.c60a.2933", "00:11:22:33:44:55:66:77"]
        {
            assert!(mac_address(text).is_ok(), "{text}");
        }
        for text in ["", "92:d0:c6:0a:29", "92:d0:c6:0a:29:3", "92:d0:c6:0a:29:zz", "92d0c60a2933"]
        {
            assert!(mac_address(text).is_err(), "{text}");
        }
    }
}
