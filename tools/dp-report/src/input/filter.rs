//! `--where`: which series are reported on at all.

use std::str::FromStr;

use dp_record::KeyView;

/// Conditions that must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter(Vec<Condition>);

/// `scenario==warm`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    field: Field,
    /// Whether the field must fit the pattern, or must not.
    fits: bool,
    pattern: String,
}

/// A part of a series' key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Kind,
    Name,
    Scenario,
    Platform,
    Variant,
}

impl Field {
    const ALL: [Self; 5] = [Self::Kind, Self::Name, Self::Scenario, Self::Platform, Self::Variant];

    fn word(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Name => "name",
            Self::Scenario => "scenario",
            Self::Platform => "platform",
            Self::Variant => "variant",
        }
    }

    fn of(self, key: KeyView<'_>) -> Option<&str> {
        match self {
            Self::Kind => Some(key.kind),
            Self::Name => Some(key.name),
            Self::Scenario => key.scenario,
            Self::Platform => key.platform,
            Self::Variant => key.variant,
        }
    }
}

impl Filter {
    /// Adds the conditions of another one.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.0.extend(other.0.iter().cloned());
        self
    }

    /// Whether the series is reported on. A field that a series lacks fits no
    /// pattern.
    pub(crate) fn matches(&self, key: KeyView<'_>) -> bool {
        let holds = |condition: &Condition| {
            let part = condition.field.of(key);
            part.is_some_and(|part| glob(&condition.pattern, part)) == condition.fits
        };
        self.0.iter().all(holds)
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split("&&").map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let equal = text.split_once("==").map(|(field, pattern)| (field, true, pattern));
        let differs = || text.split_once("!=").map(|(field, pattern)| (field, false, pattern));
        let (field, fits, pattern) = equal.or_else(differs).ok_or_else(|| {
            format!("{:?} is no condition: write FIELD==PATTERN or FIELD!=PATTERN", text.trim())
        })?;
        let known = Field::ALL.into_iter().find(|known| known.word() == field.trim());
        let field = known.ok_or_else(|| {
            let words = Field::ALL.map(Field::word).join(", ");
            format!("{:?} is no field (there are: {words})", field.trim())
        })?;
        Ok(Self { field, fits, pattern: unquoted(pattern.trim()).to_owned() })
    }
}

/// Whether the whole text fits: `*` is any number of characters, `?` one.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Place of the last star in the pattern, and the end of what it matches so
    // far. On a mismatch the star takes one character more: `*b` on `ab` first
    // matches nothing, then `a`.
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

/// Without the quotes around it.
fn unquoted(text: &str) -> &str {
    let within = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<'a>(kind: &'a str, name: &'a str, scenario: Option<&'a str>) -> KeyView<'a> {
        KeyView { kind, name, scenario, platform: None, variant: None }
    }

    fn matches(filter: &str, key: KeyView<'_>) -> bool {
        filter.parse::<Filter>().unwrap().matches(key)
    }

    #[test]
    fn all_conditions_must_hold() {
        let warm = key("build", "Dockerfile.x", Some("warm"));
        assert!(matches("kind==build && scenario==warm", warm));
        assert!(matches("kind == 'build'&&name==\"Dockerfile*\"", warm));
        assert!(!matches("kind==build && scenario==cold", warm));
        assert!(!matches("scenario!=w*", warm));
        assert!(matches("kind!=size && scenario!=cold", warm));
    }

    #[test]
    fn a_field_that_a_series_lacks_fits_nothing() {
        let bare = key("size", "app", None);
        assert!(!matches("scenario==*", bare));
        assert!(matches("scenario!=warm", bare));
        assert!(Filter::default().matches(bare));
    }

    #[test]
    fn stars_and_question_marks_match_characters() {
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
    fn what_is_no_condition_is_named() {
        let error = |text: &str| text.parse::<Filter>().unwrap_err();
        assert_eq!(
            error("kind=build"),
            "\"kind=build\" is no condition: write FIELD==PATTERN or FIELD!=PATTERN"
        );
        assert!(error("").contains("is no condition"));
        assert!(error("kind==build &&").contains("is no condition"));
        assert_eq!(
            error("host==a"),
            "\"host\" is no field (there are: kind, name, scenario, platform, variant)"
        );
    }
}
