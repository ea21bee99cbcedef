//! What must never stand in a record.

use std::{env, fs};

use dp_dockerfile::Dockerfile;
use dp_tool::Fault;

use crate::args::Args;

/// Parts of variable names whose values people do not want to read in logs
/// (those that BuildKit's check `SecretsUsedInArgOrEnv` looks for).
const TELLING: &[&str] =
    &["apikey", "auth", "credential", "key", "password", "pword", "passwd", "secret", "token"];

/// Values given on the command line, contents of secrets, and values of the
/// Dockerfile's own variables with telling names.
pub(crate) fn values<'d>(
    args: &Args,
    dockerfiles: impl Iterator<Item = &'d Dockerfile>,
) -> anyhow::Result<Vec<String>> {
    let mut values: Vec<String> =
        args.build.build_arg.iter().filter_map(|arg| build_arg(arg)).collect();
    for spec in &args.build.secret {
        values.extend(secret(spec)?);
    }
    let mut more = args.more.iter();
    while let Some(word) = more.next() {
        let (name, glued) =
            word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let value = || glued.map(str::to_owned).or_else(|| more.clone().next().cloned());
        match name {
            "--build-arg" => values.extend(value().and_then(|value| build_arg(&value))),
            "--secret" => values.extend(value().map(|spec| secret(&spec)).transpose()?.flatten()),
            _ => {}
        }
    }
    values.extend(dockerfiles.flat_map(written));
    Ok(values)
}

/// `NAME=VALUE`, or `NAME` whose value is the environment's.
fn build_arg(arg: &str) -> Option<String> {
    match arg.split_once('=') {
        Some((_, value)) => Some(value.to_owned()),
        None => env::var(arg).ok(),
    }
}

/// The content of a secret: of a file, or of a variable of the environment.
/// Without either, buildx takes the variable named as the id, then the file.
fn secret(spec: &str) -> Result<Option<String>, Fault> {
    let field = |names: &[&str]| {
        let fields = spec.split(',').filter_map(|field| field.split_once('='));
        fields
            .filter(|(name, _)| names.contains(name))
            .map(|(_, value)| value.to_owned())
            .next_back()
    };
    if let Some(name) = field(&["env"]) {
        return Ok(env::var(name).ok());
    }
    let id = field(&["id"]);
    let of_id = id.as_deref().and_then(|id| env::var(id).ok());
    match field(&["src", "source"]) {
        Some(path) => {
            let content = fs::read(&path)
                .map_err(|error| Fault::usage(format!("cannot read the secret {path}: {error}")))?;
            Ok(Some(String::from_utf8_lossy(&content).into_owned()))
        }
        None => Ok(of_id),
    }
}

/// Values that the Dockerfile itself gives to ARG and ENV with telling names,
/// as they are written and as they are meant.
fn written(dockerfile: &Dockerfile) -> Vec<String> {
    let global = dockerfile.global_args.iter().filter_map(|arg| {
        let default = arg.default.clone()?;
        Some((arg.name.clone(), default))
    });
    let declared = dockerfile.instructions().flat_map(|one| match one.keyword.as_str() {
        "ARG" => pairs(arguments(&one.text)),
        "ENV" => env_pairs(arguments(&one.text)),
        _ => Vec::new(),
    });
    let telling = global.chain(declared).filter(|(name, _)| is_telling(name));
    telling.flat_map(|(_, value)| [plain(&value), value]).collect()
}

/// What follows the keyword.
fn arguments(instruction: &str) -> &str {
    instruction.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim())
}

/// The pairs of `ENV a=b c="d e"`, or the one of the older `ENV a b c`.
fn env_pairs(arguments: &str) -> Vec<(String, String)> {
    match arguments.split_once(char::is_whitespace) {
        Some((name, value)) if !name.contains('=') => {
            vec![(name.to_owned(), value.trim().to_owned())]
        }
        _ => pairs(arguments),
    }
}

/// All words `a=b`.
fn pairs(arguments: &str) -> Vec<(String, String)> {
    let words = words(arguments);
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Splits at white space that is neither quoted nor escaped.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut escaped) = (Vec::new(), String::new(), None, false);
    for char in text.chars() {
        if char.is_whitespace() && quote.is_none() && !escaped {
            words.push(std::mem::take(&mut word));
            continue;
        }
        match (quote, char) {
            _ if escaped => {}
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            _ => {}
        }
        escaped = char == '\\' && !escaped;
        word.push(char);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Without quotes and escapes.
fn plain(value: &str) -> String {
    value.chars().filter(|char| !matches!(char, '"' | '\'' | '\\')).collect()
}

fn is_telling(name: &str) -> bool {
    let name = name.to_lowercase();
    TELLING.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telling_variables_of_the_dockerfile_are_secret() {
        let file = Dockerfile::parse(
            "FROM a\nENV APP_TOKEN=\"abcdef\" LANG=C\nARG DB_PASSWORD=hunter22\nARG VERSION=1.2.3\n",
        );
        assert_eq!(written(&file), ["abcdef", "\"abcdef\"", "hunter22", "hunter22"]);
    }

    #[test]
    fn values_are_found_in_every_form_of_the_instruction() {
        let values = |text: &str| written(&Dockerfile::parse(text));
        assert_eq!(values("FROM a\nENV TOKEN  two words\n")[0], "two words");
        assert_eq!(values("FROM a\nENV A=1 TOKEN=\"two words\" B=2\n")[0], "two words");
        assert_eq!(values("FROM a\nENV TOKEN=two\\ words\n")[0], "two words");
        assert_eq!(values("FROM a\nARG A TOKEN=word\n")[0], "word");
        assert_eq!(values("ARG TOKEN=word\nFROM a\n")[0], "word");
        assert!(values("FROM a\nENV TOKEN\nARG TOKEN\n").is_empty());
    }

    #[test]
    fn a_build_argument_hides_its_value() {
        assert_eq!(build_arg("A=b=c").as_deref(), Some("b=c"));
        assert_eq!(build_arg("DP_NO_SUCH_VARIABLE"), None);
    }

    #[test]
    fn a_secret_file_that_cannot_be_read_is_said() {
        let error = secret("id=a,src=/no/such/file").unwrap_err();
        assert!(error.message.contains("/no/such/file"));
    }
}
