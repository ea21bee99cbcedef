//! Lines that mean "ready".

use std::fmt;
use std::str::FromStr;

use regex::bytes::Regex;

use super::condition::BadCondition;

/// A regular expression that a line of output may fit. A line that is not
/// finished yet is looked at too, as it comes.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Whether the line fits.
    pub fn fits(&self, line: &[u8]) -> bool {
        self.0.is_match(line)
    }
}

impl FromStr for Pattern {
    type Err = BadCondition;

    fn from_str(text: &str) -> Result<Self, BadCondition> {
        let wrong = |error: regex::Error| {
            let said = error.to_string();
            let said = said.lines().last().unwrap_or_default();
            let said = said.strip_prefix("error: ").unwrap_or(said);
            BadCondition(format!("the pattern {text:?} does not compile: {said}"))
        };
        Regex::new(text).map(Self).map_err(wrong)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}
