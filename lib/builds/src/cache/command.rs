//! Whether a RUN step and a record's command are the same.
//!
//! The step's name has variables replaced and backslashes gone; the record has the arguments as
//! they were run, after those of the shell. So `RUN --network=none echo "$A" \$B`, built with A=1,
//! is named `RUN --network=none echo "1" $B` and recorded as `/bin/sh -c echo "$A" \$B`.

/// How well two texts fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Only if a variable stood for the difference.
    Loose,
    /// Nothing differs but blanks, quotes and backslashes.
    Exact,
}

/// Compares the text of a step (`RUN ...`) with a recorded command.
pub(super) fn fit(step: &str, command: &str) -> Option<Fit> {
    let text = without_flags(step.strip_prefix("RUN ")?);
    let script = after_shell(command);
    let whole = Pattern::of(command).fit(text);
    let inner = script.and_then(|script| Pattern::of(script).fit(text));
    let document = || heredoc(text, script.unwrap_or(command)).then_some(Fit::Exact);
    whole.max(inner).or_else(document)
}

/// Cuts `--mount=...` and the like from the front.
fn without_flags(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        match text.split_once(char::is_whitespace) {
            Some((flag, rest)) if flag.starts_with("--") => text = rest,
            _ => return text,
        }
    }
}

/// What follows the shell and its `-c` (`/bin/bash -o pipefail -c`, `/bin/sh -eu -c`).
fn after_shell(command: &str) -> Option<&str> {
    let mut rest = command;
    while let Some((word, after)) = rest.split_once(' ') {
        let is_flag = word.starts_with('-') && !word.starts_with("--");
        if is_flag && word.ends_with('c') {
            return Some(after);
        }
        rest = after;
    }
    None
}

/// A step that runs a document is named by a line of it: `<<EOF (echo a...)` runs the document,
/// `<<EOF (#!/bin/sh...)` starts it as a program, `<<EOF cat > /a` hands it to the shell.
fn heredoc(text: &str, script: &str) -> bool {
    let Some((_, mark)) = text.split_once("<<") else {
        return false;
    };
    let Some((mark, first)) = mark.split_once(" (") else {
        return script.lines().next().map(str::trim) == Some(text.trim());
    };
    let first = first.strip_suffix("...)").or(first.strip_suffix(')')).unwrap_or(first);
    if first.starts_with("#!") {
        let name = mark.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
        return script.strip_prefix("/dev/pipes/") == Some(name);
    }
    script.lines().next().is_some_and(|line| Pattern::of(line).fit(first).is_some())
}

/// A recorded command as the pieces between its variables.
struct Pattern {
    pieces: Vec<String>,
}

impl Pattern {
    fn of(command: &str) -> Self {
        let mut pieces = vec![String::new()];
        let mut rest = command.chars();
        while let Some(c) = rest.next() {
            if c == '$'
                && let Some(after) = after_variable(rest.as_str())
            {
                rest = after.chars();
                pieces.push(String::new());
            } else if let Some(piece) = pieces.last_mut()
                && counts(c)
            {
                piece.push(c);
            }
        }
        Self { pieces }
    }

    fn fit(&self, text: &str) -> Option<Fit> {
        let text: String = text.chars().filter(|&c| counts(c)).collect();
        let (first, others) = self.pieces.split_first()?;
        let Some((last, middle)) = others.split_last() else {
            return (text == *first).then_some(Fit::Exact);
        };
        let mut rest = text.strip_prefix(first.as_str())?;
        for piece in middle {
            let place = rest.find(piece.as_str())?;
            rest = &rest[place + piece.len()..];
        }
        rest.ends_with(last.as_str()).then_some(Fit::Loose)
    }
}

/// Blanks, quotes, backslashes and the marks of the JSON form are not compared.
fn counts(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\' | ',' | '[' | ']')
}

/// The text after a variable whose `$` has been read, or `None` if it is no variable.
fn after_variable(text: &str) -> Option<&str> {
    if text.starts_with('{') {
        let mut depth = 0;
        let end = text.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        })?;
        return Some(&text[end + 1..]);
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and commands as both engines gave them for one Dockerfile.
    const PAIRS: [(&str, &str, Fit); 8] = [
        (
            r#"RUN echo wide "a b" 7 'q $N'     && echo   x y $N vv $(echo sub) $UNSET > /n"#,
            r#"/bin/sh -c echo wide "a b" $N 'q $N'     && echo   x\ y \$N ${V:-z} $(echo sub) $UNSET > /n"#,
            Fit::Loose,
        ),
        (r#"RUN ["echo", "json wide", "7", "a"b"]"#, r#"echo json wide $N a"b"#, Fit::Loose),
        (
            "RUN --mount=type=cache,id=a,target=/c --network=none echo mounts; date > /c/x",
            "/bin/sh -eu -c echo mounts; date > /c/x",
            Fit::Exact,
        ),
        ("RUN echo last > /l", "/bin/bash -o pipefail -c echo last > /l", Fit::Exact),
        ("RUN true", "/bin/sh -c true", Fit::Exact),
        ("RUN <<EOF (echo wide here...)", "/bin/sh -c echo wide here\necho $N two\n", Fit::Exact),
        ("RUN <<EOF cat > /here", "/bin/sh -c <<EOF cat > /here\nwide doc\nEOF", Fit::Exact),
        ("RUN <<EOF (#!/bin/sh...)", "/bin/sh -c /dev/pipes/EOF", Fit::Exact),
    ];

    #[test]
    fn each_step_fits_its_own_command_and_no_other() {
        for (row, (step, _, fits)) in PAIRS.iter().enumerate() {
            for (column, (_, command, _)) in PAIRS.iter().enumerate() {
                let expected = (row == column).then_some(*fits);
                assert_eq!(fit(step, command), expected, "{step} and {command}");
            }
        }
    }

    #[test]
    fn a_command_that_only_ends_like_ours_does_not_fit() {
        assert_eq!(fit("RUN true", "/bin/sh -c make && true"), None);
        assert_eq!(fit("RUN true", "/bin/sh -c bash -c true"), None);
        assert_eq!(fit("RUN true", "/bin/sh -c true 1"), None);
        assert_eq!(fit("RUN make a", "/bin/sh -c make ab"), None);
    }

    #[test]
    fn any_shell_is_known_by_its_flag() {
        assert_eq!(fit("RUN true", "/opt/exec -o x -euc true"), Some(Fit::Exact));
        assert_eq!(fit("RUN true", "/opt/exec true"), None);
    }

    #[test]
    fn only_run_steps_have_commands() {
        assert_eq!(fit("COPY true true", "/bin/sh -c true"), None);
    }

    #[test]
    fn a_variable_alone_stands_for_anything() {
        assert_eq!(fit("RUN make all", "/bin/sh -c $CMD"), Some(Fit::Loose));
        assert_eq!(fit("RUN make all", "/bin/sh -c ${CMD:-${OTHER}} all"), Some(Fit::Loose));
        assert_eq!(fit("RUN make all", "/bin/sh -c $(CMD)"), None);
    }
}
