//! Arguments that differ in every build, and the steps that pay for it.
//!
//! Every RUN after `ARG GIT_SHA` has it in its environment, whether it uses it or not, and
//! so its result depends on it. A LABEL alone costs nothing: it is no step. But one that
//! is told the commit or the date tells that the argument behind it always differs.
//!
//! ```text
//! 1  FROM base
//! 2  ARG SHA                                              sees: 4, 5, 7
//! 3  LABEL org.opencontainers.image.revision=$SHA         so SHA always differs
//! 4  RUN npm ci                                           pays
//! 5  RUN make VERSION=$SHA                                uses it
//! 6  ENV VERSION=$SHA                                     hands it on to stages built on this one
//! 7  RUN make install                                     pays
//! ```

use dp_dockerfile::{Base, Instruction, Stage, Stages};
use dp_record::Finding;
use dp_record::detail::build::StepState;

use super::{Case, kind};
use crate::scenario::Change;
use crate::why::mentions;

/// Arguments whose values differ in every build, by what people call them.
const CHANGING: &[&str] = &[
    "BUILD_DATE",
    "BUILD_TIME",
    "BUILD_TIMESTAMP",
    "TIMESTAMP",
    "DATE",
    "BUILD_ID",
    "BUILD_NUMBER",
    "CACHEBUST",
    "CACHE_BUST",
    "VCS_REF",
    "GIT_SHA",
    "GIT_COMMIT",
    "GIT_REF",
    "COMMIT",
    "COMMIT_SHA",
    "REVISION",
    "SHA",
    "SOURCE_DATE_EPOCH",
];

/// Ends of labels that hold the date of a build or the commit that was built.
const CHANGING_LABELS: &[&str] = &[".created", ".revision", "build-date", "vcs-ref"];

/// An argument of a stage, with what uses it.
struct Argument<'d> {
    key: String,
    declared: &'d Instruction,
    /// ENV and LABEL that are told it.
    told: Vec<&'d Instruction>,
    /// Names of the variables of these ENV.
    variables: Vec<String>,
}

/// Of all stages that were built.
pub(super) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let stages = case.resolved.dockerfile.stages.iter();
    stages.flat_map(|stage| of_stage(case, stage)).collect()
}

fn of_stage(case: &Case<'_>, stage: &Stage) -> Vec<Finding> {
    let declared = stage.instructions.iter().filter(|one| one.keyword == "ARG" && !one.onbuild);
    let arguments = declared
        .flat_map(|one| assigned(&one.text).into_iter().map(|key| Argument::of(stage, one, key)));
    arguments
        .filter(|argument| argument.changes(case))
        .filter_map(|argument| argument.finding(case, stage))
        .collect()
}

/// The names that `ARG A B=c` and `ENV A=b C=d` set (of `ENV A b` the first).
fn assigned(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().skip(1).collect();
    let name = |word: &&str| word.split('=').next().unwrap_or(word).to_owned();
    let set = words.iter().filter(|word| word.contains('='));
    match words.first() {
        Some(first) if text.starts_with(['E', 'e']) && !first.contains('=') => vec![name(first)],
        _ if text.starts_with(['E', 'e']) => set.map(name).collect(),
        _ => words.iter().map(name).collect(),
    }
}

impl<'d> Argument<'d> {
    fn of(stage: &'d Stage, declared: &'d Instruction, key: String) -> Self {
        let after = stage.instructions.iter().filter(|other| other.line > declared.line);
        let told: Vec<&Instruction> = after
            .filter(|one| matches!(one.keyword.as_str(), "ENV" | "LABEL"))
            .filter(|one| mentions(&one.text, &key))
            .collect();
        let variables = told.iter().filter(|one| one.keyword == "ENV");
        let variables = variables.flat_map(|one| assigned(&one.text)).collect();
        Self { key, declared, told, variables }
    }

    /// Whether it differs in every build: in this one it did, or its name or a label
    /// that is told it says so. What that costs a build tells the cold one.
    fn changes(&self, case: &Case<'_>) -> bool {
        match case.scenario.and_then(|scenario| scenario.change.as_ref()) {
            Some(Change::Arg(key, _)) => *key == self.key,
            _ if case.scenario.is_some() => false,
            _ => self.is_called_so() || self.told.iter().any(|one| is_changing_label(one)),
        }
    }

    fn is_called_so(&self) -> bool {
        CHANGING.iter().any(|name| name.eq_ignore_ascii_case(&self.key))
    }

    /// Whether a step uses it, as far as its text tells.
    fn is_used_by(&self, step: &Instruction) -> bool {
        let names = std::iter::once(&self.key).chain(&self.variables);
        names.into_iter().any(|name| has_word(&step.raw, name))
    }

    /// The RUNs that see it and do not use it.
    fn paying(&self, case: &Case<'d>, stage: &'d Stage) -> Vec<&'d Instruction> {
        let own = stage.instructions.iter().filter(|one| one.line > self.declared.line);
        let derived = if self.variables.is_empty() { Vec::new() } else { built_on(case, stage) };
        let derived = derived.into_iter().flat_map(|stage| &stage.instructions);
        own.chain(derived)
            .filter(|one| one.keyword == "RUN" && !one.onbuild && !self.is_used_by(one))
            .collect()
    }

    /// Nothing where none of these ran.
    fn finding(&self, case: &Case<'d>, stage: &'d Stage) -> Option<Finding> {
        let ran: Vec<f64> = self
            .paying(case, stage)
            .into_iter()
            .filter_map(|one| case.steps.iter().find(|step| step.line == Some(one.line as u64)))
            .filter(|step| step.state == StepState::Executed)
            .filter_map(|step| step.seconds)
            .collect();
        if ran.is_empty() {
            return None;
        }
        let with =
            self.told.iter().map(|one| format!(" and the {} of line {}", one.keyword, one.line));
        let steps = if ran.len() == 1 { "step".to_owned() } else { format!("{} steps", ran.len()) };
        let advice = format!(
            "{} differs in every build, and every RUN after its declaration sees it: move it{} behind the {steps} that {} not mention it",
            self.key,
            with.collect::<String>(),
            if ran.len() == 1 { "does" } else { "do" },
        );
        Some(Finding {
            seconds: Some(ran.iter().sum()),
            line: Some(self.declared.line as u64),
            instruction: Some(self.declared.text.clone()),
            ..kind::ARGUMENT.advise(advice)
        })
    }
}

/// The stages that are built on this one, and those on them.
fn built_on<'d>(case: &Case<'d>, stage: &Stage) -> Vec<&'d Stage> {
    let file = &case.resolved.dockerfile;
    let stages = Stages::resolve(file, &case.resolved.build_args);
    let mut on = vec![stage.index];
    for later in file.stages.iter().skip(stage.index + 1) {
        if matches!(stages.base(later.index), Some(Base::Stage(base)) if on.contains(base)) {
            on.push(later.index);
        }
    }
    on[1..].iter().map(|index| &file.stages[*index]).collect()
}

fn is_changing_label(instruction: &Instruction) -> bool {
    if instruction.keyword != "LABEL" {
        return false;
    }
    let words = instruction.text.split_whitespace().filter(|word| word.contains('$'));
    let names = words.filter_map(|word| word.split('=').next());
    let mut names = names.map(|name| name.trim_matches('"').to_ascii_lowercase());
    names.any(|name| CHANGING_LABELS.iter().any(|end| name.ends_with(end)))
}

/// Whether a text has this name in it, not as a part of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(part) && !after.starts_with(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dp_dockerfile::Dockerfile;

    #[test]
    fn an_argument_has_what_is_told_it_and_its_variables() {
        let file = Dockerfile::parse(
            "FROM a\nARG SHA=1 X\nENV A=$X B=${SHA} C=c\nLABEL org.opencontainers.image.revision=$SHA x=y\nENV D ${SHA}\nLABEL other=$X\n",
        );
        let stage = &file.stages[0];
        let of = |key: &str| Argument::of(stage, &stage.instructions[0], key.to_owned());
        let sha = of("SHA");
        assert_eq!(sha.told.iter().map(|one| one.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert_eq!(sha.variables, ["A", "B", "C", "D"]);
        assert_eq!(of("X").told.iter().map(|one| one.line).collect::<Vec<_>>(), [3, 6]);
        assert_eq!(assigned("ARG SHA=1 X"), ["SHA", "X"]);
        let labels = stage.instructions.iter().filter(|one| is_changing_label(one));
        assert_eq!(labels.map(|one| one.line).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn a_name_is_a_whole_word() {
        for (text, found) in [
            ("echo $SHA", true),
            ("os.environ[\"SHA\"]", true),
            ("echo ${SHA:-x}", true),
            ("echo $GIT_SHA", false),
            ("echo SHA1", false),
        ] {
            assert_eq!(has_word(text, "SHA"), found, "{text}");
        }
    }
}
