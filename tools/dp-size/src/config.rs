//! The configuration of an image: the JSON whose hash is the image's id.

use std::collections::BTreeMap;

use dp_engine::image::{HistoryEntry, digest};
use serde::Deserialize;

/// What an image's configuration says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ImageConfig {
    /// `sha256:...` of the configuration: the image's id.
    pub(crate) id: String,
    /// `os/architecture[/variant]`.
    pub(crate) platform: Option<String>,
    /// Digests of the uncompressed layers, lowest first.
    pub(crate) diff_ids: Vec<String>,
    /// The steps that made it, oldest first. Unlike the engine's answer they say
    /// for certain which of them made a layer.
    pub(crate) history: Vec<HistoryEntry>,
    /// Variables of its environment, `NAME=VALUE`.
    pub(crate) env: Vec<String>,
    /// Its labels.
    pub(crate) labels: BTreeMap<String, String>,
    /// The user that it runs as; empty means root.
    pub(crate) user: String,
}

#[derive(Debug, Deserialize)]
struct Raw {
    os: Option<String>,
    architecture: Option<String>,
    variant: Option<String>,
    rootfs: RootFs,
    config: Option<Settings>,
    #[serde(default)]
    history: Option<Vec<Step>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    env: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    user: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Step {
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    empty_layer: bool,
}

impl ImageConfig {
    /// Reads a configuration (Docker's and OCI's are alike here).
    pub(crate) fn parse(text: &[u8]) -> serde_json::Result<Self> {
        let raw: Raw = serde_json::from_slice(text)?;
        let settings = raw.config.unwrap_or_default();
        let parts = [raw.os, raw.architecture, raw.variant].into_iter().flatten();
        let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        Ok(Self {
            id: id(text),
            platform: (parts.len() >= 2).then(|| parts.join("/")),
            diff_ids: raw.rootfs.diff_ids.unwrap_or_default(),
            env: settings.env.unwrap_or_default(),
            labels: settings.labels.unwrap_or_default(),
            user: settings.user.unwrap_or_default(),
            history: raw.history.unwrap_or_default().into_iter().map(HistoryEntry::from).collect(),
        })
    }
}

impl From<Step> for HistoryEntry {
    fn from(step: Step) -> Self {
        Self {
            created_by: step.created_by,
            comment: step.comment,
            empty: Some(step.empty_layer),
            ..Self::default()
        }
    }
}

/// The id of the image that has this configuration.
pub(crate) fn id(text: &[u8]) -> String {
    digest(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_has_layers_and_steps() {
        let text = br#"{"architecture":"arm64","os":"linux","variant":"v8",
            "config":{"User":"app","Env":["PATH=/bin"],"Labels":{"a":"b"}},
            "rootfs":{"type":"layers","diff_ids":["sha256:1"]},
            "history":[{"created":"2026-01-01T00:00:00Z","created_by":"COPY a b"},
                       {"created_by":"ENV A=1","empty_layer":true}]}"#;
        let config = ImageConfig::parse(text).unwrap();
        assert_eq!(config.platform.as_deref(), Some("linux/arm64/v8"));
        assert_eq!(config.diff_ids, ["sha256:1"]);
        assert_eq!(config.labels.get("a").map(String::as_str), Some("b"));
        let empty: Vec<_> = config.history.iter().map(|step| step.empty).collect();
        assert_eq!(empty, [Some(false), Some(true)]);
        assert_eq!((config.user.as_str(), &config.env[..]), ("app", &["PATH=/bin".to_owned()][..]));
    }

    #[test]
    fn the_id_is_the_hash_of_the_text() {
        // printf '{}' | sha256sum
        let expected = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(id(b"{}"), expected);
    }

    #[test]
    fn what_is_no_configuration_of_an_image_is_refused() {
        for text in [&b"{}"[..], b"[]", b"", br#"{"rootfs":{"diff_ids":[1]}}"#, b"\xff"] {
            assert!(ImageConfig::parse(text).is_err());
        }
        assert!(ImageConfig::parse(br#"{"rootfs":{}}"#).unwrap().history.is_empty());
    }
}
