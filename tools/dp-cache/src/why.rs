//! Why steps ran: per branch of the build graph the first one whose cached result
//! could not be used, and what of it had changed.
//!
//! An example. `src/a.c` changed, and these steps ran or were cached:
//!
//! ```text
//! 0  base      FROM debian
//! 1  cached    RUN apt-get install gcc        inputs 0
//! 2  executed  COPY src /src                  inputs 1
//! 3  executed  RUN make                       inputs 2
//! 4  cached    COPY --from=docs /d /d         inputs 0
//! ```
//!
//! Step 2 ran although nothing that it needs did, so it is the first of its
//! branch; it copies `src`, which holds the file: that is the cause. Step 3 ran
//! since step 2 did, and is among what followed.

use std::collections::BTreeSet;

use dp_dockerfile::{Dockerfile, Instruction};
use dp_record::detail::build::{BuildStep, StepState};
use dp_record::detail::cache::{Invalidation, InvalidationCause};

use crate::manifest::Difference;
use crate::scenario::Change;

/// The first steps that ran, in the order of the steps, after a change that is known.
pub(crate) fn invalidated(
    steps: &[BuildStep],
    dockerfile: &Dockerfile,
    change: Option<&Change>,
    differences: &[Difference],
) -> Vec<Invalidation> {
    branches(steps, |at| {
        cause(instruction(&steps[at], dockerfile), dockerfile, change, differences)
    })
}

/// The first steps that ran, each with its cause and what followed.
pub(crate) fn branches(steps: &[BuildStep], cause: impl Fn(usize) -> Cause) -> Vec<Invalidation> {
    let ran: BTreeSet<usize> = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| matches!(step.state, StepState::Executed | StepState::Failed))
        .map(|(at, _)| at)
        .collect();
    let inputs = |at: usize| steps[at].inputs.iter().flatten().copied();
    let first = ran.iter().copied().filter(|at| !inputs(*at).any(|input| ran.contains(&input)));
    first
        .map(|at| {
            let followed = followed(at, steps, &ran);
            let (cause, what, how) = cause(at);
            let seconds = followed.iter().filter_map(|step| steps[*step].seconds).sum();
            Invalidation {
                step: at,
                stage: steps[at].stage.clone(),
                instruction: steps[at].instruction.clone(),
                line: steps[at].line,
                cause,
                what,
                how,
                followed,
                seconds: Some(seconds),
            }
        })
        .collect()
}

/// The steps that ran since this one did, itself included.
fn followed(first: usize, steps: &[BuildStep], ran: &BTreeSet<usize>) -> Vec<usize> {
    let mut followed = BTreeSet::from([first]);
    // Inputs may stand behind what needs them: until nothing is added.
    loop {
        let more: Vec<usize> = ran
            .iter()
            .copied()
            .filter(|at| !followed.contains(at))
            .filter(|at| steps[*at].inputs.iter().flatten().any(|input| followed.contains(input)))
            .collect();
        if more.is_empty() {
            return followed.into_iter().collect();
        }
        followed.extend(more);
    }
}

/// The Dockerfile's instruction of a step, where its line is known.
pub(crate) fn instruction<'d>(
    step: &BuildStep,
    dockerfile: &'d Dockerfile,
) -> Option<&'d Instruction> {
    let line = step.line?;
    dockerfile.instructions().find(|instruction| instruction.line as u64 == line)
}

/// A cause, with what and how.
pub(crate) type Cause = (InvalidationCause, Option<String>, Option<String>);

/// What of a step had changed.
fn cause(
    instruction: Option<&Instruction>,
    dockerfile: &Dockerfile,
    change: Option<&Change>,
    differences: &[Difference],
) -> Cause {
    let unknown = (InvalidationCause::Unknown, None, None);
    let Some(instruction) = instruction else { return unknown };
    let files = instruction.context_files();
    let read = differences.iter().find(|one| files.holds(&one.path).unwrap_or(false));
    if let Some(difference) = read {
        let path = Some(difference.path.clone());
        return (InvalidationCause::File, path, Some(difference.how.clone()));
    }
    if let Some(Change::Arg(key, _)) = change {
        if uses_argument(instruction, dockerfile, key) {
            return (InvalidationCause::Argument, Some(key.clone()), None);
        }
        let of_base = dockerfile.stages.iter().any(|stage| mentions(&stage.base, key));
        if of_base {
            return (InvalidationCause::BaseImage, Some(key.clone()), None);
        }
    }
    unknown
}

/// Whether a step's result depends on a build argument: a RUN sees all that its
/// stage declared before it, other instructions what they mention, and all of them
/// what variables of the environment took from it.
fn uses_argument(instruction: &Instruction, dockerfile: &Dockerfile, key: &str) -> bool {
    let stage = dockerfile
        .stages
        .iter()
        .find(|stage| stage.instructions.iter().any(|other| other.line == instruction.line));
    let Some(stage) = stage else { return false };
    let before = || stage.instructions.iter().take_while(|other| other.line < instruction.line);
    let declared = before().any(|other| other.keyword == "ARG" && declares(&other.text, key));
    if !declared {
        return false;
    }
    instruction.keyword == "RUN"
        || mentions(&instruction.text, key)
        || before().any(|other| other.keyword == "ENV" && mentions(&other.text, key))
}

/// Whether `ARG A B=c` declares a name.
pub(crate) fn declares(text: &str, key: &str) -> bool {
    let words = text.split_whitespace().skip(1);
    words.map(|word| word.split('=').next().unwrap_or(word)).any(|name| name == key)
}

/// Whether a text has `$KEY` or `${KEY...}` in it.
pub(crate) fn mentions(text: &str, key: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let rest = &text[at + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.strip_prefix(key).is_some_and(|after| {
            !after.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKERFILE: &str = "\
FROM a AS docs
COPY README.md /
RUN man
FROM a
ARG VERSION
RUN install
COPY src /src
WORKDIR /w/$VERSION
RUN --mount=type=bind,source=gen,target=/g make
COPY --from=docs /d /d
";

    /// Steps at these lines: whether they ran, and the places of their inputs.
    fn steps(lines: &[(u64, bool, &[usize])]) -> Vec<BuildStep> {
        let step = |(line, ran, inputs): &(u64, bool, &[usize])| BuildStep {
            line: Some(*line),
            state: if *ran { StepState::Executed } else { StepState::Cached },
            inputs: Some(inputs.to_vec()),
            seconds: Some(1.0),
            ..BuildStep::default()
        };
        lines.iter().map(step).collect()
    }

    fn found(
        lines: &[(u64, bool, &[usize])],
        change: Option<&Change>,
        changed: &[&str],
    ) -> Vec<(u64, &'static str, Option<String>, Vec<usize>)> {
        let differences: Vec<Difference> = changed
            .iter()
            .map(|path| Difference { path: (*path).to_owned(), how: "content".to_owned() })
            .collect();
        let file = Dockerfile::parse(DOCKERFILE);
        let word = |cause: &InvalidationCause| {
            InvalidationCause::WORDS.iter().find(|word| **word == cause.as_str()).copied().unwrap()
        };
        invalidated(&steps(lines), &file, change, &differences)
            .into_iter()
            .map(|one| (one.line.unwrap(), word(&one.cause), one.what, one.followed))
            .collect()
    }

    const NO_CHANGE: &[(u64, bool, &[usize])] = &[
        (2, false, &[]),
        (3, false, &[0]),
        (6, false, &[]),
        (7, false, &[2]),
        (8, false, &[3]),
        (9, false, &[4]),
        (10, false, &[5, 1]),
    ];

    fn ran(lines: &[u64]) -> Vec<(u64, bool, &'static [usize])> {
        NO_CHANGE.iter().map(|(line, _, inputs)| (*line, lines.contains(line), *inputs)).collect()
    }

    #[test]
    fn the_first_step_of_each_branch_has_its_file() {
        assert_eq!(found(NO_CHANGE, None, &[]), []);
        let file = |path: &str| Some(path.to_owned());
        assert_eq!(
            found(&ran(&[7, 8, 9, 10]), None, &["src/a.c"]),
            [(7, "file", file("src/a.c"), vec![3, 4, 5, 6])]
        );
        assert_eq!(
            found(&ran(&[2, 3, 7, 8, 9, 10]), None, &["README.md", "src/a.c"]),
            [
                (2, "file", file("README.md"), vec![0, 1, 6]),
                (7, "file", file("src/a.c"), vec![3, 4, 5, 6]),
            ]
        );
        assert_eq!(
            found(&ran(&[9, 10]), None, &["gen/x"]),
            [(9, "file", file("gen/x"), vec![5, 6])]
        );
    }

    #[test]
    fn an_argument_is_the_cause_only_where_it_is_seen() {
        let change = Change::Arg("VERSION".to_owned(), "2".to_owned());
        let seen = |lines: &[u64]| {
            let found = found(&ran(lines), Some(&change), &[]);
            found.into_iter().map(|(line, cause, what, _)| (line, cause, what)).collect::<Vec<_>>()
        };
        let version = Some("VERSION".to_owned());
        assert_eq!(seen(&[6, 7, 8, 9, 10]), [(6, "argument", version.clone())]);
        assert_eq!(seen(&[8, 9, 10]), [(8, "argument", version)]);
        // A COPY does not see it, and neither does another stage.
        assert_eq!(seen(&[7, 8, 9, 10]), [(7, "unknown", None)]);
        assert_eq!(seen(&[3, 10]), [(3, "unknown", None)]);
    }

    #[test]
    fn what_nothing_explains_is_unknown() {
        assert_eq!(found(&ran(&[6, 7, 8, 9, 10]), None, &["src/a.c"])[0].1, "unknown");
    }

    #[test]
    fn names_are_whole_words() {
        for (text, mentioned) in [
            ("a$KEY", true),
            ("${KEY}", true),
            ("${KEY:-x}", true),
            ("$KEYS", false),
            ("${KEY_2}", false),
            ("KEY", false),
        ] {
            assert_eq!(mentions(text, "KEY"), mentioned, "{text}");
        }
        assert!(declares("ARG A KEY=x", "KEY") && !declares("ARG KEYS", "KEY"));
    }
}
