//! Values that an image's history gives away.
//!
//! Builders write build arguments into the entries of later RUN steps
//! (`|1 NAME=VALUE`), some into the entry of the ARG itself, and put them in
//! place of the variable in WORKDIR, COPY and ADD.

use dp_engine::image::HistoryEntry;
use dp_tool::{Mask, is_telling};

/// Hides the values of build arguments, and those of variables with telling
/// names.
pub(crate) fn mask(history: &[HistoryEntry]) -> Mask {
    let given = history.iter().flat_map(|entry| arguments(&entry.created_by));
    secrets(history).with_given(given.map(|(_, value)| value))
}

/// Hides the values of variables with telling names alone: elsewhere than in
/// instructions (in the paths of files) other values are no secret.
pub(crate) fn secrets(history: &[HistoryEntry]) -> Mask {
    let texts = || history.iter().map(|entry| entry.created_by.as_str());
    let variables = texts().flat_map(|text| [arguments(text), declared(text, "ENV ")].concat());
    Mask::new(variables.filter(|(name, _)| is_telling(name)).map(|(_, value)| value))
}

/// Build arguments of one entry, name and value.
fn arguments(created_by: &str) -> Vec<(String, String)> {
    let text = created_by.trim();
    let run = text.strip_prefix("RUN ").unwrap_or(text);
    let Some(list) = run.strip_prefix('|') else { return declared(text, "ARG ") };
    let (count, rest) = list.split_once(' ').unwrap_or((list, ""));
    let end = rest.rfind(" /bin/sh -c ").unwrap_or(rest.len());
    pairs(&rest[..end], count.parse().unwrap_or(0))
}

/// What the entry of an ARG or ENV declares.
fn declared(created_by: &str, keyword: &str) -> Vec<(String, String)> {
    let text = created_by.trim().trim_end_matches("# buildkit").trim_end();
    let text = text.split_once("#(nop)").map_or(text, |(_, metadata)| metadata.trim());
    text.strip_prefix(keyword).map_or_else(Vec::new, |rest| pairs(rest, usize::MAX))
}

/// At most `count` pairs `NAME=VALUE`. A value may hold blanks: it lasts until
/// the next word that looks like a name.
fn pairs(text: &str, count: usize) -> Vec<(String, String)> {
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
            ("RUN |1 A=b=c /bin/bash -c make", &["b=c /bin/bash -c make"]),
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
    fn only_telling_names_make_a_value_a_secret_everywhere() {
        let entry =
            |text: &str| HistoryEntry { created_by: text.to_owned(), ..HistoryEntry::default() };
        let history = [entry("ENV APP_TOKEN=can4ry LANG=C.UTF-8"), entry("ARG VERSION=1.2.3")];
        assert_eq!(secrets(&history).text("/can4ry/C.UTF-8/1.2.3"), "/***/C.UTF-8/1.2.3");
        assert_eq!(mask(&history).text("COPY x /can4ry/1.2.3"), "COPY x /***/***");
    }
}
