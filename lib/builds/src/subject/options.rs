//! Reading the words of a `docker buildx build` command line.

use std::env;

use dp_dockerfile::BuildArgs;

/// The values of an option in a command line: `--name value` and
/// `--name=value`.
pub fn values<'w>(words: &'w [String], name: &str) -> Vec<&'w str> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let glued = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
        let next = || words.get(at + 1).filter(|_| word == name);
        found.extend(glued.or_else(|| next().map(String::as_str)));
    }
    found
}

/// Whether an option is in a command line.
pub fn is_given(words: &[String], name: &str) -> bool {
    let glued = |word: &String| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
    words.iter().any(|word| word == name || glued(word))
}

/// The build arguments of a command line with their values. One without `=`
/// has that of the environment, if there is any.
pub fn build_args(words: &[String]) -> BuildArgs {
    let value = |arg: &str| match arg.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => Some((arg.to_owned(), env::var(arg).ok()?)),
    };
    values(words, "--build-arg").into_iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_arguments_are_found_however_they_are_written() {
        let words = [
            "--build-arg",
            "A=b=c",
            "--build-arg=D=e",
            "--network",
            "none",
            "--build-arg",
            "DP_NO_SUCH",
        ];
        let found = build_args(&words.map(str::to_owned));
        let found: Vec<_> =
            found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("A", "b=c"), ("D", "e")]);
    }
}
