//! The whole file: directives, global arguments and stages.

use crate::dialect::Dialect;
use crate::expand;
use crate::flags;
use crate::instruction::Instruction;
use crate::scan::{self, Directives, Problem};

/// How a problem ends that is an instruction without a stage.
const BEFORE_FROM: &str = " before the first FROM";

/// A Dockerfile, read leniently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    /// Whose here-documents it was read by.
    pub dialect: Dialect,
    /// The parser directives at its top.
    pub directives: Directives,
    /// ARG before the first FROM, in order.
    pub global_args: Vec<Arg>,
    /// One for each FROM, in order.
    pub stages: Vec<Stage>,
    /// What BuildKit warns of or rejects; whether a build fails is BuildKit's to say.
    pub problems: Vec<Problem>,
}

/// One `ARG name[=default]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// Its name.
    pub name: String,
    /// The default as written, with its quotes and variables.
    pub default: Option<String>,
    /// The line of its instruction.
    pub line: usize,
}

/// From one FROM to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The name after AS, in lower case as BuildKit keeps it.
    pub name: Option<String>,
    /// What it is built from, as written: an image, a stage, `scratch`, or variables.
    pub base: String,
    /// `--platform`, as written.
    pub platform: Option<String>,
    /// The FROM itself.
    pub from: Instruction,
    /// All that follows the FROM.
    pub instructions: Vec<Instruction>,
}

/// A here-document that the builder would not take for one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: {keyword} has a here-document{}: it needs {}",
    if *.needs == Dialect::SpacedHeredocs { " with a blank before its name" } else { "" },
    match .needs {
        Dialect::SpacedHeredocs => "engine 28.2 (BuildKit 0.22) or newer (take the blank out, or begin the file with \"# syntax=docker/dockerfile:1\")",
        _ => "engine 23.0 (BuildKit 0.10) or newer (or begin the file with \"# syntax=docker/dockerfile:1\")",
    },
)]
pub struct HeredocError {
    /// The first line of the instruction, counted from 1.
    pub line: usize,
    /// Its keyword.
    pub keyword: String,
    /// What reads it.
    pub needs: Dialect,
}

impl Dockerfile {
    /// Reads a Dockerfile for a builder of which nothing is known; never fails, see
    /// [`Dockerfile::problems`].
    ///
    /// The dialect is that of `# syntax=`, if that tells. Otherwise it is the one by which the text
    /// has the fewest problems: the body of a here-document that is none to the frontend is full of
    /// unknown instructions, and what only looks like a here-document has no end.
    pub fn parse(text: &str) -> Self {
        Self::parse_for(text, None)
    }

    /// Reads a Dockerfile for a builder whose own frontend is of this dialect, if that is known.
    /// Where the file asks for a frontend image, that is what reads it.
    pub fn parse_for(text: &str, builder: Option<Dialect>) -> Self {
        let newest = Self::parse_as(text, Dialect::SpacedHeredocs);
        let frontend = newest.syntax().map_or(builder, Dialect::of_frontend);
        match frontend {
            Some(dialect) if dialect != newest.dialect => Self::parse_as(text, dialect),
            None if text.contains("<<") => {
                let older = Self::parse_as(text, Dialect::Heredocs);
                if older.problems.len() < newest.problems.len() { older } else { newest }
            }
            _ => newest,
        }
    }

    /// Reads a Dockerfile by one dialect, whatever its `# syntax=` says.
    pub fn parse_as(text: &str, dialect: Dialect) -> Self {
        let found = scan::scan(text, dialect);
        let mut file = Self {
            dialect,
            directives: found.directives,
            global_args: Vec::new(),
            stages: Vec::new(),
            problems: found.problems,
        };
        for chunk in found.chunks {
            file.add(Instruction::new(chunk));
        }
        if file.stages.is_empty() {
            file.problem(1, "no FROM instruction");
        }
        file
    }

    /// The first here-document that a builder of this dialect does not take for one.
    ///
    /// # Errors
    ///
    /// The line of the instruction, and what it needs.
    pub fn check_heredocs(text: &str, builder: Dialect) -> Result<(), HeredocError> {
        let meant = Self::parse(text);
        let read = Self::parse_for(text, Some(builder));
        // The bodies that are whole in the reading that was meant, and where the builder's reading
        // has none.
        let has_body = |line| read.instructions().any(|one| one.line == line && one.has_heredoc);
        let whole = meant.instructions().filter(|one| one.has_whole_heredoc);
        let Some(lost) = whole.into_iter().find(|one| !has_body(one.line)) else { return Ok(()) };
        let attached = Self::parse_as(text, Dialect::Heredocs);
        Err(HeredocError {
            line: lost.line,
            keyword: lost.keyword.clone(),
            needs: match attached.instructions().find(|one| one.line == lost.line) {
                Some(one) if one.has_heredoc => Dialect::Heredocs,
                _ => Dialect::SpacedHeredocs,
            },
        })
    }

    /// The image that the file wants for a frontend (`# syntax=`), if it wants one.
    pub fn syntax(&self) -> Option<&str> {
        self.directives.syntax.as_deref()
    }

    /// Whether it has arguments, and nothing else.
    pub fn has_only_args(&self) -> bool {
        let is_other = |problem: &Problem| problem.message.ends_with(BEFORE_FROM);
        self.stages.is_empty()
            && !self.global_args.is_empty()
            && !self.problems.iter().any(is_other)
    }

    /// All instructions in the order of the file, FROM included; those before the first FROM not.
    pub fn instructions(&self) -> impl Iterator<Item = &Instruction> {
        let stages = self.stages.iter();
        stages.flat_map(|stage| std::iter::once(&stage.from).chain(&stage.instructions))
    }

    fn problem(&mut self, line: usize, message: impl Into<String>) {
        let message = message.into();
        self.problems.push(Problem { line, message });
    }

    fn add(&mut self, instruction: Instruction) {
        let line = instruction.line;
        if !is_keyword(&instruction.keyword) {
            self.problem(line, format!("unknown instruction {}", instruction.keyword));
        }
        if instruction.keyword == "FROM" && !instruction.onbuild {
            self.add_stage(instruction);
        } else if let Some(stage) = self.stages.last_mut() {
            stage.instructions.push(instruction);
        } else if instruction.keyword == "ARG" && !instruction.onbuild {
            self.global_args.extend(args(&instruction));
        } else {
            self.problem(line, format!("{}{BEFORE_FROM}", instruction.keyword));
        }
    }

    fn add_stage(&mut self, from: Instruction) {
        let (flags, rest) = from.arguments();
        let words: Vec<&str> = rest.split_whitespace().collect();
        let name = match words[..] {
            [_, word, name] if word.eq_ignore_ascii_case("as") => Some(name.to_lowercase()),
            _ => None,
        };
        if words.len() != 1 && name.is_none() {
            self.problem(from.line, "FROM takes an image, or an image AS a name");
        }
        self.stages.push(Stage {
            index: self.stages.len(),
            name,
            base: words.first().copied().unwrap_or_default().to_owned(),
            platform: flags::value(&flags, "platform").map(str::to_owned),
            from,
            instructions: Vec::new(),
        });
    }
}

impl Stage {
    /// The name by which BuildKit shows it: its own, else `stage-` and its index.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("stage-{}", self.index),
        }
    }
}

/// The arguments that one ARG declares.
pub(crate) fn args(instruction: &Instruction) -> Vec<Arg> {
    let words = expand::words(instruction.arguments().1);
    let parts = words.iter().map(|word| match word.split_once('=') {
        Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
        None => (word.clone(), None),
    });
    let line = instruction.line;
    let args = parts.map(|(name, default)| Arg { name, default, line });
    args.collect()
}

fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 18] = [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ];
    KEYWORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(file: &Dockerfile) -> Vec<(usize, usize)> {
        file.instructions().map(|one| (one.line, one.end_line)).collect()
    }

    const SPACED: &str = "FROM i\nRUN echo zero\nRUN cat << EOF > /s.py\nimport os\nfrom os import path\nEOF\nRUN two\n";
    const SHIFT: &str = "FROM i\nRUN echo $((1 << 2))\nRUN b\n";

    #[test]
    fn without_a_known_builder_the_reading_with_fewer_problems_counts() {
        let file = Dockerfile::parse(SPACED);
        assert_eq!(
            (file.dialect, lines(&file)),
            (Dialect::SpacedHeredocs, vec![(1, 1), (2, 2), (3, 6), (7, 7)])
        );
        let file = Dockerfile::parse(SHIFT);
        assert_eq!((file.dialect, lines(&file)), (Dialect::Heredocs, vec![(1, 1), (2, 2), (3, 3)]));
    }

    #[test]
    fn a_known_builder_decides_and_a_known_frontend_image_before_it() {
        for (head, builder, expected) in [
            ("", Dialect::SpacedHeredocs, Dialect::SpacedHeredocs),
            ("", Dialect::WithoutHeredocs, Dialect::WithoutHeredocs),
            ("# syntax=docker/dockerfile:1\n", Dialect::WithoutHeredocs, Dialect::SpacedHeredocs),
            ("# syntax=docker/dockerfile:1.7\n", Dialect::SpacedHeredocs, Dialect::Heredocs),
            ("# syntax=registry.invalid/mine\n", Dialect::Heredocs, Dialect::SpacedHeredocs),
        ] {
            let file = Dockerfile::parse_for(&format!("{head}{SPACED}"), Some(builder));
            assert_eq!(file.dialect, expected, "{head} {builder:?}");
        }
    }

    #[test]
    fn a_here_document_that_the_builder_does_not_read_is_named_with_its_line() {
        let check = |text: &str, builder| {
            Dockerfile::check_heredocs(text, builder).map_err(|error| error.to_string())
        };
        let none = Dialect::WithoutHeredocs;
        assert_eq!(
            check("FROM i\nRUN a\nCOPY <<EOF /f\nx\nEOF\n", none).unwrap_err(),
            "line 3: COPY has a here-document: it needs engine 23.0 (BuildKit 0.10) or newer (or begin the file with \"# syntax=docker/dockerfile:1\")",
        );
        assert_eq!(check(SPACED, none), check(SPACED, Dialect::Heredocs));
        assert_eq!(
            check(SPACED, Dialect::Heredocs).unwrap_err(),
            "line 3: RUN has a here-document with a blank before its name: it needs engine 28.2 (BuildKit 0.22) or newer (take the blank out, or begin the file with \"# syntax=docker/dockerfile:1\")",
        );
        for (text, builder) in [
            (SPACED, Dialect::SpacedHeredocs),
            ("FROM i\nCOPY <<EOF /f\nx\nEOF\n", Dialect::Heredocs),
            ("# syntax=docker/dockerfile:1.4\nFROM i\nCOPY <<EOF /f\nx\nEOF\n", none),
            ("# syntax=registry.invalid/mine\nFROM i\nCOPY <<EOF /f\nx\nEOF\n", none),
            // A line that only looks so was always a line.
            (SHIFT, none),
            (SHIFT, Dialect::Heredocs),
            ("FROM i\nRUN cat <<EOF\n", none),
            ("FROM i\nENV A=<<EOF\nEOF\n", none),
        ] {
            assert_eq!(check(text, builder), Ok(()), "{text}");
        }
    }
}
