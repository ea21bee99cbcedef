//! `series(...)` and `compare(...)`: exactly one of the many, or an error.

use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, Error, ErrorKind, Value};
use serde_json::Value as Json;

use crate::template::data::Data;

/// Names that a message lists.
const NAMES: usize = 12;

pub(crate) fn add(environment: &mut Environment<'static>, data: &Data) {
    for (name, list) in [("series", &data.series), ("compare", &data.compare)] {
        let list = list.clone();
        environment.add_function(name, move |metric: &str, subject: &str, more: Kwargs| {
            let wanted = Wanted::new(metric, subject, &more)?;
            let found = find(&list, &wanted).map_err(|problem| {
                let message = format!("{name}({wanted}): {problem}", wanted = wanted.shown());
                Error::new(ErrorKind::InvalidOperation, message)
            })?;
            Ok(Value::from(Serde(found)))
        });
    }
}

/// What a template asks for.
struct Wanted {
    metric: String,
    subject: String,
    /// Scenario, platform and variant, as far as they are given.
    parts: [(&'static str, Option<String>); 3],
}

impl Wanted {
    fn new(metric: &str, subject: &str, more: &Kwargs) -> Result<Self, Error> {
        let part = |name: &'static str| Ok::<_, Error>((name, more.get::<Option<String>>(name)?));
        let parts = [part("scenario")?, part("platform")?, part("variant")?];
        more.assert_all_used()?;
        Ok(Self { metric: metric.to_owned(), subject: subject.to_owned(), parts })
    }

    fn is_of_metric(&self, item: &Json) -> bool {
        let (kind, metric) = (word(item, "kind"), word(item, "metric"));
        let qualified = || self.metric.strip_prefix(kind)?.strip_prefix('.');
        self.metric == metric || qualified() == Some(metric)
    }

    fn fits(&self, item: &Json) -> bool {
        let same = |(name, part): &(&str, Option<String>)| {
            part.as_deref().is_none_or(|part| word(item, name) == part)
        };
        self.is_of_metric(item) && word(item, "name") == self.subject && self.parts.iter().all(same)
    }

    fn shown(&self) -> String {
        let given = self.parts.iter().filter_map(|(name, part)| {
            let part = part.as_ref()?;
            Some(format!(", {name}={part:?}"))
        });
        format!("{:?}, {:?}{}", self.metric, self.subject, given.collect::<String>())
    }
}

fn word<'j>(item: &'j Json, name: &str) -> &'j str {
    item[name].as_str().unwrap_or_default()
}

fn find<'j>(list: &'j [Json], wanted: &Wanted) -> Result<&'j Json, String> {
    let found: Vec<&Json> = list.iter().filter(|item| wanted.fits(item)).collect();
    match found.as_slice() {
        [only] => Ok(only),
        [] => {
            let there = list.iter().filter(|item| wanted.is_of_metric(item));
            match names(there).as_str() {
                "" => Err("no such metric is shown (--metric NAME or --all shows more)".to_owned()),
                names => Err(format!("there is no such series (there are: {names})")),
            }
        }
        several => Err(format!(
            "several series fit: name kind, scenario, platform or variant ({})",
            names(several.iter().copied())
        )),
    }
}

fn names<'j>(items: impl Iterator<Item = &'j Json>) -> String {
    let name = |item: &Json| {
        let parts =
            ["kind", "name", "scenario", "platform", "variant"].map(|part| word(item, part));
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    items.take(NAMES).map(name).collect::<Vec<_>>().join(", ")
}
