//! Names with a `*` in them.

/// A name with at most one `*`, which stands for any part of it, also an empty
/// one. This is all that the tables of this tool need; it compares without
/// allocating, once for each of millions of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Glob {
    begin: &'static [u8],
    /// What follows the `*`; none of a name without one.
    end: Option<&'static [u8]>,
}

impl Glob {
    /// Reads a name.
    pub(crate) const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'*' {
                let (begin, end) = bytes.split_at(at);
                let (_, end) = end.split_at(1);
                return Self { begin, end: Some(end) };
            }
            at += 1;
        }
        Self { begin: bytes, end: None }
    }

    /// The only name that it matches, if there is but one.
    pub(crate) fn literal(self) -> Option<&'static [u8]> {
        self.end.is_none().then_some(self.begin)
    }

    /// Whether it matches a name.
    pub(crate) fn matches(self, name: &[u8]) -> bool {
        match self.end {
            None => self.begin == name,
            Some(end) => {
                name.len() >= self.begin.len() + end.len()
                    && name.ends_with(end)
                    && name.starts_with(self.begin)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_may_stand_for_nothing_but_its_two_sides_do_not_overlap() {
        assert!(Glob::new("a*").matches(b"a"));
        assert!(Glob::new("*").matches(b""));
        assert!(!Glob::new("ab*ba").matches(b"aba"));
    }

    #[test]
    fn a_name_without_a_star_matches_itself_alone() {
        assert_eq!(Glob::new("make").literal(), Some(&b"make"[..]));
        assert!(Glob::new("make").matches(b"make") && !Glob::new("make").matches(b"cmake"));
        assert_eq!(Glob::new("gcc-1*").literal(), None);
    }
}
