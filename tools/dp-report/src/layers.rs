//! The layers of an image, as its `size` record tells them.

use dp_record::{Record, kind, printable};
use serde::Deserialize;

use crate::lines::one_line;

/// Characters of an instruction that are kept.
const TEXT_CHARS: usize = 100;

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer {
    /// Line of the Dockerfile, where the record tells it.
    pub(crate) line: Option<u64>,
    /// The instruction that made it, made printable.
    pub(crate) text: String,
    /// All of it, on one line.
    pub(crate) instruction: String,
    /// Its bytes.
    pub(crate) bytes: f64,
    /// Those that a later layer overwrote or removed, where the record tells.
    pub(crate) dead_bytes: Option<f64>,
}

/// The `detail` of a size record, as far as it matters here.
#[derive(Deserialize)]
struct Detail {
    layers: Vec<LayerDetail>,
}

#[derive(Deserialize)]
struct LayerDetail {
    instruction: Option<String>,
    line: Option<u64>,
    bytes: Option<f64>,
    dead_bytes: Option<f64>,
}

/// The layers of a record; none where it has no (readable) layers.
pub(crate) fn of(record: &Record) -> Option<Vec<Layer>> {
    let detail = record.detail.as_ref().filter(|_| record.kind == kind::SIZE)?;
    let detail = Detail::deserialize(detail).ok()?;
    let layer = |layer: LayerDetail| {
        let text = layer.instruction.as_deref().unwrap_or("(no instruction is known)");
        let instruction = one_line(text);
        let text = printable(&instruction, TEXT_CHARS);
        let bytes = layer.bytes.filter(|bytes| bytes.is_finite())?;
        let dead_bytes = layer.dead_bytes.filter(|bytes| bytes.is_finite());
        Some(Layer { line: layer.line, text, instruction, bytes, dead_bytes })
    };
    Some(detail.layers.into_iter().filter_map(layer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn layers(kind: &str, layers: &Value) -> Option<Vec<Layer>> {
        let mut record = Record::new(kind, jiff::Timestamp::UNIX_EPOCH);
        record.detail = Some(json!({ "layers": layers }));
        of(&record)
    }

    #[test]
    fn layers_have_bytes_and_mostly_an_instruction() {
        let list =
            json!([{ "bytes": 12, "instruction": "RUN a\u{1b}b", "line": 3 }, { "bytes": 0 }, {}]);
        let found = layers(kind::SIZE, &list).unwrap();
        let first = Layer {
            line: Some(3),
            text: "RUN a b".to_owned(),
            instruction: "RUN a\u{1b}b".to_owned(),
            bytes: 12.0,
            dead_bytes: None,
        };
        assert_eq!((found.len(), &found[0]), (2, &first));
        assert_eq!(layers(kind::BUILD, &list), None);
        assert_eq!(layers(kind::SIZE, &json!("none")), None);
    }
}
