//! Secrets that are written in the Dockerfile itself.

use dp_dockerfile::Dockerfile;
use dp_tool::{credentials_in, is_sensitive_name};

/// Values that the Dockerfile itself gives to ARG and ENV with telling names,
/// as they are written and as they are meant.
pub(crate) fn written(dockerfile: &Dockerfile) -> Vec<String> {
    let global = dockerfile.global_args.iter().filter_map(|arg| {
        let default = arg.default.clone()?;
        Some((arg.name.clone(), default))
    });
    let declared = dockerfile.instructions().flat_map(|one| match one.keyword.as_str() {
        "ARG" => pairs(arguments(&one.text)),
        "ENV" => env_pairs(arguments(&one.text)),
        _ => Vec::new(),
    });
    let all: Vec<(String, String)> = global.chain(declared).collect();
    // An address that is a value may be printed in parts.
    let named = all.iter().map(|(name, value)| format!("{name}={}", plain(value)));
    let within: Vec<String> = named.flat_map(|word| credentials_in(&word)).collect();
    let sensitive = all.into_iter().filter(|(name, _)| is_sensitive_name(name));
    sensitive.flat_map(|(_, value)| [plain(&value), value]).chain(within).collect()
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
    fn passwords_of_proxies_and_addresses_are_secret() {
        let has = |text: &str, value: &str| {
            written(&Dockerfile::parse(text)).iter().any(|found| found == value)
        };
        assert!(has("FROM a\nENV http_proxy=http://u:pr0xy@p:1\n", "pr0xy"));
        assert!(has("FROM a\nENV HTTPS_PROXY=u:pr0xy@p:1\n", "pr0xy"));
        assert!(has("FROM a\nENV A=\"http://u:pr0xy@p:1\"\n", "pr0xy"));
        assert!(has("ARG SRC=https://h/x?token=t0ken\nFROM a\n", "t0ken"));
        let plain = Dockerfile::parse("FROM a\nENV HTTP_PROXY=http://p:1 URL=https://h/x\n");
        assert!(written(&plain).is_empty());
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
}
