//! The user's project made one of dp's own: what would collide with the user's running
//! project, or reach what is the user's, is dropped, replaced or refused.

use std::path::Path;

use dp_cgroup::ParentGroup;
use dp_tool::Fault;
use serde_json::{Map, Value, json};

/// A project that has nothing of another one's.
#[derive(Debug, Clone)]
pub(super) struct Private {
    /// As compose reads it.
    pub(super) document: Value,
    /// What is not as in the user's files, for people.
    pub(super) changes: Vec<String>,
}

/// Makes a project that collides with nothing. On a local engine folders that are bound must
/// be there: the engine would make them.
pub(super) fn private(mut config: Value, is_local: bool) -> Result<Private, Fault> {
    let project = config["name"].as_str().unwrap_or_default().to_owned();
    let mut said = Said::default();
    for (name, service) in fields(&mut config, "services") {
        own_service(name, service, &project, is_local, &mut said)?;
    }
    for (name, network) in fields(&mut config, "networks") {
        own_network(name, network, &project, &mut said)?;
    }
    for (name, volume) in fields(&mut config, "volumes") {
        own_volume(name, volume, &mut said)?;
    }
    for kind in ["secrets", "configs"] {
        for (_, one) in fields(&mut config, kind) {
            take(one, "name");
        }
    }
    take(&mut config, "name");
    Ok(Private { document: config, changes: said.lines() })
}

impl Private {
    /// The project with the label of a batch on all that is made of it, and each service
    /// under a control group of its own below `group`.
    pub(super) fn document(&self, (label, value): (&str, &str), group: Option<&str>) -> Value {
        let mut document = self.document.clone();
        for kind in ["services", "networks", "volumes"] {
            for (name, one) in fields(&mut document, kind) {
                if one.is_null() {
                    *one = json!({});
                }
                add_label(one, label, value);
                if let (true, Some(group)) = (kind == "services", group) {
                    one["cgroup_parent"] = ParentGroup::below(group, name).into();
                }
            }
        }
        document
    }
}

fn own_service(
    name: &str,
    service: &mut Value,
    project: &str,
    is_local: bool,
    said: &mut Said,
) -> Result<(), Fault> {
    refuse_others(name, service)?;
    if take(service, "build").is_some() && service["image"].is_null() {
        service["image"] = format!("{project}-{name}").into();
    }
    // Images are there already: pulling and building take as long as they take.
    for key in ["pull_policy", "profiles", "develop", "mac_address"] {
        take(service, key);
    }
    service["pull_policy"] = "never".into();
    if take(service, "cgroup_parent").is_some() {
        said.groups.push(name.to_owned());
    }
    if service["network_mode"] == "host" {
        said.host_network.push(name.to_owned());
    }
    let container = take(service, "container_name");
    for (_, network) in fields(service, "networks") {
        let fixed = ["ipv4_address", "ipv6_address", "link_local_ips", "mac_address"];
        if fixed.map(|key| take(network, key)).iter().any(Option::is_some) {
            said.addresses.push(name.to_owned());
        }
        if let Some(container) = &container {
            // Others may reach it by that name.
            if network.is_null() {
                *network = json!({});
            }
            match network.get_mut("aliases").and_then(Value::as_array_mut) {
                Some(aliases) => aliases.push(container.clone()),
                None => network["aliases"] = json!([container]),
            }
        }
    }
    if container.is_some() {
        said.containers.push(name.to_owned());
    }
    for port in items(service, "ports") {
        take(port, "published");
        port["host_ip"] = "127.0.0.1".into();
        said.ports.push(name.to_owned());
    }
    for mount in items(service, "volumes") {
        if mount["type"] == "bind" {
            own_bind(name, mount, is_local, said)?;
        }
    }
    Ok(())
}

/// What reaches a container that is not of this project.
fn refuse_others(name: &str, service: &Value) -> Result<(), Fault> {
    let of_container =
        |value: &Value| value.as_str().is_some_and(|text| text.starts_with("container:"));
    let modes = ["network_mode", "pid", "ipc"];
    let mode = modes.into_iter().find(|key| of_container(&service[*key]));
    let from = service["volumes_from"].as_array();
    let from = from.filter(|all| all.iter().any(of_container)).map(|_| "volumes_from");
    let links = service["external_links"].as_array().filter(|all| !all.is_empty());
    let links = links.map(|_| "external_links");
    match mode.or(from).or(links) {
        Some(key) => Err(Fault::usage(format!(
            "service {name}: {key} names a container that is not of this project: dp starts a \
             project of its own and touches no other (leave it out in a file for measuring)"
        ))),
        None => Ok(()),
    }
}

fn own_bind(name: &str, mount: &Value, is_local: bool, said: &mut Said) -> Result<(), Fault> {
    let source = mount["source"].as_str().unwrap_or_default();
    let would_create = mount["bind"]["create_host_path"] == true;
    if is_local && would_create && !Path::new(source).exists() {
        return Err(Fault::usage(format!(
            "service {name}: no such file or folder: {source} (the engine would make it: create \
             it first)"
        )));
    }
    if mount["read_only"] != true {
        said.binds.push(format!("{name} ({source})"));
    }
    Ok(())
}

fn own_network(
    name: &str,
    network: &mut Value,
    project: &str,
    said: &mut Said,
) -> Result<(), Fault> {
    if network["external"] == true {
        return Err(Fault::usage(format!(
            "network {name} is external: containers of dp would be found there under the names of \
             yours (leave `external` out in a file for measuring)"
        )));
    }
    let driver = network["driver"].as_str().unwrap_or("bridge");
    if !["bridge", "none", "default"].contains(&driver) {
        return Err(Fault::usage(format!(
            "network {name}: driver {driver} reaches beyond this machine (use a bridge in a file \
             for measuring)"
        )));
    }
    let fixed = take(network, "name").is_some_and(|fixed| fixed != format!("{project}_{name}"));
    let subnets = network.get_mut("ipam").and_then(|ipam| take(ipam, "config"));
    let options = network.get_mut("driver_opts");
    let bridge = options.and_then(|options| take(options, "com.docker.network.bridge.name"));
    if fixed || subnets.is_some() || bridge.is_some() {
        said.networks.push(name.to_owned());
    }
    Ok(())
}

fn own_volume(name: &str, volume: &mut Value, said: &mut Said) -> Result<(), Fault> {
    if volume["external"] == true {
        return Err(Fault::usage(format!(
            "volume {name} is external: its data are yours (leave `external` out in a file for \
             measuring, and it will be a new one)"
        )));
    }
    take(volume, "name");
    let of_memory = volume["driver_opts"]["type"] == "tmpfs";
    let local = volume["driver"].as_str().is_none_or(|driver| driver == "local");
    let driver = if local { None } else { take(volume, "driver") };
    let options = if of_memory && local { None } else { take(volume, "driver_opts") };
    if driver.is_some() || options.is_some_and(|options| options != json!({})) {
        said.foreign_volumes.push(name.to_owned());
    } else {
        said.volumes.push(name.to_owned());
    }
    Ok(())
}

/// What is said of each thing that is not as in the user's files: names of services, or of
/// what is named.
#[derive(Debug, Default)]
struct Said {
    ports: Vec<String>,
    containers: Vec<String>,
    addresses: Vec<String>,
    groups: Vec<String>,
    host_network: Vec<String>,
    binds: Vec<String>,
    networks: Vec<String>,
    volumes: Vec<String>,
    foreign_volumes: Vec<String>,
}

impl Said {
    fn lines(self) -> Vec<String> {
        let all = [
            (self.volumes, "volumes", "new and empty in every run"),
            (
                self.foreign_volumes,
                "volumes",
                "new and empty in every run, not what driver and driver_opts name",
            ),
            (self.binds, "bound, and written to as the file says", ""),
            (self.ports, "published ports", "free ones of 127.0.0.1"),
            (self.networks, "networks", "with names and subnets of their own"),
            (self.addresses, "fixed addresses", "left out"),
            (self.containers, "container_name", "a name on its networks only"),
            (self.groups, "cgroup_parent", "dp's own"),
            (self.host_network, "on this machine's network, with no ports of their own", ""),
        ];
        let line = |(mut names, what, how): (Vec<String>, &str, &str)| {
            names.dedup();
            let names = Some(names.join(", ")).filter(|names| !names.is_empty())?;
            let how = if how.is_empty() { String::new() } else { format!(": {how}") };
            Some(format!("{what} ({names}){how}"))
        };
        all.into_iter().filter_map(line).collect()
    }
}

fn add_label(one: &mut Value, label: &str, value: &str) {
    match one.get_mut("labels") {
        Some(Value::Array(labels)) => labels.push(format!("{label}={value}").into()),
        Some(Value::Object(labels)) => drop(labels.insert(label.to_owned(), value.into())),
        _ => one["labels"] = json!({ label: value }),
    }
}

/// The fields of an object; none if there is no such object.
pub(super) fn fields<'v>(
    value: &'v mut Value,
    key: &str,
) -> impl Iterator<Item = (&'v String, &'v mut Value)> {
    let object = value.get_mut(key).and_then(Value::as_object_mut);
    object.into_iter().flat_map(Map::iter_mut)
}

fn items<'v>(value: &'v mut Value, key: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Takes a key away; its value, unless there was none.
fn take(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut()?.remove(key).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As compose 2.40 writes it.
    fn config() -> Value {
        json!({
            "name": "shop",
            "networks": {
                "back": {"name": "fixed", "ipam": {"config": [{"subnet": "10.99.0.0/24"}]},
                    "driver_opts": {"com.docker.network.bridge.name": "br-shop"}},
                "default": {"name": "shop_default", "ipam": {}}
            },
            "secrets": {"token": {"name": "shop_token", "file": "/p/token"}},
            "services": {
                "db": {
                    "container_name": "mydb", "image": "postgres", "labels": {"a": "b"},
                    "cgroup_parent": "/mine", "pull_policy": "always",
                    "networks": {"back": {"ipv4_address": "10.99.0.5"}, "default": null},
                    "ports": [{"mode": "ingress", "target": 5432, "published": "5432",
                        "protocol": "tcp", "host_ip": "10.0.0.1"}],
                    "volumes": [
                        {"type": "volume", "source": "data", "target": "/data"},
                        {"type": "bind", "source": "/", "target": "/r", "read_only": true},
                        {"type": "bind", "source": "/etc", "target": "/w",
                            "bind": {"create_host_path": true}}]
                },
                "web": {"build": {"context": "/p"}, "network_mode": "host", "profiles": ["dev"]}
            },
            "volumes": {
                "data": {"name": "mydata"},
                "bound": {"name": "shop_bound", "driver": "local",
                    "driver_opts": {"type": "none", "o": "bind", "device": "/srv"}},
                "memory": {"driver_opts": {"type": "tmpfs", "device": "tmpfs"}}
            }
        })
    }

    #[test]
    fn nothing_that_could_collide_is_left_and_each_change_is_said() {
        let private = private(config(), true).unwrap();
        assert_eq!(
            private.document,
            json!({
                "networks": {"back": {"ipam": {}, "driver_opts": {}}, "default": {"ipam": {}}},
                "secrets": {"token": {"file": "/p/token"}},
                "services": {
                    "db": {
                        "image": "postgres", "labels": {"a": "b"}, "pull_policy": "never",
                        "networks": {"back": {"aliases": ["mydb"]},
                            "default": {"aliases": ["mydb"]}},
                        "ports": [{"mode": "ingress", "target": 5432, "protocol": "tcp",
                            "host_ip": "127.0.0.1"}],
                        "volumes": config()["services"]["db"]["volumes"].clone()
                    },
                    "web": {"image": "shop-web", "network_mode": "host", "pull_policy": "never"}
                },
                "volumes": {"data": {}, "bound": {"driver": "local"},
                    "memory": {"driver_opts": {"type": "tmpfs", "device": "tmpfs"}}}
            })
        );
        assert_eq!(
            private.changes,
            [
                "volumes (data, memory): new and empty in every run",
                "volumes (bound): new and empty in every run, not what driver and driver_opts name",
                "bound, and written to as the file says (db (/etc))",
                "published ports (db): free ones of 127.0.0.1",
                "networks (back): with names and subnets of their own",
                "fixed addresses (db): left out",
                "container_name (db): a name on its networks only",
                "cgroup_parent (db): dp's own",
                "on this machine's network, with no ports of their own (web)",
            ]
        );
    }

    #[test]
    fn all_that_is_made_bears_the_label() {
        let config = json!({"services": {"a": {"labels": {"x": "y"}}}, "networks": {"n": null},
            "volumes": {"v": {"labels": ["x=y"]}}});
        let private = private(config, true).unwrap();
        let within_slice = private.document(("dp", "7"), Some("dp_1.slice"));
        assert_eq!(within_slice["services"]["a"]["cgroup_parent"], "dp_1-a.slice");
        let document = private.document(("dp", "7"), Some("/g"));
        assert_eq!(document["services"]["a"]["labels"], json!({"x": "y", "dp": "7"}));
        assert_eq!(document["services"]["a"]["cgroup_parent"], "/g/a");
        assert_eq!(document["networks"]["n"]["labels"], json!({"dp": "7"}));
        assert_eq!(document["volumes"]["v"]["labels"], json!(["x=y", "dp=7"]));
    }

    #[test]
    fn what_is_of_others_is_refused_by_its_name() {
        for (config, says) in [
            (json!({"networks": {"n": {"external": true}}}), "network n is external: "),
            (json!({"networks": {"n": {"driver": "macvlan"}}}), "network n: driver macvlan "),
            (json!({"volumes": {"v": {"external": true}}}), "volume v is external: "),
            (
                json!({"services": {"s": {"network_mode": "container:x"}}}),
                "service s: network_mode names a container ",
            ),
            (json!({"services": {"s": {"pid": "container:x"}}}), "service s: pid names "),
            (
                json!({"services": {"s": {"volumes_from": ["a", "container:x"]}}}),
                "service s: volumes_from names ",
            ),
            (
                json!({"services": {"s": {"external_links": ["x"]}}}),
                "service s: external_links names ",
            ),
            (
                json!({"services": {"s": {"volumes": [{"type": "bind", "source": "/nowhere/dp",
                    "bind": {"create_host_path": true}}]}}}),
                "service s: no such file or folder: /nowhere/dp ",
            ),
        ] {
            let refused = private(config, true).unwrap_err().message;
            assert!(refused.starts_with(says), "{refused}");
        }
    }
}
