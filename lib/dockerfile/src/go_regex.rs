//! Go's regular expressions, as far as a `.dockerignore` pattern can contain them.
//!
//! moby/patternmatcher turns a pattern into a regular expression of Go's `regexp` package, and
//! leaves much of the pattern in it unchanged: classes with all that Go knows in them, escapes,
//! `|`, `^` and `{n,m}`. The `regex` crate runs them here, but reads some of them otherwise: it
//! nests classes and takes `&&`, `--` and `~~` in them for operators, `\d`, `\w` and `\s` mean all
//! of Unicode to it, `{,3}` is a repetition, and `a**` is allowed. So the expression is read here by
//! Go's rules (the syntax page of `regexp/syntax`) and written anew, each literal by its number,
//! so that no character can mean anything else than it means to Go.

use regex::{Regex, RegexBuilder};

/// Memory for one compiled expression, in bytes. Go allows 128 MiB.
const LARGEST: usize = 100 << 20;
/// Go repeats nothing more often than this by `{n,m}`.
const MOST_REPEATED: u32 = 1000;
/// The group that moby writes for `**`: its parentheses are the only ones that are no literals.
const FOLDERS: &str = "(.*/)?";

const BAD_ESCAPE: &str = "an escape that Go's regular expressions do not know";
const BAD_CLASS_NAME: &str = "a class name that Go's regular expressions do not know";
const OPEN_CLASS: &str = "a [ without its ]";
const BACKWARDS: &str = "a range in [...] runs backwards";
const NOTHING_REPEATED: &str = "a {n} repeats nothing";
const REPEATED_TWICE: &str = "a repetition follows a repetition";
const TOO_OFTEN: &str = "a {n} out of range";
const TOO_LARGE: &str = "too large";

/// Compiles an expression of Go's syntax; the error says what Go refuses.
pub(crate) fn compile(go: &str) -> Result<Regex, &'static str> {
    let rust = translate(go)?;
    RegexBuilder::new(&rust).size_limit(LARGEST).build().map_err(|_| TOO_LARGE)
}

/// The same expression in the syntax of the `regex` crate.
fn translate(go: &str) -> Result<String, &'static str> {
    let mut reader = Reader { rest: go };
    let mut rust = String::new();
    // What a repetition that follows would repeat; it is written when the next one is known.
    let mut atom = String::new();
    let mut repeated = false;
    while let Some(c) = reader.next() {
        let was_repeated = std::mem::take(&mut repeated);
        let operator = match c {
            '*' => Some("*".to_owned()),
            '{' => reader.count()?,
            _ => None,
        };
        if let Some(operator) = operator {
            if atom.is_empty() {
                return Err(NOTHING_REPEATED);
            }
            if was_repeated {
                return Err(REPEATED_TWICE);
            }
            atom = format!("(?:{atom}){operator}");
            repeated = true;
            continue;
        }
        let next = match c {
            '|' => {
                rust.push_str(&atom);
                rust.push('|');
                atom.clear();
                continue;
            }
            '^' | '$' | '.' => c.to_string(),
            '[' => reader.class()?,
            '(' if reader.take(&FOLDERS[1..]) => {
                repeated = true;
                "(?:.*/)?".to_owned()
            }
            '\\' if reader.take("Q") => {
                // What is quoted are literals; a repetition after it repeats the last of them.
                let mut quoted: Vec<String> = reader.quoted().chars().map(literal).collect();
                let Some(last) = quoted.pop() else { continue };
                rust.push_str(&atom);
                rust.extend(quoted);
                atom = last;
                continue;
            }
            '\\' => reader.escape()?,
            _ => literal(c),
        };
        rust.push_str(&atom);
        atom = next;
    }
    rust.push_str(&atom);
    Ok(rust)
}

/// A character that means itself, outside a class and inside.
fn literal(c: char) -> String {
    if c.is_ascii_alphanumeric() { c.to_string() } else { format!("\\x{{{:X}}}", u32::from(c)) }
}

/// The characters from `low` to `high` as members of a class; nothing if there are none (Go's
/// escapes can name code points that are no characters).
fn range(low: u32, high: u32) -> String {
    let is_char = |code: &u32| char::from_u32(*code).is_some();
    match ((low..=high).find(is_char), (low..=high).rev().find(is_char)) {
        (Some(low), Some(high)) => format!("\\x{{{low:X}}}-\\x{{{high:X}}}"),
        _ => String::new(),
    }
}

/// `\d`, `\w` and `\s` mean ASCII to Go; the members of a class.
fn perl(c: char) -> Option<&'static str> {
    Some(match c {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        's' => "[\\t\\n\\x0C\\r\\x20]",
        'S' => "[^\\t\\n\\x0C\\r\\x20]",
        _ => return None,
    })
}

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// The rest of an expression.
struct Reader<'g> {
    rest: &'g str,
}

impl<'g> Reader<'g> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Everything up to `end`, which is taken too; `None` (and nothing is taken) without `end`.
    fn until(&mut self, end: &str) -> Option<&'g str> {
        let (inside, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(inside)
    }

    /// The text between `\Q` and `\E`, or up to the end.
    fn quoted(&mut self) -> &'g str {
        self.until("\\E").unwrap_or_else(|| std::mem::take(&mut self.rest))
    }

    /// What follows a `{`, if it is a repetition: `{n}`, `{n,}` or `{n,m}`, without leading zeros.
    /// Otherwise the brace is a literal and nothing is taken.
    fn count(&mut self) -> Result<Option<String>, &'static str> {
        let Some((inside, rest)) = self.rest.split_once('}') else { return Ok(None) };
        let (low, high) = inside.split_once(',').unwrap_or((inside, inside));
        let is_number = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            digits && !text.is_empty() && (text.len() == 1 || !text.starts_with('0'))
        };
        if !is_number(low) || !(high.is_empty() || is_number(high)) {
            return Ok(None);
        }
        self.rest = rest;
        let value = |text: &str| text.parse::<u32>().ok().filter(|count| *count <= MOST_REPEATED);
        let least = value(low).ok_or(TOO_OFTEN)?;
        if !high.is_empty() && value(high).ok_or(TOO_OFTEN)? < least {
            return Err(TOO_OFTEN);
        }
        Ok(Some(format!("{{{inside}}}")))
    }

    /// What follows a `\` outside a class.
    fn escape(&mut self) -> Result<String, &'static str> {
        let group = match self.peek() {
            Some('A') => Some("\\A"),
            Some('z') => Some("\\z"),
            Some('b') => Some("(?-u:\\b)"),
            Some('B') => Some("(?-u:\\B)"),
            Some(c) => perl(c),
            None => None,
        };
        if let Some(group) = group {
            self.next();
            return Ok(group.to_owned());
        }
        if let Some(class) = self.unicode_class()? {
            return Ok(class);
        }
        let code = self.escaped()?;
        Ok(char::from_u32(code).map_or_else(|| class_of("", ""), literal))
    }

    /// A character written by an escape: by itself, by its number, or as in C.
    fn escaped(&mut self) -> Result<u32, &'static str> {
        let c = self.next().ok_or(BAD_ESCAPE)?;
        Ok(match c {
            'a' => 0x07,
            't' => 0x09,
            'n' => 0x0A,
            'v' => 0x0B,
            'f' => 0x0C,
            'r' => 0x0D,
            'x' => return self.hexadecimal(),
            '0'..='7' => return self.octal(c),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
            _ => return Err(BAD_ESCAPE),
        })
    }

    /// `\x41` or `\x{1F600}`.
    fn hexadecimal(&mut self) -> Result<u32, &'static str> {
        let digits = if self.take("{") {
            self.until("}").ok_or(BAD_ESCAPE)?
        } else {
            let digits = self.rest.get(..2).ok_or(BAD_ESCAPE)?;
            self.rest = &self.rest[2..];
            digits
        };
        let add = |code: u32, c: char| {
            let code = code * 16 + c.to_digit(16)?;
            (code <= u32::from(char::MAX)).then_some(code)
        };
        let code = digits.chars().try_fold(0, add);
        code.filter(|_| !digits.is_empty()).ok_or(BAD_ESCAPE)
    }

    /// `\0`, `\01` to `\777`; one digit other than 0 would be a back reference, which Go has not.
    fn octal(&mut self, first: char) -> Result<u32, &'static str> {
        let mut code = first.to_digit(8).ok_or(BAD_ESCAPE)?;
        let mut digits = 1;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(8)).filter(|_| digits < 3) {
            self.next();
            code = code * 8 + digit;
            digits += 1;
        }
        if digits == 1 && first != '0' { Err(BAD_ESCAPE) } else { Ok(code) }
    }

    /// `pL`, `p{Greek}`, `PL`, `p{^Greek}` after a `\`: general categories and scripts.
    fn unicode_class(&mut self) -> Result<Option<String>, &'static str> {
        let negated = match self.peek() {
            Some('p') => false,
            Some('P') => true,
            _ => return Ok(None),
        };
        self.next();
        let name = if self.take("{") {
            self.until("}").ok_or(BAD_CLASS_NAME)?
        } else {
            let end = self.peek().ok_or(BAD_CLASS_NAME)?.len_utf8();
            let (name, rest) = self.rest.split_at(end);
            self.rest = rest;
            name
        };
        let (negated, name) = match name.strip_prefix('^') {
            Some(name) => (!negated, name),
            None => (negated, name),
        };
        let p = if negated { 'P' } else { 'p' };
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || "_- ".contains(c));
        let named = ["gc", "sc"].map(|property| format!("\\{p}{{{property}={name}}}"));
        let known = named.into_iter().find(|class| is_name && Regex::new(class).is_ok());
        known.map(Some).ok_or(BAD_CLASS_NAME)
    }

    /// What follows a `[`, up to and with its `]`.
    fn class(&mut self) -> Result<String, &'static str> {
        let negation = if self.take("^") { "^" } else { "" };
        let mut members = String::new();
        let mut first = true;
        // A ] that comes first is a member.
        while first || !self.take("]") {
            first = false;
            if let Some(member) = self.posix_class()? {
                members.push_str(&member);
                continue;
            }
            let low = match self.member()? {
                Member::Group(group) => {
                    members.push_str(&group);
                    continue;
                }
                Member::Char(code) => code,
            };
            // A - before the ] is a member, and so is one after a group.
            let mut high = low;
            if self.rest.starts_with('-') && self.rest.len() >= 2 && !self.rest.starts_with("-]") {
                self.next();
                high = match self.member()? {
                    Member::Char(code) => code,
                    Member::Group(_) => return Err(BAD_ESCAPE),
                };
            }
            if high < low {
                return Err(BACKWARDS);
            }
            members.push_str(&range(low, high));
        }
        Ok(class_of(negation, &members))
    }

    /// `[:alpha:]` or `[:^alpha:]`.
    fn posix_class(&mut self) -> Result<Option<String>, &'static str> {
        let Some((name, rest)) =
            self.rest.strip_prefix("[:").and_then(|inside| inside.split_once(":]"))
        else {
            return Ok(None);
        };
        if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(BAD_CLASS_NAME);
        }
        self.rest = rest;
        Ok(Some(format!("[:{name}:]")))
    }

    /// One character of a class, or a group of them that an escape names.
    fn member(&mut self) -> Result<Member, &'static str> {
        let c = self.next().ok_or(OPEN_CLASS)?;
        if c != '\\' {
            return Ok(Member::Char(u32::from(c)));
        }
        if let Some(group) = self.peek().and_then(perl) {
            self.next();
            return Ok(Member::Group(group.to_owned()));
        }
        if let Some(class) = self.unicode_class()? {
            return Ok(Member::Group(class));
        }
        self.escaped().map(Member::Char)
    }
}

enum Member {
    Char(u32),
    Group(String),
}

/// A class of these members, which may be none: then it matches nothing, or everything.
fn class_of(negation: &str, members: &str) -> String {
    let members = if members.is_empty() { "[^\\x00-\\x{10FFFF}]" } else { members };
    format!("[{negation}{members}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the expression, anchored at both ends, matches the text.
    fn matches(go: &str, text: &str) -> bool {
        compile(&format!("^{go}$")).unwrap_or_else(|error| panic!("{go}: {error}")).is_match(text)
    }

    /// Which of these characters an expression for one character takes.
    fn taken(go: &str, of: &str) -> String {
        of.chars().filter(|c| matches(go, &c.to_string())).collect()
    }

    #[test]
    fn what_is_an_operator_in_a_class_to_rust_alone_is_a_member() {
        for (go, of, expected) in [
            ("[a&&b]", "a&b|", "a&b"),
            ("[!--c]", "!,-.bc", "!,-c"),
            ("[a~~b]", "a~bc", "a~b"),
            ("[[a]", "[a]", "[a"),
            ("[a[b]", "a[b]", "a[b"),
            ("[ #]", " #a", " #"),
        ] {
            assert_eq!(taken(go, of), expected, "{go}");
        }
    }

    #[test]
    fn a_bracket_or_a_dash_is_a_member_where_go_says_so() {
        for (go, of, expected) in [
            ("[]a]", "]a[", "]a"),
            ("[^]a]", "]ab", "b"),
            ("[a-]", "a-b", "a-"),
            ("[-a]", "a-b", "-a"),
            ("[a-c-e]", "abcde-", "abce-"),
            ("[\\d-z]", "5-zm", "5-z"),
            ("[a\\]]", "a]\\", "a]"),
            ("[\\--0]", "-./01", "-./0"),
        ] {
            let sorted = |text: &str| text.chars().collect::<std::collections::BTreeSet<char>>();
            assert_eq!(sorted(&taken(go, of)), sorted(expected), "{go}");
        }
    }

    #[test]
    fn named_classes_are_those_of_go() {
        for (go, of, expected) in [
            ("[[:alpha:]]", "aZ5é_", "aZ"),
            ("[[:^alpha:]]", "aZ5é_", "5é_"),
            ("[^[:alpha:]]", "aZ5é_", "5é_"),
            ("[[:digit:]x]", "0x٣", "0x"),
            ("[[:word:]-]", "a_-.", "a_-"),
            ("\\d", "5٣a", "5"),
            ("\\D", "5٣a", "٣a"),
            ("\\w", "aé_", "a_"),
            ("\\s", "\t\u{b} \u{a0}", "\t "),
            ("[\\s\\w]", "\ta.", "\ta"),
            ("\\pL", "aé5", "aé"),
            ("\\p{Greek}", "αa", "α"),
            ("[\\P{Greek}]", "αa", "a"),
            ("\\p{^Greek}", "αa", "a"),
        ] {
            assert_eq!(taken(go, of), expected, "{go}");
        }
    }

    #[test]
    fn escapes_are_those_of_go() {
        for (go, text) in [
            ("\\x41\\x{e9}\\101\\0", "Aé\u{41}\0"),
            ("\\a\\f\\n\\r\\t\\v", "\u{7}\u{c}\n\r\t\u{b}"),
            ("\\.\\-\\_\\ \\&", ".-_ &"),
            ("\\Qa.*[\\E.", "a.*[x"),
            ("\\Qa{2}", "a{2}$"),
            ("\\Aa\\b-\\B-\\z", "a--"),
        ] {
            let go = format!("^{go}$");
            assert!(compile(&go).unwrap().is_match(text), "{go}");
        }
    }

    #[test]
    fn braces_repeat_only_where_go_takes_them_for_a_repetition() {
        for (go, text) in [
            ("a{2}", "aa"),
            ("a{1,2}b", "ab"),
            ("a{2,}", "aaaa"),
            ("a{0}b", "b"),
            ("a{,2}", "a{,2}"),
            ("a{02}", "a{02}"),
            ("a{x}", "a{x}"),
            ("a{", "a{"),
            ("{2", "{2"),
            ("}", "}"),
            ("\\Qab\\E{2}", "abb"),
        ] {
            assert!(matches(go, text), "{go}");
        }
        assert!(!matches("a{2}", "a{2}"));
    }

    #[test]
    fn a_bar_separates_whole_expressions() {
        let regex = compile("^a|b[^/]*$").unwrap();
        for (path, expected) in [("axy", true), ("xb", true), ("x/b", true), ("xa/", false)] {
            assert_eq!(regex.is_match(path), expected, "{path}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for (go, reason) in [
            ("[a", OPEN_CLASS),
            ("[]", OPEN_CLASS),
            ("[b-a]", BACKWARDS),
            ("[a-\\d]", BAD_ESCAPE),
            ("[[:foo:]]", BAD_CLASS_NAME),
            ("\\p{Foo}", BAD_CLASS_NAME),
            ("\\p{Alphabetic}", BAD_CLASS_NAME),
            ("\\p{L", BAD_CLASS_NAME),
            ("\\q", BAD_ESCAPE),
            ("\\é", BAD_ESCAPE),
            ("\\1", BAD_ESCAPE),
            ("\\8", BAD_ESCAPE),
            ("\\C", BAD_ESCAPE),
            ("\\E", BAD_ESCAPE),
            ("\\x4", BAD_ESCAPE),
            ("\\x{110000}", BAD_ESCAPE),
            ("\\", BAD_ESCAPE),
            ("a|{2}", NOTHING_REPEATED),
            ("[^/]*{2}", REPEATED_TWICE),
            ("(.*/)?{2}", REPEATED_TWICE),
            ("a{2}{3}", REPEATED_TWICE),
            ("a{1001}", TOO_OFTEN),
            ("a{3,2}", TOO_OFTEN),
            ("a{99999999999}", TOO_OFTEN),
        ] {
            assert_eq!(compile(go).err(), Some(reason), "{go}");
        }
    }

    #[test]
    fn a_code_point_that_is_no_character_matches_nothing() {
        assert!(!matches("\\x{D800}", "\u{fffd}"));
        assert_eq!(taken("[\\x{D7FF}-\\x{E000}]", "\u{d7ff}\u{e000}a"), "\u{d7ff}\u{e000}");
        assert_eq!(taken("[^\\x{D800}]", "a"), "a");
    }
}
