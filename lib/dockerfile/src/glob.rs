//! The syntax of a `.dockerignore` line: Go's `filepath.Clean` and the check of `filepath.Match`.

/// A line as the engine reads it from the file: `None` for a comment or a blank line.
///
/// White space around it goes, the path is cleaned, and one `/` at its beginning is dropped.
pub(crate) fn clean_line(line: &str) -> Option<String> {
    let pattern = line.trim();
    if line.starts_with('#') || pattern.is_empty() {
        return None;
    }
    let (mark, path) = match pattern.strip_prefix('!') {
        Some(path) => ("!", path.trim()),
        None => ("", pattern),
    };
    let path = if path.is_empty() { String::new() } else { clean(path) };
    let path = match path.strip_prefix('/') {
        Some(rest) if !rest.is_empty() => rest,
        _ => &path,
    };
    Some(format!("{mark}{path}"))
}

/// The shortest path that means the same; `.` for none.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".to_owned(),
        (false, path) => path,
    }
}

/// Whether Go's `filepath.Match` takes the pattern, asked as the engine asks it: by matching `.`.
///
/// `Match` cuts the pattern into parts, each with the stars before it, and stops at the first that
/// does not match, without a look at those after it. `.` is one character, so the first part is
/// always looked at, the second only where the first is that one character, and no third ever:
/// `logs/*[a-z_-].log` passes by its first part `logs/`, `?[a-z_-]` and `.*[a-z_-]` do not.
///
/// # Errors
///
/// What is wrong with a part that is looked at.
pub(crate) fn check(pattern: &str) -> Result<(), &'static str> {
    let (first, rest) = split_part(pattern);
    let took_the_dot = check_part(first)?;
    if took_the_dot {
        check_part(split_part(rest).0)?;
    }
    Ok(())
}

/// The first part without the stars before it, and what follows. A star in `[...]` is none, where
/// `[` and `]` are those that no `\` escapes.
fn split_part(pattern: &str) -> (&str, &str) {
    let pattern = pattern.trim_start_matches('*');
    let mut in_class = false;
    let mut chars = pattern.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '*' if !in_class => return pattern.split_at(at),
            _ => {}
        }
    }
    (pattern, "")
}

/// Checks a part to its end; returns whether it matches `.`.
fn check_part(part: &str) -> Result<bool, &'static str> {
    let mut rest = part;
    let mut items = 0;
    let mut took_the_dot = false;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let item;
        (item, rest) = match c {
            '[' => class(after).ok_or("malformed [...]")?,
            '\\' => {
                let escaped = after.chars().next().ok_or("a \\ at the end escapes nothing")?;
                (escaped == '.', &after[escaped.len_utf8()..])
            }
            _ => (c == '.' || c == '?', after),
        };
        took_the_dot = item && items == 0;
        items += 1;
    }
    Ok(took_the_dot)
}

/// Reads what follows a `[`: whether the class has `.`, and what follows it.
fn class(rest: &str) -> Option<(bool, &str)> {
    let (negated, mut rest) = match rest.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let mut has_dot = false;
    let mut empty = true;
    loop {
        if let Some(after) = rest.strip_prefix(']').filter(|_| !empty) {
            return Some((has_dot != negated, after));
        }
        let (low, after) = bound(rest)?;
        let (high, after) = match after.strip_prefix('-') {
            Some(upper) => bound(upper)?,
            None => (low, after),
        };
        has_dot |= (low..=high).contains(&'.');
        rest = after;
        empty = false;
    }
}

/// Reads one end of a range; a `-` or `]` must be escaped there, and something must follow.
fn bound(rest: &str) -> Option<(char, &str)> {
    if rest.starts_with(['-', ']']) {
        return None;
    }
    let mut chars = rest.strip_prefix('\\').unwrap_or(rest).chars();
    let bound = chars.next()?;
    let after = chars.as_str();
    (!after.is_empty()).then_some((bound, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        for (path, expected) in [
            ("a//b/", "a/b"),
            ("./a", "a"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/..", "/"),
            ("/a/..", "/"),
            ("a/..", "."),
            ("", "."),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn lines_are_read_as_the_engine_does() {
        for (line, expected) in [
            ("#x", None),
            ("  ", None),
            (" #x", Some("#x")),
            ("/a/b/", Some("a/b")),
            ("! /a", Some("!a")),
            ("!", Some("!")),
            ("/", Some("/")),
            ("./!a", Some("!a")),
            ("a \r", Some("a")),
        ] {
            assert_eq!(clean_line(line).as_deref(), expected, "{line:?}");
        }
    }

    #[test]
    fn a_part_is_checked_only_if_what_is_before_it_matches_a_dot() {
        for (pattern, is_taken) in [
            ("[a-z_-].log", false),
            ("*[a-z_-].log", false),
            ("**/[a-z_-]", false),
            ("logs/*[a-z_-].log", true),
            ("a*[", true),
            ("a*\\", true),
            ("?*[", false),
            (".*[", false),
            ("..*[", true),
            ("\\.*[", false),
            ("[+-/]*[", false),
            ("[^+-/]*[", true),
            ("[^a]*[", false),
            ("a[*b", false),
            ("[*]", true),
            (".*b*[", true),
            ("\\*[", false),
            ("*", true),
            ("***", true),
            ("", true),
        ] {
            assert_eq!(check(pattern).is_ok(), is_taken, "{pattern}");
        }
    }
}
