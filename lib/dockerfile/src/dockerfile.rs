//! The whole file: directives, global arguments and stages.

use crate::expand;
use crate::flags;
use crate::instruction::Instruction;
use crate::scan::{self, Directives};

/// A Dockerfile, read leniently.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
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

/// Something that BuildKit warns of or rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, counted from 1.
    pub line: usize,
    /// What, in one line.
    pub message: String,
}

impl Dockerfile {
    /// Reads a Dockerfile; never fails, see [`Dockerfile::problems`].
    pub fn parse(text: &str) -> Self {
        let found = scan::scan(text);
        let mut file =
            Self { directives: found.directives, problems: found.problems, ..Self::default() };
        for chunk in found.chunks {
            file.add(Instruction::new(chunk));
        }
        if file.stages.is_empty() {
            file.problem(1, "no FROM instruction");
        }
        file
    }

    /// The image that the file wants for a frontend (`# syntax=`), if it wants one.
    pub fn syntax(&self) -> Option<&str> {
        self.directives.syntax.as_deref()
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
            self.problem(line, format!("{} before the first FROM", instruction.keyword));
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
