//! Secrets in an image's history: their values, to be masked, and their names, to be
//! told.
//!
//! Builders write build arguments into the entries of later RUN steps
//! (`|1 NAME=VALUE`), some into the entry of the ARG itself, and put the value in
//! place of the variable in WORKDIR, COPY and ADD.

use std::collections::{BTreeMap, BTreeSet};

use dp_dockerfile::Instruction;
use dp_engine::image::HistoryEntry;
use dp_tool::{Mask, is_sensitive_name};

use crate::history::MASK;
use crate::secret_name::is_secret;

/// Secrets that one instruction, or the configuration of an image, gives away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SecretNames {
    /// The instruction without values; none where no entry of the history shows it.
    pub(crate) instruction: Option<String>,
    /// Its line, where that is known.
    pub(crate) line: Option<u64>,
    /// Names of arguments, variables and labels.
    pub(crate) names: Vec<String>,
}

/// Everything with a name and a value that the configuration of an image holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Settings<'c> {
    /// `NAME=VALUE`.
    pub(crate) env: &'c [String],
    pub(crate) labels: Option<&'c BTreeMap<String, String>>,
}

/// The names of all secrets that the history or the configuration shows with their
/// values, by the instruction that declared them. `lines` has an instruction of the
/// Dockerfile for each entry.
pub(crate) fn secret_names(
    history: &[HistoryEntry],
    lines: &[Option<&Instruction>],
    settings: Settings<'_>,
) -> Vec<SecretNames> {
    let mut seen: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut at: BTreeMap<usize, (&str, Vec<String>)> = BTreeMap::new();
    for (index, entry) in history.iter().enumerate() {
        let text = &entry.created_by;
        let lists =
            [("ARG", arguments(text)), ("ENV", declared(text, "ENV ")), ("LABEL", labels(text))];
        for (keyword, pairs) in lists {
            for (name, _) in pairs.into_iter().filter(|(name, value)| is_secret(name, value)) {
                if seen.insert((keyword, name.clone())) {
                    let index = declaration(&history[..index], keyword, &name).unwrap_or(index);
                    at.entry(index).or_insert((keyword, Vec::new())).1.push(name);
                }
            }
        }
    }
    let mut found: Vec<SecretNames> = Vec::new();
    for (index, (keyword, names)) in at {
        let masked: Vec<String> = names.iter().map(|name| format!("{name}={MASK}")).collect();
        let line = lines.get(index).copied().flatten().map(|written| written.line as u64);
        let instruction = Some(format!("{keyword} {}", masked.join(" ")));
        found.push(SecretNames { instruction, line, names });
    }
    let env = settings.env.iter().filter_map(|pair| pair.split_once('='));
    let env = env.map(|(name, value)| ("ENV", name, value));
    let labels = settings.labels.into_iter().flatten();
    let labels = labels.map(|(name, value)| ("LABEL", name.as_str(), value.as_str()));
    let unseen = env.chain(labels).filter(|(keyword, name, value)| {
        is_secret(name, value) && !seen.contains(&(*keyword, (*name).to_owned()))
    });
    let names: Vec<String> = unseen.map(|(_, name, _)| name.to_owned()).collect();
    if !names.is_empty() {
        found.push(SecretNames { names, ..SecretNames::default() });
    }
    found
}

/// The entry that declares an argument without its value, which later entries show.
fn declaration(history: &[HistoryEntry], keyword: &str, name: &str) -> Option<usize> {
    let declares = |entry: &HistoryEntry| {
        let text = metadata(&entry.created_by);
        let rest = text.strip_prefix(keyword).and_then(|rest| rest.strip_prefix(' '));
        rest.is_some_and(|rest| rest.split(' ').any(|word| word == name))
    };
    history.iter().rposition(declares)
}

/// Masks the values of all build arguments, and those of variables with sensitive
/// names (`APP_TOKEN`).
pub(crate) fn mask(history: &[HistoryEntry]) -> Mask {
    let arguments = history.iter().flat_map(|entry| arguments(&entry.created_by));
    secrets(history).with_given(arguments.map(|(_, value)| value))
}

/// Masks only the values of variables with sensitive names: outside of
/// instructions (in the paths of files) other values are no secret.
pub(crate) fn secrets(history: &[HistoryEntry]) -> Mask {
    let texts = || history.iter().map(|entry| entry.created_by.as_str());
    let variables =
        texts().flat_map(|text| [arguments(text), declared(text, "ENV "), labels(text)].concat());
    Mask::new(variables.filter(|(name, _)| is_sensitive_name(name)).map(|(_, value)| value))
}

/// The build arguments of one entry, as name and value.
fn arguments(created_by: &str) -> Vec<(String, String)> {
    let text = created_by.trim();
    let run = text.strip_prefix("RUN ").unwrap_or(text);
    let Some(list) = run.strip_prefix('|') else { return declared(text, "ARG ") };
    let (count, rest) = list.split_once(' ').unwrap_or((list, ""));
    let end = rest.rfind(" /bin/sh -c ").or_else(|| shell_at(rest)).unwrap_or(rest.len());
    pairs(&rest[..end], count.parse().unwrap_or(0), is_name)
}

/// Where another shell begins: a path, at most three words, an option that ends in `c`.
fn shell_at(text: &str) -> Option<usize> {
    let is_option = |word: &str| word.starts_with('-') && word.ends_with('c');
    text.match_indices(" /").map(|(at, _)| at).find(|at| {
        let words = text[at + 1..].split(' ').skip(1).take(4);
        words.take_while(|word| !word.contains('=')).any(is_option)
    })
}

/// The labels that an entry sets.
fn labels(created_by: &str) -> Vec<(String, String)> {
    let is_label = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
    };
    let text = metadata(created_by).strip_prefix("LABEL ");
    text.map_or_else(Vec::new, |rest| pairs(rest, usize::MAX, is_label))
}

/// An entry without what builders put around an instruction that runs nothing.
fn metadata(created_by: &str) -> &str {
    let text = created_by.trim().trim_end_matches("# buildkit").trim_end();
    text.split_once("#(nop)").map_or(text, |(_, metadata)| metadata.trim())
}

/// What the entry of an ARG or ENV declares.
fn declared(created_by: &str, keyword: &str) -> Vec<(String, String)> {
    let text = metadata(created_by).strip_prefix(keyword);
    text.map_or_else(Vec::new, |rest| pairs(rest, usize::MAX, is_name))
}

/// At most `count` pairs `NAME=VALUE`. A value may contain blanks: it goes on until
/// the next word that begins with a name and `=`. Example: `A=one two B=three` is
/// `A` = `one two` and `B` = `three`.
fn pairs(text: &str, count: usize, is_name: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for word in text.split(' ') {
        match word.split_once('=').filter(|(name, _)| is_name(name) && pairs.len() < count) {
            Some((name, value)) => pairs.push((name.to_owned(), value.to_owned())),
            None => {
                if let Some((_, value)) = pairs.last_mut() {
                    value.push(' ');
                    value.push_str(word);
                }
            }
        }
    }
    pairs
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_arguments_are_found_wherever_builders_write_them() {
        let cases: &[(&str, &[&str])] = &[
            ("RUN |1 PLACE=can4ry /bin/sh -c make # buildkit", &["can4ry"]),
            ("|2 A=one two B=three /bin/sh -c make", &["one two", "three"]),
            ("RUN |1 A=b=c /bin/bash -c make", &["b=c"]),
            ("|2 A=/x B=c d /bin/bash -o pipefail -c make -c /d", &["/x", "c d"]),
            ("RUN |1 A=b make all # buildkit", &["b make all # buildkit"]),
            ("ARG TOKEN=can4ry", &["can4ry"]),
            ("/bin/sh -c #(nop)  ARG TOKEN=can4ry", &["can4ry"]),
            ("ARG TOKEN", &[]),
            ("ENV A=b", &[]),
            ("RUN /bin/sh -c make A=b", &[]),
        ];
        for (text, expected) in cases {
            let values: Vec<String> = arguments(text).into_iter().map(|(_, value)| value).collect();
            assert_eq!(values, *expected, "{text}");
        }
    }

    #[test]
    fn only_sensitive_names_make_a_value_a_secret_everywhere() {
        let entry =
            |text: &str| HistoryEntry { created_by: text.to_owned(), ..HistoryEntry::default() };
        let history = [entry("ENV APP_TOKEN=can4ry LANG=C.UTF-8"), entry("ARG VERSION=1.2.3")];
        assert_eq!(secrets(&history).text("/can4ry/C.UTF-8/1.2.3"), "/***/C.UTF-8/1.2.3");
        assert_eq!(mask(&history).text("COPY x /can4ry/1.2.3"), "COPY x /***/***");
    }

    fn entry(text: &str) -> HistoryEntry {
        HistoryEntry { created_by: text.to_owned(), ..HistoryEntry::default() }
    }

    /// Instruction, line and names of all secrets.
    fn told(
        history: &[&str],
        settings: Settings<'_>,
    ) -> Vec<(Option<String>, Option<u64>, String)> {
        let file = dp_dockerfile::Dockerfile::parse("FROM scratch\nARG A\n");
        let history: Vec<HistoryEntry> = history.iter().map(|text| entry(text)).collect();
        let lines = vec![file.stages[0].instructions.first(); history.len()];
        let found = secret_names(&history, &lines, settings);
        found.into_iter().map(|one| (one.instruction, one.line, one.names.join(" "))).collect()
    }

    #[test]
    fn names_of_secrets_are_told_wherever_a_value_stands() {
        for (history, instruction, names) in [
            (&["ARG NPM_TOKEN=can4ry"][..], "ARG NPM_TOKEN=***", "NPM_TOKEN"),
            (
                &["/bin/sh -c #(nop)  ENV A=b DB_PASSWORD=can4ry"],
                "ENV DB_PASSWORD=***",
                "DB_PASSWORD",
            ),
            (
                &["ENV API_KEY=can4ry two APP_SECRET=x"],
                "ENV API_KEY=*** APP_SECRET=***",
                "API_KEY APP_SECRET",
            ),
            (
                &["LABEL a=b com.example.api-token=can4ry"],
                "LABEL com.example.api-token=***",
                "com.example.api-token",
            ),
            (&["ENV PROXY=http://me:can4ry@proxy:3128"], "ENV PROXY=***", "PROXY"),
            // The value stands in a RUN; the ARG is at fault.
            (&["ARG TOKEN", "|1 TOKEN=can4ry /bin/sh -c make"], "ARG TOKEN=***", "TOKEN"),
            (
                &["|1 TOKEN=can4ry /bin/bash -ec make", "|1 TOKEN=can4ry /bin/sh -c b"],
                "ARG TOKEN=***",
                "TOKEN",
            ),
        ] {
            let expected = [(Some(instruction.to_owned()), Some(2), names.to_owned())];
            let found = told(history, Settings::default());
            assert_eq!(found, expected, "{history:?}");
            assert!(!format!("{found:?}").contains("can4ry"));
        }
    }

    #[test]
    fn what_shows_no_value_is_no_secret() {
        let history = [
            "ARG TOKEN",
            "ENV TOKEN=",
            "ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
            "ENV DB_PASSWORD_FILE=/run/secrets/db",
            "ENV KEYBOARD=de AUTHOR=me MONKEY=x",
            "RUN /bin/sh -c TOKEN=can4ry make",
            "LABEL org.opencontainers.image.authors=me",
        ];
        assert_eq!(told(&history, Settings::default()), []);
    }

    #[test]
    fn a_secret_that_only_the_configuration_holds_is_told_too() {
        let env = ["PATH=/bin".to_owned(), "AWS_SECRET_ACCESS_KEY=can4ry".to_owned()];
        let labels = BTreeMap::from([("build.token".to_owned(), "can4ry".to_owned())]);
        let settings = Settings { env: &env, labels: Some(&labels) };
        let names = "AWS_SECRET_ACCESS_KEY build.token".to_owned();
        assert_eq!(told(&["CMD a"], settings), [(None, None, names)]);
        let rest = told(&["ENV AWS_SECRET_ACCESS_KEY=can4ry"], settings);
        assert_eq!((rest.len(), rest[1].2.as_str()), (2, "build.token"));
    }
}
