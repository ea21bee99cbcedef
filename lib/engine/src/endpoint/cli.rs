//! What a `docker` child process is given so that it reaches the engine that was chosen.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::Endpoint;
use super::address::absolute;

impl Endpoint {
    /// The global options to put before the docker subcommand.
    pub fn cli_args(&self) -> Vec<String> {
        match &self.context {
            Some(name) => vec!["--context".to_owned(), name.clone()],
            None => vec!["--host".to_owned(), self.url.clone()],
        }
    }

    /// The variables to set, or with `None` to remove, in the child's environment.
    ///
    /// They choose the same engine as [`cli_args`](Self::cli_args) does, for what the child starts
    /// itself (plugins, `docker compose`). Paths are absolute: the child may run in another folder.
    pub fn cli_env(&self) -> Vec<(&'static str, Option<OsString>)> {
        let host = self.context.is_none().then(|| OsString::from(&self.url));
        let environment = &self.environment;
        let cert_path = environment.cert_path.as_ref();
        let cert_path = cert_path.filter(|path| !path.as_os_str().is_empty());
        vec![
            ("DOCKER_HOST", host),
            ("DOCKER_CONTEXT", self.context.as_ref().map(OsString::from)),
            ("DOCKER_CONFIG", Some(text(&environment.config_dir()))),
            ("DOCKER_TLS", environment.tls.clone()),
            ("DOCKER_TLS_VERIFY", environment.tls_verify.clone()),
            ("DOCKER_CERT_PATH", cert_path.map(|path| text(path))),
        ]
    }

    /// A `docker` command with those options and variables, stdin from nowhere.
    pub(crate) fn docker(&self) -> Command {
        let mut command = Command::new("docker");
        command.args(self.cli_args()).stdin(Stdio::null());
        for (name, value) in self.cli_env() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }
}

fn text(path: &Path) -> OsString {
    absolute(path).into_os_string()
}
