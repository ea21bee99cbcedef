//! The `build` section of a service: what of it becomes options of `docker buildx build`, and what
//! cannot be honoured. A key that is neither is refused: without it another build would be measured.

use std::collections::BTreeMap;
use std::path::PathBuf;

use dp_tool::Fault;
use serde::Deserialize;
use serde_json::Value;

/// Keys of the compose specification that dp cannot honour, each with the way out. They may be
/// there with a value that asks for nothing.
const REFUSED: &[(&str, &str)] = &[
    ("dockerfile_inline", "it has no lines to point at: put it into a file"),
    ("tags", "dp names images itself: leave it out, and tag the image that stays afterwards"),
    ("no_cache", "give --cold instead: it leaves your build cache as it was"),
    ("no_cache_filter", "it would empty your cache mounts: leave it out"),
    ("privileged", "buildx has no such option: give entitlements: [security.insecure]"),
    ("isolation", "it is for Windows alone: leave it out"),
    ("provenance", "attestations make another image of every build: leave it out"),
    ("sbom", "attestations make another image of every build: leave it out"),
];

/// The section, in the long form that compose writes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Build {
    pub(super) context: PathBuf,
    pub(super) dockerfile: Option<PathBuf>,
    pub(super) target: Option<String>,
    args: BTreeMap<String, Option<String>>,
    network: Option<String>,
    shm_size: Option<Value>,
    platforms: Vec<String>,
    cache_from: Vec<String>,
    cache_to: Vec<String>,
    extra_hosts: Value,
    additional_contexts: Value,
    labels: Value,
    ssh: Value,
    entitlements: Vec<String>,
    ulimits: BTreeMap<String, Value>,
    pull: bool,
    secrets: Vec<SecretUse>,
    /// All other keys.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
struct SecretUse {
    source: String,
    target: Option<String>,
}

/// A secret of the project.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SecretSource {
    file: Option<PathBuf>,
    environment: Option<String>,
}

impl Build {
    /// Refuses, by its name, what cannot be honoured. `is_cold` says that nothing of the cache is
    /// used anyway.
    pub(super) fn check(&self, service: &str, is_cold: bool) -> Result<(), Fault> {
        let asks = |(key, value): &(&String, &Value)| {
            let extension = key.starts_with("x-");
            let default = key.as_str() == "isolation" && *value == "default";
            let cold = key.as_str() == "no_cache" && is_cold;
            !extension && !default && !cold && !is_nothing(value)
        };
        let Some((key, _)) = self.rest.iter().find(asks) else { return Ok(()) };
        let known = REFUSED.iter().find(|(name, _)| name == key);
        let why = known.map_or("dp does not know it: leave it out", |(_, why)| why);
        Err(Fault::usage(format!("service {service}: build.{key} cannot be honoured: {why}")))
    }

    /// The section as options of `docker buildx build`. `platform` is that of the service.
    pub(super) fn options(
        &self,
        service: &str,
        platform: Option<&String>,
        secrets: &BTreeMap<String, SecretSource>,
    ) -> Result<Vec<String>, Fault> {
        let mut words = Words::default();
        for (name, value) in &self.args {
            let pair = value.as_ref().map(|value| format!("{name}={value}"));
            words.add("--build-arg", pair.unwrap_or_else(|| name.clone()));
        }
        let refused = |key: &str, why: &str| {
            Fault::usage(format!("service {service}: build.{key} cannot be honoured: {why}"))
        };
        let unreadable = |key| refused(key, "dp cannot read it: leave it out");
        let pairs = |key: &'static str, value| pairs(value).ok_or_else(|| unreadable(key));
        for context in pairs("additional_contexts", &self.additional_contexts)? {
            if context.split_once('=').is_some_and(|(_, value)| value.starts_with("service:")) {
                let why =
                    "the image of another service must be built first: give docker-image://NAME";
                return Err(refused("additional_contexts", why));
            }
            words.add("--build-context", context);
        }
        for host in pairs("extra_hosts", &self.extra_hosts)? {
            words.add("--add-host", host.replacen('=', ":", 1));
        }
        let platforms = if self.platforms.is_empty() {
            platform.cloned().into_iter().collect()
        } else {
            self.platforms.clone()
        };
        words.all("--platform", &platforms);
        words.all("--cache-from", &self.cache_from);
        words.all("--cache-to", &self.cache_to);
        words.all("--network", self.network.as_slice());
        if let Some(size) = &self.shm_size {
            words.add("--shm-size", scalar(size).ok_or_else(|| unreadable("shm_size"))?);
        }
        words.all("--label", &pairs("labels", &self.labels)?);
        words.all("--ssh", &pairs("ssh", &self.ssh)?);
        words.all("--allow", &self.entitlements);
        for (name, limit) in &self.ulimits {
            let limit = ulimit(limit).ok_or_else(|| unreadable("ulimits"))?;
            words.add("--ulimit", format!("{name}={limit}"));
        }
        for secret in &self.secrets {
            let source = secrets.get(&secret.source);
            let spec = source.and_then(|source| secret.spec(source));
            words.add(
                "--secret",
                spec.ok_or_else(|| {
                    refused(
                        "secrets",
                        &format!(
                            "{} has neither a file nor a variable of the environment",
                            secret.source
                        ),
                    )
                })?,
            );
        }
        if self.pull {
            words.0.push("--pull".to_owned());
        }
        Ok(words.0)
    }
}

/// Words of a command line.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    fn add(&mut self, name: &str, value: String) {
        self.0.extend([name.to_owned(), value]);
    }

    fn all(&mut self, name: &str, values: &[String]) {
        for value in values {
            self.add(name, value.clone());
        }
    }
}

impl SecretUse {
    fn spec(&self, source: &SecretSource) -> Option<String> {
        let id = self.target.as_ref().unwrap_or(&self.source);
        match (&source.file, &source.environment) {
            (Some(file), _) => Some(format!("id={id},src={}", file.display())),
            (None, Some(name)) => Some(format!("id={id},env={name}")),
            (None, None) => None,
        }
    }
}

/// Whether a value is the same as none.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() || text == "false",
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// A list of words, or a map of them as `name=value`; a name may have several values, or none.
fn pairs(value: &Value) -> Option<Vec<String>> {
    let pair = |(name, value): (&String, &Value)| match value {
        Value::Null => Some(vec![name.clone()]),
        Value::Array(values) => {
            values.iter().map(|value| Some(format!("{name}={}", scalar(value)?))).collect()
        }
        value => Some(vec![format!("{name}={}", scalar(value)?)]),
    };
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => items.iter().map(scalar).collect(),
        Value::Object(fields) => {
            let all: Option<Vec<Vec<String>>> = fields.iter().map(pair).collect();
            all.map(|all| all.concat())
        }
        _ => None,
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// `1024`, or `{soft: 1024, hard: 2048}`.
fn ulimit(value: &Value) -> Option<String> {
    let field = |name: &str| value.get(name).and_then(scalar);
    match (scalar(value), field("single"), field("soft"), field("hard")) {
        (Some(both), ..) | (None, Some(both), ..) => Some(both),
        (None, None, Some(soft), Some(hard)) => Some(format!("{soft}:{hard}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(json: &str) -> Build {
        serde_json::from_str(json).unwrap()
    }

    fn options(json: &str) -> Vec<String> {
        build(json).options("api", None, &BTreeMap::new()).unwrap()
    }

    /// What is said of a section with this key.
    fn refusal(fields: &str) -> String {
        let build = build(&format!(r#"{{"context": "/p", {fields}}}"#));
        let checked = build.check("api", false);
        let options = build.options("api", None, &BTreeMap::new());
        checked.err().or(options.err()).map_or_else(String::new, |fault| fault.message)
    }

    #[test]
    fn every_key_that_buildx_has_is_handed_on() {
        for (fields, words) in [
            (r#""args": {"A": "1", "B": null}"#, "--build-arg A=1 --build-arg B"),
            (r#""ssh": ["default", "key=/k"]"#, "--ssh default --ssh key=/k"),
            (r#""ssh": {"default": null, "key": "/k"}"#, "--ssh default --ssh key=/k"),
            (r#""labels": {"team": "a"}"#, "--label team=a"),
            (r#""labels": ["team=a"]"#, "--label team=a"),
            (r#""shm_size": "67108864""#, "--shm-size 67108864"),
            (r#""shm_size": 64"#, "--shm-size 64"),
            (r#""ulimits": {"nofile": {"soft": 1024, "hard": 2048}}"#, "--ulimit nofile=1024:2048"),
            (r#""ulimits": {"nproc": 64}"#, "--ulimit nproc=64"),
            (r#""ulimits": {"nproc": {"single": 64}}"#, "--ulimit nproc=64"),
            (
                r#""extra_hosts": ["a=127.0.0.1", "b:::1"]"#,
                "--add-host a:127.0.0.1 --add-host b:::1",
            ),
            (r#""extra_hosts": {"a": ["127.0.0.1"]}"#, "--add-host a:127.0.0.1"),
            (r#""additional_contexts": {"lib": "/l"}"#, "--build-context lib=/l"),
            (r#""entitlements": ["network.host"]"#, "--allow network.host"),
            (r#""network": "none""#, "--network none"),
            (r#""platforms": ["linux/amd64"]"#, "--platform linux/amd64"),
            (r#""cache_from": ["a"], "cache_to": ["b"]"#, "--cache-from a --cache-to b"),
            (r#""pull": true"#, "--pull"),
            // What asks for nothing.
            (r#""pull": false, "no_cache": false, "tags": [], "privileged": false"#, ""),
            (r#""isolation": "default", "provenance": "false", "sbom": false, "x-own": 1"#, ""),
        ] {
            assert_eq!(options(&format!("{{{fields}}}")).join(" "), words, "{fields}");
            assert_eq!(refusal(fields), "", "{fields}");
        }
    }

    #[test]
    fn every_other_key_is_refused_by_its_name() {
        for (key, value) in [
            ("tags", r#"["reg.invalid/api:1"]"#),
            ("no_cache", "true"),
            ("no_cache_filter", r#"["a"]"#),
            ("privileged", "true"),
            ("isolation", r#""hyperv""#),
            ("provenance", r#""mode=max""#),
            ("sbom", "true"),
            ("dockerfile_inline", r#""FROM x""#),
            ("a_key_of_tomorrow", "1"),
            ("additional_contexts", r#"{"base": "service:base"}"#),
            ("secrets", r#"[{"source": "gone"}]"#),
            ("ulimits", r#"{"nofile": {"soft": 1}}"#),
            ("ssh", "true"),
        ] {
            let said = refusal(&format!(r#""{key}": {value}"#));
            assert!(
                said.starts_with(&format!("service api: build.{key} cannot be honoured: ")),
                "{said}"
            );
        }
    }

    #[test]
    fn no_cache_is_what_a_cold_build_does() {
        assert!(build(r#"{"no_cache": true}"#).check("api", true).is_ok());
    }

    #[test]
    fn the_platform_of_the_service_is_that_of_its_build_unless_that_has_its_own() {
        let service = "linux/arm64".to_owned();
        let words =
            |json: &str| build(json).options("api", Some(&service), &BTreeMap::new()).unwrap();
        assert_eq!(words("{}"), ["--platform", "linux/arm64"]);
        assert_eq!(words(r#"{"platforms": ["linux/amd64"]}"#), ["--platform", "linux/amd64"]);
    }
}
