//! Secrets never reach a record, a log or an error.

use dp_record::{Detail, Record};
use serde_json::Value;

use crate::credentials::without_credentials;
use crate::sensitive::MASK;

/// Values of up to this many bytes are not replaced: they occur by chance
/// everywhere, and replacing them would tell more than it hides.
const SHORT: usize = 3;

/// Replaces values that nobody should read.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// Hidden everywhere. Longest first, so that a secret within a secret
    /// leaves nothing over.
    secrets: Vec<String>,
    /// All that is hidden where engines and steps speak.
    all: Vec<String>,
    /// Whether credentials in addresses are hidden, whosever they are.
    addresses: bool,
}

impl Mask {
    /// Hides these values. Values of several lines are hidden line by line
    /// too, since logs come in lines.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let secrets = in_order(secrets.into_iter().collect());
        Self { all: secrets.clone(), secrets, addresses: false }
    }

    /// Hides these values too, but not in the Dockerfile's own text: that they
    /// stand there says nothing of what was given.
    #[must_use]
    pub fn with_given(mut self, values: impl IntoIterator<Item = String>) -> Self {
        self.all = in_order(self.secrets.iter().cloned().chain(values).collect());
        self
    }

    /// Hides credentials in all addresses too (`http://user:password@host`,
    /// `?token=...`).
    #[must_use]
    pub fn with_addresses(mut self) -> Self {
        self.addresses = true;
        self
    }

    /// The text without the values.
    pub fn text(&self, text: &str) -> String {
        let text = hide(&self.all, text);
        if self.addresses { without_credentials(&text) } else { text }
    }

    /// Takes the secrets out of all text of a record that may come from
    /// builds and containers: error and detail.
    pub fn record(&self, record: &mut Record) {
        if self.all.is_empty() && !self.addresses {
            return;
        }
        if let Some(error) = &mut record.error {
            error.message = self.text(&error.message);
            for line in &mut error.log {
                *line = self.text(line);
            }
            error.partial.iter_mut().for_each(|partial| self.value(partial));
        }
        if let Some(detail) = &record.detail {
            let mut value = detail.to_value();
            self.value(&mut value);
            // Only strings change, so it has the same type as before. If it had
            // not, the masked text is what must go out.
            let masked = Detail::from_value(&record.kind, value.clone());
            record.detail = Some(masked.unwrap_or(Detail::Other(value)));
        }
    }

    /// An object with an `instruction` is in the Dockerfile's own words.
    fn value(&self, value: &mut Value) {
        match value {
            Value::Object(fields) if fields.contains_key("instruction") => {
                fields.values_mut().for_each(|field| self.own_words(field));
            }
            Value::Object(fields) => fields.values_mut().for_each(|field| self.value(field)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::String(text) => *text = self.text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Hides in the Dockerfile's own words what was not given.
    fn own_words(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                let hidden = hide(&self.secrets, text);
                *text = if self.addresses { without_credentials(&hidden) } else { hidden };
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.own_words(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.own_words(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
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

#[cfg(test)]
mod tests {
    use dp_record::BuildDetail;
    use dp_record::detail::build::BuildStep;

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
    fn hides_credentials_of_addresses_where_that_is_asked_for() {
        let text = "GET http://u:p@host/?token=x";
        assert_eq!(Mask::default().text(text), text);
        assert_eq!(Mask::default().with_addresses().text(text), "GET http://***@host/?token=***");
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
        let step = |name: &str| BuildStep { name: name.to_owned(), ..BuildStep::default() };
        let named = BuildStep {
            instruction: Some("RUN s3cret".to_owned()),
            stage: Some("runtime".to_owned()),
            ..step("[runtime 2/2] RUN s3cret")
        };
        let steps = vec![named.clone(), step("[runtime 2/2] RUN s3cret")];
        record.detail = Some(BuildDetail { steps, ..BuildDetail::default() }.into());
        mask(&["s3cret"]).with_given(["runtime".to_owned()]).record(&mut record);
        let named = BuildStep {
            name: "[runtime 2/2] RUN ***".to_owned(),
            instruction: Some("RUN ***".to_owned()),
            ..named
        };
        let steps = vec![named, step("[*** 2/2] RUN ***")];
        assert_eq!(record.build_detail(), Some(&BuildDetail { steps, ..BuildDetail::default() }));
    }

    #[test]
    fn addresses_in_the_dockerfiles_own_words_give_nothing_away() {
        let mut record = Record::new("build", jiff::Timestamp::UNIX_EPOCH);
        let text = "ADD https://user:tops3cret@host/x.tar?token=tops3cret /x";
        let step = BuildStep {
            name: format!("[2/2] {text}"),
            instruction: Some(text.to_owned()),
            ..BuildStep::default()
        };
        record.detail = Some(BuildDetail { steps: vec![step], ..BuildDetail::default() }.into());
        Mask::default().with_addresses().record(&mut record);
        let text = serde_json::to_string(&record).unwrap();
        assert!(!text.contains("tops3cret") && text.contains("host/x.tar?token=***"), "{text}");
    }

    #[test]
    fn reaches_into_the_detail() {
        let mut record = Record::new("build", jiff::Timestamp::UNIX_EPOCH);
        let steps = vec![BuildStep { name: "RUN tops3cret".to_owned(), ..BuildStep::default() }];
        record.detail = Some(BuildDetail { steps, ..BuildDetail::default() }.into());
        mask(&["tops3cret"]).record(&mut record);
        assert!(!serde_json::to_string(&record).unwrap().contains("tops3cret"));
    }
}
