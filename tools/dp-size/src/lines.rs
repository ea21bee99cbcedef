//! From the steps of an image's history to the lines of its Dockerfile.
//!
//! Every instruction adds one entry to the history, in order, so the two lists are
//! matched from their ends: what is left over at the beginning belongs to the base
//! image. Example, from the last entry upwards:
//!
//! ```text
//! history                        Dockerfile
//! ADD file:1 in /                                  (of the base: no line)
//! CMD ["bash"]                   1 FROM debian
//! COPY . . # buildkit            2 COPY . .
//! RUN /bin/sh -c make # buildkit 3 RUN make
//! ```
//!
//! Where an entry does not match its instruction, the Dockerfile is not the one
//! that made the image (any more), and all entries above stay without a line: no
//! line is better than a wrong one.

use dp_dockerfile::{Base, BuildArgs, Dockerfile, Instruction, Stages};
use dp_engine::image::HistoryEntry;

use crate::entry::Entry;

/// The instruction of each entry of a history, oldest first.
pub(crate) fn locate<'f>(
    file: &'f Dockerfile,
    target: Option<&str>,
    history: &[HistoryEntry],
) -> Vec<Option<&'f Instruction>> {
    let mut lines = vec![None; history.len()];
    let mut open = history.len();
    let Some(stage) = stage(file, target) else { return lines };
    for written in chain(file, stage).into_iter().rev() {
        let Some(at) = open.checked_sub(1) else { break };
        let entry = Entry::new(&history[at]);
        if written.onbuild && !entry.is_of_trigger(written) {
            // BuildKit writes no entry for an ONBUILD trigger to the history of the
            // image that declares it.
            continue;
        }
        if !entry.is_of(written) {
            break;
        }
        lines[at] = Some(written);
        open = at;
    }
    lines
}

/// The instruction that decides which user an image runs as: the last USER of its
/// Dockerfile, or the FROM of its stage where there is none.
pub(crate) fn user_at<'f>(file: &'f Dockerfile, target: Option<&str>) -> Option<&'f Instruction> {
    let stage = stage(file, target)?;
    let chain = chain(file, stage);
    let user = chain.into_iter().rev().find(|one| one.keyword == "USER" && !one.onbuild);
    user.or(Some(&file.stages[stage].from))
}

/// The stage of this name or number; the last one where none is given.
pub(crate) fn stage(file: &Dockerfile, target: Option<&str>) -> Option<usize> {
    let Some(target) = target else { return file.stages.len().checked_sub(1) };
    let name = target.to_lowercase();
    let named = file.stages.iter().rposition(|stage| stage.name.as_deref() == Some(&name));
    let numbered = || target.parse().ok().filter(|number| *number < file.stages.len());
    named.or_else(numbered)
}

/// All instructions that made the image of a stage, as far as the file says:
/// those of the stages that it is built from, then the ONBUILD triggers that the
/// last of these declared, then its own.
fn chain(file: &Dockerfile, stage: usize) -> Vec<&Instruction> {
    let stages = Stages::resolve(file, &BuildArgs::new());
    let mut chain = Vec::new();
    let mut at = Some(stage);
    while let Some(index) = at {
        let base = match stages.base(index) {
            Some(Base::Stage(base)) => Some(*base),
            _ => None,
        };
        chain.extend(file.stages[index].instructions.iter().rev());
        let triggers = base.map(|base| file.stages[base].instructions.iter().rev());
        chain.extend(triggers.into_iter().flatten().filter(|one| one.onbuild));
        at = base;
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, target: Option<&str>, history: &[&str]) -> Vec<Option<usize>> {
        let file = Dockerfile::parse(text);
        let entry = |text: &&str| HistoryEntry {
            created_by: (*text).to_owned(),
            ..HistoryEntry::default()
        };
        let history: Vec<HistoryEntry> = history.iter().map(entry).collect();
        let found = locate(&file, target, &history);
        found.into_iter().map(|written| written.map(|written| written.line)).collect()
    }

    const FILE: &str = "\
ARG BASE=debian
FROM ${BASE} AS first
ARG A=1
ENV B=2
WORKDIR sub
ONBUILD RUN echo triggered
ONBUILD COPY a /trig
FROM first
RUN echo a > /a
RUN [\"/bin/sh\", \"-c\", \"echo b\"]
COPY --chown=1:2 a b /c/
RUN --mount=type=cache,target=/c echo $D \\
    && echo \"more\"   stuff
CMD [\"a\"]
";

    /// What BuildKit 0.29 wrote for it, after two entries of the base.
    const BUILDKIT: [&str; 11] = [
        "/bin/sh -c #(nop) ADD file:1 in / ",
        "CMD [\"bash\"]",
        "ARG A=1",
        "ENV B=2",
        "WORKDIR /w/sub",
        "RUN |1 A=1 /bin/sh -c echo triggered # buildkit",
        "COPY a /trig # buildkit",
        "RUN |1 A=1 /bin/sh -c echo a > /a # buildkit",
        "RUN |1 A=1 /bin/sh -c echo b # buildkit",
        "COPY a b /c/ # buildkit",
        "RUN |1 A=1 /bin/sh -c echo $D     && echo \"more\"   stuff # buildkit",
    ];

    #[test]
    fn entries_of_buildkit_find_their_lines() {
        let mut history = BUILDKIT.to_vec();
        history.push("CMD [\"a\"]");
        let found = lines(FILE, None, &history);
        assert_eq!(found[..2], [None; 2]);
        assert_eq!(found[2..7], [Some(3), Some(4), Some(5), Some(6), Some(7)]);
        assert_eq!(found[7..], [Some(9), Some(10), Some(11), Some(12), Some(14)]);
    }

    #[test]
    fn another_shell_does_not_keep_a_command_from_its_line() {
        let file = "FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nRUN make all\nARG T\nRUN make $T\n";
        let history = [
            "SHELL [/bin/bash -c]",
            "RUN /bin/bash -c make all # buildkit",
            "ARG T=x",
            "RUN |1 T=x /bin/bash -c make $T # buildkit",
        ];
        assert_eq!(lines(file, None, &history), [Some(2), Some(3), Some(4), Some(5)]);
    }

    #[test]
    fn a_target_ends_the_chain() {
        assert_eq!(lines(FILE, Some("First"), &BUILDKIT[..5])[2..], [Some(3), Some(4), Some(5)]);
        assert_eq!(lines(FILE, Some("0"), &BUILDKIT[..5])[2..], [Some(3), Some(4), Some(5)]);
        assert_eq!(lines(FILE, Some("none"), &BUILDKIT[..5]), [None; 5]);
    }

    #[test]
    fn entries_of_the_legacy_builder_find_their_lines() {
        let file = "FROM a\nONBUILD RUN x\nCOPY . /app\nENV A=1\nRUN make\nCMD [\"sh\"]\n";
        let history = [
            "/bin/sh -c #(nop) ADD file:1 in / ",
            "/bin/sh -c #(nop)  ONBUILD RUN x",
            "/bin/sh -c #(nop) COPY dir:abc in /app ",
            "/bin/sh -c #(nop)  ENV A=1",
            "/bin/sh -c make",
            "/bin/sh -c #(nop)  CMD [\"sh\"]",
        ];
        assert_eq!(
            lines(file, None, &history),
            [None, Some(2), Some(3), Some(4), Some(5), Some(6)]
        );
    }

    #[test]
    fn the_user_is_that_of_the_last_user_instruction_else_of_the_from() {
        let file = Dockerfile::parse("FROM a AS b\nUSER x\nRUN a\nFROM b\nRUN c\nFROM d AS e\n");
        let at = |target| user_at(&file, target).map(|one| one.line);
        assert_eq!([at(Some("b")), at(Some("1")), at(Some("e"))], [Some(2), Some(2), Some(6)]);
        assert_eq!(at(Some("none")), None);
    }

    #[test]
    fn another_dockerfile_gives_no_lines_above_the_first_difference() {
        let file = "FROM a\nRUN one\nRUN two\nCMD x\n";
        let history = ["RUN /bin/sh -c one", "RUN /bin/sh -c other", "CMD [\"x\"]"];
        assert_eq!(lines(file, None, &history), [None, None, Some(4)]);
        assert_eq!(lines("", None, &history), [None; 3]);
        assert_eq!(lines("FROM a\nRUN a\nRUN b\n", None, &["RUN /bin/sh -c b"]), [Some(3)]);
    }
}

#[cfg(test)]
#[path = "lines_recorded_test.rs"]
mod recorded;
