//! The path of a build request.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::backend::request::BuildOptions;

/// Adds to the path of a request, encoded.
#[derive(Debug)]
pub(crate) struct Query(String);

impl Query {
    /// The options that both builders of an engine have. `dockerfile` is the path
    /// of the Dockerfile in what the engine gets.
    pub(crate) fn new(version: u8, dockerfile: &str, options: &BuildOptions) -> Self {
        let mut query = Self(format!("/build?version={version}&rm=1&forcerm=1"));
        query.add("dockerfile", dockerfile);
        for tag in &options.tags {
            query.add("t", tag);
        }
        query.add_some("target", options.target.as_deref());
        query.add_some("platform", options.platform.as_deref());
        query.add_some("networkmode", options.network.as_deref());
        query.add_some("cgroupparent", options.cgroup_parent.as_deref());
        query.add_some("shmsize", options.shm_size_bytes.map(|bytes| bytes.to_string()).as_deref());
        query.add_some("nocache", options.no_cache.then_some("1"));
        query.add_some("pull", options.pull.then_some("1"));
        for host in &options.add_hosts {
            query.add("extrahosts", host);
        }
        if !options.cache_from.is_empty() {
            query.add("cachefrom", &Value::from(options.cache_from.clone()).to_string());
        }
        if !options.build_args.is_empty() {
            let arguments = options.build_args.iter().cloned();
            let arguments = arguments.map(|(name, value)| (name, Value::from(value)));
            query.add("buildargs", &Value::from(arguments.collect::<Map<_, _>>()).to_string());
        }
        query
    }

    /// Adds a parameter.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push('&');
        self.0.push_str(name);
        self.0.push('=');
        for &byte in value.as_bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                self.0.push(char::from(byte));
            } else {
                let _ = write!(self.0, "%{byte:02X}");
            }
        }
    }

    fn add_some(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// The whole path.
    pub(crate) fn into_path(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_for_that_was_not_given() {
        let query = Query::new(2, "Dockerfile", &BuildOptions::default());
        assert_eq!(query.into_path(), "/build?version=2&rm=1&forcerm=1&dockerfile=Dockerfile");
    }

    #[test]
    fn every_option_is_there_and_encoded() {
        let options = BuildOptions {
            tags: vec!["a/b:1".into(), "c".into()],
            target: Some("é".into()),
            build_args: vec![("A".into(), "x&y=\"z\"".into()), ("A".into(), "last".into())],
            platform: Some("linux/amd64".into()),
            no_cache: true,
            pull: true,
            network: Some("none".into()),
            add_hosts: vec!["h:127.0.0.1".into()],
            cache_from: vec!["i".into()],
            shm_size_bytes: Some(64),
            cgroup_parent: Some("/g".into()),
        };
        assert_eq!(
            Query::new(1, "d/Docker file", &options).into_path(),
            "/build?version=1&rm=1&forcerm=1&dockerfile=d%2FDocker%20file&t=a%2Fb%3A1&t=c\
             &target=%C3%A9&platform=linux%2Famd64&networkmode=none&cgroupparent=%2Fg&shmsize=64\
             &nocache=1&pull=1&extrahosts=h%3A127.0.0.1&cachefrom=%5B%22i%22%5D\
             &buildargs=%7B%22A%22%3A%22last%22%7D"
        );
    }
}
