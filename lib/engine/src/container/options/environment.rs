//! `--env`, `--label` and their files.

use std::env;
use std::fs;

use super::{OptionError, RunOptions, values};

/// All variables, those of files first. A name without a value takes ours. One
/// that we do not have is left out of a file, and takes the image's own away if it
/// is an option, as docker does.
pub(super) fn variables(options: &RunOptions) -> Result<Vec<String>, OptionError> {
    let (mut variables, mut own) = (Vec::new(), Vec::new());
    for path in options.all("env-file") {
        let lines = lines_of("env-file", path)?;
        variables.extend(lines.into_iter().filter_map(|line| {
            let ours = |name: &str| env::var(name).ok().map(|value| format!("{name}={value}"));
            if line.contains('=') { Some(line) } else { ours(&line) }
        }));
    }
    for given in options.all("env") {
        let name = given.split('=').next().unwrap_or_default();
        if name.is_empty() {
            let reason = "it has no name".to_owned();
            // What stands behind the sign may be a secret.
            let value = given.get(..1).unwrap_or_default().to_owned();
            return Err(OptionError::BadValue { option: "env", value, reason });
        }
        // Of one name the last option counts.
        own.retain(|known: &String| known.split('=').next() != Some(name));
        let ours = if given.contains('=') { None } else { env::var(given).ok() };
        own.push(match ours {
            Some(value) => format!("{given}={value}"),
            None => given.to_owned(),
        });
    }
    variables.extend(own);
    Ok(variables)
}

/// All labels, those of files first. A line without a value is left out of a file.
pub(super) fn labels(options: &RunOptions) -> Result<Vec<String>, OptionError> {
    let mut labels = Vec::new();
    for path in options.all("label-file") {
        let lines = lines_of("label-file", path)?;
        labels.extend(lines.into_iter().filter(|line| line.contains('=')));
    }
    labels.extend(options.values("label", values::label)?);
    Ok(labels)
}

/// The lines of a file of names and values, without notes.
fn lines_of(option: &'static str, path: &str) -> Result<Vec<String>, OptionError> {
    let bad = |reason| OptionError::BadValue { option, value: path.into(), reason };
    let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut found = Vec::new();
    for line in lines {
        let name = line.split('=').next().unwrap_or_default();
        if name.is_empty() || name.contains([' ', '\t']) {
            return Err(bad(format!("a line of it is no NAME=VALUE: {name:?}")));
        }
        found.push(line.to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<String>, OptionError> {
        variables(&RunOptions::parse_line(text).unwrap().0)
    }

    #[test]
    fn variables_come_from_options_files_and_us() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "# note\n\nA=from file\n  B=\nCARGO_PKG_NAME\nNOT_SET_HERE\n").unwrap();
        let text = format!("-e A=0 -e NOT_SET_HERE -e A=1 --env-file {}", file.path().display());
        let found = of(&text).unwrap();
        assert_eq!(found, ["A=from file", "B=", "CARGO_PKG_NAME=dp-engine", "NOT_SET_HERE", "A=1"]);
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        assert!(of("-e =1").is_err() && of("-e=").is_err());
        let error = of("--env-file /no/such/file").unwrap_err().to_string();
        assert!(error.contains("/no/such/file"), "{error}");
    }
}
