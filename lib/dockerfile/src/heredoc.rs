//! Which heredocs an instruction announces, by the rules of BuildKit's parser.
//!
//! Only RUN, COPY and ADD (also after ONBUILD) can carry one, and not in their JSON form. The
//! words of the line are split as a shell does it; a word of the form `[0-9]*<<[-]NAME` announces
//! a body. A line with an unmatched quote announces none. Newer frontends keep a blank after `<<`
//! in the word, wherever that is, so that to them `$((1 << 2))` announces a body that `2))` ends.

use crate::dialect::Dialect;
use crate::flags;
use crate::text;

/// A body that follows an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heredoc {
    /// The line that ends it.
    pub(crate) name: String,
    /// `<<-`: tabs at the beginning of its lines do not count.
    dashed: bool,
}

impl Heredoc {
    /// Whether `line` (without its line end) is the last of this body.
    pub(crate) fn ends_with_line(&self, line: &str) -> bool {
        let line = if self.dashed { line.trim_start_matches('\t') } else { line };
        line == self.name
    }
}

/// The heredocs of an instruction (its parts put together), in the order of their bodies.
pub(crate) fn announced(joined: &str, dialect: Dialect) -> Vec<Heredoc> {
    let reads_none = dialect == Dialect::WithoutHeredocs;
    if reads_none || !joined.contains("<<") || !can_carry(joined) {
        return Vec::new();
    }
    let found = words(joined, dialect).unwrap_or_default();
    found.iter().filter_map(|word| announce(word)).collect()
}

fn can_carry(joined: &str) -> bool {
    let (mut keyword, mut rest) = text::first_word(joined);
    if keyword.eq_ignore_ascii_case("onbuild") {
        (keyword, rest) = text::first_word(rest);
    }
    let carrier = ["run", "copy", "add"].map(|name| keyword.eq_ignore_ascii_case(name));
    carrier.contains(&true) && !is_json(flags::split(rest).1)
}

/// Whether arguments are in JSON form: an array of strings and nothing else.
fn is_json(arguments: &str) -> bool {
    serde_json::from_str::<Vec<String>>(arguments).is_ok()
}

fn announce(word: &str) -> Option<Heredoc> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = rest.strip_prefix("<<")?;
    let (dashed, name) = match rest.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, rest),
    };
    let name = (!name.contains('<')).then(|| unquote(name.trim_start()))?;
    (!name.is_empty()).then_some(Heredoc { name, dashed })
}

/// A word without its quotes and escapes.
fn unquote(word: &str) -> String {
    let mut plain = String::new();
    let mut quote = None;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(q)) if c == q => quote = None,
            ('\\', None) => plain.extend(chars.next()),
            ('\\', Some('"')) => match chars.next_if(|next| matches!(next, '"' | '$' | '\\')) {
                Some(escaped) => plain.push(escaped),
                None => plain.push(c),
            },
            _ => plain.push(c),
        }
    }
    plain
}

/// Splits a line into words with their quotes kept; `None` when a quote or brace stays open.
fn words(line: &str, dialect: Dialect) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            if !word.is_empty() {
                found.push(std::mem::take(&mut word));
            }
            continue;
        }
        word.push(c);
        match c {
            '\'' => until(&mut chars, &mut word, '\'', false)?,
            '"' => until(&mut chars, &mut word, '"', true)?,
            '\\' => word.extend(chars.next()),
            '$' => variable(&mut chars, &mut word)?,
            '<' if dialect == Dialect::SpacedHeredocs => {
                if let Some(second) = chars.next_if_eq(&'<') {
                    word.push(second);
                    while let Some(blank) = chars.next_if(|c| " \t\r".contains(*c)) {
                        word.push(blank);
                    }
                }
            }
            _ => {}
        }
    }
    if !word.is_empty() {
        found.push(word);
    }
    Some(found)
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Moves everything up to and with `end` into `word`.
fn until(chars: &mut Chars<'_>, word: &mut String, end: char, escapes: bool) -> Option<()> {
    loop {
        let c = chars.next()?;
        word.push(c);
        match c {
            _ if c == end => return Some(()),
            '\\' if escapes => {
                word.extend(chars.next_if(|next| matches!(next, '"' | '$' | '\\')));
            }
            '$' if escapes => variable(chars, word)?,
            _ => {}
        }
    }
}

/// Moves what follows a `$` and could be mistaken for something else: `$$`, `$#`, `${...}`.
fn variable(chars: &mut Chars<'_>, word: &mut String) -> Option<()> {
    if let Some(special) = chars.next_if(|c| "@*#?-$!".contains(*c)) {
        word.push(special);
        return Some(());
    }
    if chars.next_if_eq(&'{').is_none() {
        return Some(());
    }
    word.push('{');
    let bad = chars.peek().is_none_or(|c| "{}:".contains(*c));
    (!bad).then(|| braces(chars, word))?
}

/// Moves the inside of `${...}` with the braces nested in it.
fn braces(chars: &mut Chars<'_>, word: &mut String) -> Option<()> {
    let mut depth = 1_usize;
    while depth > 0 {
        let c = chars.next()?;
        word.push(c);
        match c {
            '$' if chars.peek() == Some(&'{') => {
                word.extend(chars.next());
                depth += 1;
            }
            '\\' => word.extend(chars.next()),
            '}' => depth -= 1,
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_by(line: &str, dialect: Dialect) -> Vec<String> {
        announced(line, dialect).into_iter().map(|doc| doc.name).collect()
    }

    /// What all frontends with heredocs agree on.
    fn names(line: &str) -> Vec<String> {
        let names = names_by(line, Dialect::Heredocs);
        assert_eq!(names_by(line, Dialect::SpacedHeredocs), names, "{line}");
        assert_eq!(names_by(line, Dialect::WithoutHeredocs), [""; 0], "{line}");
        names
    }

    #[test]
    fn heredocs_are_found_in_every_spelling() {
        for (line, name) in [
            ("RUN <<EOF", "EOF"),
            ("run cat <<EOF > /f", "EOF"),
            ("RUN <<-EOF sh", "EOF"),
            ("RUN <<\"EOF\"", "EOF"),
            ("RUN <<'E O F'", "E O F"),
            ("RUN <<E\\OF", "EOF"),
            ("RUN 3<<EOF cat", "EOF"),
            ("ADD <<a.txt /", "a.txt"),
            ("COPY --chown=1 <<EOF /f", "EOF"),
            ("ONBUILD RUN <<EOF", "EOF"),
            ("RUN <<$X", "$X"),
            ("RUN <<EOF>/f", "EOF>/f"),
            ("RUN echo \"$(date)\" ${X:-y} $$ <<EOF", "EOF"),
        ] {
            assert_eq!(names(line), [name], "{line}");
        }
    }

    #[test]
    fn what_only_looks_like_a_heredoc_is_none() {
        for line in [
            "RUN cat <<<word",
            "RUN cat<<EOF",
            "RUN echo '<<EOF'",
            "RUN echo \"a <<EOF\"",
            "RUN [\"sh\", \"-c\", \"cat <<EOF\"]",
            "RUN --network=none [\"cat\", \"<<EOF\"]",
            "ENV A=<<EOF",
            "ONBUILD ENV A <<EOF",
            "RUN <<",
            "RUN <<\"\"",
            "RUN cat <<EOF it's",
            "RUN cat <<EOF ${X",
            "RUN cat \\<<EOF",
        ] {
            assert_eq!(names(line), [""; 0], "{line}");
        }
    }

    #[test]
    fn newer_frontends_take_a_blank_before_the_name() {
        for (line, older, newer) in [
            ("RUN cat << EOF > /f", None, Some("EOF")),
            ("RUN <<  \tEOF", None, Some("EOF")),
            ("RUN << \"E O F\"", None, Some("E O F")),
            ("RUN 3<< EOF cat", None, Some("EOF")),
            ("COPY << a.txt /", None, Some("a.txt")),
            ("RUN << -EOF", None, Some("-EOF")),
            // The blank is kept only right after <<.
            ("RUN <<- EOF", None, None),
            ("RUN cat<< EOF", None, None),
            ("RUN cat <<< word", None, None),
            ("RUN cat < < EOF", None, None),
            ("RUN echo '<< EOF'", None, None),
            ("RUN cat <<", None, None),
            ("RUN cat << ", None, None),
            ("RUN [\"cat\", \"<< EOF\"]", None, None),
            ("RUN <<A cat << B", Some("A"), Some("A B")),
            ("RUN echo $((1 << 2))", None, Some("2))")),
            ("RUN echo \"$((1 << 2))\"", None, None),
        ] {
            let by = |dialect| Some(names_by(line, dialect).join(" ")).filter(|n| !n.is_empty());
            assert_eq!(by(Dialect::Heredocs).as_deref(), older, "{line}");
            assert_eq!(by(Dialect::SpacedHeredocs).as_deref(), newer, "{line}");
        }
    }

    #[test]
    fn several_heredocs_keep_their_order() {
        assert_eq!(names("RUN 3<<B 4<<-A cmd"), ["B", "A"]);
    }
}
