//! Subjects from a compose file: what `docker compose config` makes of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use dp_builds::subject::{BuildSubject, check_local};
use dp_engine::{Endpoint, Environment, Selection, resolve};
use dp_session::compose::{Profiles, config, unusable};
use dp_session::fault;
use dp_tool::{EngineArgs, Fault};
use serde::Deserialize;

use build::{Build, SecretSource};

mod build;

/// The whole project, as far as builds need it.
#[derive(Debug, Deserialize)]
struct Project {
    #[serde(default)]
    name: String,
    #[serde(default)]
    services: BTreeMap<String, Service>,
    #[serde(default)]
    secrets: BTreeMap<String, SecretSource>,
}

#[derive(Debug, Deserialize)]
struct Service {
    build: Option<Build>,
    platform: Option<String>,
}

/// The services that are built, or those of them that were named.
pub(crate) fn subjects(
    files: &[PathBuf],
    wanted: &[OsString],
    engine: &EngineArgs,
    is_cold: bool,
) -> anyhow::Result<Vec<BuildSubject>> {
    let selection = Selection { host: engine.host.clone(), context: engine.context.clone() };
    let endpoint = resolve(&selection, &Environment::from_process()).map_err(fault)?;
    let project = read(files, &endpoint)?;
    let wanted: Vec<String> =
        wanted.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    for name in &wanted {
        match project.services.get(name) {
            Some(service) if service.build.is_some() => {}
            Some(_) => {
                return Err(Fault::usage(format!("service {name} has no build section")).into());
            }
            None => {
                return Err(Fault::usage(format!(
                    "no service {name} (known: {})",
                    known(&project)
                ))
                .into());
            }
        }
    }
    let chosen =
        project.services.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name));
    let subjects = chosen
        .filter_map(|(name, service)| {
            let build = service.build.as_ref()?;
            let checked = build.check(name, is_cold);
            Some(checked.and_then(|()| subject(name, service, build, &project)))
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    if subjects.is_empty() {
        return Err(Fault::usage("no service of the compose file has a build section").into());
    }
    Ok(subjects)
}

fn known(project: &Project) -> String {
    project.services.keys().cloned().collect::<Vec<_>>().join(", ")
}

/// All services of the files: those of profiles are built too.
fn read(files: &[PathBuf], endpoint: &Endpoint) -> anyhow::Result<Project> {
    let config = config(files, endpoint, Profiles::All)?;
    Ok(serde_json::from_value(config).map_err(|error| unusable(&error))?)
}

fn subject(
    name: &str,
    service: &Service,
    build: &Build,
    project: &Project,
) -> Result<BuildSubject, Fault> {
    check_local(&build.context)?;
    let dockerfile = build.dockerfile.as_deref().unwrap_or(Path::new("Dockerfile"));
    Ok(BuildSubject {
        name: name.to_owned(),
        image: format!("{} {name}", project.name),
        dockerfile: build.context.join(dockerfile),
        context: build.context.clone(),
        target: build.target.clone(),
        options: build.options(name, service.platform.as_ref(), &project.secrets)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As compose 2.40 prints it.
    const PROJECT: &str = r#"{
        "name": "shop",
        "secrets": {"token": {"name": "shop_token", "file": "/p/token.txt"}},
        "services": {
            "api": {"build": {"context": "/p/api", "dockerfile": "Dockerfile.prod", "target": "runtime",
                "args": {"VERSION": "1.2", "FROM_ENV": null}, "shm_size": "67108864",
                "secrets": [{"source": "token"}]}, "command": null},
            "db": {"image": "postgres"},
            "web": {"build": {"context": "/p/web", "dockerfile": "Dockerfile"}}
        }}"#;

    #[test]
    fn a_service_becomes_a_subject_with_its_options() {
        let project: Project = serde_json::from_str(PROJECT).unwrap();
        let build = project.services["api"].build.as_ref().unwrap();
        let found = subject("api", &project.services["api"], build, &project).unwrap();
        assert_eq!(found.image, "shop api");
        assert_eq!(found.dockerfile, Path::new("/p/api/Dockerfile.prod"));
        assert_eq!(found.target.as_deref(), Some("runtime"));
        assert_eq!(
            found.options,
            [
                "--build-arg",
                "FROM_ENV",
                "--build-arg",
                "VERSION=1.2",
                "--shm-size",
                "67108864",
                "--secret",
                "id=token,src=/p/token.txt"
            ]
        );
        assert!(project.services["db"].build.is_none());
    }
}
