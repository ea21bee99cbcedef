//! Which files of the build context an instruction reads.

use crate::ignore::{Ignore, IgnoreError};
use crate::instruction::Instruction;
use crate::{flags, text};

/// The files of the build context that one instruction copies or mounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContextFiles {
    /// The sources as written, in their order.
    pub sources: Vec<String>,
    /// Patterns that `--exclude` leaves out.
    pub excluded: Vec<String>,
    /// Whether they are mounted (`RUN --mount=type=bind`) and not copied.
    pub mounted: bool,
}

impl Instruction {
    /// What it reads of the build context: nothing for what comes from a stage,
    /// an image, an address or a here-document.
    pub fn context_files(&self) -> ContextFiles {
        let (flags, arguments) = self.arguments();
        match self.keyword.as_str() {
            "COPY" | "ADD" if flags::value(&flags, "from").is_none() => ContextFiles {
                sources: copied(arguments),
                excluded: excluded(&flags),
                mounted: false,
            },
            "RUN" => ContextFiles { sources: bound(&flags), mounted: true, ..Default::default() },
            _ => ContextFiles::default(),
        }
    }

    /// The sources of a COPY or ADD as written, wherever they come from, without
    /// addresses and here-documents.
    pub fn copied_paths(&self) -> Vec<String> {
        if self.is_copy() { copied(self.arguments().1) } else { Vec::new() }
    }

    /// Where a COPY or ADD puts them, as written.
    pub fn copied_to(&self) -> Option<String> {
        if self.is_copy() { copy_words(self.arguments().1).pop() } else { None }
    }

    fn is_copy(&self) -> bool {
        matches!(self.keyword.as_str(), "COPY" | "ADD")
    }
}

impl ContextFiles {
    /// Whether it reads this file, a path relative to the context. A variable in a
    /// source stands for any text.
    ///
    /// # Errors
    /// A source that docker refuses.
    pub fn holds(&self, path: &str) -> Result<bool, IgnoreError> {
        let mut holds = false;
        for source in &self.sources {
            holds |= matches(source, path)?;
        }
        for pattern in &self.excluded {
            holds = holds && !matches(pattern, path)?;
        }
        Ok(holds)
    }
}

/// The sources of a COPY or ADD that are files of the context.
fn copied(arguments: &str) -> Vec<String> {
    let words = copy_words(arguments);
    let Some((_, sources)) = words.split_last() else { return Vec::new() };
    let is_elsewhere =
        |word: &str| word.starts_with("<<") || word.contains("://") || word.starts_with("git@");
    sources.iter().filter(|word| !is_elsewhere(word)).cloned().collect()
}

/// The words of a COPY or ADD behind its flags, in either form.
fn copy_words(arguments: &str) -> Vec<String> {
    serde_json::from_str::<Vec<String>>(arguments).unwrap_or_else(|_| plain_words(arguments))
}

fn plain_words(arguments: &str) -> Vec<String> {
    let words = arguments.split(text::BLANKS).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// The sources of the bind mounts of a RUN that name no stage or image; the whole
/// context where none is given.
fn bound(flags: &[String]) -> Vec<String> {
    let mounts = flags.iter().filter_map(|flag| flag.strip_prefix("--mount="));
    let sources = mounts.filter_map(|mount| {
        let fields = flags::mount_fields(mount);
        let last = |names: &[&str]| {
            let mut found = fields.iter().filter(|(key, _)| names.contains(&key.as_str()));
            found.next_back().map(|(_, value)| *value)
        };
        let is_bind = last(&["type"]).is_none_or(|kind| kind == "bind");
        (is_bind && last(&["from"]).is_none())
            .then(|| last(&["source", "src"]).unwrap_or(".").to_owned())
    });
    sources.collect()
}

fn excluded(flags: &[String]) -> Vec<String> {
    flags.iter().filter_map(|flag| flag.strip_prefix("--exclude=")).map(str::to_owned).collect()
}

/// The path as written in a source, relative to the context: `.` for all of it.
fn relative(source: &str) -> String {
    let clean = crate::glob::clean(source);
    let relative = clean.trim_start_matches('/');
    if relative.is_empty() { ".".to_owned() } else { relative.to_owned() }
}

fn matches(source: &str, path: &str) -> Result<bool, IgnoreError> {
    let pattern = relative(source);
    if pattern == "." {
        return Ok(true);
    }
    // A folder holds what is below it, as in an ignore file.
    Ignore::parse(&without_variables(&pattern))?.is_ignored(path)
}

/// `$NAME` and `${...}` as a star. A `!` in front is a name like any other.
fn without_variables(pattern: &str) -> String {
    let mut plain = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '!' | '#' if plain.is_empty() => plain.extend(['\\', c]),
            '\\' => plain.extend([Some(c), chars.next()].into_iter().flatten()),
            '$' => {
                plain.push('*');
                if chars.next_if_eq(&'{').is_some() {
                    while chars.next().is_some_and(|inner| inner != '}') {}
                } else {
                    while chars
                        .next_if(|next| next.is_ascii_alphanumeric() || *next == '_')
                        .is_some()
                    {}
                }
            }
            _ => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use crate::Dockerfile;

    /// Whether the instruction reads `path`.
    fn holds(instruction: &str, path: &str) -> bool {
        let file = Dockerfile::parse(&format!("FROM scratch\n{instruction}\n"));
        file.stages[0].instructions[0].context_files().holds(path).unwrap()
    }

    #[test]
    fn every_form_of_a_source_holds_its_files_and_no_others() {
        for (instruction, held, not_held) in [
            ("COPY a.txt /", "a.txt", "b.txt"),
            ("COPY ./a.txt /", "a.txt", "a.txt.bak"),
            ("COPY /a.txt /", "a.txt", "d/a.txt"),
            ("COPY src /s", "src/x/y.c", "source/y.c"),
            ("COPY src/ /s", "src/y.c", "src.c"),
            ("COPY package*.json ./", "package-lock.json", "package.jsonx"),
            ("COPY a b /", "b", "c"),
            ("COPY [\"a b\", \"/\"]", "a b", "a"),
            ("COPY --chown=1:1 --link a /", "a", "b"),
            ("COPY --exclude=*.md . /", "a.txt", "README.md"),
            ("COPY --exclude=docs . /", "a.txt", "docs/a.txt"),
            ("COPY [ab].txt /", "a.txt", "c.txt"),
            ("COPY a?.txt /", "ab.txt", "a.txt"),
            ("COPY d/../e /", "e/x", "d/x"),
            ("COPY ${DIR}/x.c /", "lib/x.c", "lib/y.c"),
            ("COPY $NAME.txt /", "any.txt", "any.c"),
            ("ADD a.tar /", "a.tar", "b.tar"),
            ("ADD https://example.invalid/x a /", "a", "x"),
            ("COPY <<EOF a /\nEOF", "a", "EOF"),
            ("RUN --mount=type=bind,source=pkg,target=/p make", "pkg/x", "src/x"),
            ("RUN --mount=target=/p make", "anything", ""),
            ("ONBUILD COPY a /", "a", "b"),
        ] {
            assert!(holds(instruction, held), "{instruction}: {held}");
            assert!(
                not_held.is_empty() || !holds(instruction, not_held),
                "{instruction}: {not_held}"
            );
        }
    }

    #[test]
    fn what_comes_from_elsewhere_holds_nothing() {
        for instruction in [
            "COPY --from=build a /",
            "COPY --from=0 . /",
            "ADD https://example.invalid/a /",
            "ADD git@example.invalid:a.git /",
            "COPY <<a /x\nbody\na",
            "RUN --mount=type=cache,target=a make",
            "RUN --mount=type=bind,from=build,target=/a cat a",
            "RUN --mount=type=secret,id=a cat a",
            "RUN cp a b",
            "WORKDIR a",
            "ENV A=a",
        ] {
            assert!(!holds(instruction, "a"), "{instruction}");
        }
    }
}
