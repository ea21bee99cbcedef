//! Which series a rule is about.

use dp_record::{SeriesKey, printable};

/// Characters of a pattern in a message.
const SHOWN_CHARS: usize = 80;

/// Patterns for the parts of a key; a part without one may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// For the subject's name.
    pub(crate) subject: Option<String>,
    /// For its scenario.
    pub(crate) scenario: Option<String>,
    /// For its platform.
    pub(crate) platform: Option<String>,
    /// For its variant.
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

/// Whether the whole text fits: `*` stands for any characters, `?` for one.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Where the last star stands, and up to where it reaches.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(char) if *char == '?' || *char == text[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                let Some((place, reach)) = star else { return false };
                star = Some((place, reach + 1));
                at = place + 1;
                from = reach + 1;
            }
        }
    }
    pattern[at..].iter().all(|char| *char == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_characters() {
        for (pattern, text, fits) in [
            ("Dockerfile", "Dockerfile", true),
            ("Dockerfile", "Dockerfile.x", false),
            ("Dockerfile*", "Dockerfile", true),
            ("*.production", "Dockerfile.production", true),
            ("*a*b*", "xxaxbxbx", true),
            ("*a*b", "xxaxbxbx", false),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("?", "ä", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("[ab]", "a", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

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
