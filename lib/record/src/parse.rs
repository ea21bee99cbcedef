//! From JSON to a record, with the detail that its kind has.
//!
//! Everything is read as a [`RecordView`]; a [`Record`] is one with texts of its own.
//!
//! A detail is read into its type at once where `kind` comes before it, as in
//! every record that dp writes: what the type does not know is skipped and costs
//! no memory. Else it waits as a [`Value`].

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_path_to_error::Track;

use crate::detail::DetailSeed;
use crate::text::Text;
use crate::view::{COMPARED, RecordView, RunView, SubjectView, Values, Words};
use crate::{Detail, Failure, Host, Metrics, Outcome, Record, Version, mismatch};

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
        RecordView::deserialize(deserializer).map(RecordView::into_owned)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RecordView<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = RecordView<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
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
struct Fields<'a> {
    dp: Option<Version>,
    kind: Option<Text<'a>>,
    at: Option<Timestamp>,
    subject: Option<Option<SubjectView<'a>>>,
    meta: Option<Words<'a>>,
    run: Option<Option<RunView<'a>>>,
    outcome: Option<Outcome>,
    error: Option<Option<Failure>>,
    metrics: Option<Values<'a>>,
    detail: Option<DetailSoFar>,
    host: Option<Option<Host>>,
    env: Option<Option<Text<'a>>>,
    units: Option<Words<'a>>,
}

/// A detail, or what will be one when the kind is known.
enum DetailSoFar {
    Read(Option<Detail>),
    Waiting(Option<Value>),
}

impl<'a> Fields<'a> {
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

    fn into_record<E: serde::de::Error>(self) -> Result<RecordView<'a>, E> {
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
        Ok(RecordView {
            dp: self.dp.ok_or_else(|| E::missing_field("dp"))?,
            at: self.at.ok_or_else(|| E::missing_field("at"))?,
            outcome: self.outcome.ok_or_else(|| E::missing_field("outcome"))?,
            kind,
            subject: self.subject.flatten(),
            meta: self.meta.unwrap_or_default(),
            run: self.run.flatten(),
            error: self.error.flatten().map(|error| Box::new(Cow::Owned(error))),
            metrics: self.metrics.unwrap_or_default(),
            detail: detail.map(|detail| Box::new(Cow::Owned(detail))),
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

impl<'de: 'a, 'a> Deserialize<'de> for Words<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WordsVisitor(PhantomData))
    }
}

struct WordsVisitor<'a>(PhantomData<&'a str>);

impl<'de: 'a, 'a> Visitor<'de> for WordsVisitor<'a> {
    type Value = Words<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut words = Words::default();
        while let Some(word) = map.next_entry()? {
            words.0.push(word);
        }
        Ok(words)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Values<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ValuesVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Metrics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Values::deserialize(deserializer).map(|values| values.to_metrics())
    }
}

struct ValuesVisitor<'a>(PhantomData<&'a str>);

impl<'de: 'a, 'a> Visitor<'de> for ValuesVisitor<'a> {
    type Value = Values<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values: Vec<(Text<'a>, f64)> = Vec::with_capacity(8);
        let mut names: HashSet<Text<'a>> = HashSet::new();
        while let Some((name, value)) = map.next_entry::<Text<'a>, f64>()? {
            if !value.is_finite() {
                return Err(A::Error::custom(format!("metric {:?} is not finite", &*name)));
            }
            // Of two values nobody knows which one is meant.
            let twice = if values.len() < COMPARED {
                values.iter().any(|(known, _)| *known == name)
            } else {
                if names.is_empty() {
                    names.extend(values.iter().map(|(known, _)| known.clone()));
                }
                !names.insert(name.clone())
            };
            if twice {
                return Err(A::Error::custom(format!("duplicate field `{}`", &*name)));
            }
            values.push((name, value));
        }
        Ok(Values(values))
    }
}

/// Reads a record.
///
/// # Errors
///
/// What is wrong, as a sentence.
pub(crate) fn record(text: &str) -> Result<RecordView<'_>, String> {
    // Keeping track of the path costs time, so only a line that is wrong is
    // read a second time, with it.
    serde_json::from_str::<RecordView<'_>>(text).map_err(|error| {
        if !error.is_data() {
            return mismatch::json_problem(&error);
        }
        // The sentence for a detail that came before the kind.
        if error.to_string().starts_with("\"detail") {
            return mismatch::without_place(&error);
        }
        let mut json = serde_json::Deserializer::from_str(text);
        match serde_path_to_error::deserialize::<_, RecordView<'_>>(&mut json) {
            Err(error) => mismatch::sentence(None, error.path(), error.inner()),
            Ok(_) => mismatch::json_problem(&error),
        }
    })
}
