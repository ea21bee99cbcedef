//! From JSON to a record, with the detail that its kind has.
//!
//! A detail is read into its type at once where `kind` comes before it, as in
//! every record that dp writes: what the type does not know is skipped and costs
//! no memory. Else it waits as a [`Value`].

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_path_to_error::Track;

use crate::detail::DetailSeed;
use crate::{Detail, Failure, Host, Metrics, Outcome, Record, Run, Subject, Version, mismatch};

/// The fields of a record.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Dp,
    Kind,
    At,
    Subject,
    Meta,
    Run,
    Outcome,
    Error,
    Metrics,
    Detail,
    Host,
    Env,
    Units,
    #[serde(other)]
    Unknown,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut fields = Fields::default();
        while let Some(field) = map.next_key::<Field>()? {
            match field {
                Field::Dp => once(&mut fields.dp, "dp", &mut map)?,
                Field::Kind => once(&mut fields.kind, "kind", &mut map)?,
                Field::At => once(&mut fields.at, "at", &mut map)?,
                Field::Subject => once(&mut fields.subject, "subject", &mut map)?,
                Field::Meta => once(&mut fields.meta, "meta", &mut map)?,
                Field::Run => once(&mut fields.run, "run", &mut map)?,
                Field::Outcome => once(&mut fields.outcome, "outcome", &mut map)?,
                Field::Error => once(&mut fields.error, "error", &mut map)?,
                Field::Metrics => once(&mut fields.metrics, "metrics", &mut map)?,
                Field::Detail => fields.read_detail(&mut map)?,
                Field::Host => once(&mut fields.host, "host", &mut map)?,
                Field::Env => once(&mut fields.env, "env", &mut map)?,
                Field::Units => once(&mut fields.units, "units", &mut map)?,
                Field::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        fields.into_record()
    }
}

/// Reads a field that must be there once at most.
fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    field: &mut Option<T>,
    name: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if field.is_some() {
        return Err(A::Error::duplicate_field(name));
    }
    *field = Some(map.next_value()?);
    Ok(())
}

/// What was read of a record so far.
#[derive(Default)]
#[expect(clippy::option_option, reason = "absent, null and a value are told apart")]
struct Fields {
    dp: Option<Version>,
    kind: Option<String>,
    at: Option<Timestamp>,
    subject: Option<Option<Subject>>,
    meta: Option<BTreeMap<String, String>>,
    run: Option<Option<Run>>,
    outcome: Option<Outcome>,
    error: Option<Option<Failure>>,
    metrics: Option<Metrics>,
    detail: Option<DetailSoFar>,
    host: Option<Option<Host>>,
    env: Option<Option<String>>,
    units: Option<BTreeMap<String, String>>,
}

/// A detail, or what will be one when the kind is known.
enum DetailSoFar {
    Read(Option<Detail>),
    Waiting(Option<Value>),
}

impl Fields {
    fn read_detail<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        if self.detail.is_some() {
            return Err(A::Error::duplicate_field("detail"));
        }
        self.detail = Some(match &self.kind {
            Some(kind) => DetailSoFar::Read(map.next_value_seed(OptionalDetail { kind })?),
            None => DetailSoFar::Waiting(map.next_value()?),
        });
        Ok(())
    }

    fn into_record<E: serde::de::Error>(self) -> Result<Record, E> {
        let kind = self.kind.ok_or_else(|| E::missing_field("kind"))?;
        let detail = match self.detail {
            None | Some(DetailSoFar::Waiting(None)) => None,
            Some(DetailSoFar::Read(detail)) => detail,
            Some(DetailSoFar::Waiting(Some(value))) => {
                let mut track = Track::new();
                let fields = serde_path_to_error::Deserializer::new(value, &mut track);
                let read = DetailSeed { kind: &kind }.deserialize(fields);
                Some(read.map_err(|error| {
                    E::custom(mismatch::sentence(Some("detail"), &track.path(), &error))
                })?)
            }
        };
        Ok(Record {
            dp: self.dp.ok_or_else(|| E::missing_field("dp"))?,
            at: self.at.ok_or_else(|| E::missing_field("at"))?,
            outcome: self.outcome.ok_or_else(|| E::missing_field("outcome"))?,
            kind,
            subject: self.subject.flatten(),
            meta: self.meta.unwrap_or_default(),
            run: self.run.flatten(),
            error: self.error.flatten(),
            metrics: self.metrics.unwrap_or_default(),
            detail,
            host: self.host.flatten(),
            env: self.env.flatten(),
            units: self.units.unwrap_or_default(),
        })
    }
}

/// Reads a detail that may be null.
struct OptionalDetail<'k> {
    kind: &'k str,
}

impl<'de> DeserializeSeed<'de> for OptionalDetail<'_> {
    type Value = Option<Detail>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OptionalDetail<'_> {
    type Value = Option<Detail>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        DetailSeed { kind: self.kind }.deserialize(deserializer).map(Some)
    }
}

/// Reads a record.
///
/// # Errors
///
/// What is wrong, as a sentence.
pub(crate) fn record(text: &str) -> Result<Record, String> {
    // Keeping track of the path costs time, so only a line that is wrong is
    // read a second time, with it.
    serde_json::from_str::<Record>(text).map_err(|error| {
        if !error.is_data() {
            return mismatch::json_problem(&error);
        }
        // The sentence for a detail that came before the kind.
        if error.to_string().starts_with("\"detail") {
            return mismatch::without_place(&error);
        }
        let mut json = serde_json::Deserializer::from_str(text);
        match serde_path_to_error::deserialize::<_, Record>(&mut json) {
            Err(error) => mismatch::sentence(None, error.path(), error.inner()),
            Ok(_) => mismatch::json_problem(&error),
        }
    })
}
