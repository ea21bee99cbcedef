//! The history of an image as instructions that people can read, and that reveal
//! no value.

/// How the legacy builder's history marks instructions that are metadata only.
const NOP: &str = "#(nop)";

/// What replaces a value.
pub(crate) const MASK: &str = "***";

/// One entry of a history as an instruction: `RUN make` instead of
/// `RUN |1 TOKEN=abc /bin/sh -c make # buildkit`. Build arguments are cut,
/// values of ARG and ENV are masked. An entry without a command (an imported
/// layer) is shown by its comment.
pub(crate) fn instruction(created_by: &str, comment: &str) -> String {
    let text = created_by.trim();
    if text.is_empty() {
        return comment.to_owned();
    }
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
    if let Some(metadata) = metadata(text) {
        return masked(metadata);
    }
    let run = text.strip_prefix("RUN ").unwrap_or(text);
    match shell_command(run) {
        Some(command) => format!("RUN {command}"),
        None => masked(text),
    }
}

/// Whether the legacy builder wrote the entry for an instruction that runs nothing.
pub(crate) fn is_metadata(created_by: &str) -> bool {
    metadata(created_by).is_some()
}

/// The instruction behind the mark of the legacy builder, which stands right after a
/// shell and its option: in `/bin/sh -c echo '#(nop) CMD'` it is a word of a command.
fn metadata(text: &str) -> Option<&str> {
    let (shell, metadata) = text.split_once(NOP)?;
    let last = shell.split_whitespace().next_back();
    let is_shell = shell.ends_with(' ') && last.is_some_and(|word| word.starts_with(['-', '/']));
    (shell.is_empty() || is_shell && !shell.starts_with(['|']) && !shell.starts_with("RUN "))
        .then(|| metadata.trim())
}

/// The command after `[|N K=V...] /bin/sh -c `.
fn shell_command(text: &str) -> Option<String> {
    let shell = "/bin/sh -c ";
    if !text.starts_with('|') {
        return text.strip_prefix(shell).map(str::to_owned);
    }
    // A value may contain anything, also the words of the shell: everything before
    // the last of them is cut. With another shell it is unknown where the values
    // end, so all of it is masked.
    let found = text.rfind(&format!(" {shell}"));
    Some(found.map_or_else(|| MASK.to_owned(), |at| text[at + 1 + shell.len()..].to_owned()))
}

/// Masks what follows the first `=` of ARG and ENV.
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
    fn the_mark_of_the_legacy_builder_counts_only_after_a_shell() {
        for (text, expected) in [
            ("/bin/busybox sh -c #(nop)  USER 1000", "USER 1000"),
            ("/bin/bash -o pipefail -c #(nop)  CMD [\"a\"]", "CMD [\"a\"]"),
            ("cmd /S /C #(nop) WORKDIR C:\\a", "WORKDIR C:\\a"),
            ("#(nop) CMD a", "CMD a"),
            ("/bin/sh -c echo '#(nop) CMD a'", "RUN echo '#(nop) CMD a'"),
            ("RUN /bin/sh -c echo -n #(nop) CMD a # buildkit", "RUN echo -n #(nop) CMD a"),
            ("|1 A=b /bin/sh -c echo -n #(nop) CMD a", "RUN echo -n #(nop) CMD a"),
        ] {
            assert_eq!(instruction(text), expected);
        }
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
    fn an_imported_layer_is_shown_by_its_comment() {
        assert_eq!(super::instruction("", "Imported from -"), "Imported from -");
    }
}
