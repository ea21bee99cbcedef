//! The part of the process environment that chooses an engine.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::EngineError;

/// The variables that the docker CLI chooses its engine by. An empty one counts as unset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `DOCKER_HOST`.
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub context: Option<String>,
    /// `DOCKER_CONFIG`: the folder of config.json and of the context store.
    pub config: Option<PathBuf>,
    /// `DOCKER_TLS`: any text turns TLS on, `0` and `false` too.
    pub tls: Option<OsString>,
    /// `DOCKER_TLS_VERIFY`: any text turns verified TLS on, `0` and `false` too.
    pub tls_verify: Option<OsString>,
    /// `DOCKER_CERT_PATH`: the folder of ca.pem, cert.pem and key.pem.
    pub cert_path: Option<PathBuf>,
    /// The user's home, which holds `.docker`.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// Reads this process's variables.
    pub fn from_process() -> Self {
        Self {
            host: text("DOCKER_HOST"),
            context: text("DOCKER_CONTEXT"),
            config: path("DOCKER_CONFIG"),
            tls: env::var_os("DOCKER_TLS"),
            tls_verify: env::var_os("DOCKER_TLS_VERIFY"),
            cert_path: path("DOCKER_CERT_PATH"),
            home: env::home_dir(),
        }
    }

    /// The folder of config.json: `DOCKER_CONFIG`, else `.docker` in the home folder.
    pub(super) fn config_dir(&self) -> PathBuf {
        match &self.config {
            Some(folder) if !folder.as_os_str().is_empty() => folder.clone(),
            _ => self.home.clone().unwrap_or_default().join(".docker"),
        }
    }

    /// The folder of the context store.
    pub(super) fn contexts(&self) -> PathBuf {
        self.config_dir().join("contexts")
    }

    /// The folder of the TLS files of a plain host.
    fn cert_dir(&self) -> PathBuf {
        match &self.cert_path {
            Some(folder) if !folder.as_os_str().is_empty() => folder.clone(),
            _ => self.config_dir(),
        }
    }

    /// Whether a plain host is to be reached by TLS.
    pub(super) fn wants_tls(&self) -> bool {
        let set = |value: &Option<OsString>| value.as_ref().is_some_and(|text| !text.is_empty());
        set(&self.tls) || set(&self.tls_verify)
    }

    /// Checks that the files can be read which the docker CLI reads as soon as the
    /// environment asks for TLS: even for a Unix socket, which uses none, it fails
    /// without ca.pem.
    pub(super) fn check_tls_files(&self) -> Result<(), EngineError> {
        let folder = self.cert_dir();
        check_readable(&folder.join("ca.pem"))?;
        for optional in ["cert.pem", "key.pem"] {
            let path = folder.join(optional);
            if !matches!(fs::metadata(&path), Err(error) if error.kind() == ErrorKind::NotFound) {
                check_readable(&path)?;
            }
        }
        Ok(())
    }

    /// Turns TLS off for a plain host.
    pub(super) fn without_tls(&mut self) {
        (self.tls, self.tls_verify, self.cert_path) = (None, None, None);
    }
}

fn text(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from)
}

fn check_readable(path: &Path) -> Result<(), EngineError> {
    fs::read(path).map(drop).map_err(|error| EngineError::TlsFile {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}
