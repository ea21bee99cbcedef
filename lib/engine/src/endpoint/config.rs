//! What the docker CLI's config.json says of contexts and plugins.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Deserializer, Value};

/// The name in `currentContext`, if there is one.
///
/// A file that cannot be read or parsed counts as empty, with a warning, as in the docker CLI.
pub(super) fn current_context(folder: &Path, warnings: &mut Vec<String>) -> Option<String> {
    match read(folder) {
        Ok(config) => name_in(config.as_ref()?),
        Err(warning) => {
            warnings.push(warning);
            None
        }
    }
}

/// The folders in `cliPluginsExtraDirs`, in their order.
pub(super) fn plugin_folders(folder: &Path) -> Vec<PathBuf> {
    let config = read(folder).ok().flatten();
    let folders = config.as_ref().and_then(|config| field(config, "cliPluginsExtraDirs"));
    let folders = folders.and_then(Value::as_array).into_iter().flatten();
    folders.filter_map(|folder| Some(folder.as_str()?.into())).collect()
}

/// The file's value, if there is one, or what is wrong with it.
fn read(folder: &Path) -> Result<Option<Value>, String> {
    let path = folder.join("config.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    let place = |error: serde_json::Error| {
        let line = error.line();
        format!("cannot use {}: it is no JSON from line {line} on (mend it)", path.display())
    };
    first_value(&text).map_err(place)
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
pub(crate) fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let mut fields = object.as_object()?.iter().rev();
    fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
