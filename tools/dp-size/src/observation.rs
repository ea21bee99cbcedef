//! One image, measured: what its files come to, whatever source shows them.

use std::collections::BTreeMap;

use dp_engine::image::HistoryEntry;
use dp_record::{Metrics, Record, SizeDetail};

use crate::base::FoundBase;
use crate::compress::CompressedSizes;
use crate::detail;
use crate::diff::diff;
use crate::figures;
use crate::findings::{self, ImageContext};
use crate::history_secrets::{self, Settings, secret_names};
use crate::layers::{BuildFile, layer_sources};
use crate::lines::{locate, user_at};
use crate::plan::Plan;
use crate::shared::Sharing;
use crate::tree::{FileGroups, Tree};

/// An image as one of the sources shows it.
#[derive(Debug)]
pub(crate) struct SourceImage {
    /// `inspect`, `export`, `storage` or `archive`.
    pub(crate) source: &'static str,
    /// Why a faster source was not used.
    pub(crate) source_reason: Option<String>,
    /// `sha256:...`
    pub(crate) id: String,
    /// Digests of the uncompressed layers, lowest first.
    pub(crate) diff_ids: Vec<String>,
    /// The steps that made the image, oldest first.
    pub(crate) history: Vec<HistoryEntry>,
    /// The user that it runs as; empty means root.
    pub(crate) user: String,
    /// Variables of its environment, `NAME=VALUE`.
    pub(crate) env: Vec<String>,
    /// Its labels.
    pub(crate) labels: BTreeMap<String, String>,
    /// Its size in bytes, as the engine says.
    pub(crate) engine_bytes: Option<u64>,
    /// Its files; `inspect` shows none.
    pub(crate) tree: Option<Tree>,
    /// How many bytes its layers take compressed, if that was requested.
    pub(crate) compressed: Option<Vec<CompressedSizes>>,
}

/// What was found out about an image.
#[derive(Debug)]
pub(crate) struct Observation {
    image: SourceImage,
    metrics: Metrics,
    detail: SizeDetail,
    top: usize,
}

impl Observation {
    /// Sets all that follows from the image by itself.
    pub(crate) fn new(
        image: SourceImage,
        build_file: Option<BuildFile<'_>>,
        plan: &Plan<'_>,
    ) -> Self {
        let mut metrics = Metrics::default();
        metrics.set_count("layers", image.diff_ids.len() as u64);
        if let Some(bytes) = image.engine_bytes {
            metrics.set_count("engine_size_bytes", bytes);
        }
        let layer_sources = layer_sources(&image.diff_ids, &image.history, build_file);
        let mut detail = match &image.tree {
            None => detail::inspected(layer_sources),
            Some(tree) => {
                let user_at = build_file.and_then(|one| user_at(one.file, one.target));
                let lines = build_file.map(|one| locate(one.file, one.target, &image.history));
                let settings = Settings { env: &image.env, labels: Some(&image.labels) };
                let secrets = secret_names(&image.history, &lines.unwrap_or_default(), settings);
                let about = ImageContext {
                    secrets: &secrets,
                    layer_sources: &layer_sources,
                    dockerfile: build_file.map(|one| one.path),
                    user: Some(&image.user),
                    user_line: user_at.map(|one| (one.text.as_str(), one.line as u64)),
                };
                of_files(&mut metrics, &image, tree, &about, plan)
            }
        };
        detail.source_reason.clone_from(&image.source_reason);
        Self { image, metrics, detail, top: plan.top }
    }

    /// Adds how it differs from the image `against`.
    pub(crate) fn compare(&mut self, against: &str, files: &Tree) {
        if let Some(tree) = &self.image.tree {
            self.detail.diff = Some(diff(against, files, tree, self.top));
        }
    }

    /// Adds what is known of its base.
    pub(crate) fn set_base(&mut self, base: FoundBase) {
        detail::set_base(&mut self.detail, &mut self.metrics, base);
    }

    /// Adds which layers other images have too.
    pub(crate) fn set_shared(&mut self, sharing: &Sharing) {
        detail::set_shared(&mut self.detail, sharing, &self.image.diff_ids);
    }

    /// Digests of the uncompressed layers, lowest first.
    pub(crate) fn diff_ids(&self) -> &[String] {
        &self.image.diff_ids
    }

    /// `sha256:...`
    pub(crate) fn image_id(&self) -> &str {
        &self.image.id
    }

    /// Takes the files out, which nothing else here needs any more.
    pub(crate) fn take_tree(&mut self) -> Option<Tree> {
        self.image.tree.take()
    }

    /// Writes all of it to the record of the image, without the secrets that the
    /// history gives away. Returns the files.
    pub(crate) fn write_to(self, record: &mut Record) -> Option<Tree> {
        record.metrics = self.metrics;
        record.detail = Some(self.detail.into());
        history_secrets::secrets(&self.image.history).record(record);
        if let Some(subject) = &mut record.subject {
            subject.image = Some(self.image.id);
        }
        self.image.tree
    }
}

/// Sets the metrics of the files, and explains them.
fn of_files(
    metrics: &mut Metrics,
    image: &SourceImage,
    tree: &Tree,
    about: &ImageContext<'_>,
    plan: &Plan<'_>,
) -> SizeDetail {
    figures::set(metrics, tree);
    let groups = FileGroups::new(tree);
    let found = findings::find(tree, &groups, about);
    findings::set(metrics, found.views);
    let files = detail::Files { source: image.source, tree, groups: &groups };
    let mut explained = detail::of_files(files, about.layer_sources, found.findings, plan.top);
    if let Some(compressed) = &image.compressed {
        detail::set_compressed(&mut explained, metrics, compressed);
    }
    if plan.duplicates {
        detail::set_duplicates(&mut explained, metrics, files, plan.top);
    }
    explained
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::args::Args;
    use crate::tree::builder::{file, tree};

    /// Metrics and detail of 300 bytes of documentation, of which 100 are dead.
    fn observed(words: &[&str], compressed: Option<Vec<CompressedSizes>>) -> (Metrics, Value) {
        let tree = tree(&[vec![file("usr/share/doc/a", 100)], vec![file("usr/share/doc/a", 200)]]);
        let image = SourceImage {
            source: "archive",
            source_reason: None,
            id: "sha256:1".to_owned(),
            diff_ids: vec!["sha256:2".to_owned(), "sha256:3".to_owned()],
            history: Vec::new(),
            user: "app".to_owned(),
            env: Vec::new(),
            labels: BTreeMap::new(),
            engine_bytes: None,
            tree: Some(tree),
            compressed,
        };
        let args = Args::try_parse_from(["dp-size", "app"].iter().chain(words)).unwrap();
        let observation = Observation::new(image, None, &Plan::new(&args).unwrap());
        let detail = serde_json::to_value(observation.detail).unwrap();
        (observation.metrics, detail)
    }

    #[test]
    fn figures_findings_and_layers_are_of_the_same_files() {
        let (metrics, detail) = observed(&[], None);
        let expected = [("size_bytes", 300.0), ("dead_bytes", 100.0), ("docs_bytes", 200.0)];
        for (name, value) in expected {
            assert_eq!(metrics.get(name), Some(value), "{name}");
        }
        assert_eq!(detail["source"], "archive");
        assert_eq!(detail["layers"][0]["dead_bytes"], json!(100));
        let findings = detail["findings"].as_array().unwrap();
        let bytes: u64 = findings.iter().filter_map(|one| one["bytes"].as_u64()).sum();
        assert_eq!(bytes, 300, "{findings:?}");
    }

    #[test]
    fn what_was_not_requested_is_absent() {
        let compressed = CompressedSizes { gzip: Some(10), ..CompressedSizes::default() };
        let (metrics, detail) = observed(&["--content"], Some(vec![compressed; 2]));
        assert_eq!(metrics.get("compressed_bytes"), Some(20.0));
        assert_eq!(metrics.get("duplicate_bytes"), Some(0.0));
        assert_eq!(detail["duplicates"], json!([]));

        let (metrics, detail) = observed(&[], None);
        assert_eq!(metrics.get("compressed_bytes").or(metrics.get("duplicate_bytes")), None);
        assert_eq!((&detail["compressed"], &detail["duplicates"]), (&Value::Null, &Value::Null));
    }
}
