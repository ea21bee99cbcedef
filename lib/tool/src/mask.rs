//! Secrets never reach a record, a log or an error.

use dp_record::Record;
use serde_json::Value;

/// What stands in place of a secret.
const MASK: &str = "***";

/// Values of up to this many bytes are not replaced: they occur by chance
/// everywhere, and replacing them would tell more than it hides.
const SHORT: usize = 3;

/// Replaces values that were given on our command line.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// Longest first, so that a secret within a secret leaves nothing over.
    secrets: Vec<String>,
}

impl Mask {
    /// Hides these values. Values of several lines are hidden line by line
    /// too, since logs come in lines.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let mut secrets = Vec::new();
        for value in values {
            secrets.extend(value.lines().map(|line| line.trim().to_owned()));
            secrets.push(value);
        }
        secrets.retain(|secret| secret.len() > SHORT);
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self { secrets }
    }

    /// The text without the secrets.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK);
            }
        }
        text
    }

    /// Takes the secrets out of all text of a record that may come from
    /// builds and containers: error and detail.
    pub fn record(&self, record: &mut Record) {
        if self.secrets.is_empty() {
            return;
        }
        if let Some(error) = &mut record.error {
            error.message = self.text(&error.message);
            for line in &mut error.log {
                *line = self.text(line);
            }
            error.partial.iter_mut().for_each(|partial| self.value(partial));
        }
        record.detail.iter_mut().for_each(|detail| self.value(detail));
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.value(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(values: &[&str]) -> Mask {
        Mask::new(values.iter().map(|value| (*value).to_owned()))
    }

    #[test]
    fn hides_values_wherever_they_stand() {
        let mask = mask(&["tops3cret", "s3cr"]);
        assert_eq!(mask.text("RUN echo tops3cret/s3cr"), "RUN echo ***/***");
    }

    #[test]
    fn leaves_short_values() {
        assert_eq!(mask(&["1", "abc"]).text("v1 abc"), "v1 abc");
    }

    #[test]
    fn hides_a_secret_of_several_lines_line_by_line() {
        let mask = mask(&["-----BEGIN\nMIIabc\n-----END\n"]);
        assert_eq!(mask.text("got MIIabc"), "got ***");
    }

    #[test]
    fn reaches_into_the_detail() {
        let mut record = Record::new("build", jiff::Timestamp::UNIX_EPOCH);
        record.detail = Some(serde_json::json!({"steps": [{"name": "RUN tops3cret"}]}));
        mask(&["tops3cret"]).record(&mut record);
        assert!(!serde_json::to_string(&record).unwrap().contains("tops3cret"));
    }
}
