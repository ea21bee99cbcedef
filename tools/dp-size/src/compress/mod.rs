//! How many bytes layers take compressed, as registries store them.
//!
//! ```text
//! tar of a layer -> TeeReader -> reader of entries
//!                       `-> LayerCompressor -> a worker for each method -> CompressedSizes
//! ```
//!
//! A layer that is compressed in its archive has the size that it has there. Of a
//! plain tar, gzip and Zstandard compress all bytes while it is read; their output
//! is counted and dropped. There is no single gzip size of a layer: engines 20.10
//! (Go 1.19) and 28.5 (Go 1.27) push the same layer of 85 MB as 32.0 and 32.8 MB,
//! both by Go's default level. So the detail names the method.

mod detail;
mod layer_compressor;
mod sample;
mod tee_reader;
mod worker;

pub(crate) use detail::{compressed, set, set_layer};
pub(crate) use layer_compressor::LayerCompressor;
pub(crate) use tee_reader::TeeReader;

/// How sizes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Every byte is compressed.
    Exact,
    /// A sample is compressed.
    Estimate,
}

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Method {
    /// Format, level and library: what sizes depend on.
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

/// The level of docker push and BuildKit.
const GZIP_LEVEL: u32 = 6;

/// The default level of `zstd`.
const ZSTD_LEVEL: i32 = 3;

/// How many bytes a layer takes compressed, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CompressedSizes {
    /// How the archive stores it; none if it is a plain tar there.
    pub(crate) stored: Option<Stored>,
    /// Bytes by gzip.
    pub(crate) gzip: Option<u64>,
    /// Bytes by Zstandard.
    pub(crate) zstd: Option<u64>,
    /// Bytes by gzip, estimated from a sample.
    pub(crate) estimate: Option<u64>,
}

/// A layer that its archive has compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) method: Method,
    /// Bytes that it takes in the archive.
    pub(crate) bytes: u64,
}

impl CompressedSizes {
    /// Sets how many bytes the layer takes in its archive, if it is compressed
    /// there.
    pub(crate) fn set_stored_bytes(&mut self, bytes: u64) {
        if let Some(stored) = &mut self.stored {
            stored.bytes = bytes;
        }
    }

    /// Bytes that a registry would store: those of the archive, else by gzip.
    fn known(&self) -> Option<u64> {
        self.stored.map(|stored| stored.bytes).or(self.gzip)
    }

    /// Bytes by Zstandard.
    fn zstd(&self) -> Option<u64> {
        let stored = self.stored.filter(|stored| stored.method == Method::Zstd);
        stored.map(|stored| stored.bytes).or(self.zstd)
    }

    /// Bytes that a registry would store, estimated where they are not known.
    fn estimate(&self) -> Option<u64> {
        self.stored.map(|stored| stored.bytes).or(self.estimate)
    }
}
