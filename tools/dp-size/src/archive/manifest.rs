//! Which images an archive holds, and of which layers they are made.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ArchiveError;
use super::blobs::Blobs;

/// Most manifests that are looked at, and most indexes within indexes.
const MOST_MANIFESTS: usize = 1_000;
const MOST_INDEXES: usize = 4;

/// One image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The name that it was saved by.
    pub(super) name: Option<String>,
    /// Its configuration, by its name in the archive.
    pub(super) config: String,
    /// Its layers, lowest first.
    pub(super) layers: Vec<Part>,
    /// Its annotations; docker's own list has none.
    pub(super) annotations: BTreeMap<String, String>,
}

/// A part of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its name in the archive.
    pub(super) name: String,
    /// Its size, where the manifest says it.
    pub(super) size: Option<u64>,
}

/// An image in `manifest.json`, as docker save writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

/// An index or a manifest of the OCI image specification.
#[derive(Debug, Deserialize)]
struct Oci {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    size: Option<u64>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// The images of an archive. Docker's own list goes before the OCI index:
/// engines from 25 on write both.
pub(super) fn manifests(blobs: &dyn Blobs) -> Result<Vec<Manifest>, ArchiveError> {
    if let Some(text) = blobs.text("manifest.json")? {
        let saved: Vec<Saved> = parse("manifest.json", &text)?;
        if saved.len() > MOST_MANIFESTS {
            return Err(bad("manifest.json", "it names too many images"));
        }
        return Ok(saved.into_iter().map(Manifest::from).collect());
    }
    let text = blobs.text("index.json")?.ok_or(ArchiveError::NoManifest)?;
    let index: Oci = parse("index.json", &text)?;
    let mut search = Search { blobs, found: Vec::new(), missing: None, seen: 0 };
    search.index(&index, None, 0)?;
    match (search.found.is_empty(), search.missing) {
        (true, Some(member)) => Err(ArchiveError::Missing { member }),
        _ => Ok(search.found),
    }
}

impl From<Saved> for Manifest {
    fn from(saved: Saved) -> Self {
        let part = |name| Part { name, size: None };
        Self {
            name: saved.repo_tags.unwrap_or_default().into_iter().next(),
            config: saved.config,
            layers: saved.layers.unwrap_or_default().into_iter().map(part).collect(),
            annotations: BTreeMap::new(),
        }
    }
}

/// The walk from an index down to its images.
struct Search<'b> {
    blobs: &'b dyn Blobs,
    found: Vec<Manifest>,
    /// The first manifest that is not there: an index may name platforms that
    /// were not saved.
    missing: Option<String>,
    seen: usize,
}

impl Search<'_> {
    fn index(&mut self, index: &Oci, name: Option<&str>, depth: usize) -> Result<(), ArchiveError> {
        for descriptor in index.manifests.iter().filter(|one| !one.is_attestation()) {
            self.seen += 1;
            if self.seen > MOST_MANIFESTS || depth >= MOST_INDEXES {
                return Err(bad("index.json", "it names too many manifests"));
            }
            let name = descriptor.image_name().or(name);
            let member = descriptor.member("index.json")?;
            let Some(text) = self.blobs.text(&member)? else {
                self.missing.get_or_insert(member);
                continue;
            };
            let inner: Oci = parse(&member, &text)?;
            self.manifest(&inner, &member, name, depth)?;
        }
        Ok(())
    }

    fn manifest(
        &mut self,
        inner: &Oci,
        member: &str,
        name: Option<&str>,
        depth: usize,
    ) -> Result<(), ArchiveError> {
        let Some(config) = &inner.config else {
            return self.index(inner, name, depth + 1);
        };
        // Other things than images are kept in the same form.
        if config.is_image_config() {
            let part = |layer: &Descriptor| {
                layer.member(member).map(|name| Part { name, size: layer.size })
            };
            let layers = inner.layers.iter().map(part).collect::<Result<_, _>>()?;
            let (name, config) = (name.map(str::to_owned), config.member(member)?);
            let annotations = inner.annotations.clone().unwrap_or_default();
            self.found.push(Manifest { name, config, layers, annotations });
        }
        Ok(())
    }
}

impl Descriptor {
    /// Where its content lies in a layout.
    fn member(&self, inside: &str) -> Result<String, ArchiveError> {
        let word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+_-".contains(&b))
        };
        match self.digest.split_once(':') {
            Some((algorithm, hex)) if word(algorithm) && word(hex) => {
                Ok(format!("blobs/{algorithm}/{hex}"))
            }
            _ => Err(bad(inside, &format!("{:?} is no digest", self.digest))),
        }
    }

    fn is_attestation(&self) -> bool {
        let kind = self.annotations.get("vnd.docker.reference.type");
        kind.is_some_and(|kind| kind == "attestation-manifest")
    }

    fn is_image_config(&self) -> bool {
        let kind = self.media_type.as_str();
        kind.is_empty()
            || kind == "application/vnd.oci.image.config.v1+json"
            || kind == "application/vnd.docker.container.image.v1+json"
    }

    /// The whole name where the builder wrote it; a tag alone names nothing.
    fn image_name(&self) -> Option<&str> {
        let keys = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
        let mut names = keys.iter().filter_map(|key| self.annotations.get(*key));
        names.find(|name| name.contains(['/', ':'])).map(String::as_str)
    }
}

fn parse<T: DeserializeOwned>(member: &str, text: &[u8]) -> Result<T, ArchiveError> {
    serde_json::from_slice(text).map_err(|error| bad(member, &dp_record::json_problem(&error)))
}

fn bad(member: &str, reason: &str) -> ArchiveError {
    ArchiveError::BadText { member: member.to_owned(), reason: reason.to_owned() }
}
