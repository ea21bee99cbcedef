//! Which instructions of a stage BuildKit counts, and which of them it shows.
//!
//! It announces `m` = the FROM of an image, and every RUN, COPY, ADD and WORKDIR (and, since
//! BuildKit 0.12, every trigger of the base, steps or not). But `n` counts what is really made: a
//! WORKDIR that ends in `/` makes nothing, and the FROM of an image without layers, or of a
//! replaced base (`--build-context`), makes no numbered vertex either.

use crate::instruction::Instruction;
use crate::shape::Shape;
use crate::stages::{Base, Stages};

/// Whether something is so, as far as the text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Yes,
    No,
    Perhaps,
}

/// One instruction that is counted.
#[derive(Debug, Clone)]
pub(crate) struct Counted<'f> {
    pub(crate) instruction: &'f Instruction,
    /// What the name of its vertex looks like.
    pub(crate) shape: Shape,
    /// Whether it makes no vertex.
    pub(crate) silent: Known,
}

/// What is known beforehand of the numbering within a stage.
#[derive(Debug, Clone)]
pub(crate) struct Plan<'f> {
    /// Whether FROM is counted: for an image.
    pub(crate) from: Known,
    /// The steps: triggers that the file itself gives, then the stage's own.
    pub(crate) steps: Vec<Counted<'f>>,
    /// How many of `steps` are triggers.
    pub(crate) triggers: usize,
    /// Triggers of the file itself, steps or not: newer frontends announce them all.
    pub(crate) announced_triggers: usize,
}

impl<'f> Plan<'f> {
    /// The plan of every stage, in the order of the file.
    pub(crate) fn all(stages: &Stages<'f>) -> Vec<Self> {
        let mut ends: Vec<Folder> = Vec::new();
        let mut plans = Vec::new();
        for (index, stage) in stages.file().stages.iter().enumerate() {
            let base = stages.base(index).unwrap_or(&Base::Unknown);
            let mut folder = Folder::at_start(base, &ends);
            let inherited: Vec<&Instruction> = stages.triggers(index).collect();
            let own = stage.instructions.iter().filter(|i| !i.onbuild);
            let all = inherited.iter().copied().chain(own);
            let steps = all.filter(|i| i.is_step()).map(|instruction| Counted {
                instruction,
                shape: Shape::of_step(instruction),
                silent: folder.enter(instruction),
            });
            plans.push(Self {
                from: from_is_counted(base),
                steps: steps.collect(),
                triggers: inherited.iter().filter(|i| i.is_step()).count(),
                announced_triggers: inherited.len(),
            });
            ends.push(folder);
        }
        plans
    }

    /// The steps that the stage announces for itself: `m` without FROM and triggers.
    pub(crate) fn own(&self) -> usize {
        self.steps.len() - self.triggers
    }

    /// `m` where no triggers are announced.
    pub(crate) fn expected(&self) -> usize {
        self.own() + usize::from(self.from == Known::Yes)
    }

    /// Whether `m` can be this number.
    pub(crate) fn may_announce(&self, of: usize) -> bool {
        match self.from {
            Known::No => of == self.own() || of == self.own() + self.announced_triggers,
            Known::Yes | Known::Perhaps => of >= self.expected(),
        }
    }
}

fn from_is_counted(base: &Base) -> Known {
    match base {
        Base::Image(_) => Known::Yes,
        Base::Unknown => Known::Perhaps,
        Base::Scratch | Base::Stage(_) => Known::No,
    }
}

/// The working directory, as far as it matters: is it `/`?
#[derive(Debug, Clone, Copy)]
struct Folder {
    /// It lies at least this deep below `/`.
    deep: usize,
    /// Whether it lies exactly that deep.
    exact: bool,
}

impl Folder {
    /// Where a stage begins: where its base stage ended, else where its image says.
    fn at_start(base: &Base, ends: &[Self]) -> Self {
        let exact = *base == Base::Scratch;
        let end = match base {
            Base::Stage(index) => ends.get(*index).copied(),
            _ => None,
        };
        end.unwrap_or(Self { deep: 0, exact })
    }

    /// Follows a WORKDIR (any other instruction leaves it); whether that makes no vertex.
    fn enter(&mut self, instruction: &Instruction) -> Known {
        if instruction.keyword != "WORKDIR" {
            return Known::No;
        }
        let path = instruction.arguments().1.replace(['"', '\''], "");
        if path.starts_with('/') {
            *self = Self { deep: 0, exact: true };
        }
        for component in path.split('/') {
            self.step(component);
        }
        // The engine cleans a path that it joins to the one before, but no absolute path: `/a/..`
        // is another folder than `/` to it.
        if path.starts_with('/') {
            return is_root(&path);
        }
        match self {
            Self { deep: 1.., .. } => Known::No,
            Self { exact: true, .. } => Known::Yes,
            Self { exact: false, .. } => Known::Perhaps,
        }
    }

    fn step(&mut self, component: &str) {
        match component {
            "" | "." => {}
            ".." => self.deep = self.deep.saturating_sub(1),
            // A variable may hold anything, `/` and `../..` too.
            _ if component.contains('$') => *self = Self { deep: 0, exact: false },
            _ => self.deep += 1,
        }
    }
}

/// Whether an absolute path is `/` to the letter.
fn is_root(path: &str) -> Known {
    let literal = |component: &str| !component.is_empty() && !component.contains('$');
    if path == "/" {
        Known::Yes
    } else if path.contains('$') && !path.split('/').any(literal) {
        Known::Perhaps
    } else {
        Known::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::Dockerfile;
    use crate::stages::BuildArgs;

    fn silent(text: &str) -> Vec<Known> {
        let file = Dockerfile::parse(text);
        let stages = Stages::resolve(&file, &BuildArgs::new());
        let plan = Plan::all(&stages).pop().unwrap();
        plan.steps.iter().map(|step| step.silent).collect()
    }

    #[test]
    fn a_workdir_that_ends_in_the_root_is_silent() {
        use Known::{No, Perhaps, Yes};
        for (text, expected) in [
            ("FROM a\nWORKDIR /\nWORKDIR /a\nWORKDIR ..\n", vec![Yes, No, Yes]),
            ("FROM a\nWORKDIR b\nWORKDIR .\n", vec![No, No]),
            ("FROM a\nWORKDIR /b/..\nWORKDIR .\nWORKDIR //\n", vec![No, Yes, No]),
            ("FROM a\nWORKDIR /$X/..\nWORKDIR $X/..\n", vec![No, Perhaps]),
            ("FROM a\nWORKDIR .\nWORKDIR ../..\n", vec![Perhaps, Perhaps]),
            ("FROM scratch\nWORKDIR .\nWORKDIR \"/\"\n", vec![Yes, Yes]),
            ("FROM a\nWORKDIR $X\nWORKDIR $X/b\nWORKDIR /$Y\n", vec![Perhaps, No, Perhaps]),
            ("FROM a AS x\nWORKDIR /q\nFROM x\nWORKDIR ..\nRUN b\n", vec![Yes, No]),
        ] {
            assert_eq!(silent(text), expected, "{text}");
        }
    }

    #[test]
    fn a_stage_takes_the_triggers_of_its_base_stage() {
        let text = "FROM a AS x\nONBUILD ENV A=1\nONBUILD RUN t\nRUN own\nFROM x\nCOPY a b\n";
        let file = Dockerfile::parse(text);
        let stages = Stages::resolve(&file, &BuildArgs::new());
        let plans = Plan::all(&stages);
        let [base, plan] = plans.as_slice() else { panic!("two stages") };
        assert_eq!((base.steps.len(), base.announced_triggers), (1, 0));
        let lines: Vec<usize> = plan.steps.iter().map(|s| s.instruction.line).collect();
        assert_eq!(lines, [3, 6]);
        assert_eq!((plan.triggers, plan.announced_triggers, plan.own()), (1, 2, 1));
    }
}
