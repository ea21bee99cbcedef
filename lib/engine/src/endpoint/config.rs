//! `currentContext` of the docker CLI's config.json.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::{Deserializer, Value};

/// The name in `currentContext`, if there is one.
///
/// A file that cannot be read or parsed counts as empty, with a warning, as in the docker CLI.
pub(super) fn current_context(folder: &Path, warnings: &mut Vec<String>) -> Option<String> {
    let path = folder.join("config.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => {
            warnings.push(format!("cannot read {}: {error}", path.display()));
            return None;
        }
    };
    match first_value(&text) {
        Ok(value) => name_in(value.as_ref()?),
        Err(error) => {
            warnings.push(format!("cannot parse {}: {error}", path.display()));
            None
        }
    }
}

/// The first JSON value of the text; the docker CLI does not look at what follows it.
fn first_value(text: &str) -> Result<Option<Value>, serde_json::Error> {
    Deserializer::from_str(text).into_iter().next().transpose()
}

fn name_in(config: &Value) -> Option<String> {
    let name = field(config, "currentContext")?.as_str()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// A field by its name in any case, as Go's JSON decoder finds it: of several the last one wins.
pub(super) fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let mut fields = object.as_object()?.iter().rev();
    fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
