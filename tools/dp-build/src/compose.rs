//! Subjects from a compose file: what `docker compose config` makes of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dp_engine::{Endpoint, Environment, Selection, resolve};
use dp_record::printable;
use dp_tool::{EngineArgs, Fault, fault};
use serde::Deserialize;

use crate::subject::BuildSubject;

/// Characters of compose's own message that are shown.
const MESSAGE_CHARS: usize = 300;

/// The whole project, as far as builds need it.
#[derive(Debug, Deserialize)]
struct Project {
    #[serde(default)]
    services: BTreeMap<String, Service>,
    #[serde(default)]
    secrets: BTreeMap<String, SecretSource>,
}

#[derive(Debug, Deserialize)]
struct Service {
    build: Option<Build>,
}

/// The `build` section, in the long form that compose writes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Build {
    context: PathBuf,
    dockerfile: Option<PathBuf>,
    dockerfile_inline: Option<String>,
    target: Option<String>,
    args: BTreeMap<String, Option<String>>,
    network: Option<String>,
    shm_size: Option<String>,
    platforms: Vec<String>,
    cache_from: Vec<String>,
    cache_to: Vec<String>,
    extra_hosts: Vec<String>,
    additional_contexts: BTreeMap<String, String>,
    secrets: Vec<SecretUse>,
}

#[derive(Debug, Deserialize)]
struct SecretUse {
    source: String,
    target: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SecretSource {
    file: Option<PathBuf>,
    environment: Option<String>,
}

/// The services that are built, or those of them that were named.
pub(crate) fn subjects(
    files: &[PathBuf],
    wanted: &[OsString],
    engine: &EngineArgs,
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
    let built = chosen.filter_map(|(name, service)| Some((name, service.build.as_ref()?)));
    let subjects = built
        .map(|(name, build)| subject(name, build, &project))
        .collect::<Result<Vec<_>, Fault>>()?;
    if subjects.is_empty() {
        return Err(Fault::usage("no service of the compose file has a build section").into());
    }
    Ok(subjects)
}

fn known(project: &Project) -> String {
    project.services.keys().cloned().collect::<Vec<_>>().join(", ")
}

/// compose itself reads the files: variables, overlays, includes, anchors.
fn read(files: &[PathBuf], endpoint: &Endpoint) -> anyhow::Result<Project> {
    let mut command = Command::new("docker");
    command.args(endpoint.cli_args()).arg("compose").stdin(Stdio::null());
    for file in files {
        command.arg("--file").arg(file);
    }
    command.args(["--profile", "*", "config", "--format", "json"]);
    for (name, value) in endpoint.cli_env() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().map_err(|error| {
        Fault::engine(format!("cannot run docker compose: {error} (install the docker CLI)"))
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
        return Err(Fault::usage(format!(
            "docker compose config: {}",
            printable(line, MESSAGE_CHARS)
        ))
        .into());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| {
        Fault::usage(format!("cannot read what docker compose config prints: {error}")).into()
    })
}

fn subject(name: &str, build: &Build, project: &Project) -> Result<BuildSubject, Fault> {
    if build.dockerfile_inline.is_some() {
        return Err(Fault::usage(format!(
            "service {name}: dockerfile_inline has no lines to point at: put it into a file"
        )));
    }
    let dockerfile = build.dockerfile.as_deref().unwrap_or(Path::new("Dockerfile"));
    Ok(BuildSubject {
        name: name.to_owned(),
        dockerfile: build.context.join(dockerfile),
        context: build.context.clone(),
        target: build.target.clone(),
        options: options(build, project),
    })
}

/// The rest of the section, as options of `docker buildx build`.
fn options(build: &Build, project: &Project) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |name: &str, value: String| words.extend([name.to_owned(), value]);
    for (name, value) in &build.args {
        add(
            "--build-arg",
            value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}={value}")),
        );
    }
    for (name, context) in &build.additional_contexts {
        add("--build-context", format!("{name}={context}"));
    }
    let lists = [
        ("--platform", &build.platforms),
        ("--cache-from", &build.cache_from),
        ("--cache-to", &build.cache_to),
        ("--add-host", &build.extra_hosts),
    ];
    for (name, values) in lists {
        for value in values {
            add(name, value.clone());
        }
    }
    build.network.iter().for_each(|mode| add("--network", mode.clone()));
    build.shm_size.iter().for_each(|size| add("--shm-size", size.clone()));
    for secret in &build.secrets {
        if let Some(source) = project.secrets.get(&secret.source) {
            add("--secret", secret_spec(secret, source));
        }
    }
    words
}

fn secret_spec(secret: &SecretUse, source: &SecretSource) -> String {
    let id = secret.target.as_ref().unwrap_or(&secret.source);
    match (&source.file, &source.environment) {
        (Some(file), _) => format!("id={id},src={}", file.display()),
        (None, Some(name)) => format!("id={id},env={name}"),
        (None, None) => format!("id={id}"),
    }
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
        let found = subject("api", build, &project).unwrap();
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
