//! What the files of an image come to, whatever source showed them.

use dp_record::Metrics;

use crate::args::Args;
use crate::compress::Packed;
use crate::detail::Detail;
use crate::figures;
use crate::findings::{self, Image};
use crate::tree::Tree;

/// The files of an image, as a source showed them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Files<'f> {
    /// The source: `export`, `storage` or `archive`.
    pub(crate) source: &'static str,
    /// All layers, laid over each other.
    pub(crate) tree: &'f Tree,
    /// What the layers take when they are compressed, if that was wished for.
    pub(crate) packed: Option<&'f [Packed]>,
}

/// Sets all metrics that the files tell by themselves; answers what stands
/// behind them.
pub(crate) fn account(
    metrics: &mut Metrics,
    files: Files<'_>,
    image: &Image<'_>,
    args: &Args,
) -> Detail {
    let Files { source, tree, packed } = files;
    let top = args.top.into();
    figures::set(metrics, tree);
    let found = findings::find(tree, image);
    findings::set(metrics, found.views);
    let mut detail = Detail::new(source, image.makers, tree, found.findings, top);
    if let Some(packed) = packed {
        detail.set_compressed(metrics, packed);
    }
    if args.content {
        detail.set_duplicates(metrics, tree, top);
    }
    detail
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::layers::Maker;
    use crate::tree::sketch::{file, tree};

    /// Metrics and detail of 300 bytes of documentation, of which 100 are dead.
    fn account_of(words: &[&str], packed: Option<&[Packed]>) -> (Metrics, Value) {
        let tree = tree(&[vec![file("usr/share/doc/a", 100)], vec![file("usr/share/doc/a", 200)]]);
        let files = Files { source: "archive", tree: &tree, packed };
        let makers = vec![Maker::default(); 2];
        let image = Image { makers: &makers, ..Image::default() };
        let args = Args::try_parse_from(["dp-size", "app"].iter().chain(words)).unwrap();
        let mut metrics = Metrics::default();
        let detail = account(&mut metrics, files, &image, &args);
        (metrics, serde_json::to_value(detail).unwrap())
    }

    #[test]
    fn figures_findings_and_layers_are_of_the_same_files() {
        let (metrics, detail) = account_of(&[], None);
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
    fn what_was_not_asked_for_is_absent() {
        let packed = Packed { gzip: Some(10), ..Packed::default() };
        let (metrics, detail) = account_of(&["--content"], Some(&[packed, packed]));
        assert_eq!(metrics.get("compressed_bytes"), Some(20.0));
        assert_eq!(metrics.get("duplicate_bytes"), Some(0.0));
        assert_eq!(detail["duplicates"], json!([]));

        let (metrics, detail) = account_of(&[], None);
        assert_eq!(metrics.get("compressed_bytes").or(metrics.get("duplicate_bytes")), None);
        assert_eq!((&detail["compressed"], &detail["duplicates"]), (&Value::Null, &Value::Null));
    }
}
