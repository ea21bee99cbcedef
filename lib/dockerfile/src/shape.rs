//! What the name of a step must look like, given the instruction's own text.
//!
//! BuildKit names a step by the instruction's text with variables replaced and, depending on the
//! instruction, quotes and escapes resolved. So the texts are compared without quotes and escape
//! characters, white space as one blank, letters without case (BuildKit puts the keyword in upper
//! case up to the first blank), and a variable may have any value, also none: then the blanks around
//! it are one.

use crate::instruction::Instruction;

/// Literal parts with anything between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    parts: Vec<String>,
}

impl Shape {
    /// The shape of the name that BuildKit gives the step of `instruction`.
    pub(crate) fn of_step(instruction: &Instruction) -> Self {
        let mut shape = Self::of_words(&instruction.code);
        if instruction.has_heredoc {
            // " (first line...)" follows where the heredoc is the whole command.
            shape.parts.push(String::new());
        }
        shape
    }

    /// The shape of words with variables in them.
    pub(crate) fn of_words(words: &str) -> Self {
        let mut parts = Vec::new();
        let mut part = String::new();
        let mut chars = words.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '$' {
                skip_variable(&mut chars);
                parts.push(std::mem::take(&mut part));
            } else {
                part.push(c);
            }
        }
        parts.push(part);
        for part in &mut parts {
            *part = plain(part);
        }
        Self { parts }
    }

    /// Whether a name, made [`plain`] beforehand, has this shape.
    pub(crate) fn fits(&self, name: &str) -> bool {
        let Some((first, rest)) = self.parts.split_first() else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return name == first;
        };
        let Some(mut open) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            let Some(at) = open.find(part.as_str()) else {
                return false;
            };
            open = &open[at + part.len()..];
        }
        open.ends_with(last.as_str())
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Skips what follows the `$` of a variable: a name, or braces with all that is nested in them.
fn skip_variable(chars: &mut Chars<'_>) {
    if chars.next_if_eq(&'{').is_none() {
        while chars.next_if(|c| c.is_alphanumeric() || *c == '_').is_some() {}
        return;
    }
    let mut depth = 1_usize;
    while depth > 0 {
        match chars.next() {
            Some('{') => depth += 1,
            Some('}') => depth -= 1,
            Some(_) => {}
            None => return,
        }
    }
}

/// A text without quotes, escapes and case, white space as one blank and none around it.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !"'\"\\`".contains(*c)) {
        if !c.is_whitespace() {
            plain.push(c.to_ascii_lowercase());
        } else if !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(words: &str, name: &str) -> bool {
        Shape::of_words(words).fits(&plain(name))
    }

    #[test]
    fn variables_have_any_value() {
        assert!(fits("COPY $A/x ${B:-${C}}y /z", "COPY one/x two y/z/y /z"));
        assert!(fits("RUN echo $A", "RUN echo $A"));
        assert!(fits("RUN $X a $X", "RUN 1 a 2"));
        assert!(fits("WORKDIR $D", "WORKDIR "));
        assert!(!fits("RUN $X a $X", "RUN 1 b 2"));
        assert!(fits("RUN echo $A b", "RUN echo  b"));
        assert!(!fits("RUN echo ${A b", "RUN b"));
    }

    #[test]
    fn quotes_escapes_and_white_space_do_not_count() {
        assert!(fits("copy [\"a b\",  \"/c\"]", "COPY [a b, /c]"));
        assert!(fits("RUN echo a\\ b \\\"c\\\"", "RUN echo a b \"c\""));
        assert!(fits("run\techo", "RUN\tECHO"));
    }

    #[test]
    fn other_text_does_not_fit() {
        assert!(!fits("RUN a", "RUN a b"));
        assert!(!fits("RUN a b", "RUN a"));
        assert!(!fits("RUN a", "COPY a"));
        assert!(!fits("RUN a$X", "RUN"));
    }
}
