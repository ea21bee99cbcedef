//! Whether an entry of a history is that of an instruction: by keyword, and by text
//! where builders keep the text.
//!
//! | instruction | BuildKit | legacy builder |
//! | --- | --- | --- |
//! | RUN | `RUN [\|N ARG=value...] SHELL TEXT # buildkit` | `[\|N ARG=value...] SHELL TEXT` |
//! | RUN of a list | the same without SHELL | the same without SHELL |
//! | COPY, ADD | `COPY [OPTIONS] FROM... TO # buildkit` | `SHELL #(nop) COPY [OPTIONS][ ]DIGEST in TO ` |
//! | others | `CMD ...` | `SHELL #(nop)  CMD ...` |
//!
//! BuildKit writes the options `--chown` and `--chmod` alone, in that order, and since
//! 0.12 only; the legacy builder of engine 20.10 puts no blank behind `--chown=1:2`. A
//! here-document that is a whole command stands without its marks; one with `#!` as
//! `/dev/pipes/NAME`; those of a COPY come after its files, without their bodies.

use dp_dockerfile::Instruction;
use dp_engine::image::HistoryEntry;

use crate::history::{instruction, is_metadata};

/// An entry of a history.
pub(crate) struct Entry<'h> {
    /// As the builder wrote it.
    raw: &'h str,
    /// As an instruction.
    text: String,
}

impl<'h> Entry<'h> {
    pub(crate) fn new(entry: &'h HistoryEntry) -> Self {
        let text = instruction(&entry.created_by, &entry.comment);
        Self { raw: entry.created_by.trim(), text }
    }

    /// Whether it is what the trigger did, or (of the legacy builder) its declaration.
    pub(crate) fn is_of_trigger(&self, written: &Instruction) -> bool {
        self.is_declaration_of(written) || self.is_of(written)
    }

    /// Whether it may be that of the instruction.
    pub(crate) fn is_of(&self, written: &Instruction) -> bool {
        if written.onbuild && self.is_declaration_of(written) {
            return true;
        }
        let command = if written.onbuild { split(&written.text).1 } else { &written.text };
        let command = without_options(split(command).1);
        let (keyword, found) = split(&self.text);
        match written.keyword.as_str() {
            "RUN" => !is_metadata(self.raw) && is_run(command, &written.raw, self.raw),
            "COPY" | "ADD" => keyword == written.keyword && is_copy(command, found),
            other => keyword == other,
        }
    }

    fn is_declaration_of(&self, written: &Instruction) -> bool {
        let (keyword, rest) = split(&self.text);
        keyword == "ONBUILD" && split(rest).0 == written.keyword
    }
}

/// Whether the entry is that of a RUN of this command. `lines` are the instruction's
/// own lines, with the bodies of its here-documents.
fn is_run(command: &str, lines: &str, entry: &str) -> bool {
    let of_buildkit = entry.strip_prefix("RUN ");
    let found =
        words(of_buildkit.map_or(entry, |one| one.strip_suffix("# buildkit").unwrap_or(one)));
    if !command.contains("<<") {
        return is_command(&words(command), is_list(command), &found);
    }
    // Of a here-document the lines, those without the first and the last, or a file.
    let inner: Vec<&str> = lines.trim_end().lines().skip(1).collect();
    let body = inner.split_last().map_or_else(String::new, |(_, body)| body.join("\n"));
    let whole = lines.find("<<").and_then(|_| lines.find(command.split_whitespace().next()?));
    let whole = whole.map_or("", |at| &lines[at..]);
    let is_file = found.last().is_some_and(|word| word.starts_with("/dev/pipes/"));
    let texts = [command, whole, &body];
    is_file || texts.iter().any(|text| is_command(&words(text), false, &found))
}

/// Whether the words of an entry are these of a command, with build arguments and a
/// shell in front.
fn is_command(command: &[String], is_list: bool, found: &[String]) -> bool {
    let Some(front) = found.strip_suffix(command).filter(|_| !command.is_empty()) else {
        return false;
    };
    match front.first().and_then(|word| word.strip_prefix('|')) {
        // A value may be of any words.
        Some(_) => is_list || ends_in_shell(front),
        None => front.is_empty() == is_list && (is_list || is_shell(front)),
    }
}

/// Whether the words are a shell with its options, and no more: `/bin/sh -c`,
/// `/bin/bash -o pipefail -c`, `/bin/busybox sh -c`, `cmd /S /C`.
fn is_shell(words: &[String]) -> bool {
    let is_default = words == ["/bin/sh", "-c"];
    let is_program = words.first().is_some_and(|word| !word.starts_with('-'));
    is_default || is_program && words.len() > 1 && words.len() <= 6 && ends_in_shell(words)
}

/// Whether the last word is the option behind which a shell takes a command.
fn ends_in_shell(words: &[String]) -> bool {
    let last = words.last().map_or("", String::as_str);
    let is_short = last.len() <= 5 && last.starts_with(['-', '/']) && last.ends_with(['c', 'C']);
    is_short || last.eq_ignore_ascii_case("-command")
}

/// Whether it is the form of a list of words, without a shell.
fn is_list(command: &str) -> bool {
    serde_json::from_str::<Vec<String>>(command).is_ok_and(|list| !list.is_empty())
}

/// Whether the entry is that of a COPY or ADD of this text.
fn is_copy(command: &str, found: &str) -> bool {
    let (mut text, found) = (words(command), without_options_of_copy(found));
    let is_expanded = command.contains('$');
    if let Some(target) = legacy_target(found) {
        return is_expanded || text.ends_with(&words(target));
    }
    let mut found = words(found);
    if command.contains("<<") {
        text.sort();
        found.sort();
    }
    is_expanded || text == found
}

/// Where the legacy builder copied to: of `file:DIGEST in /app` `/app`.
fn legacy_target(found: &str) -> Option<&str> {
    let (source, target) = found.split_once(" in ")?;
    let kinds = ["file:", "dir:", "multi:"];
    let digest = kinds.iter().find_map(|kind| source.strip_prefix(kind)).unwrap_or(source);
    let is_digest = digest.len() >= 3 && digest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_digest && (digest.len() != source.len() || digest.len() == 64)).then_some(target)
}

/// The text without the options of a copy, behind which engine 20.10 puts no blank:
/// `--chown=1:2file:DIGEST in /app`.
fn without_options_of_copy(text: &str) -> &str {
    let mut text = text.trim_start();
    while text.starts_with("--") {
        let (option, rest) = split(text);
        let glued = ["file:", "dir:", "multi:"].iter().filter_map(|kind| option.find(kind)).min();
        match glued.filter(|_| rest.trim_start().starts_with("in ")) {
            Some(at) => return &text[at..],
            None => text = rest.trim_start(),
        }
    }
    text
}

fn without_options(text: &str) -> &str {
    let mut text = text.trim_start();
    while text.starts_with("--") {
        text = split(text).1.trim_start();
    }
    text
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// The words without quotes, brackets and commas: builders resolve quotes and
/// lists, and join lines.
fn words(text: &str) -> Vec<String> {
    let is_quote = |c: char| "\"'\\`".contains(c);
    let words = text.split(|c: char| c.is_whitespace() || "[],".contains(c));
    words.map(|word| word.replace(is_quote, "")).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use dp_dockerfile::Dockerfile;

    use super::*;

    fn is_of(written: &str, entry: &str) -> bool {
        let file = Dockerfile::parse(&format!("FROM scratch\n{written}\n"));
        let entry = HistoryEntry { created_by: entry.to_owned(), ..HistoryEntry::default() };
        Entry::new(&entry).is_of(&file.stages[0].instructions[0])
    }

    #[test]
    fn options_in_front_of_a_copy_are_no_part_of_it_however_an_engine_writes_them() {
        for (written, entry) in [
            ("COPY --chmod=755 f /c", "COPY --chmod=755 f /c # buildkit"),
            ("COPY --chmod=755 f /c", "COPY f /c # buildkit"),
            ("COPY --chmod=755 --chown=1:2 f /c", "COPY --chown=1:2 --chmod=755 f /c # buildkit"),
            ("COPY --link --chmod=0644 f /c", "COPY --chmod=0644 f /c # buildkit"),
            ("COPY --from=build --chown=1 /f /c", "COPY --chown=1 /f /c # buildkit"),
            ("COPY --parents --exclude=*.md a/b /c/", "COPY a/b /c/ # buildkit"),
            ("ADD --checksum=sha256:0 --keep-git-dir f /c", "ADD f /c # buildkit"),
            ("COPY --chown=1:2 f /c", "/bin/sh -c #(nop) COPY --chown=1:2 file:0a1 in /c "),
            ("COPY --chown=1:2 f /c", "/bin/sh -c #(nop) COPY --chown=1:2file:0a1 in /c "),
            (
                "COPY --chown=me [\"a b\", \"/c\"]",
                "/bin/sh -c #(nop) COPY --chown=medir:0a1 in /c ",
            ),
            ("COPY --chmod=755 [\"a b\", \"/c\"]", "COPY --chmod=755 a b /c # buildkit"),
        ] {
            assert!(is_of(written, entry), "{written}: {entry}");
        }
    }

    #[test]
    fn another_instruction_is_never_taken_for_it() {
        for (written, entry) in [
            ("COPY --chmod=755 f /c", "COPY --chmod=755 g /c # buildkit"),
            ("COPY f /c", "ADD f /c # buildkit"),
            ("COPY f /c", "/bin/sh -c #(nop) COPY file:0a1 in /d "),
            ("COPY f /c", "/bin/sh -c #(nop) COPY --chown=1file:0a1 in /d "),
            ("RUN make", "/bin/sh -c cmake"),
            ("RUN make", "RUN /bin/sh -c cmake && make # buildkit"),
            ("RUN make", "RUN |1 A=b /bin/sh -c cmake make # buildkit"),
            ("RUN make", "RUN make # buildkit"),
            ("RUN [\"make\"]", "RUN /bin/sh -c make # buildkit"),
            ("RUN make $A", "RUN /bin/sh -c make $B # buildkit"),
            ("RUN <<EOF\nmake\nEOF", "RUN /bin/sh -c cmake\n # buildkit"),
            ("RUN echo x", "/bin/sh -c #(nop)  CMD [\"/bin/sh\" \"-c\" \"echo x\"]"),
            ("CMD x", "RUN /bin/sh -c echo CMD x # buildkit"),
        ] {
            assert!(!is_of(written, entry), "{written}: {entry}");
        }
    }
}
