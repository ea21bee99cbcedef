//! A stack: the project of one or more compose files, as dp brings it up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use dp_engine::Endpoint;
use dp_tool::{Fault, Mask, credentials_in, is_sensitive_name};
use serde::Deserialize;
use serde_json::Value;

use super::config::{Profiles, config, folder, unusable};
use super::private::{Private, private};

/// `[NAME=]FILE[:FILE...]`: compose files, as a user names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeFile {
    /// What they are called.
    pub name: Option<String>,
    /// The files, each laid over the one before it.
    pub files: Vec<PathBuf>,
}

/// A stack.
#[derive(Debug)]
pub struct Stack {
    /// The name of the user's project.
    pub project: String,
    /// Its services, by name.
    pub services: Vec<Service>,
    /// What is not as in the user's files, for people.
    pub changes: Vec<String>,
    /// Hides values of variables with sensitive names, and credentials in addresses.
    pub mask: Mask,
    pub(super) folder: PathBuf,
    private: Private,
}

/// A service of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// The image that its containers are of.
    pub image: String,
    /// Whether that is built from the compose file.
    pub built: bool,
    /// How many containers it has.
    pub replicas: u32,
    /// What it waits for before it is started.
    pub depends_on: Vec<Dependency>,
    /// Whether a service that ends is started again.
    pub restarts: bool,
    /// Whether another service waits for its end.
    pub one_shot: bool,
    /// Ports that it publishes or exposes.
    pub ports: BTreeSet<u16>,
}

/// What a service waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The other service.
    pub service: String,
    /// `service_started`, `service_healthy` or `service_completed_successfully`.
    pub condition: String,
}

/// The condition under which what is waited for has ended well.
const COMPLETED: &str = "service_completed_successfully";

impl FromStr for ComposeFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A name has no slash: the rest may have any sign.
        let (name, files) = match text.split_once('=') {
            Some((name, files)) if !name.contains('/') => (Some(name), files),
            _ => (None, text),
        };
        if name == Some("") || files.split(':').any(str::is_empty) {
            return Err("write [NAME=]FILE[:FILE...]".to_owned());
        }
        let files = files.split(':').map(PathBuf::from).collect();
        Ok(Self { name: name.map(str::to_owned), files })
    }
}

impl ComposeFile {
    /// The files, as the user named them.
    pub fn shown(&self) -> String {
        self.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(":")
    }
}

/// A service, as `docker compose config` writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Written {
    image: Option<String>,
    build: Option<Value>,
    scale: Option<u32>,
    deploy: Option<Deploy>,
    depends_on: BTreeMap<String, WrittenDependency>,
    restart: Option<String>,
    ports: Vec<Port>,
    expose: Vec<Value>,
    environment: BTreeMap<String, Option<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Deploy {
    replicas: Option<u32>,
    restart_policy: Option<RestartPolicy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RestartPolicy {
    condition: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WrittenDependency {
    condition: String,
}

#[derive(Debug, Deserialize)]
struct Port {
    target: u16,
}

impl Stack {
    /// Reads the files and makes their project dp's own.
    ///
    /// # Errors
    /// There is no docker compose, it cannot read the files, or they reach what is the
    /// user's.
    pub fn read(files: &[PathBuf], endpoint: &Endpoint, is_local: bool) -> Result<Self, Fault> {
        let config = config(files, endpoint, Profiles::Active)?;
        Self::of(config, folder(files), is_local)
    }

    fn of(config: Value, folder: PathBuf, is_local: bool) -> Result<Self, Fault> {
        let project = config["name"].as_str().unwrap_or_default().to_owned();
        let written: BTreeMap<String, Written> =
            serde_json::from_value(config["services"].clone()).map_err(|error| unusable(&error))?;
        if written.is_empty() {
            return Err(Fault::usage("the compose file has no service (is its profile active?)"));
        }
        let awaited: BTreeSet<&String> = written
            .values()
            .flat_map(|service| &service.depends_on)
            .filter(|(_, dependency)| dependency.condition == COMPLETED)
            .map(|(name, _)| name)
            .collect();
        let service = |(name, written): (&String, &Written)| {
            service(name, written, &project, awaited.contains(name))
        };
        let services = written.iter().map(service).collect();
        let mask = Mask::new(written.values().flat_map(secrets)).with_addresses();
        let private = private(config, is_local)?;
        let changes = private.changes.clone();
        Ok(Self { project, services, changes, mask, folder, private })
    }

    /// The service of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn service(&self, name: &str) -> Result<&Service, Fault> {
        self.services.iter().find(|service| service.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.services.iter().map(|one| one.name.as_str()).collect();
            Fault::usage(format!("no service {name} (known: {})", known.join(", ")))
        })
    }

    /// The only service that publishes or exposes this port.
    ///
    /// # Errors
    /// None does, or several do.
    pub fn service_of_port(&self, port: u16) -> Result<&Service, Fault> {
        let mut all = self.services.iter().filter(|service| service.ports.contains(&port));
        match (all.next(), all.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(Fault::usage(format!(
                "port {port} is not that of exactly one service (write SERVICE:{port})"
            ))),
        }
    }

    /// The names of its containers in the project `name`, with their services.
    pub(super) fn containers(&self, name: &str) -> Vec<(String, &Service)> {
        let mut containers = Vec::new();
        for service in &self.services {
            let Service { name: word, replicas, .. } = service;
            let names = (1..=*replicas).map(|number| format!("{name}-{word}-{number}"));
            containers.extend(names.map(|name| (name, service)));
        }
        containers
    }

    /// What compose is given: the private project, with a label on all that is made, and
    /// services below a control group.
    pub(super) fn document(&self, label: (&str, &str), group: Option<&str>) -> Vec<u8> {
        self.private.document(label, group).to_string().into_bytes()
    }

    /// The folder that the files are in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

fn service(name: &str, written: &Written, project: &str, one_shot: bool) -> Service {
    let deploy = written.deploy.as_ref();
    let policy = deploy.and_then(|deploy| deploy.restart_policy.as_ref());
    let policy = policy.map(|policy| policy.condition.as_deref().unwrap_or("any"));
    let policy = written.restart.as_deref().or(policy);
    let exposed = written.expose.iter().filter_map(|port| {
        let text = port.as_str().map_or_else(|| port.to_string(), str::to_owned);
        text.split('/').next()?.parse().ok()
    });
    let depends_on = written.depends_on.iter().map(|(service, dependency)| Dependency {
        service: service.clone(),
        condition: dependency.condition.clone(),
    });
    Service {
        name: name.to_owned(),
        image: written.image.clone().unwrap_or_else(|| format!("{project}-{name}")),
        built: written.build.is_some(),
        replicas: written.scale.or(deploy.and_then(|deploy| deploy.replicas)).unwrap_or(1),
        depends_on: depends_on.collect(),
        restarts: policy.is_some_and(|policy| !["no", "none", ""].contains(&policy)),
        one_shot,
        ports: written.ports.iter().map(|port| port.target).chain(exposed).collect(),
    }
}

/// What must be read nowhere: values of variables with sensitive names, and credentials
/// in addresses.
fn secrets(written: &Written) -> Vec<String> {
    let variables = written.environment.iter();
    let variables = variables.filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let of = |(name, value): (&String, &Value)| {
        // A dollar is doubled for compose, and single in the container.
        let text = value.as_str().map_or_else(|| value.to_string(), |text| text.replace("$$", "$"));
        let inside = credentials_in(&text);
        is_sensitive_name(name).then_some(text).into_iter().chain(inside).collect::<Vec<_>>()
    };
    variables.flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stack() -> Stack {
        let config = json!({
            "name": "shop",
            "services": {
                "db": {"image": "postgres", "expose": ["5432"], "restart": "always",
                    "environment": {"DB_PASSWORD": "hun$$ter22", "URL": "http://a:bcdef@h/"}},
                "job": {"build": {"context": "/p"},
                    "depends_on": {"db": {"condition": "service_healthy", "required": true}}},
                "web": {"image": "web", "scale": 2, "ports": [{"target": 80}],
                    "deploy": {"restart_policy": {"condition": "on-failure"}},
                    "depends_on": {"job": {"condition": "service_completed_successfully"}}}
            }
        });
        Stack::of(config, PathBuf::from("/p"), true).unwrap()
    }

    #[test]
    fn services_are_read_with_what_they_wait_for() {
        let stack = stack();
        let job = stack.service("job").unwrap();
        assert_eq!((job.image.as_str(), job.built, job.one_shot), ("shop-job", true, true));
        let waits =
            Dependency { service: "db".to_owned(), condition: "service_healthy".to_owned() };
        assert_eq!(job.depends_on, [waits]);
        let web = stack.service("web").unwrap();
        assert!(web.restarts && !web.one_shot && stack.service("db").unwrap().restarts);
        let names = stack.containers("dp-x").into_iter().map(|(name, _)| name);
        let expected = ["dp-x-db-1", "dp-x-job-1", "dp-x-web-1", "dp-x-web-2"];
        assert_eq!(names.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_port_tells_its_service_if_no_other_has_it() {
        let stack = stack();
        assert_eq!(stack.service_of_port(80).unwrap().name, "web");
        assert_eq!(stack.service_of_port(5432).unwrap().name, "db");
        let refused = stack.service_of_port(81).unwrap_err().message;
        assert!(refused.ends_with("(write SERVICE:81)"), "{refused}");
        let refused = stack.service("cache").unwrap_err().message;
        assert_eq!(refused, "no service cache (known: db, job, web)");
    }

    #[test]
    fn what_variables_with_sensitive_names_hold_is_hidden() {
        let hidden = stack().mask.text("hun$ter22 and bcdef and http://a:x@h/");
        assert!(!hidden.contains("hun$ter22") && !hidden.contains("bcdef"), "{hidden}");
    }

    #[test]
    fn files_may_have_a_name_and_files_over_them() {
        let read =
            |text: &str| ComposeFile::from_str(text).map(|one| (one.name.clone(), one.shown()));
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(read("a.yml"), Ok((None, "a.yml".to_owned())));
        assert_eq!(read("new=a.yml:b.yml"), Ok((name("new"), "a.yml:b.yml".to_owned())));
        assert_eq!(read("./x=1/a.yml"), Ok((None, "./x=1/a.yml".to_owned())));
        for wrong in ["=a.yml", "a=", "a.yml:", ""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
