//! From the names of progress vertices to the instructions that they are the steps of.
//!
//! An example, from the vertices of a build of this Dockerfile to its lines:
//!
//! ```text
//! 1  FROM debian AS build        [build 1/3] FROM docker.io/library/debian@sha256:...   line 1
//! 2  RUN make                    [build 2/3] RUN make                                   line 2
//! 3  ENV A=1
//! 4  RUN make test               [build 3/3] RUN make test                              line 4
//! 5  FROM scratch
//! 6  COPY --from=build /a /      [stage-1 1/1] COPY --from=build /a /                   line 6
//!                                [internal] load build context                          no line
//! ```
//!
//! The names are grouped by what counts by itself: target, platform and stage. A group's stage is
//! found by its label (`build`; `stage-1` for the second stage, which has no name), and the numbers
//! of the group are then fitted to the instructions of that stage by [`numbering`]: `build` has
//! three that count (ENV is none), and each fits by its text too.

use std::collections::BTreeMap;

use crate::dialect::Dialect;
use crate::dockerfile::Dockerfile;
use crate::instruction::Instruction;
use crate::numbering::{self, Place};
use crate::plan::Plan;
use crate::stages::{BuildArgs, Stages};
use crate::vertex::{StepName, Targets};

/// Finds the instruction of a step by the name of its vertex.
///
/// Names must be those of the engine, before anything in them is masked. The answer is a line
/// only where the numbering and the text of the name both fit it: a wrong line is worse than none.
/// So a vertex that another build shares at the same moment has no line: the engine shows it by
/// the name that the other build gave it.
#[derive(Debug, Clone)]
pub struct StepIndex<'f> {
    file: &'f Dockerfile,
    plans: Vec<Plan<'f>>,
    /// Stages by the name that the engine shows.
    labels: BTreeMap<String, Vec<usize>>,
}

/// The instruction that a step carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRef<'f> {
    /// The stage that the step belongs to, by index.
    pub stage_index: usize,
    /// Its name, in lower case, if it has one.
    pub stage_name: Option<&'f str>,
    /// The instruction; for a trigger the ONBUILD of the stage that leaves it.
    pub instruction: &'f Instruction,
}

impl<'f> StepIndex<'f> {
    /// An index for a build without `--build-arg`.
    pub fn new(file: &'f Dockerfile) -> Self {
        Self::with_args(file, &BuildArgs::new())
    }

    /// An index for a build with these arguments (they may choose the base of a stage).
    pub fn with_args(file: &'f Dockerfile, args: &BuildArgs) -> Self {
        let mut labels: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for stage in &file.stages {
            labels.entry(stage.label()).or_default().push(stage.index);
        }
        let plans = Plan::all(&Stages::resolve(file, args));
        Self { file, plans, labels }
    }

    /// The instructions of the steps of one build, in the order of the names.
    ///
    /// All vertices of the build should be there, in any order (BuildKit announces them at once),
    /// those of other things too: they are `None`. One name alone could not tell whether triggers
    /// of the base image shift the numbers, and would now and then get the line of another step.
    pub fn locate(&self, names: &[&str]) -> Vec<Option<StepRef<'f>>> {
        let targets = Targets::of(names.iter().copied());
        // Numbers count within a stage, and each platform and each target that is built at the same
        // time shows its steps apart: the three make a group.
        let mut groups: BTreeMap<_, Vec<(usize, StepName<'_>)>> = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            let vertex = targets.parse(name);
            if let Some(step) = vertex.step() {
                let group = (vertex.target, vertex.platform, step.stage);
                groups.entry(group).or_default().push((at, step));
            }
        }
        let mut found = vec![None; names.len()];
        for ((.., label), group) in groups {
            let (places, steps): (Vec<usize>, Vec<_>) = group.into_iter().unzip();
            for (at, step) in places.into_iter().zip(self.locate_stage(label, &steps)) {
                found[at] = step;
            }
        }
        found
    }

    /// The instructions of the steps of one stage.
    fn locate_stage(
        &self,
        label: Option<&str>,
        vertices: &[StepName<'_>],
    ) -> Vec<Option<StepRef<'f>>> {
        let stages = self.candidates(label);
        let fits: Vec<(usize, Vec<Option<Place>>)> =
            stages.map(|stage| (stage, numbering::fit(&self.plans[stage], vertices))).collect();
        let one = |at: usize| {
            let steps = fits.iter().filter_map(|(stage, places)| self.step(*stage, places[at]?));
            only(steps)
        };
        (0..vertices.len()).map(one).collect()
    }

    /// The stages that the engine shows by this name; without a name, the file's only one.
    fn candidates(&self, label: Option<&str>) -> impl Iterator<Item = usize> {
        let named = label.and_then(|label| self.labels.get(label)).cloned();
        let alone = label.is_none() && self.plans.len() == 1;
        named.unwrap_or_default().into_iter().chain(alone.then_some(0))
    }

    fn step(&self, stage_index: usize, place: Place) -> Option<StepRef<'f>> {
        let stage = self.file.stages.get(stage_index)?;
        let instruction = match place {
            Place::From => &stage.from,
            Place::Step(at) => self.plans.get(stage_index)?.steps.get(at)?.instruction,
            Place::Trigger => return None,
        };
        Some(StepRef { stage_index, stage_name: stage.name.as_deref(), instruction })
    }
}

impl Dockerfile {
    /// Reads the Dockerfile of a build of which only the names of its vertices are known: by the
    /// dialect under which most of them have a line.
    ///
    /// `# syntax=` decides where it tells the dialect; among dialects that fit equally well, it is
    /// that of [`Dockerfile::parse`].
    pub fn parse_matching(text: &str, args: &BuildArgs, names: &[&str]) -> Self {
        let plain = Self::parse(text);
        let is_known = plain.syntax().and_then(Dialect::of_frontend).is_some();
        if is_known || !text.contains("<<") {
            return plain;
        }
        let found =
            |file: &Self| StepIndex::with_args(file, args).locate(names).iter().flatten().count();
        let dialects = [Dialect::SpacedHeredocs, Dialect::Heredocs, Dialect::WithoutHeredocs];
        let mut best = (found(&plain), plain);
        for other in dialects.map(|dialect| Self::parse_as(text, dialect)) {
            let lines = found(&other);
            if lines > best.0 {
                best = (lines, other);
            }
        }
        best.1
    }
}

/// The item, if there is exactly one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let item = items.next()?;
    items.next().is_none().then_some(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, names: &[&str]) -> Vec<Option<usize>> {
        let file = Dockerfile::parse(text);
        let found = StepIndex::new(&file).locate(names);
        found.iter().map(|step| step.map(|step| step.instruction.line)).collect()
    }

    const TWO: &str = "FROM img AS one\nRUN a\nRUN b\nFROM one\nRUN c\n";

    #[test]
    fn a_step_knows_its_stage() {
        let file = Dockerfile::parse("FROM i AS One\nRUN a\nFROM i\nRUN b\n");
        let index = StepIndex::new(&file);
        let found = index.locate(&["[one 2/2] RUN a", "[stage-1 2/2] RUN b"]);
        let stages = found.iter().map(|step| step.map(|s| (s.stage_index, s.stage_name)));
        let expected = [Some((0, Some("one"))), Some((1, None))];
        assert_eq!(stages.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_order_of_the_names_does_not_matter() {
        let names = ["[stage-1 1/1] RUN c", "[one 3/3] RUN b", "[internal] x", "[one 2/3] RUN a"];
        assert_eq!(lines(TWO, &names), [Some(5), Some(3), None, Some(2)]);
    }

    #[test]
    fn a_vertex_that_bears_the_name_of_another_build_is_left_out_alone() {
        let names =
            ["[other 1/9] FROM img", "[one 7/9] RUN a", "[one 3/3] RUN b", "[stage-1 1/1] RUN c"];
        assert_eq!(lines(TWO, &names), [None, None, Some(3), Some(5)]);
    }

    #[test]
    fn names_of_another_dockerfile_find_nothing() {
        let names = ["[one 2/3] RUN x", "[one 3/3] COPY a b", "[stage-1 1/2] RUN c", "[2/3] RUN a"];
        assert_eq!(lines(TWO, &names), [None; 4]);
    }

    #[test]
    fn a_stage_whose_from_is_shown_by_another_stage_keeps_its_numbers() {
        assert_eq!(lines(TWO, &["[one 2/3] RUN a", "[one 3/3] RUN b"]), [Some(2), Some(3)]);
    }

    #[test]
    fn two_stages_of_one_name_are_told_apart_by_text_or_not_at_all() {
        let text = "FROM i AS x\nRUN a\nFROM i AS x\nRUN b\n";
        assert_eq!(lines(text, &["[x 2/2] RUN a"]), [Some(2)]);
        assert_eq!(lines(text, &["[x 1/2] FROM i"]), [None]);
    }

    #[test]
    fn platforms_are_numbered_apart() {
        let names = [
            "[linux/amd64 one 2/3] RUN a",
            "[linux/arm64 one 2/3] RUN a",
            "[linux/amd64->arm64 one 3/3] RUN b",
        ];
        assert_eq!(lines(TWO, &names), [Some(2), Some(2), Some(3)]);
    }

    #[test]
    fn a_workdir_that_may_be_the_root_is_settled_by_the_texts_after_it() {
        let text = "FROM i\nWORKDIR $W\nRUN a\nRUN b\n";
        let silent = ["[1/4] FROM i", "[2/4] RUN a", "[3/4] RUN b"];
        assert_eq!(lines(text, &silent), [Some(1), Some(3), Some(4)]);
        let shown = ["[1/4] FROM i", "[2/4] WORKDIR /w", "[3/4] RUN a", "[4/4] RUN b"];
        assert_eq!(lines(text, &shown), [Some(1), Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn targets_are_numbered_apart() {
        let text = "FROM i AS build\nRUN a\nFROM scratch AS api\nCOPY x /\nFROM scratch AS web\nCOPY y /\n";
        let names = [
            "[api internal] load build definition from Dockerfile",
            "[api build 1/2] FROM i",
            "[api build 2/2] RUN a",
            "[web build 2/2] RUN a",
            "[api api 1/1] COPY x /",
            "[web web 1/1] COPY y /",
            "[api linux/arm64 build 2/2] RUN a",
            "[web] exporting to image",
        ];
        let expected = [None, Some(1), Some(2), Some(2), Some(4), Some(6), Some(2), None];
        assert_eq!(lines(text, &names), expected);
    }

    #[test]
    fn the_only_stage_of_a_target_needs_no_name() {
        let text = "FROM i\nCOPY . /app\nRUN make\n";
        let steps = ["[web 1/3] FROM i", "[web 2/3] COPY . /app", "[web 3/3] RUN make"];
        let with = |other| [other, steps[0], steps[1], steps[2]];
        let found = [None, Some(1), Some(2), Some(3)];
        assert_eq!(lines(text, &with("[web internal] load build context")), found);
        assert_eq!(lines(text, &with("[web] exporting to image")), found);
        // Without anything that shows a target the first word is that of a stage.
        assert_eq!(lines(text, &with("exporting to image")), [None; 4]);
    }

    #[test]
    fn a_target_of_another_dockerfile_finds_nothing_in_this_one() {
        let text = "FROM i\nCOPY . /app\nRUN make\n";
        let names = [
            "[web internal] load build context",
            "[web 2/3] COPY . /app",
            "[web 3/3] RUN make",
            "[db internal] load build context",
            "[db 2/3] COPY x /db",
            "[db 3/3] RUN setup",
        ];
        assert_eq!(lines(text, &names), [None, Some(2), Some(3), None, None, None]);
    }

    #[test]
    fn of_a_build_that_nothing_else_is_known_of_the_steps_tell_the_dialect() {
        // "EOF" is a name to newer frontends, and a word of a command to older ones.
        let text = "FROM i\nRUN cat << EOF\nRUN a\nEOF\nRUN b\n";
        let by =
            |names: &[&str]| Dockerfile::parse_matching(text, &BuildArgs::new(), names).dialect;
        let newer = ["[1/3] FROM i", "[2/3] RUN cat << EOF (RUN a...)", "[3/3] RUN b"];
        assert_eq!(by(&newer), Dialect::SpacedHeredocs);
        let older = ["[1/4] FROM i", "[2/4] RUN cat << EOF", "[3/4] RUN a", "[4/4] RUN b"];
        assert_eq!(by(&older), Dialect::Heredocs);
        assert_eq!(by(&[]), Dialect::SpacedHeredocs);
        let asked = format!("# syntax=docker/dockerfile:1.16\n{text}");
        let file = Dockerfile::parse_matching(&asked, &BuildArgs::new(), &older);
        assert_eq!(file.dialect, Dialect::SpacedHeredocs);
    }

    /// The example at the top of `numbering`.
    #[test]
    fn a_trigger_of_the_image_and_a_silent_workdir_are_told_from_their_neighbours_by_text() {
        let text = "FROM base\nWORKDIR $W\nRUN a\nRUN b\n";
        let names = ["[1/4] FROM base", "[2/4] RUN t", "[3/4] RUN a", "[4/4] RUN b"];
        assert_eq!(lines(text, &names), [Some(1), None, Some(3), Some(4)]);
    }

    /// The example at the top of this file.
    #[test]
    fn steps_of_two_stages_have_the_lines_of_their_instructions() {
        let text = "FROM debian AS build\nRUN make\nENV A=1\nRUN make test\nFROM scratch\n\
                    COPY --from=build /a /\n";
        let names = [
            "[build 1/3] FROM docker.io/library/debian@sha256:0",
            "[build 2/3] RUN make",
            "[build 3/3] RUN make test",
            "[stage-1 1/1] COPY --from=build /a /",
            "[internal] load build context",
        ];
        assert_eq!(lines(text, &names), [Some(1), Some(2), Some(4), Some(6), None]);
    }
}
