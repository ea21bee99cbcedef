//! The line of an instruction in its Dockerfile, by its text.
//!
//! An image's history has the text of an instruction without its flags and
//! without its line; the build records of the same subject have both.

use std::collections::HashMap;

use dp_record::RecordView;

/// Lines by the words of the instruction.
#[derive(Debug, Default)]
pub(crate) struct Lines(HashMap<String, Option<u64>>);

impl Lines {
    /// The lines of a build's steps; none where the record has no steps.
    pub(crate) fn of(record: &RecordView<'_>) -> Option<Self> {
        let detail = record.build_detail().filter(|detail| !detail.steps.is_empty())?;
        let mut lines: HashMap<String, Option<u64>> = HashMap::new();
        for step in &detail.steps {
            let (Some(instruction), Some(line)) = (&step.instruction, step.line) else { continue };
            // The same text on two lines: nobody can tell which one is meant.
            lines
                .entry(words(instruction))
                .and_modify(|known| *known = known.filter(|known| *known == line))
                .or_insert(Some(line));
        }
        Some(Self(lines))
    }

    /// The line of an instruction, if exactly one reads so.
    pub(crate) fn find(&self, instruction: &str) -> Option<u64> {
        self.0.get(&words(instruction)).copied().flatten()
    }
}

/// An instruction on one line, as people read it.
pub(crate) fn one_line(instruction: &str) -> String {
    let words = instruction.split_whitespace().filter(|word| *word != "\\");
    words.collect::<Vec<_>>().join(" ")
}

/// The words of an instruction without its flags: how it is spaced and
/// continued does not matter.
fn words(instruction: &str) -> String {
    let line = one_line(instruction);
    let mut words = line.split(' ').filter(|word| !word.is_empty());
    let first = words.next().map(str::to_uppercase);
    let rest = words.skip_while(|word| word.starts_with("--")).map(str::to_owned);
    first.into_iter().chain(rest).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use dp_record::{Detail, Record, kind};
    use serde_json::json;

    use super::*;

    #[test]
    fn flags_spaces_and_continuations_do_not_matter() {
        let mut record = Record::new(kind::BUILD, jiff::Timestamp::UNIX_EPOCH);
        let detail = json!({ "steps": [
            { "instruction": "RUN --mount=type=cache,target=/c apt-get update \\\n  && apt-get install", "line": 4 },
            { "instruction": "COPY --from=builder /a /b", "line": 7 },
            { "instruction": "RUN make", "line": 9 },
            { "instruction": "RUN make", "line": 12 },
            { "name": "[internal] load" },
        ] });
        record.detail = Some(Detail::from_value(kind::BUILD, detail).unwrap());
        let lines = Lines::of(&(&record).into()).unwrap();
        assert_eq!(lines.find("RUN apt-get update     && apt-get install"), Some(4));
        assert_eq!(lines.find("COPY /a /b"), Some(7));
        assert_eq!(lines.find("RUN make"), None); // there are two
        assert_eq!(lines.find("RUN other"), None);
    }
}
