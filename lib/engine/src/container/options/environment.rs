//! `--env` and `--env-file`.

use std::env;
use std::fs;

use super::{OptionError, RunOptions};

/// All variables, those of files first. A name without a value takes ours; one
/// that we do not have is left out, as docker does.
pub(super) fn variables(options: &RunOptions) -> Result<Vec<String>, OptionError> {
    let mut variables = Vec::new();
    for path in options.all("env-file") {
        let bad = |reason| OptionError::BadValue { option: "env-file", value: path.into(), reason };
        let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_start);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            let name = line.split('=').next().unwrap_or_default();
            if name.is_empty() || name.contains(char::is_whitespace) {
                return Err(bad(format!("a line of it is no NAME=VALUE: {name:?}")));
            }
            variables.extend(resolved(line));
        }
    }
    for given in options.all("env") {
        if given.starts_with('=') || given.is_empty() {
            let reason = "it has no name".to_owned();
            return Err(OptionError::BadValue { option: "env", value: given.to_owned(), reason });
        }
        variables.extend(resolved(given));
    }
    Ok(variables)
}

fn resolved(given: &str) -> Option<String> {
    if given.contains('=') {
        return Some(given.to_owned());
    }
    let value = env::var(given).ok()?;
    Some(format!("{given}={value}"))
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
        fs::write(&file, "# note\n\nA=from file\n  B=\nCARGO_PKG_NAME\n").unwrap();
        let text = format!("-e A=1 -e NOT_SET_HERE --env-file {}", file.path().display());
        let found = of(&text).unwrap();
        assert_eq!(found, ["A=from file", "B=", "CARGO_PKG_NAME=dp-engine", "A=1"]);
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        assert!(of("-e =1").is_err());
        let error = of("--env-file /no/such/file").unwrap_err().to_string();
        assert!(error.contains("/no/such/file"), "{error}");
    }
}
