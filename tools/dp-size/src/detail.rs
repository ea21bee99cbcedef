//! What explains the figures of a size record.

use dp_record::detail::PathBytes;
use dp_record::detail::size::{Layer, LayerFile};
use dp_record::{Finding, Metrics, SizeDetail};

use crate::base::FoundBase;
use crate::compress::{self, CompressedSizes};
use crate::dead::{dead, hidden, number};
use crate::duplicates;
use crate::figures;
use crate::findings;
use crate::layers::LayerSource;
use crate::shared::Sharing;
use crate::tree::{File, FileGroups, PathId, Tree, largest};

/// The files of an image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Files<'f> {
    /// The source that showed them: `export`, `storage` or `archive`.
    pub(crate) source: &'static str,
    pub(crate) tree: &'f Tree,
    pub(crate) groups: &'f FileGroups,
}

/// Of an image of which the engine gives sizes only.
pub(crate) fn inspected(layer_sources: Vec<LayerSource>) -> SizeDetail {
    let layers = (1..).zip(layer_sources).map(|(n, layer_source)| {
        let bytes = layer_source.engine_bytes;
        Layer { bytes, ..layer(n, layer_source) }
    });
    SizeDetail { source: "inspect".to_owned(), layers: layers.collect(), ..SizeDetail::default() }
}

/// Of an image whose files were read.
pub(crate) fn of_files(
    files: Files<'_>,
    layer_sources: &[LayerSource],
    findings: Vec<Finding>,
    top: usize,
) -> SizeDetail {
    let Files { source, tree, groups } = files;
    let counted = (1..).zip(layer_sources.iter().cloned()).zip(tree.tallies());
    let layers = counted.map(|((n, layer_source), tally)| Layer {
        bytes: Some(tally.bytes),
        dead_bytes: Some(tally.dead_bytes),
        files: Some(tally.files),
        ..layer(n, layer_source)
    });
    SizeDetail {
        source: source.to_owned(),
        layers: layers.collect(),
        findings: Some(findings),
        hidden: Some(hidden(&groups.dead)),
        dead: Some(dead(&groups.dead, layer_sources, tree, top)),
        files: Some(largest_files(tree, top)),
        folders: Some(largest_folders(tree, top)),
        ..SizeDetail::default()
    }
}

/// Adds how much of the image others have too.
pub(crate) fn set_shared(detail: &mut SizeDetail, sharing: &Sharing, diff_ids: &[String]) {
    detail.shared = sharing.detail(diff_ids, layer_bytes(detail).as_deref());
    for (layer, owners) in detail.layers.iter_mut().zip(sharing.owners(diff_ids)) {
        layer.images = (owners > 1).then_some(owners as u64);
    }
}

/// Adds how many bytes the layers take compressed.
pub(crate) fn set_compressed(
    detail: &mut SizeDetail,
    metrics: &mut Metrics,
    sizes: &[CompressedSizes],
) {
    compress::set(metrics, sizes);
    detail.compressed = Some(compress::compressed(sizes));
    for (layer, sizes) in detail.layers.iter_mut().zip(sizes) {
        compress::set_layer(layer, sizes);
    }
}

/// Adds which content occurs more than once, and how many bytes that takes.
pub(crate) fn set_duplicates(
    detail: &mut SizeDetail,
    metrics: &mut Metrics,
    files: Files<'_>,
    top: usize,
) {
    let Files { tree, groups, .. } = files;
    metrics.set_count("duplicate_bytes", duplicates::bytes(tree, &groups.equal));
    detail.duplicates = Some(duplicates::detail(tree, &groups.equal, top));
}

/// Adds what is known of the base, and marks its layers. Its bytes are known only
/// where the files are: the engine counts in another way.
pub(crate) fn set_base(detail: &mut SizeDetail, metrics: &mut Metrics, known: FoundBase) {
    let layers = known.base.as_ref().map_or(0, |base| base.layers);
    for layer in detail.layers.iter_mut().filter(|layer| layer.n <= layers) {
        layer.base = true;
    }
    if let (Some(_), Some(found)) = (&known.base, &mut detail.findings) {
        for finding in found {
            findings::set_base(finding, layers);
        }
        figures::set_base(metrics, &detail.layers);
    }
    detail.base = known.base;
    detail.base_reason = known.reason;
}

/// Bytes of each layer, where all are known.
fn layer_bytes(detail: &SizeDetail) -> Option<Vec<u64>> {
    detail.layers.iter().map(|layer| layer.bytes).collect()
}

fn layer(n: u64, layer_source: LayerSource) -> Layer {
    Layer {
        n,
        digest: layer_source.digest,
        instruction: layer_source.instruction,
        line: layer_source.line,
        ..Layer::default()
    }
}

fn largest_files(tree: &Tree, top: usize) -> Vec<LayerFile> {
    let live = tree.files().filter(|file| !file.is_dead());
    let detail = |file: File| LayerFile {
        path: tree.paths().text(file.path),
        bytes: file.size,
        layer: number(file.layer),
    };
    largest(live, top, tree.paths()).into_iter().map(detail).collect()
}

fn largest_folders(tree: &Tree, top: usize) -> Vec<PathBytes> {
    let sizes = tree.folder_bytes().into_iter().filter(|(path, _)| *path != PathId::ROOT);
    let detail = |(path, bytes)| PathBytes { path: tree.paths().text(path), bytes };
    largest(sizes, top, tree.paths()).into_iter().map(detail).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tree::builder::{file, tree, whiteout};
    use dp_record::detail::size::{BaseImage, BaseSource};

    fn layer_source(n: u64) -> LayerSource {
        LayerSource {
            digest: format!("sha256:{n}"),
            instruction: Some(format!("RUN {n}")),
            line: Some(n + 1),
            engine_bytes: None,
        }
    }

    fn detail() -> Value {
        let tree = tree(&[
            vec![file("var/a", 100), file("var/b", 20), file("etc/c", 50)],
            vec![file("etc/c", 51), file("var/d", 5), file("zero", 0)],
            vec![whiteout("var")],
        ]);
        let layer_sources: Vec<LayerSource> = (1..4).map(layer_source).collect();
        let files = Files { source: "archive", tree: &tree, groups: &FileGroups::new(&tree) };
        serde_json::to_value(of_files(files, &layer_sources, Vec::new(), 3)).unwrap()
    }

    #[test]
    fn layers_have_their_instructions_and_dead_bytes() {
        let layers = &detail()["layers"];
        let expected = json!({"n": 1, "digest": "sha256:1", "instruction": "RUN 1", "line": 2,
            "bytes": 170, "dead_bytes": 170, "files": 3});
        assert_eq!(layers[0], expected);
        assert_eq!((&layers[1]["dead_bytes"], &layers[2]["bytes"]), (&json!(5), &json!(0)));
    }

    #[test]
    fn a_removed_directory_is_one_line_for_each_layer_that_wrote_to_it() {
        let place =
            |n: usize| json!({"layer": n, "instruction": format!("RUN {n}"), "line": n + 1});
        let removed = |bytes: u64, files: u64, wrote| {
            json!({"path": "/var", "bytes": bytes,
            "files": files, "how": "removed", "wrote": place(wrote), "hid": place(3)})
        };
        let overwritten = json!({"path": "/etc/c", "bytes": 50, "files": 1,
            "how": "overwritten", "wrote": place(1), "hid": place(2)});
        let expected = json!([removed(120, 2, 1), overwritten, removed(5, 1, 2)]);
        assert_eq!(detail()["dead"], expected);
    }

    #[test]
    fn pairs_of_layers_add_up_to_all_dead_bytes() {
        let expected = json!([
            {"layer": 1, "hidden_by": 2, "bytes": 50, "files": 1},
            {"layer": 1, "hidden_by": 3, "bytes": 120, "files": 2},
            {"layer": 2, "hidden_by": 3, "bytes": 5, "files": 1},
        ]);
        assert_eq!(detail()["hidden"], expected);
    }

    #[test]
    fn the_biggest_are_live() {
        let detail = detail();
        assert_eq!(detail["files"], json!([{"path": "/etc/c", "bytes": 51, "layer": 2}]));
        assert_eq!(detail["folders"], json!([{"path": "/etc", "bytes": 51}]));
    }

    #[test]
    fn the_layers_of_the_base_are_marked() {
        let layer_sources = (1..4).map(layer_source).collect();
        let mut detail = inspected(layer_sources);
        let base = BaseImage { image: "debian".to_owned(), layers: 2, how: BaseSource::Option };
        let mut metrics = Metrics::default();
        set_base(&mut detail, &mut metrics, base.into());
        assert_eq!(metrics, Metrics::default());
        let detail = serde_json::to_value(detail).unwrap();
        assert_eq!(detail["base"], json!({"image": "debian", "layers": 2, "how": "option"}));
        let marks: Vec<&Value> = (0..3).map(|n| &detail["layers"][n]["base"]).collect();
        assert_eq!(marks, [&json!(true), &json!(true), &Value::Null]);
    }

    #[test]
    fn of_what_the_engine_says_there_are_only_layers() {
        let layer_sources = vec![LayerSource { engine_bytes: Some(7), ..layer_source(1) }];
        let detail = serde_json::to_value(inspected(layer_sources)).unwrap();
        let layer =
            json!({"n": 1, "digest": "sha256:1", "instruction": "RUN 1", "line": 2, "bytes": 7});
        assert_eq!(detail, json!({"source": "inspect", "layers": [layer]}));
    }
}
