//! Which series a record belongs to beyond its key: by the mark that makes it a
//! baseline (`--against meta.commit=abc`), and by further fields (`--by`).

use std::collections::BTreeSet;
use std::str::FromStr;

use dp_record::{KeyView, RecordView, SeriesKey, Words, printable};

/// Metadata that hold a revision, as people call it.
const REVISIONS: [&str; 4] = ["commit", "revision", "rev", "sha"];
/// Fewest characters of a revision that may stand for all of it.
const ABBREVIATION: usize = 4;
/// Values that a message lists.
const LISTED: usize = 12;
/// Characters of a value.
const VALUE_CHARS: usize = 60;

/// What the records of a baseline have in their metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// None for any of [`REVISIONS`].
    key: Option<String>,
    value: String,
}

impl Mark {
    /// `meta.KEY=VALUE`, `rev=COMMIT`; none for the name of a subject.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (name, value) = text.split_once('=')?;
        let key = match name {
            "rev" => None,
            _ => Some(name.strip_prefix("meta.")?.to_owned()),
        };
        Some(Self { key, value: value.to_owned() })
    }

    /// Whether a record with these metadata bears it. A revision may be cut short.
    fn fits(&self, meta: &Words<'_>) -> bool {
        match &self.key {
            Some(key) => meta.get(key) == Some(self.value.as_str()),
            None => REVISIONS.iter().filter_map(|key| meta.get(key)).any(|revision| {
                revision == self.value
                    || self.value.len() >= ABBREVIATION && revision.starts_with(&self.value)
            }),
        }
    }

    /// What a record has in the place of the mark.
    fn found<'r>(&self, meta: &'r Words<'_>) -> Option<&'r str> {
        match &self.key {
            Some(key) => meta.get(key),
            None => REVISIONS.iter().find_map(|key| meta.get(key)),
        }
    }
}

/// A field that keeps series apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    /// One of the user's words.
    Meta(String),
    /// One of the record's own.
    Field(Field),
}

/// A field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Batch,
    Env,
    Image,
    Ref,
    Dockerfile,
    Target,
    Context,
    Container,
    /// One that every key has in it: it keeps series apart anyway.
    OfKey,
}

/// The words of the fields.
const FIELDS: [(&str, Field); 13] = [
    ("batch", Field::Batch),
    ("env", Field::Env),
    ("image", Field::Image),
    ("ref", Field::Ref),
    ("dockerfile", Field::Dockerfile),
    ("target", Field::Target),
    ("context", Field::Context),
    ("container", Field::Container),
    ("kind", Field::OfKey),
    ("name", Field::OfKey),
    ("scenario", Field::OfKey),
    ("platform", Field::OfKey),
    ("variant", Field::OfKey),
];

impl FromStr for By {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(key) = text.strip_prefix("meta.").filter(|key| !key.is_empty()) {
            return Ok(Self::Meta(key.to_owned()));
        }
        let known = FIELDS.iter().find(|(word, _)| *word == text);
        known.map(|(_, field)| Self::Field(*field)).ok_or_else(|| {
            let words = FIELDS.map(|(word, _)| word).join(", ");
            format!("there is no such field (there are: meta.KEY, {words})")
        })
    }
}

impl By {
    /// `commit=abc`; none for what the key has in it anyway.
    fn shown(&self, record: &RecordView<'_>) -> Option<String> {
        let subject = record.subject.as_ref();
        let (word, value) = match self {
            Self::Meta(key) => (key.as_str(), record.meta.get(key)),
            Self::Field(Field::OfKey) => return None,
            Self::Field(field) => {
                let value = match field {
                    Field::Batch => record.run.as_ref().map(|run| &*run.batch),
                    Field::Env => record.env.as_deref(),
                    Field::Image => subject.and_then(|subject| subject.image.as_deref()),
                    Field::Ref => subject.and_then(|subject| subject.reference.as_deref()),
                    Field::Dockerfile => subject.and_then(|subject| subject.dockerfile.as_deref()),
                    Field::Target => subject.and_then(|subject| subject.target.as_deref()),
                    Field::Context => subject.and_then(|subject| subject.context.as_deref()),
                    Field::Container => subject.and_then(|subject| subject.container.as_deref()),
                    Field::OfKey => None,
                };
                let named = FIELDS.iter().find(|(_, known)| known == field);
                (named.map_or("", |(word, _)| *word), value)
            }
        };
        Some(format!("{word}={}", value.unwrap_or("-")))
    }
}

/// How records are grouped into series.
#[derive(Debug, Default)]
pub(crate) struct Grouping {
    mark: Option<Mark>,
    by: Vec<By>,
    /// How many records bear the mark.
    marked: u64,
    /// What others have in its place; of many only the first.
    others: BTreeSet<String>,
}

impl Grouping {
    /// Records that bear `mark` are the baseline, and what differs in a field of
    /// `by` is another series.
    pub(crate) fn new(mark: Option<Mark>, by: Vec<By>) -> Self {
        Self { mark, by, ..Self::default() }
    }

    /// Whether the key of a record alone says its series.
    pub(crate) fn is_by_key(&self) -> bool {
        self.by.is_empty()
    }

    /// Whether the subjects of a plan are the series of its batch.
    pub(crate) fn is_plain(&self) -> bool {
        self.mark.is_none() && self.by.is_empty()
    }

    /// Whether an observation bears the mark.
    pub(crate) fn is_marked(&mut self, record: &RecordView<'_>) -> bool {
        let Some(mark) = &self.mark else { return false };
        let fits = mark.fits(&record.meta);
        if fits {
            self.marked += 1;
        } else if self.others.len() < LISTED
            && let Some(found) = mark.found(&record.meta)
        {
            self.others.insert(printable(found, VALUE_CHARS));
        }
        fits
    }

    /// The key with what the further fields are, before the variant: its end
    /// tells the two halves of an A/A pair.
    pub(crate) fn key(&self, key: KeyView<'_>, record: &RecordView<'_>) -> SeriesKey {
        let fields = self.by.iter().filter_map(|by| by.shown(record));
        let words: Vec<String> = fields.chain(key.variant.map(str::to_owned)).collect();
        let variant = (!words.is_empty()).then(|| words.join(" "));
        SeriesKey { variant, ..key.to_key() }
    }

    /// What is wrong if no record bore the mark.
    pub(crate) fn unmarked(&self) -> Option<String> {
        self.mark.as_ref().filter(|_| self.marked == 0)?;
        let others: Vec<&str> = self.others.iter().map(String::as_str).collect();
        Some(match others.as_slice() {
            [] => "no record has that, nor anything else in its place (--meta KEY=VALUE while \
                   measuring)"
                .to_owned(),
            _ => format!("no record has that (there are: {})", others.join(", ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dp_record::{Record, Run, Subject};

    fn record(meta: &[(&str, &str)]) -> Record {
        let mut record = Record::new("build", jiff::Timestamp::UNIX_EPOCH);
        record.meta =
            meta.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        record.run = Some(Run { batch: "b1".to_owned(), ..Run::default() });
        record.subject = Some(Subject { name: "app".to_owned(), ..Subject::default() });
        record
    }

    #[test]
    fn a_mark_is_a_value_or_the_begin_of_a_revision() {
        let fits = |mark: &str, meta: &[(&str, &str)]| {
            Grouping::new(Mark::of(mark), Vec::new()).is_marked(&(&record(meta)).into())
        };
        assert!(fits("meta.branch=main", &[("branch", "main")]));
        assert!(!fits("meta.branch=main", &[("branch", "main2")]));
        assert!(fits("meta.job=a=b", &[("job", "a=b")]));
        for key in ["commit", "revision", "rev", "sha"] {
            assert!(fits("rev=0a1b2c", &[(key, "0a1b2c3d4e5f")]));
        }
        assert!(!fits("rev=0a1", &[("commit", "0a1b2c3d4e5f")]));
        assert!(!fits("rev=0a1b2c", &[("branch", "0a1b2c")]));
        assert!(!fits("rev=0a1b", &[]));
    }

    #[test]
    fn the_name_of_a_subject_is_no_mark() {
        for name in ["main", "a=b", "metadata=1", "meta.x", "revision=1"] {
            assert_eq!(Mark::of(name), None, "{name}");
        }
    }

    #[test]
    fn a_mark_that_nobody_bears_is_told_with_what_there_is() {
        let mut grouping = Grouping::new(Mark::of("meta.commit=abc"), Vec::new());
        let _ = grouping.is_marked(&(&record(&[("commit", "def")])).into());
        let _ = grouping.is_marked(&(&record(&[("commit", "012")])).into());
        assert_eq!(grouping.unmarked().unwrap(), "no record has that (there are: 012, def)");
        let _ = grouping.is_marked(&(&record(&[("commit", "abc")])).into());
        assert_eq!(grouping.unmarked(), None);
    }

    #[test]
    fn further_fields_stand_before_the_variant() {
        let key = |by: &str, variant: Option<&str>| {
            let by = by.split(',').map(|word| word.parse().unwrap()).collect();
            let record = record(&[("commit", "abc")]);
            let record = RecordView::from(&record);
            let key = KeyView { variant, ..KeyView::of(&record).unwrap() };
            Grouping::new(None, by).key(key, &record).variant
        };
        assert_eq!(key("meta.commit,batch", Some("small")).unwrap(), "commit=abc batch=b1 small");
        assert_eq!(key("meta.job", None).unwrap(), "job=-");
        assert_eq!(key("platform,name", None), None);
        // So that a twin is still found.
        let (one, twin) = (key("batch", None).unwrap(), key("batch", Some("aa")).unwrap());
        assert_eq!(dp_record::noise_variant(Some(&one)), twin);
    }

    #[test]
    fn an_unknown_field_is_refused_with_those_that_there_are() {
        let refused = "commit".parse::<By>().unwrap_err();
        assert!(refused.contains("meta.KEY, batch, env, image"), "{refused}");
        assert!("meta.".parse::<By>().is_err());
    }
}
