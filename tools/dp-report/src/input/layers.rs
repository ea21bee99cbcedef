//! The layers of an image, as its `size` record tells them.

use dp_record::{RecordView, printable};

use crate::input::lines::one_line;

/// Characters of an instruction that are kept.
const TEXT_CHARS: usize = 100;

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer {
    /// Its number, from 1, lowest first.
    pub(crate) number: u64,
    /// Line of the Dockerfile, where the record tells it.
    pub(crate) line: Option<u64>,
    /// The instruction that made it, made printable.
    pub(crate) text: String,
    /// All of it, on one line.
    pub(crate) instruction: String,
    pub(crate) bytes: f64,
    /// Those that a later layer overwrote or removed, where the record tells.
    pub(crate) dead_bytes: Option<f64>,
    /// The number of the layer that overwrote or removed most of these, where the record
    /// tells.
    pub(crate) hidden_by: Option<u64>,
    /// Whether the base image brought it.
    pub(crate) base: bool,
}

/// The layers of a record; none where it has none.
pub(crate) fn of(record: &RecordView<'_>) -> Option<Vec<Layer>> {
    let detail = record.size_detail()?;
    let hidden = detail.hidden.as_deref().unwrap_or_default();
    let hidden_by = |number: u64| {
        let by_others = hidden.iter().filter(|hidden| hidden.layer == number);
        Some(by_others.max_by_key(|hidden| hidden.bytes)?.hidden_by)
    };
    let layer = |layer: &dp_record::detail::size::Layer| {
        let text = layer.instruction.as_deref().unwrap_or("(no instruction is known)");
        let instruction = one_line(text);
        let text = printable(&instruction, TEXT_CHARS);
        let dead_bytes = layer.dead_bytes.map(|bytes| bytes as f64);
        let (line, base, bytes) = (layer.line, layer.base, layer.bytes? as f64);
        let (number, hidden_by) = (layer.n, hidden_by(layer.n));
        Some(Layer { number, line, text, instruction, bytes, dead_bytes, hidden_by, base })
    };
    Some(detail.layers.iter().filter_map(layer).collect())
}

#[cfg(test)]
mod tests {
    use dp_record::{Detail, Record, kind};
    use serde_json::{Value, json};

    use super::*;

    fn layers(kind: &str, layers: &Value) -> Option<Vec<Layer>> {
        let mut record = Record::new(kind, jiff::Timestamp::UNIX_EPOCH);
        record.detail = Some(Detail::from_value(kind, json!({ "layers": layers })).unwrap());
        of(&(&record).into())
    }

    #[test]
    fn layers_have_bytes_and_mostly_an_instruction() {
        let list = json!([
            { "n": 1, "bytes": 12, "instruction": "RUN a\u{1b}b", "line": 3 }, { "bytes": 0 }, {},
        ]);
        let found = layers(kind::SIZE, &list).unwrap();
        let first = Layer {
            number: 1,
            line: Some(3),
            text: "RUN a b".to_owned(),
            instruction: "RUN a\u{1b}b".to_owned(),
            bytes: 12.0,
            dead_bytes: None,
            hidden_by: None,
            base: false,
        };
        assert_eq!((found.len(), &found[0]), (2, &first));
        assert_eq!(layers(kind::BUILD, &list), None);
    }

    #[test]
    fn a_layer_names_the_one_that_hides_most_of_it() {
        let mut record = Record::new(kind::SIZE, jiff::Timestamp::UNIX_EPOCH);
        let detail = json!({
            "layers": [{ "n": 1, "bytes": 12, "dead_bytes": 9 }, { "n": 2, "bytes": 1 }],
            "hidden": [
                { "layer": 1, "hidden_by": 2, "bytes": 3, "files": 1 },
                { "layer": 1, "hidden_by": 3, "bytes": 6, "files": 1 },
            ],
        });
        record.detail = Some(Detail::from_value(kind::SIZE, detail).unwrap());
        let found = of(&(&record).into()).unwrap();
        assert_eq!([found[0].hidden_by, found[1].hidden_by], [Some(3), None]);
    }
}
