//! Secrets never reach a record, a log or an error.

use dp_record::Record;
use serde_json::Value;

/// What stands in place of a secret.
const MASK: &str = "***";

/// Values of up to this many bytes are not replaced: they occur by chance
/// everywhere, and replacing them would tell more than it hides.
const SHORT: usize = 3;

/// Parts of variable names whose values people do not want to read in logs
/// (those that BuildKit's check `SecretsUsedInArgOrEnv` looks for).
const TELLING: &[&str] =
    &["apikey", "auth", "credential", "key", "password", "pword", "passwd", "secret", "token"];

/// Whether the value of a variable of this name is nobody's to read.
pub fn is_telling(name: &str) -> bool {
    let name = name.to_lowercase();
    TELLING.iter().any(|word| name.contains(word))
}

/// Replaces values that nobody should read.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// Hidden everywhere. Longest first, so that a secret within a secret
    /// leaves nothing over.
    secrets: Vec<String>,
    /// All that is hidden where engines and steps speak.
    all: Vec<String>,
}

impl Mask {
    /// Hides these values. Values of several lines are hidden line by line
    /// too, since logs come in lines.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let secrets = in_order(secrets.into_iter().collect());
        Self { all: secrets.clone(), secrets }
    }

    /// Hides these values too, but not in the Dockerfile's own text: that they
    /// stand there says nothing of what was given.
    #[must_use]
    pub fn with_given(mut self, values: impl IntoIterator<Item = String>) -> Self {
        self.all = in_order(self.secrets.iter().cloned().chain(values).collect());
        self
    }

    /// The text without the values.
    pub fn text(&self, text: &str) -> String {
        hide(&self.all, text)
    }

    /// Takes the secrets out of all text of a record that may come from
    /// builds and containers: error and detail.
    pub fn record(&self, record: &mut Record) {
        if self.all.is_empty() {
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

    /// An object with an `instruction` is in the Dockerfile's own words.
    fn value(&self, value: &mut Value) {
        match value {
            Value::Object(fields) if fields.contains_key("instruction") => {
                fields.values_mut().for_each(|field| hide_in(&self.secrets, field));
            }
            Value::Object(fields) => fields.values_mut().for_each(|field| self.value(field)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            _ => hide_in(&self.all, value),
        }
    }
}

/// With the lines of each value, without what is too short, longest first.
fn in_order(mut values: Vec<String>) -> Vec<String> {
    let lines = values.iter().flat_map(|value| value.lines());
    let lines: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
    values.extend(lines);
    values.retain(|value| value.len() > SHORT);
    values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    values.dedup();
    values
}

fn hide(values: &[String], text: &str) -> String {
    let mut text = text.to_owned();
    for value in values {
        if text.contains(value.as_str()) {
            text = text.replace(value.as_str(), MASK);
        }
    }
    text
}

fn hide_in(values: &[String], value: &mut Value) {
    match value {
        Value::String(text) => *text = hide(values, text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_in(values, item)),
        Value::Object(fields) => fields.values_mut().for_each(|field| hide_in(values, field)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
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
    fn what_was_given_stays_in_the_dockerfiles_own_words() {
        let mut record = Record::new("build", jiff::Timestamp::UNIX_EPOCH);
        record.detail = Some(serde_json::json!({"steps": [
            {"name": "[runtime 2/2] RUN s3cret", "instruction": "RUN s3cret", "stage": "runtime"},
            {"name": "[runtime 2/2] RUN s3cret"},
        ]}));
        mask(&["s3cret"]).with_given(["runtime".to_owned()]).record(&mut record);
        let expected = serde_json::json!({"steps": [
            {"name": "[runtime 2/2] RUN ***", "instruction": "RUN ***", "stage": "runtime"},
            {"name": "[*** 2/2] RUN ***"},
        ]});
        assert_eq!(record.detail, Some(expected));
    }

    #[test]
    fn reaches_into_the_detail() {
        let mut record = Record::new("build", jiff::Timestamp::UNIX_EPOCH);
        record.detail = Some(serde_json::json!({"steps": [{"name": "RUN tops3cret"}]}));
        mask(&["tops3cret"]).record(&mut record);
        assert!(!serde_json::to_string(&record).unwrap().contains("tops3cret"));
    }
}
