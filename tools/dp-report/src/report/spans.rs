//! Sentences in pieces: which of their words are ours, and which come from records.

use serde::Serialize;

/// A sentence in pieces.
pub(crate) type Line = Vec<Span>;

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "text", rename_all = "snake_case")]
pub(crate) enum Span {
    /// Our words.
    Plain(String),
    /// The word that matters.
    Strong(&'static str),
    /// Words from records: no format takes them for markup.
    Quoted(String),
}

impl Span {
    /// Our words.
    pub(crate) fn plain(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }

    /// The words alone.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Quoted(text) => text,
            Self::Strong(word) => word,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_which_words_are_whose() {
        let line: Line =
            vec![Span::Strong("drift"), Span::plain(": "), Span::Quoted("<b>".to_owned())];
        let text: String = line.iter().map(Span::text).collect();
        assert_eq!(text, "drift: <b>");
        let data = serde_json::to_string(&line).unwrap();
        let expected = r#"[{"kind":"strong","text":"drift"},{"kind":"plain","text":": "},{"kind":"quoted","text":"<b>"}]"#;
        assert_eq!(data, expected);
    }
}
