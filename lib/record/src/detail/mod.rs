//! The `detail` of a record, typed by the record's kind.
//!
//! A reader ignores fields that it does not know, takes those that are missing
//! as not known, and refuses a field of another type: see
//! [`Record`](crate::Record). Words that a newer version may add are read as
//! they are.

pub mod build;
pub mod cache;
pub mod env;
mod finding;
mod known;
pub mod size;
pub mod start;
pub mod stats;
pub mod verdict;
mod word;

pub use finding::{Finding, LayerRef, PackageBytes, PathBytes, Severity};

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::kind::{self, with_kinds};

use build::BuildDetail;
use cache::CacheDetail;
use env::EnvDetail;
use known::Known;
use size::SizeDetail;
use start::StartDetail;
use stats::StatsDetail;
use verdict::VerdictDetail;

macro_rules! details {
    ($(#[doc = $about:literal] $name:ident $word:literal $kind:ident $detail:ident $get:ident,)+) => {
        /// What explains the figures of a record. It is written as the plain object.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Detail {
            $(#[doc = concat!("Of a record of kind `", $word, "`.")]
            $kind(Box<$detail>),)+
            /// Of a record of another kind: an object.
            Other(Value),
        }

        $(impl From<$detail> for Detail {
            fn from(detail: $detail) -> Self {
                Self::$kind(Box::new(detail))
            }
        })+

        /// The detail of a record of this kind, from its fields.
        fn read<'de, D: Deserializer<'de>>(kind: &str, fields: D) -> Result<Detail, D::Error> {
            Ok(match kind {
                $(kind::$name => $detail::deserialize(fields)?.into(),)+
                _ => Detail::Other(Value::deserialize(fields)?),
            })
        }

        impl Serialize for Detail {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if let Self::Verdict(detail) = self {
                    return detail.serialize(Known(serializer));
                }
                match self {
                    $(Self::$kind(detail) => detail.serialize(serializer),)+
                    Self::Other(value) => value.serialize(serializer),
                }
            }
        }
    };
}

with_kinds!(details);

impl Detail {
    /// Reads the detail of a record of this kind.
    ///
    /// # Errors
    ///
    /// Where a field has another type than the kind's detail says.
    pub fn from_value(kind: &str, value: Value) -> Result<Self, serde_json::Error> {
        DetailSeed { kind }.deserialize(value)
    }

    /// The detail as JSON, as records write it.
    pub fn to_value(&self) -> Value {
        // Strings as keys and numbers always make a value.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Reads a detail by the kind of its record.
pub(crate) struct DetailSeed<'k> {
    /// The record's kind.
    pub(crate) kind: &'k str,
}

impl<'de> DeserializeSeed<'de> for DetailSeed<'_> {
    type Value = Detail;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Detail, D::Error> {
        // `deserialize_map`, since serde would take an array for a struct too.
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DetailSeed<'_> {
    type Value = Detail;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Detail, A::Error> {
        read(self.kind, MapAccessDeserializer::new(map))
    }
}
