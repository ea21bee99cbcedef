//! One instruction of a Dockerfile.

use crate::flags;
use crate::scan::Chunk;
use crate::text;

/// One instruction, with its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// In upper case; after ONBUILD that of the trigger (`RUN` of `ONBUILD RUN make`).
    pub keyword: String,
    /// Whether it is a trigger, run only by builds from this stage's image.
    pub onbuild: bool,
    /// Its own text on one line: continuations joined, comments and heredoc bodies left out.
    pub text: String,
    /// The exact lines, with their line ends.
    pub raw: String,
    /// First line, counted from 1.
    pub line: usize,
    /// Last line, with the body of a heredoc, counted from 1.
    pub end_line: usize,
    /// What BuildKit names the step by: the parts joined without anything between them, from the
    /// keyword on (from the trigger's keyword on after ONBUILD).
    pub(crate) code: String,
    /// Whether heredoc bodies follow: BuildKit then adds a summary of the first one to the name.
    pub(crate) has_heredoc: bool,
    /// Whether heredoc bodies follow, and each has its end in the file.
    pub(crate) has_whole_heredoc: bool,
}

impl Instruction {
    pub(crate) fn new(chunk: Chunk) -> Self {
        let (first, rest) = text::first_word(&chunk.joined);
        let onbuild = first.eq_ignore_ascii_case("onbuild");
        let code = if onbuild { rest } else { chunk.joined.trim() };
        Self {
            keyword: text::first_word(code).0.to_ascii_uppercase(),
            onbuild,
            code: code.to_owned(),
            text: chunk.text,
            raw: chunk.raw,
            line: chunk.line,
            end_line: chunk.end_line,
            has_heredoc: chunk.heredocs > 0,
            has_whole_heredoc: chunk.heredocs > 0 && chunk.heredocs_end,
        }
    }

    /// Whether BuildKit makes a step of it: RUN, COPY, ADD or WORKDIR (FROM is counted apart).
    pub fn is_step(&self) -> bool {
        matches!(self.keyword.as_str(), "RUN" | "COPY" | "ADD" | "WORKDIR")
    }

    /// Its flags, and the arguments after them.
    pub(crate) fn arguments(&self) -> (Vec<String>, &str) {
        flags::split(text::first_word(&self.code).1)
    }

    /// What follows the flags: of a RUN the command.
    pub fn command(&self) -> &str {
        self.arguments().1
    }

    /// The stages (by name or number) or images that it reads files from.
    pub fn sources(&self) -> Vec<String> {
        let (flags, _) = self.arguments();
        match self.keyword.as_str() {
            "COPY" | "ADD" => flags::value(&flags, "from").map(str::to_owned).into_iter().collect(),
            "RUN" => flags::mount_sources(&flags).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}
