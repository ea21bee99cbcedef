//! The version of the record format, `major.minor`.
//!
//! History, one line a step:
//! - 1.0 the first format.
//! - 1.1 `detail` has a type for each kind, in the schema. Verdict records: `kind`
//!   for `of`, `change...` for `shift...`, `minimum_detectable` for
//!   `smallest_seen`, `baseline_...` for the object `baseline`, for budgets too.
//!   A finding may have `seconds`; a step may be `canceled`. Verdict records have
//!   `bound...` and `equivalence...`.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::text::Text;

/// The format that this crate writes.
pub const FORMAT: Version = Version { major: 1, minor: 1 };

/// A format version. A reader refuses another major and ignores the fields of
/// a newer minor that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Version {
    /// Changes when old readers can no longer read the format.
    pub major: u32,
    /// Changes when something is added.
    pub minor: u32,
}

impl Version {
    /// Whether this crate can read records of this version.
    pub fn is_readable(self) -> bool {
        self.major == FORMAT.major
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed =
            text.split_once('.').and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
        match parsed {
            Some((major, minor)) => Ok(Self { major, minor }),
            None => Err(format!("{text:?} is no format version such as \"{FORMAT}\"")),
        }
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Digits only: `u32::from_str` would also take a sign.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_major_and_minor() {
        assert_eq!("1.0".parse(), Ok(Version { major: 1, minor: 0 }));
        assert_eq!("12.34".parse(), Ok(Version { major: 12, minor: 34 }));
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in ["", "1", "1.", ".1", "1.0.0", "+1.0", "-1.0", "1.x", "99999999999.0"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn reads_newer_minors_but_no_other_major() {
        assert!(Version { major: 1, minor: 99 }.is_readable());
        assert!(!Version { major: 2, minor: 0 }.is_readable());
        assert!(!Version { major: 0, minor: 9 }.is_readable());
    }
}
