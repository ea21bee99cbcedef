//! The layers of an image, each with the instruction that made it, from what
//! the engine says (inspect and history).

use dp_engine::image::{HistoryEntry, ImageFacts};
use serde::Serialize;

use crate::history::instruction;

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Layer {
    /// Digest of the uncompressed layer.
    pub(crate) digest: String,
    /// What made it; absent where the engine's history does not tell which
    /// entry it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instruction: Option<String>,
    /// Its size as the engine says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<u64>,
}

/// The layers, lowest first. Where the engine's history does not tell which
/// entries made a layer, they stay without instruction: none is better than a
/// wrong one.
pub(crate) fn layers(image: &ImageFacts, history: &[HistoryEntry]) -> Vec<Layer> {
    let makers: Vec<_> = history.iter().filter(|entry| entry.empty == Some(false)).collect();
    let told = makers.len() == image.diff_ids.len();
    let layer = |(at, digest): (usize, &String)| {
        let maker = makers.get(at).filter(|_| told);
        Layer {
            digest: digest.clone(),
            instruction: maker.map(|entry| instruction(&entry.created_by, &entry.comment)),
            bytes: maker.map(|entry| entry.size_bytes),
        }
    };
    image.diff_ids.iter().enumerate().map(layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(layers: usize) -> ImageFacts {
        let diff_ids = (0..layers).map(|at| format!("sha256:{at}")).collect();
        ImageFacts { diff_ids, ..ImageFacts::default() }
    }

    fn entry(created_by: &str, size_bytes: u64, empty: Option<bool>) -> HistoryEntry {
        HistoryEntry {
            created_by: created_by.to_owned(),
            size_bytes,
            empty,
            ..HistoryEntry::default()
        }
    }

    #[test]
    fn each_layer_has_its_instruction() {
        let history = [
            entry("COPY . .", 10, Some(false)),
            entry("ENV A=b", 0, Some(true)),
            entry("RUN /bin/sh -c true # buildkit", 0, Some(false)),
        ];
        let layers = layers(&image(2), &history);
        assert_eq!(layers[0].instruction.as_deref(), Some("COPY . ."));
        assert_eq!(layers[0].bytes, Some(10));
        assert_eq!(layers[1].instruction.as_deref(), Some("RUN true"));
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        let history = [
            entry("COPY . .", 10, Some(false)),
            entry("WORKDIR /app", 0, None),
            entry("RUN /bin/sh -c true", 0, None),
        ];
        let layers = layers(&image(2), &history);
        assert!(layers.iter().all(|layer| layer.instruction.is_none() && layer.bytes.is_none()));
    }
}
