//! What explains the figures of one image. Layers are counted from 1, lowest
//! first.

use serde::{Deserialize, Serialize};

use super::finding::{Finding, LayerRef, PathBytes};
use super::word::word_enum;

/// The `detail` of a `size` record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SizeDetail {
    /// Where the figures come from: `inspect`, `export`, `storage` or `archive`.
    pub source: String,
    /// Why a faster source was not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_reason: Option<String>,
    /// The base image, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<BaseImage>,
    /// Why it is not known, though something names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_reason: Option<String>,
    /// How much of the image the other images of the batch have too; absent if
    /// there are no others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<Shared>,
    /// How compressed sizes were found; with `--compressed` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compressed: Option<Compressed>,
    /// The layers, lowest first.
    pub layers: Vec<Layer>,
    /// What to change, most bytes first; absent, as the four lists below it,
    /// where the source did not see the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<Finding>>,
    /// Every pair of layers of which the second deleted or overwrote files of
    /// the first: the bytes add up to the dead bytes of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Vec<HiddenBytes>>,
    /// The paths with the most dead bytes, a removed folder counted as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead: Option<Vec<DeadPath>>,
    /// The largest live files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<LayerFile>>,
    /// The largest folders, by live bytes of all below them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folders: Option<Vec<PathBytes>>,
    /// Files of equal content; with `--content` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Vec<Duplicate>>,
    /// The difference to the first image; with `--diff` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<ImageDiff>,
}

/// The image whose layers an image begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BaseImage {
    /// Its name.
    pub image: String,
    /// How many layers it has: the first ones of the image.
    pub layers: u64,
    /// How it is known.
    pub how: BaseSource,
}

word_enum! {
    /// What names a base image.
    BaseSource {
        /// The option `--base`.
        Option => "option",
        /// FROM in the Dockerfile, with the defaults of its arguments.
        Dockerfile => "dockerfile",
        /// The record of its build.
        Build => "build",
        /// An annotation of the image's manifest.
        Annotation => "annotation",
        /// A label of the image.
        Label => "label",
    }
}

/// How much of an image other images of the batch have too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Shared {
    /// How many of the other images have a layer of this one.
    pub images: u64,
    /// How many layers of this one another image has too.
    pub layers: u64,
    /// Bytes of the files of these layers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Bytes of the files of all other layers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_bytes: Option<u64>,
}

/// How compressed sizes were found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Compressed {
    /// How many layers the archive holds compressed: their sizes are those in
    /// the archive.
    pub stored_layers: u64,
    /// The compressor (gzip) and level of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gzip: Option<String>,
    /// The compressor (Zstandard) and level of `compressed_zstd_bytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zstd: Option<String>,
    /// Which part was compressed for an estimate, if not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
}

/// One layer of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Layer {
    /// Its number, from 1.
    pub n: u64,
    /// Whether it is one of the base image's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub base: bool,
    /// How many images of the batch have it; absent if this one alone has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<u64>,
    /// Digest of the uncompressed layer (its diff id).
    pub digest: String,
    /// The instruction that made it: the Dockerfile's own text where its line
    /// is known, else that of the image's history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// Its first line in the Dockerfile, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Bytes of its files; with the source `inspect` what the engine says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Those that a later layer deleted or overwrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_bytes: Option<u64>,
    /// How many files it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
    /// Its bytes as a registry stores it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compressed_bytes: Option<u64>,
    /// The same, compressed by Zstandard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compressed_zstd_bytes: Option<u64>,
    /// The same, estimated from a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compressed_estimate_bytes: Option<u64>,
}

/// Dead bytes that one layer wrote and another one deleted or overwrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct HiddenBytes {
    /// The layer that wrote them.
    pub layer: u64,
    /// The layer that deleted or overwrote them.
    pub hidden_by: u64,
    /// Their number.
    pub bytes: u64,
    /// How many files these are.
    pub files: u64,
}

/// A path whose bytes a later layer deleted or overwrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DeadPath {
    /// The file, or the removed folder.
    pub path: String,
    /// Dead bytes below it that `wrote` brought.
    pub bytes: u64,
    /// How many files these are.
    pub files: u64,
    /// What became of it.
    pub how: DeathCause,
    /// The layer that wrote it.
    pub wrote: LayerRef,
    /// The layer that deleted or overwrote it.
    pub hid: LayerRef,
}

word_enum! {
    /// What a later layer did to a path.
    DeathCause {
        /// It wrote something else there.
        Overwritten => "overwritten",
        /// It deleted it, or a folder above it.
        Removed => "removed",
    }
}

/// A file and the layer that has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LayerFile {
    /// Its path within the image.
    pub path: String,
    /// Its bytes.
    pub bytes: u64,
    /// The layer.
    pub layer: u64,
}

/// Several live files of the same content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Duplicate {
    /// Bytes of all but one of them.
    pub bytes: u64,
    /// How many files these are.
    pub files: u64,
    /// Their paths in byte order; the first 20 of many.
    pub paths: Vec<DuplicatePath>,
}

/// Where a file of duplicate content is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DuplicatePath {
    /// Its path within the image.
    pub path: String,
    /// The layer that has it.
    pub layer: u64,
}

/// What an image has more or less than another one, by its live files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ImageDiff {
    /// Name of the other image.
    pub against: String,
    /// Live bytes more than it has; negative if fewer.
    pub bytes: i64,
    /// Files that the other does not have.
    pub added: FileGroup,
    /// Files that only the other has.
    pub removed: FileGroup,
    /// Files that are larger than there.
    pub grown: FileGroup,
    /// Files that are smaller than there.
    pub shrunk: FileGroup,
    /// The folders with the largest differences, all below them counted.
    pub folders: Vec<FolderDiff>,
    /// The packages with the largest differences, by the files that dpkg or apk
    /// list; absent where neither image has their databases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packages: Option<Vec<PackageDiff>>,
    /// The difference in bytes of files that no package brought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpackaged_bytes: Option<i64>,
}

/// Files that differ in the same way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FileGroup {
    /// How many.
    pub files: u64,
    /// By how many bytes they differ, all together.
    pub bytes: u64,
    /// Those with the largest differences.
    pub top: Vec<FileDiff>,
}

/// A file that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FileDiff {
    /// Its path within the image.
    pub path: String,
    /// By how many bytes.
    pub bytes: u64,
    /// Its bytes in the other image, if both have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_bytes: Option<u64>,
    /// Its bytes in this image, if both have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_bytes: Option<u64>,
}

/// A folder that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FolderDiff {
    /// Its path within the image.
    pub path: String,
    /// Bytes more than in the other image; negative if fewer.
    pub bytes: i64,
    /// Bytes in the other image.
    pub before_bytes: u64,
    /// Bytes in this image.
    pub after_bytes: u64,
}

/// A package that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PackageDiff {
    /// Its name.
    pub name: String,
    /// Bytes more than in the other image; negative if fewer.
    pub bytes: i64,
    /// Bytes in the other image.
    pub before_bytes: u64,
    /// Bytes in this image.
    pub after_bytes: u64,
}
