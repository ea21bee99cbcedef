//! The builders that buildx knows, read from its own files: no child process is needed.
//!
//! A builder is a docker context, whose engine then builds by itself (driver `docker`), or an
//! instance that `docker buildx create` made (any other driver), which comes first where both have
//! one name. Files and order are those of buildx 0.13 to 0.29: store/store.go and
//! store/storeutil/storeutil.go.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde_json::Value;

use crate::endpoint::{Endpoint, field, sha256_hex};
use crate::error::EngineError;

/// The driver of builders that are engines.
const DOCKER: &str = "docker";

/// The part of the process environment that chooses a builder. An empty value counts as unset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuilderEnvironment {
    /// `BUILDX_CONFIG`: the folder of the store.
    pub config: Option<PathBuf>,
    /// `BUILDX_BUILDER`: the name of the current builder.
    pub builder: Option<String>,
}

impl BuilderEnvironment {
    /// Reads this process's variables.
    pub fn from_process() -> Self {
        let text = |name| env::var_os(name).filter(|value| !value.is_empty());
        Self {
            config: text("BUILDX_CONFIG").map(PathBuf::from),
            builder: text("BUILDX_BUILDER").map(|name| name.to_string_lossy().into_owned()),
        }
    }
}

/// A builder that can be named by `--builder`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    /// Its name.
    pub name: String,
    /// `docker`, `docker-container`, `kubernetes`, `remote`...
    pub driver: String,
}

impl Builder {
    /// Whether it is an engine's own, so that images are in that engine as soon as they are built.
    pub fn is_docker(&self) -> bool {
        self.driver == DOCKER
    }
}

/// The builder that `docker buildx build` takes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentBuilder {
    /// Its name.
    pub name: String,
    /// Whether `BUILDX_BUILDER` names it; else `docker buildx use` did.
    pub by_variable: bool,
}

/// The builders that buildx knows for one engine.
#[derive(Debug, Clone)]
pub struct Builders<'a> {
    endpoint: &'a Endpoint,
    store: PathBuf,
    variable: Option<String>,
}

impl<'a> Builders<'a> {
    /// Those of the user to whom this environment belongs.
    pub fn new(endpoint: &'a Endpoint, environment: BuilderEnvironment) -> Self {
        let store = environment.config.unwrap_or_else(|| endpoint.config_dir().join("buildx"));
        Self { endpoint, store, variable: environment.builder }
    }

    /// The engine's own builder.
    ///
    /// # Errors
    /// buildx would take another one under its name.
    pub fn own(&self) -> Result<Builder, EngineError> {
        let name = self.endpoint.builder();
        match self.instance(name)? {
            Some(builder) if !builder.is_docker() => {
                let (name, driver) = (builder.name, builder.driver);
                Err(EngineError::HiddenBuilder { name, driver })
            }
            _ => Ok(docker(name)),
        }
    }

    /// The builder of that name.
    ///
    /// # Errors
    /// There is none, it is that of another engine, or its file cannot be read.
    pub fn find(&self, name: &str) -> Result<Builder, EngineError> {
        if let Some(builder) = self.instance(name)? {
            return Ok(builder);
        }
        if name == self.endpoint.builder() {
            return Ok(docker(name));
        }
        let name = name.to_owned();
        if self.endpoint.contexts().contains(&name) {
            return Err(EngineError::ForeignBuilder { name });
        }
        Err(EngineError::UnknownBuilder { name, known: self.known() })
    }

    /// The builder that the user chose for this engine; none means the engine's own.
    pub fn current(&self) -> Option<CurrentBuilder> {
        if let Some(name) = self.variable.clone() {
            return Some(CurrentBuilder { name, by_variable: true });
        }
        self.used().map(|name| CurrentBuilder { name, by_variable: false })
    }

    /// What `docker buildx use` chose: for every engine, for this one while it was chosen last, or
    /// for this one for ever. A builder that is gone is not chosen any more.
    fn used(&self) -> Option<String> {
        let is_there = |name: &str| matches!(self.instance(name), Ok(Some(_)));
        let key = self.endpoint.context.as_ref().unwrap_or(&self.endpoint.url);
        if let Some(last) = self.last_used() {
            if last.global && is_there(&last.name) {
                return Some(last.name);
            }
            if last.key == *key {
                return Some(last.name).filter(|name| is_there(name));
            }
        }
        let file = self.store.join("defaults").join(&sha256_hex(key)[..20]);
        fs::read_to_string(file).ok().filter(|name| is_there(name))
    }

    fn last_used(&self) -> Option<LastUsed> {
        let text = fs::read(self.store.join("current")).ok()?;
        let value: Value = serde_json::from_slice(&text).ok()?;
        let text =
            |name| field(&value, name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let global = field(&value, "Global").and_then(Value::as_bool).unwrap_or_default();
        let last = LastUsed { key: text("Key"), name: text("Name"), global };
        // Without a name it is the engine's own that was chosen.
        (!last.name.is_empty()).then_some(last)
    }

    /// The instance of that name, in any case of letters.
    fn instance(&self, name: &str) -> Result<Option<Builder>, EngineError> {
        if !is_instance_name(name) {
            return Ok(None);
        }
        let bad = |reason| EngineError::BadBuilder { name: name.to_owned(), reason };
        let file = self.store.join("instances").join(name.to_ascii_lowercase());
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(bad(format!("{}: {error}", file.display()))),
        };
        let value: Value = serde_json::from_slice(&text)
            .map_err(|_| bad(format!("{} is no JSON", file.display())))?;
        // One without a driver came to be by itself, for an engine.
        let driver =
            field(&value, "Driver").and_then(Value::as_str).filter(|text| !text.is_empty());
        Ok(Some(Builder { name: name.to_owned(), driver: driver.unwrap_or(DOCKER).to_owned() }))
    }

    /// The names that can be asked for: the engine's own, and all instances, sorted.
    fn known(&self) -> Vec<String> {
        let files = fs::read_dir(self.store.join("instances")).into_iter().flatten();
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let own = self.endpoint.builder();
        let mut names: Vec<String> =
            names.filter(|name| is_instance_name(name) && name != own).collect();
        names.sort();
        names.insert(0, own.to_owned());
        names
    }
}

/// The file `current`.
struct LastUsed {
    /// The engine: its context, or else its address.
    key: String,
    /// The builder.
    name: String,
    /// Chosen for every engine.
    global: bool,
}

fn docker(name: &str) -> Builder {
    Builder { name: name.to_owned(), driver: DOCKER.to_owned() }
}

/// What buildx takes for the name of an instance; others can only be contexts.
fn is_instance_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c))
}

#[cfg(test)]
mod tests;
