//! What each stage is built from, and which stages a target needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::dockerfile::{Arg, Dockerfile, Stage};
use crate::expand::{self, Value};
use crate::instruction::Instruction;
use crate::shape::{self, Shape};

/// Values given by `--build-arg`, by name.
///
/// A caller that knows the platforms adds TARGETARCH and its like: without them a base such as
/// `build-$TARGETARCH` is [`Base::Unknown`].
pub type BuildArgs = BTreeMap<String, String>;

/// What a stage is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// `FROM scratch`.
    Scratch,
    /// An earlier stage, by index.
    Stage(usize),
    /// An image.
    Image(String),
    /// It depends on values that only the engine knows.
    Unknown,
}

/// The stages of a Dockerfile with their bases resolved.
#[derive(Debug, Clone)]
pub struct Stages<'f> {
    file: &'f Dockerfile,
    bases: Vec<Base>,
}

impl<'f> Stages<'f> {
    /// Resolves the bases with the defaults of the global arguments and the values given.
    pub fn resolve(file: &'f Dockerfile, args: &BuildArgs) -> Self {
        let globals = globals(file, args);
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let mut bases = Vec::new();
        for stage in &file.stages {
            let name =
                expand::expand(&stage.base, file.directives.escape, &|name| value(&globals, name));
            bases.push(match name {
                None => Base::Unknown,
                Some(name) => match names.get(name.as_str()) {
                    Some(&index) => Base::Stage(index),
                    None if name == "scratch" => Base::Scratch,
                    None => Base::Image(name),
                },
            });
            if let Some(name) = &stage.name {
                names.insert(name, stage.index);
            }
        }
        Self { file, bases }
    }

    /// The file itself.
    pub fn file(&self) -> &'f Dockerfile {
        self.file
    }

    /// What a stage is built from; `None` when there is no such stage.
    pub fn base(&self, index: usize) -> Option<&Base> {
        self.bases.get(index)
    }

    /// The stages that `target` (the last stage without one) needs, itself included, by index.
    ///
    /// `None` when there is no such stage. Where only the engine knows the base of a stage, all
    /// earlier stages that it may be are in the set: it is never too small.
    pub fn needed(&self, target: Option<&str>) -> Option<BTreeSet<usize>> {
        let target = match target {
            Some(name) => self.named(name)?,
            None => self.file.stages.len().checked_sub(1)?,
        };
        let mut needed = BTreeSet::new();
        let mut open = vec![target];
        while let Some(index) = open.pop() {
            if needed.insert(index) {
                open.extend(self.dependencies(index));
            }
        }
        Some(needed)
    }

    /// The triggers that the file's own stages leave to the stage: the ONBUILD of its base stage.
    pub(crate) fn triggers(&self, index: usize) -> impl Iterator<Item = &'f Instruction> {
        let base = match self.bases.get(index) {
            Some(Base::Stage(base)) => self.file.stages.get(*base),
            _ => None,
        };
        let instructions = base.into_iter().flat_map(|stage| &stage.instructions);
        instructions.filter(|instruction| instruction.onbuild)
    }

    fn dependencies(&self, index: usize) -> Vec<usize> {
        let Some(stage) = self.file.stages.get(index) else {
            return Vec::new();
        };
        let own = stage.instructions.iter().filter(|i| !i.onbuild);
        let sources = own.chain(self.triggers(index)).flat_map(Instruction::sources);
        let mut found: Vec<usize> = sources.filter_map(|source| self.stage(&source)).collect();
        match self.bases.get(index) {
            Some(Base::Stage(base)) => found.push(*base),
            Some(Base::Unknown) => found.extend(self.possible_bases(stage)),
            _ => {}
        }
        found
    }

    /// The stage that `--from=` means: by number, else by name, else none (an image).
    pub fn stage(&self, from: &str) -> Option<usize> {
        match from.parse() {
            Ok(index) => (index < self.file.stages.len()).then_some(index),
            Err(_) => self.named(from),
        }
    }

    /// The last stage of that name, in any case, as BuildKit looks it up.
    fn named(&self, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        let mut stages = self.file.stages.iter().rev();
        let stage = stages.find(|stage| stage.name.as_deref() == Some(&name))?;
        Some(stage.index)
    }

    fn possible_bases(&self, stage: &Stage) -> Vec<usize> {
        let shape = Shape::of_words(&stage.base);
        let earlier = self.file.stages.iter().take(stage.index);
        let possible =
            earlier.filter(|s| s.name.as_ref().is_some_and(|name| shape.fits(&shape::plain(name))));
        possible.map(|stage| stage.index).collect()
    }
}

/// The global arguments: defaults may use those before them; given values win.
fn globals(file: &Dockerfile, args: &BuildArgs) -> BTreeMap<String, Option<String>> {
    let given = args.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
    let mut globals: BTreeMap<String, Option<String>> = given.collect();
    for Arg { name, default, .. } in &file.global_args {
        let Some(default) = default.as_ref().filter(|_| !args.contains_key(name)) else {
            continue;
        };
        let escape = file.directives.escape;
        let expanded = expand::expand(default, escape, &|name| value(&globals, name));
        globals.insert(name.clone(), expanded);
    }
    // An argument that no global ARG declares does not reach FROM, but the platforms' do.
    let declared = |name: &str| file.global_args.iter().any(|arg| arg.name == name);
    globals.retain(|name, _| declared(name) || is_predefined(name));
    globals
}

fn value(globals: &BTreeMap<String, Option<String>>, name: &str) -> Value {
    match globals.get(name) {
        Some(Some(value)) => Value::Set(value.clone()),
        Some(None) => Value::Unknown,
        None if is_predefined(name) => Value::Unknown,
        None => Value::Unset,
    }
}

/// Whether BuildKit itself gives the argument a value in the global scope.
fn is_predefined(name: &str) -> bool {
    let rest = name.strip_prefix("TARGET").or_else(|| name.strip_prefix("BUILD"));
    rest.is_some_and(|rest| {
        ["PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT", "STAGE"].contains(&rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases(text: &str, args: &[(&str, &str)]) -> Vec<Base> {
        let file = Dockerfile::parse(text);
        let args = args.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Stages::resolve(&file, &args.collect()).bases
    }

    fn needed(text: &str, target: Option<&str>) -> Option<Vec<usize>> {
        let file = Dockerfile::parse(text);
        let stages = Stages::resolve(&file, &BuildArgs::new());
        stages.needed(target).map(|set| set.into_iter().collect())
    }

    fn image(name: &str) -> Base {
        Base::Image(name.to_owned())
    }

    #[test]
    fn a_base_is_scratch_a_stage_or_an_image() {
        let text = "FROM scratch\nFROM a AS One\nFROM one\nFROM One\nFROM two\nFROM b AS two\n";
        let expected =
            [Base::Scratch, image("a"), Base::Stage(1), image("One"), image("two"), image("b")];
        assert_eq!(bases(text, &[]), expected);
    }

    #[test]
    fn global_arguments_choose_the_base() {
        let text = "ARG V=1\nARG I=img:${V}\nARG S\nFROM $I AS a\nFROM ${S:-a}\n";
        assert_eq!(bases(text, &[]), [image("img:1"), Base::Stage(0)]);
        let given = [("V", "2"), ("S", "scratch")];
        assert_eq!(bases(text, &given), [image("img:2"), Base::Scratch]);
    }

    #[test]
    fn an_argument_that_is_not_declared_globally_is_empty() {
        assert_eq!(bases("FROM a:$V\n", &[("V", "2")]), [image("a:")]);
    }

    #[test]
    fn the_platform_is_the_engines_unless_given() {
        let text = "FROM x AS b-amd64\nFROM b-$TARGETARCH\n";
        assert_eq!(bases(text, &[]), [image("x"), Base::Unknown]);
        assert_eq!(bases(text, &[("TARGETARCH", "amd64")])[1], Base::Stage(0));
    }

    #[test]
    fn a_target_needs_bases_copies_and_mounts() {
        let text = "FROM i AS a\nFROM a AS b\nFROM i AS c\nFROM i AS d\nFROM i AS unused\n\
                    FROM i AS e\nCOPY --from=B /x /y\nCOPY --from=2 /x /y\n\
                    RUN --mount=type=bind,from=d,target=/d make\nCOPY --from=img /x /z\n";
        assert_eq!(needed(text, None), Some(vec![0, 1, 2, 3, 5]));
        assert_eq!(needed(text, Some("B")), Some(vec![0, 1]));
        assert_eq!(needed(text, Some("no")), None);
        assert_eq!(needed("", None), None);
    }

    #[test]
    fn a_trigger_is_a_need_of_the_next_stage_only() {
        let text = "FROM i AS a\nFROM i AS b\nONBUILD COPY --from=a /x /y\nFROM b AS c\nFROM c\n";
        assert_eq!(needed(text, Some("b")), Some(vec![1]));
        assert_eq!(needed(text, Some("c")), Some(vec![0, 1, 2]));
    }

    #[test]
    fn all_stages_that_an_unknown_base_may_be_are_needed() {
        let text = "FROM i AS b-amd64\nFROM i AS b-arm64\nFROM i AS c\nFROM b-$TARGETARCH\n";
        assert_eq!(needed(text, None), Some(vec![0, 1, 3]));
    }
}
