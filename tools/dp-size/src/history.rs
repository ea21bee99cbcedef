//! The engine's history of an image, as text that people can read and that
//! gives no value away.

/// What marks metadata in the legacy builder's history.
const NOP: &str = "#(nop)";

/// What stands in place of a value.
pub(crate) const MASK: &str = "***";

/// One entry of a history as an instruction: `RUN make` instead of
/// `RUN |1 TOKEN=abc /bin/sh -c make # buildkit`. Build arguments are cut,
/// values of ARG and ENV are masked. An entry without a command (an imported
/// layer) is told by its comment.
pub(crate) fn instruction(created_by: &str, comment: &str) -> String {
    let text = created_by.trim();
    if text.is_empty() {
        return comment.to_owned();
    }
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
    if let Some((_, metadata)) = text.split_once(NOP) {
        return masked(metadata.trim());
    }
    let run = text.strip_prefix("RUN ").unwrap_or(text);
    match shell_command(run) {
        Some(command) => format!("RUN {command}"),
        None => masked(text),
    }
}

/// The command behind `[|N K=V...] /bin/sh -c `.
fn shell_command(text: &str) -> Option<String> {
    let shell = "/bin/sh -c ";
    if !text.starts_with('|') {
        return text.strip_prefix(shell).map(str::to_owned);
    }
    // A value may hold anything, the words of the shell too: what stands before
    // the last of them is cut. With another shell nobody can tell where the
    // values end.
    let found = text.rfind(&format!(" {shell}"));
    Some(found.map_or_else(|| MASK.to_owned(), |at| text[at + 1 + shell.len()..].to_owned()))
}

/// Hides what follows the first `=` of ARG and ENV.
fn masked(text: &str) -> String {
    let (keyword, rest) = text.split_once(' ').unwrap_or((text, ""));
    if !matches!(keyword.to_uppercase().as_str(), "ARG" | "ENV") {
        return text.to_owned();
    }
    // The legacy builder writes `ENV NAME=VALUE` too, whatever was typed.
    match rest.split_once('=') {
        Some((name, _)) => format!("{keyword} {name}={MASK}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    fn instruction(created_by: &str) -> String {
        super::instruction(created_by, "")
    }

    #[test]
    fn both_builders_give_the_same_text() {
        for text in ["/bin/sh -c make", "RUN /bin/sh -c make # buildkit"] {
            assert_eq!(instruction(text), "RUN make");
        }
        for text in ["/bin/sh -c #(nop)  CMD [\"sh\"]", "CMD [\"sh\"]"] {
            assert_eq!(instruction(text), "CMD [\"sh\"]");
        }
        assert_eq!(instruction("COPY src src # buildkit"), "COPY src src");
    }

    #[test]
    fn no_value_gets_through() {
        let cases = [
            ("|1 TOKEN=canary /bin/sh -c make", "RUN make"),
            ("RUN |2 TOKEN=canary two B=canary /bin/sh -c make # buildkit", "RUN make"),
            ("RUN |1 TOKEN=a /bin/sh -c canary /bin/sh -c make # buildkit", "RUN make"),
            ("RUN |1 TOKEN=canary /bin/bash -o pipefail -c make # buildkit", "RUN ***"),
            ("ENV TOKEN=canary", "ENV TOKEN=***"),
            ("ENV A=canary B=canary", "ENV A=***"),
            ("ARG TOKEN=canary", "ARG TOKEN=***"),
            ("/bin/sh -c #(nop)  ENV TOKEN=canary", "ENV TOKEN=***"),
            ("ARG TOKEN", "ARG TOKEN"),
        ];
        for (text, expected) in cases {
            assert_eq!(instruction(text), expected);
        }
    }

    #[test]
    fn an_imported_layer_is_told_by_its_comment() {
        assert_eq!(super::instruction("", "Imported from -"), "Imported from -");
    }
}
