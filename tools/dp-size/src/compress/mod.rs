//! What layers take when they are compressed, as registries hold them.
//!
//! ```text
//! tar of a layer -> Tap (reads on) -> Press -> workers, one a method -> Packed -> Layer
//! ```
//!
//! A layer that an archive holds compressed is as large as it is there. Of a
//! plain tar the bytes are counted that gzip and Zstandard make of it, while it
//! is read and without keeping any. There is no such thing as the gzip of a
//! layer: engine 20.10 (Go 1.19) and 28.5 (Go 1.27) push the same layer of 85 MB
//! as 32.0 and 32.8 MB, both by Go's default level. So the method is named
//! beside the figure.

mod detail;
mod press;
mod sample;
mod tap;
mod worker;

pub(crate) use detail::{CompressedDetail, LayerSizes, set};
pub(crate) use press::Press;
pub(crate) use tap::Tap;

/// How much effort the sizes are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Every byte is compressed.
    Exact,
    /// A sample is.
    Estimate,
}

/// A way to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Method {
    /// Who does it here, and how hard: what sizes depend on.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Gzip => format!("gzip, level {GZIP_LEVEL}, by zlib-rs"),
            Self::Zstd => {
                let version = zstd::zstd_safe::version_string();
                format!("zstd, level {ZSTD_LEVEL}, by libzstd {version}")
            }
        }
    }
}

/// What docker push and BuildKit take.
const GZIP_LEVEL: u32 = 6;

/// What `zstd` takes without being asked.
const ZSTD_LEVEL: i32 = 3;

/// What a layer takes when it is compressed, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    /// How the archive holds it; none if it is a plain tar there.
    pub(crate) stored: Option<Stored>,
    /// Bytes by gzip.
    pub(crate) gzip: Option<u64>,
    /// Bytes by Zstandard.
    pub(crate) zstd: Option<u64>,
    /// Bytes by gzip, if the sample speaks for the whole.
    pub(crate) estimate: Option<u64>,
}

/// A layer that was compressed by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) method: Method,
    /// Bytes that it takes in the archive.
    pub(crate) bytes: u64,
}

impl Packed {
    /// The same of a layer that takes so many bytes in its archive.
    pub(crate) fn stored_in(self, bytes: u64) -> Self {
        Self { stored: self.stored.map(|stored| Stored { bytes, ..stored }), ..self }
    }

    /// Bytes that a registry would hold: those of the archive, else by gzip.
    fn known(&self) -> Option<u64> {
        self.stored.map(|stored| stored.bytes).or(self.gzip)
    }

    /// Bytes by Zstandard.
    fn zstd(&self) -> Option<u64> {
        let stored = self.stored.filter(|stored| stored.method == Method::Zstd);
        stored.map(|stored| stored.bytes).or(self.zstd)
    }

    /// Bytes that a registry would hold, guessed where they are not known.
    fn estimate(&self) -> Option<u64> {
        self.stored.map(|stored| stored.bytes).or(self.estimate)
    }
}
