//! Which series a rule is about.

use dp_record::{SeriesKey, printable};

use crate::input::filter::glob;

/// Characters of a pattern in a message.
const SHOWN_CHARS: usize = 80;

/// Patterns for the parts of a key; a part without one may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) subject: Option<String>,
    pub(crate) scenario: Option<String>,
    pub(crate) platform: Option<String>,
    pub(crate) variant: Option<String>,
}

impl Pattern {
    /// Whether a series is meant.
    pub(crate) fn matches(&self, key: &SeriesKey) -> bool {
        let fits = |pattern: &Option<String>, part: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| part.is_some_and(|part| glob(pattern, part)))
        };
        fits(&self.subject, Some(&key.name))
            && fits(&self.scenario, key.scenario.as_deref())
            && fits(&self.platform, key.platform.as_deref())
            && fits(&self.variant, key.variant.as_deref())
    }

    /// `subject "web*", scenario "warm"`; none for all.
    pub(crate) fn shown(&self) -> Option<String> {
        let parts = [
            ("subject", &self.subject),
            ("scenario", &self.scenario),
            ("platform", &self.platform),
            ("variant", &self.variant),
        ];
        let shown = parts.into_iter().filter_map(|(word, pattern)| {
            let pattern = printable(pattern.as_ref()?, SHOWN_CHARS);
            Some(format!("{word} {pattern:?}"))
        });
        let shown: Vec<String> = shown.collect();
        (!shown.is_empty()).then(|| shown.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_for_a_part_that_a_series_lacks_does_not_match() {
        let key = SeriesKey {
            kind: "build".to_owned(),
            name: "web".to_owned(),
            scenario: None,
            platform: None,
            variant: None,
        };
        assert!(Pattern::default().matches(&key));
        let warm = Pattern { scenario: Some("*".to_owned()), ..Pattern::default() };
        assert!(!warm.matches(&key));
        assert_eq!(warm.shown().unwrap(), "scenario \"*\"");
    }
}
