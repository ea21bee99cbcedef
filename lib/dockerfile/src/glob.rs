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

/// Whether `filepath.Match` takes the pattern.
pub(crate) fn check(pattern: &str) -> Result<(), &'static str> {
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        rest = match c {
            '\\' => skip_char(rest).ok_or("a \\ at the end escapes nothing")?,
            '[' => skip_class(rest).ok_or("malformed [...]")?,
            _ => rest,
        };
    }
    Ok(())
}

fn skip_class(rest: &str) -> Option<&str> {
    let mut rest = rest.strip_prefix('^').unwrap_or(rest);
    let mut empty = true;
    loop {
        if let Some(after) = rest.strip_prefix(']').filter(|_| !empty) {
            return Some(after);
        }
        rest = skip_bound(rest)?;
        if let Some(upper) = rest.strip_prefix('-') {
            rest = skip_bound(upper)?;
        }
        empty = false;
    }
}

/// Skips one end of a range; a `-` or `]` must be escaped there.
fn skip_bound(rest: &str) -> Option<&str> {
    if rest.starts_with(['-', ']']) {
        return None;
    }
    skip_char(rest.strip_prefix('\\').unwrap_or(rest))
}

fn skip_char(rest: &str) -> Option<&str> {
    let mut chars = rest.chars();
    chars.next().map(|_| chars.as_str())
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
}
