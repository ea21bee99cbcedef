//! Variables in the words of a Dockerfile, as far as stage names and image names need them.

use std::iter::Peekable;
use std::str::Chars;

/// Splits at white space outside quotes; quotes and escapes stay in the words.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c.is_whitespace() && quote.is_none() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        word.push(c);
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(q)) if c == q => quote = None,
            ('\\', None | Some('"')) => word.extend(chars.next()),
            _ => {}
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// What is known of a variable.
pub(crate) enum Value {
    /// It has this value.
    Set(String),
    /// It has none: BuildKit puts nothing in its place.
    Unset,
    /// Only the engine knows it.
    Unknown,
}

/// The word with its variables replaced and its quotes removed.
///
/// `None` when it depends on what only the engine knows, or uses a form that is not supported
/// (`${x#...}`, `${x%...}`, `${x/...}`, `${x:?...}`), or grows beyond any name.
pub(crate) fn expand(word: &str, escape: char, value: &dyn Fn(&str) -> Value) -> Option<String> {
    let mut chars = word.chars().peekable();
    let expanded = Expander { escape, value }.until(&mut chars, None, 0)?;
    Some(expanded)
}

/// Braces within braces: more than anybody writes, and few enough for the stack.
const DEEPEST: usize = 16;

/// No name is longer; a file whose arguments double each other's value would be, without end.
const LONGEST: usize = 64 * 1024;

struct Expander<'v> {
    escape: char,
    value: &'v dyn Fn(&str) -> Value,
}

impl Expander<'_> {
    /// Expands up to `end` (which is taken), or to the end of the word.
    fn until(
        &self,
        chars: &mut Peekable<Chars<'_>>,
        end: Option<char>,
        depth: usize,
    ) -> Option<String> {
        let mut plain = String::new();
        let mut quote = None;
        while let Some(c) = chars.next() {
            match (c, quote) {
                _ if quote.is_none() && Some(c) == end => return Some(plain),
                ('\'' | '"', None) => quote = Some(c),
                (_, Some(q)) if c == q => quote = None,
                ('$', None | Some('"')) => plain.push_str(&self.variable(chars, depth)?),
                (_, None | Some('"')) if c == self.escape => plain.extend(chars.next()),
                _ => plain.push(c),
            }
            if plain.len() > LONGEST {
                return None;
            }
        }
        end.is_none().then_some(plain)
    }

    /// The value of the variable whose `$` was just taken.
    fn variable(&self, chars: &mut Peekable<Chars<'_>>, depth: usize) -> Option<String> {
        if chars.next_if_eq(&'{').is_none() {
            let name = name(chars);
            return if name.is_empty() { Some("$".to_owned()) } else { self.plain(&name) };
        }
        let name = name(chars);
        let mut null_is_unset = false;
        let mut form = chars.next()?;
        if form == ':' {
            null_is_unset = true;
            form = chars.next()?;
        }
        if form == '}' {
            return self.plain(&name);
        }
        if depth == DEEPEST {
            return None;
        }
        let word = self.until(chars, Some('}'), depth + 1);
        let set = match (self.value)(&name) {
            Value::Set(value) => Some(value).filter(|v| !(null_is_unset && v.is_empty())),
            Value::Unset => None,
            Value::Unknown => return None,
        };
        match form {
            '-' => set.or(word),
            '+' => set.map_or(Some(String::new()), |_| word),
            _ => None,
        }
    }

    fn plain(&self, name: &str) -> Option<String> {
        match (self.value)(name) {
            Value::Set(value) => Some(value),
            Value::Unset => Some(String::new()),
            Value::Unknown => None,
        }
    }
}

fn name(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
        name.push(c);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(word: &str) -> Option<String> {
        expand(word, '\\', &|name| match name {
            "A" => Value::Set("one".to_owned()),
            "E" => Value::Set(String::new()),
            "TARGETARCH" => Value::Unknown,
            _ => Value::Unset,
        })
    }

    #[test]
    fn variables_are_replaced_in_the_forms_that_dockerfiles_use() {
        for (word, value) in [
            ("a:$A", "a:one"),
            ("${A}-x", "one-x"),
            ("x${NO}y", "xy"),
            ("${NO:-d}", "d"),
            ("${E:-d}", "d"),
            ("${E-d}", ""),
            ("${A:+yes}", "yes"),
            ("${NO:+yes}", ""),
            ("${NO:-${A}}", "one"),
            ("'$A'", "$A"),
            ("\"$A\"", "one"),
            ("\\$A", "$A"),
            ("a$", "a$"),
        ] {
            assert_eq!(expanded(word).as_deref(), Some(value), "{word}");
        }
    }

    #[test]
    fn what_only_the_engine_knows_stays_unknown() {
        for word in ["b-$TARGETARCH", "${TARGETARCH:-x}", "${A%e}", "${A", "${A:?no}"] {
            assert_eq!(expanded(word), None, "{word}");
        }
    }

    #[test]
    fn words_keep_their_quotes() {
        assert_eq!(words("A=1  B='x y' C=\\ z"), ["A=1", "B='x y'", "C=\\ z"]);
    }
}
