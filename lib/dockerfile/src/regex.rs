//! The few regular expressions that `.dockerignore` patterns are translated to.
//!
//! Literals, escapes, `.`, `[...]`, `*` and `?` after one of these, the group `(.*/)?`, and `^`:
//! nothing else can come out of the translation. Matching takes time in proportion to the length
//! of the expression times that of the path, whatever they are.

/// A compiled expression; it matches whole paths only.
#[derive(Debug, Clone)]
pub(crate) struct Regex {
    items: Vec<Item>,
    /// The literal end of every match: most paths are refused by it at once.
    tail: String,
}

#[derive(Debug, Clone)]
enum Item {
    /// `^`
    Start,
    One(Set),
    Star(Set),
    Optional(Set),
    /// `(.*/)?`: may be skipped together with the [`Item::Folders`] after it.
    MaybeFolders,
    /// `.*/`
    Folders,
}

#[derive(Debug, Clone)]
enum Set {
    Char(char),
    /// `.`: all but a line feed.
    Dot,
    Class {
        negated: bool,
        members: Vec<Member>,
    },
}

#[derive(Debug, Clone)]
enum Member {
    Range(char, char),
    Perl(char),
}

const UNSUPPORTED: &str = "an escape or class name that dp does not know";

impl Regex {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut items = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("(.*/)?") {
                items.extend([Item::MaybeFolders, Item::Folders]);
                rest = after;
                continue;
            }
            let after = &rest[c.len_utf8()..];
            if c == '^' {
                items.push(Item::Start);
                rest = after;
                continue;
            }
            let (set, after) = match c {
                '.' => (Set::Dot, after),
                '[' => class(after)?,
                '\\' => escape(after)?,
                _ => (Set::Char(c), after),
            };
            let (item, after) = match after.as_bytes().first() {
                Some(b'*') => (Item::Star(set), &after[1..]),
                Some(b'?') => (Item::Optional(set), &after[1..]),
                _ => (Item::One(set), after),
            };
            items.push(item);
            rest = after;
        }
        let tail = tail(&items);
        Ok(Self { items, tail })
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        if !path.ends_with(&self.tail) {
            return false;
        }
        let mut now = vec![false; self.items.len() + 1];
        now[0] = true;
        self.skip(&mut now, true);
        let mut next = now.clone();
        for c in path.chars() {
            next.fill(false);
            for (at, item) in self.items.iter().enumerate().filter(|(at, _)| now[*at]) {
                let (stay, go) = item.take(c);
                next[at] |= stay;
                next[at + 1] |= go;
            }
            self.skip(&mut next, false);
            std::mem::swap(&mut now, &mut next);
        }
        now[self.items.len()]
    }

    /// Marks what can be reached without a character. All such ways lead forward.
    fn skip(&self, states: &mut [bool], at_start: bool) {
        for (at, item) in self.items.iter().enumerate() {
            if !states[at] {
                continue;
            }
            match item {
                Item::Start => states[at + 1] |= at_start,
                Item::Star(_) | Item::Optional(_) => states[at + 1] = true,
                Item::MaybeFolders => states[at + 1..=at + 2].fill(true),
                Item::One(_) | Item::Folders => {}
            }
        }
    }
}

impl Item {
    /// Whether `c` keeps this item going, and whether it leads to the next.
    fn take(&self, c: char) -> (bool, bool) {
        match self {
            Self::One(set) | Self::Optional(set) => (false, set.contains(c)),
            Self::Star(set) => (set.contains(c), false),
            Self::Folders => (c != '\n', c == '/'),
            Self::Start | Self::MaybeFolders => (false, false),
        }
    }
}

impl Set {
    fn contains(&self, c: char) -> bool {
        match self {
            Self::Char(own) => *own == c,
            Self::Dot => c != '\n',
            Self::Class { negated, members } => {
                members.iter().any(|member| member.contains(c)) != *negated
            }
        }
    }
}

impl Member {
    fn contains(&self, c: char) -> bool {
        match self {
            Self::Range(low, high) => (*low..=*high).contains(&c),
            Self::Perl('d') => c.is_ascii_digit(),
            Self::Perl('w') => c.is_ascii_alphanumeric() || c == '_',
            Self::Perl('s') => matches!(c, ' ' | '\t' | '\n' | '\u{c}' | '\r'),
            Self::Perl(upper) => !Self::Perl(upper.to_ascii_lowercase()).contains(c),
        }
    }
}

/// The literals that the expression ends with.
fn tail(items: &[Item]) -> String {
    let literals = items.iter().rev().map_while(|item| match item {
        Item::One(Set::Char(c)) => Some(*c),
        _ => None,
    });
    let reversed: Vec<char> = literals.collect();
    reversed.into_iter().rev().collect()
}

/// Reads what follows a `\` outside a class.
fn escape(rest: &str) -> Result<(Set, &str), &'static str> {
    let (member, after) = escaped(rest)?;
    let set = match member {
        Member::Range(c, _) => Set::Char(c),
        Member::Perl(_) => Set::Class { negated: false, members: vec![member] },
    };
    Ok((set, after))
}

fn escaped(rest: &str) -> Result<(Member, &str), &'static str> {
    let c = rest.chars().next().ok_or(UNSUPPORTED)?;
    let after = &rest[c.len_utf8()..];
    match c {
        'd' | 'D' | 'w' | 'W' | 's' | 'S' => Ok((Member::Perl(c), after)),
        _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok((Member::Range(c, c), after)),
        _ => Err(UNSUPPORTED),
    }
}

/// Reads what follows a `[`.
fn class(rest: &str) -> Result<(Set, &str), &'static str> {
    let (negated, mut rest) = match rest.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let mut members = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(']').filter(|_| !members.is_empty()) {
            return Ok((Set::Class { negated, members }, after));
        }
        if rest.starts_with("[:") && rest.contains(":]") {
            return Err(UNSUPPORTED);
        }
        let (mut member, after) = member(rest)?;
        rest = after;
        let upper = rest.strip_prefix('-').filter(|upper| !upper.starts_with(']'));
        if let (Member::Range(low, _), Some(upper)) = (&member, upper) {
            let (Member::Range(high, _), after) = self::member(upper)? else {
                return Err(UNSUPPORTED);
            };
            if high < *low {
                return Err("a range in [...] runs backwards");
            }
            member = Member::Range(*low, high);
            rest = after;
        }
        members.push(member);
    }
}

fn member(rest: &str) -> Result<(Member, &str), &'static str> {
    let c = rest.chars().next().ok_or("malformed [...]")?;
    let after = &rest[c.len_utf8()..];
    if c == '\\' { escaped(after) } else { Ok((Member::Range(c, c), after)) }
}
