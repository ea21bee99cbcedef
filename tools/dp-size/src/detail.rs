//! What stands behind the figures of a record.

use dp_record::Metrics;
use serde::Serialize;

use crate::base::{Base, Known};
use crate::compress::{self, CompressedDetail, LayerSizes, Packed};
use crate::dead::{DeadDetail, HiddenDetail, dead, graves, hidden, number};
use crate::diff::DiffDetail;
use crate::duplicates::{DuplicateDetail, Duplicates};
use crate::figures;
use crate::findings::Finding;
use crate::layers::Maker;
use crate::shared::{SharedDetail, Sharing};
use crate::tree::{File, Tree, largest};

/// The detail of a `size` record. Layers are counted from 1, lowest first.
#[derive(Debug, Serialize)]
pub(crate) struct Detail {
    /// Where the figures come from: `inspect`, `export`, `storage`, `archive`.
    pub(crate) source: &'static str,
    /// Why a faster source was not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_reason: Option<String>,
    /// The base, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base: Option<Base>,
    /// Why it is not, though something names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base_reason: Option<String>,
    /// How much of it the other images have too, if there are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shared: Option<SharedDetail>,
    /// How compressed sizes were found, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compressed: Option<CompressedDetail>,
    pub(crate) layers: Vec<LayerDetail>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<ContentDetail>,
    /// Equal content at several live paths, if it was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duplicates: Option<Vec<DuplicateDetail>>,
    /// What it has more or less than the first image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) diff: Option<DiffDetail>,
}

/// What only a source knows that sees the files.
#[derive(Debug, Serialize)]
pub(crate) struct ContentDetail {
    /// What to change, biggest first.
    findings: Vec<Finding>,
    /// Every pair of layers of which the second hid bytes of the first: the
    /// bytes add up to the dead bytes of the image.
    hidden: Vec<HiddenDetail>,
    /// The most dead bytes: paths that were overwritten or removed, a removed
    /// directory as one.
    dead: Vec<DeadDetail>,
    /// The biggest live files.
    files: Vec<FileDetail>,
    /// The biggest folders, by live bytes of all below them.
    folders: Vec<FolderDetail>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LayerDetail {
    n: usize,
    /// Whether it is the base's.
    #[serde(skip_serializing_if = "is_false")]
    base: bool,
    /// How many of the images that were measured together have it, if not this
    /// one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<usize>,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<u64>,
    #[serde(flatten)]
    compressed: LayerSizes,
}

#[derive(Debug, Serialize)]
struct FileDetail {
    path: String,
    bytes: u64,
    layer: usize,
}

#[derive(Debug, Serialize)]
struct FolderDetail {
    path: String,
    bytes: u64,
}

impl Detail {
    /// Of an image of which the engine told sizes alone.
    pub(crate) fn inspected(makers: Vec<Maker>) -> Self {
        let layers = (1..).zip(makers).map(|(n, maker)| {
            let bytes = maker.engine_bytes;
            LayerDetail { bytes, ..LayerDetail::new(n, maker) }
        });
        let layers = layers.collect();
        Self::of("inspect", layers, None)
    }

    /// Of an image whose files were seen.
    pub(crate) fn new(
        source: &'static str,
        makers: &[Maker],
        tree: &Tree,
        findings: Vec<Finding>,
        top: usize,
    ) -> Self {
        let counted = (1..).zip(makers.iter().cloned()).zip(tree.tallies());
        let layers = counted.map(|((n, maker), tally)| LayerDetail {
            bytes: Some(tally.bytes),
            dead_bytes: Some(tally.dead_bytes),
            files: Some(tally.files),
            ..LayerDetail::new(n, maker)
        });
        let layers = layers.collect();
        let content = Some(ContentDetail::new(makers, tree, findings, top));
        Self::of(source, layers, content)
    }

    fn of(source: &'static str, layers: Vec<LayerDetail>, content: Option<ContentDetail>) -> Self {
        Self {
            source,
            source_reason: None,
            base: None,
            base_reason: None,
            shared: None,
            compressed: None,
            layers,
            content,
            duplicates: None,
            diff: None,
        }
    }

    /// Says how much of the image others have too.
    pub(crate) fn set_shared(&mut self, sharing: &Sharing, diff_ids: &[String]) {
        self.shared = sharing.detail(diff_ids, self.layer_bytes().as_deref());
        for (layer, owners) in self.layers.iter_mut().zip(sharing.owners(diff_ids)) {
            layer.images = (owners > 1).then_some(owners);
        }
    }

    /// Says what the layers take when they are compressed.
    pub(crate) fn set_compressed(&mut self, metrics: &mut Metrics, packed: &[Packed]) {
        compress::set(metrics, packed);
        self.compressed = Some(CompressedDetail::new(packed));
        for (layer, packed) in self.layers.iter_mut().zip(packed) {
            layer.compressed = packed.into();
        }
    }

    /// Says which content is there more than once, and for how many bytes.
    pub(crate) fn set_duplicates(&mut self, metrics: &mut Metrics, tree: &Tree, top: usize) {
        let duplicates = Duplicates::new(tree);
        metrics.set_count("duplicate_bytes", duplicates.bytes());
        self.duplicates = Some(duplicates.detail(top));
    }

    /// Says what is known of the base, and marks its layers. Its bytes are known
    /// only where the files are: the engine counts in another way.
    pub(crate) fn set_base(&mut self, metrics: &mut Metrics, known: Known) {
        let layers = known.base.as_ref().map_or(0, |base| base.layers);
        self.layers.iter_mut().take(layers).for_each(|layer| layer.base = true);
        let bytes = self.layer_bytes();
        if let (Some(base), Some(content)) = (&known.base, &mut self.content) {
            content.findings.iter_mut().for_each(|finding| finding.set_base(base.layers));
            figures::set_base(metrics, &bytes.unwrap_or_default(), base.layers);
        }
        (self.base, self.base_reason) = (known.base, known.reason);
    }

    /// Bytes of each layer, where all are known.
    fn layer_bytes(&self) -> Option<Vec<u64>> {
        self.layers.iter().map(|layer| layer.bytes).collect()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !value
}

impl LayerDetail {
    fn new(n: usize, maker: Maker) -> Self {
        Self {
            n,
            base: false,
            images: None,
            digest: maker.digest,
            instruction: maker.instruction,
            line: maker.line,
            bytes: None,
            dead_bytes: None,
            files: None,
            compressed: LayerSizes::default(),
        }
    }
}

impl ContentDetail {
    fn new(makers: &[Maker], tree: &Tree, findings: Vec<Finding>, top: usize) -> Self {
        let graves = graves(tree);
        Self {
            findings,
            hidden: hidden(&graves),
            dead: dead(graves, makers, tree, top),
            files: files(tree, top),
            folders: folders(tree, top),
        }
    }
}

fn files(tree: &Tree, top: usize) -> Vec<FileDetail> {
    let live = tree.files().iter().filter(|file| !file.is_dead());
    let detail = |file: &File| FileDetail {
        path: tree.paths().text(file.path),
        bytes: file.size,
        layer: number(file.layer),
    };
    largest(live, top, tree.paths()).into_iter().map(detail).collect()
}

fn folders(tree: &Tree, top: usize) -> Vec<FolderDetail> {
    let sizes = tree.paths().ids().zip(tree.folder_bytes()).skip(1);
    let detail = |(path, bytes)| FolderDetail { path: tree.paths().text(path), bytes };
    largest(sizes, top, tree.paths()).into_iter().map(detail).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::How;
    use crate::tree::sketch::{file, tree, whiteout};

    fn maker(n: usize) -> Maker {
        Maker {
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
        let makers: Vec<Maker> = (1..4).map(maker).collect();
        serde_json::to_value(Detail::new("archive", &makers, &tree, Vec::new(), 3)).unwrap()
    }

    #[test]
    fn layers_bear_their_instructions_and_dead_bytes() {
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
        let makers = (1..4).map(maker).collect();
        let mut detail = Detail::inspected(makers);
        let base = Base { image: "debian".to_owned(), layers: 2, how: How::Option };
        let mut metrics = Metrics::default();
        detail.set_base(&mut metrics, base.into());
        assert_eq!(metrics, Metrics::default());
        let detail = serde_json::to_value(detail).unwrap();
        assert_eq!(detail["base"], json!({"image": "debian", "layers": 2, "how": "option"}));
        let marks: Vec<&Value> = (0..3).map(|n| &detail["layers"][n]["base"]).collect();
        assert_eq!(marks, [&json!(true), &json!(true), &Value::Null]);
    }

    #[test]
    fn what_the_engine_tells_is_layers_alone() {
        let makers = vec![Maker { engine_bytes: Some(7), ..maker(1) }];
        let detail = serde_json::to_value(Detail::inspected(makers)).unwrap();
        let layer =
            json!({"n": 1, "digest": "sha256:1", "instruction": "RUN 1", "line": 2, "bytes": 7});
        assert_eq!(detail, json!({"source": "inspect", "layers": [layer]}));
    }
}
