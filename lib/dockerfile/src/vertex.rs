//! The names of progress vertices: `[api linux/amd64 builder 2/4] RUN make` and all its relatives.
//!
//! The frontend puts in brackets before a step's instruction: the platform where several are built,
//! the stage where it has a name or is not the only one, and the step's number.
//! It names its look-ups `[internal]`, or `[linux/amd64 internal]` where several platforms are
//! built; the session adds `[auth]`, and contexts given by `--build-context` are `[context NAME]`.
//! buildx puts the name of the target in front of all that where it builds several (bake, and
//! compose with several services): `[internal] x` becomes `[api internal] x`, and a name without
//! brackets becomes `[api] exporting to image`.
//!
//! Nothing marks a word as a target or a stage, so `[web 2/3]` can be step 2 of the stage `web`, or
//! step 2 of the only stage of the target `web`. One name alone cannot tell; [`Targets`] looks at
//! all the names of a build: a build of a target `web` also shows `[web internal]`.

use std::collections::BTreeSet;

/// A vertex name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VertexName<'n> {
    /// The target (of bake) or service (of compose), where several are built at once.
    pub target: Option<&'n str>,
    /// The platform, where several are built (`linux/amd64`, `linux/amd64->arm64`).
    pub platform: Option<&'n str>,
    /// What it is the name of.
    pub part: VertexPart<'n>,
}

/// What the name of a vertex says of it, without its target and platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VertexPart<'n> {
    /// `[stage 2/4] RUN make`
    Step(StepName<'n>),
    /// What follows `[internal]`: `load build context`.
    Internal(&'n str),
    /// What follows `[auth]`: `library/x:pull token for HOST`.
    Auth(&'n str),
    /// `[context NAME] WHAT`
    Context {
        /// The context's name, with its platform if it is for one (`app::linux/amd64`).
        name: &'n str,
        /// What is done with it.
        text: &'n str,
    },
    /// Anything else: `exporting to image`.
    Other(&'n str),
}

/// The name of a step within its target and platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StepName<'n> {
    /// The stage's name or `stage-N`; absent in a file of one stage.
    pub stage: Option<&'n str>,
    /// The number of the step within its stage, from 1. FROM of an image, RUN, COPY, ADD, WORKDIR
    /// and triggers of the base count.
    pub n: usize,
    /// The number of steps that `BuildKit` announces for the stage. `n` can exceed it: the frontend
    /// of engine 20.10 does not announce the triggers of the base image.
    pub of: usize,
    /// Whether `BuildKit` says that it is a trigger of the base image.
    pub onbuild: bool,
    /// Whether it merges the layer of a `COPY --link` or `ADD --link` into the stage: such a step
    /// has two vertices, the copy itself and this one.
    pub is_link: bool,
    /// The instruction, with variables replaced.
    pub text: &'n str,
}

impl<'n> VertexName<'n> {
    /// Reads a name by itself. `[web 2/3]` is then taken for a step of the stage `web`; see
    /// [`Targets::parse`].
    pub fn parse(name: &'n str) -> Self {
        let whole = Self { target: None, platform: None, part: VertexPart::Other(name) };
        let Some((inside, text)) = name.strip_prefix('[').and_then(|rest| rest.split_once("] "))
        else {
            return whole;
        };
        let words: Vec<&str> = inside.split_ascii_whitespace().collect();
        let Some((&last, before)) = words.split_last() else { return whole };
        let is_target = |word: &str| !word.contains('/');
        // From the right: what says what it is, then the stage, the platform, the target.
        let (before, part) = if let Some((n, of)) = number(last) {
            let (stage, before) = match before.split_last() {
                Some((&stage, before)) if is_target(stage) => (Some(stage), before),
                _ => (None, before),
            };
            (before, VertexPart::Step(StepName::new(stage, n, of, text)))
        } else {
            match before.split_last() {
                _ if last == "internal" && !is_of_a_target(text) => {
                    (before, VertexPart::Internal(text))
                }
                _ if last == "auth" => (before, VertexPart::Auth(text)),
                Some((&"context", before)) => (before, VertexPart::Context { name: last, text }),
                _ => (words.as_slice(), VertexPart::Other(text)),
            }
        };
        match *before {
            [] => Self { part, ..whole },
            [word] if is_target(word) => Self { target: Some(word), part, ..whole },
            [platform] => Self { platform: Some(platform), part, ..whole },
            [target, platform] if is_target(target) && !is_target(platform) => {
                Self { target: Some(target), platform: Some(platform), part }
            }
            _ => whole,
        }
    }

    /// The step, if it is one.
    pub fn step(&self) -> Option<StepName<'n>> {
        match self.part {
            VertexPart::Step(step) => Some(step),
            _ => None,
        }
    }
}

impl<'n> StepName<'n> {
    /// Reads a name by itself; `None` if it is no step's.
    pub fn parse(name: &'n str) -> Option<Self> {
        VertexName::parse(name).step()
    }

    fn new(stage: Option<&'n str>, n: usize, of: usize, text: &'n str) -> Self {
        let trigger = text.strip_prefix("ONBUILD ");
        let text = trigger.unwrap_or(text);
        let linked = text.strip_prefix("LINK ");
        let text = linked.unwrap_or(text);
        Self { stage, n, of, onbuild: trigger.is_some(), is_link: linked.is_some(), text }
    }

    /// Whether it names the base of a stage.
    pub fn is_from(&self) -> bool {
        self.text.starts_with("FROM ") && !self.onbuild
    }
}

/// `n/m`, counted from 1.
fn number(word: &str) -> Option<(usize, usize)> {
    let (n, of) = word.split_once('/')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = digits(n) && digits(of);
    let number = (n.parse().ok()?, of.parse().ok()?);
    (is_number && number.0 > 0).then_some(number)
}

/// Whether `[internal] TEXT` is the export of a target that is called `internal`: the frontend's
/// own look-ups have no such names.
fn is_of_a_target(text: &str) -> bool {
    ["exporting ", "importing cache manifest ", "pushing "]
        .iter()
        .any(|word| text.starts_with(word))
}

/// The targets that are built at once, as far as the names of a build's vertices show them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets<'n> {
    names: BTreeSet<&'n str>,
}

impl<'n> Targets<'n> {
    /// Collects them from all the names of a build: every name but a step's shows its target.
    pub fn of(names: impl IntoIterator<Item = &'n str>) -> Self {
        let targets = names.into_iter().filter_map(|name| VertexName::parse(name).target);
        Self { names: targets.collect() }
    }

    /// Reads a name of this build: `[web 2/3]` is a step of the target `web` if there is one.
    ///
    /// buildx puts the target before every name or before none, so a first word that is a target's
    /// is never that of a stage.
    pub fn parse(&self, name: &'n str) -> VertexName<'n> {
        let mut found = VertexName::parse(name);
        if let VertexName { target: target @ None, platform: None, part: VertexPart::Step(step) } =
            &mut found
        {
            *target = step.stage.take_if(|stage| self.names.contains(*stage));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `target platform part`, with `-` for what is absent; of a step `stage n/m text`.
    fn shown(name: VertexName<'_>) -> String {
        let or_dash = |word: Option<&str>| word.unwrap_or("-").to_owned();
        let part = match name.part {
            VertexPart::Step(step) => {
                let marks = [(step.onbuild, " ONBUILD"), (step.is_link, " LINK")];
                let marks: String =
                    marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
                format!("{} {}/{}{marks} {}", or_dash(step.stage), step.n, step.of, step.text)
            }
            VertexPart::Internal(text) => format!("internal: {text}"),
            VertexPart::Auth(text) => format!("auth: {text}"),
            VertexPart::Context { name, text } => format!("context {name}: {text}"),
            VertexPart::Other(text) => format!("other: {text}"),
        };
        format!("{} {} {part}", or_dash(name.target), or_dash(name.platform))
    }

    #[test]
    fn names_of_steps_are_taken_apart() {
        for (name, expected) in [
            ("[1/2] FROM a", "- - - 1/2 FROM a"),
            ("[ 1/12] FROM a", "- - - 1/12 FROM a"),
            ("[s-1  3/12] RUN a", "- - s-1 3/12 RUN a"),
            ("[stage 2/4] RUN a", "- - stage 2/4 RUN a"),
            ("[stage-0 2/3] COPY . .", "- - stage-0 2/3 COPY . ."),
            ("[linux/arm/v7 b 2/3] RUN a", "- linux/arm/v7 b 2/3 RUN a"),
            ("[linux/amd64 builder 2/4] RUN make", "- linux/amd64 builder 2/4 RUN make"),
            ("[linux/amd64->arm64 2/3] RUN a", "- linux/amd64->arm64 - 2/3 RUN a"),
            ("[linux/amd64 1/2] FROM r.invalid/x", "- linux/amd64 - 1/2 FROM r.invalid/x"),
            (
                "[windows(10.0.17763)/amd64 b 1/2] FROM w",
                "- windows(10.0.17763)/amd64 b 1/2 FROM w",
            ),
            ("[b 4/3] LINK COPY a b", "- - b 4/3 LINK COPY a b"),
            ("[2/3] ONBUILD RUN a", "- - - 2/3 ONBUILD RUN a"),
            ("[2/3] ONBUILD LINK COPY a b", "- - - 2/3 ONBUILD LINK COPY a b"),
            ("[3/2] RUN true", "- - - 3/2 RUN true"),
            ("[2/3] RUN [ x ] [y 1/2] z", "- - - 2/3 RUN [ x ] [y 1/2] z"),
            ("[b 2/3] COPY [a, b] /c", "- - b 2/3 COPY [a, b] /c"),
            ("[2/2] RUN exporting to image", "- - - 2/2 RUN exporting to image"),
            ("[internal 1/2] RUN x", "- - internal 1/2 RUN x"),
            ("[context 1/2] RUN x", "- - context 1/2 RUN x"),
            ("[api build 2/4] RUN make", "api - build 2/4 RUN make"),
            ("[api api 1/1] COPY --from=build /a /b", "api - api 1/1 COPY --from=build /a /b"),
            ("[api linux/amd64 build 2/2] RUN make", "api linux/amd64 build 2/2 RUN make"),
            ("[api linux/amd64 2/2] RUN make", "api linux/amd64 - 2/2 RUN make"),
            ("[api linux/amd64->arm/v7 b 2/2] RUN a", "api linux/amd64->arm/v7 b 2/2 RUN a"),
            ("[api build 4/3] LINK COPY a b", "api - build 4/3 LINK COPY a b"),
            ("[api build 2/3] RUN [ -f x ] y", "api - build 2/3 RUN [ -f x ] y"),
        ] {
            assert_eq!(shown(VertexName::parse(name)), expected, "{name}");
        }
    }

    #[test]
    fn names_of_other_vertices_are_taken_apart() {
        for (name, expected) in [
            ("[internal] load build context", "- - internal: load build context"),
            (
                "[internal] load metadata for r.invalid/x:1",
                "- - internal: load metadata for r.invalid/x:1",
            ),
            (
                "[linux/amd64 internal] load metadata for x",
                "- linux/amd64 internal: load metadata for x",
            ),
            ("[api internal] load .dockerignore", "api - internal: load .dockerignore"),
            (
                "[api linux/arm64 internal] load metadata for x",
                "api linux/arm64 internal: load metadata for x",
            ),
            ("[internal internal] load build context", "internal - internal: load build context"),
            ("[internal] exporting to image", "internal - other: exporting to image"),
            (
                "[internal] setting cache mount permissions",
                "- - internal: setting cache mount permissions",
            ),
            ("[auth] library/x:pull token for h", "- - auth: library/x:pull token for h"),
            ("[api auth] library/x:pull token for h", "api - auth: library/x:pull token for h"),
            ("[context app] load from client", "- - context app: load from client"),
            ("[api context app] load from client", "api - context app: load from client"),
            (
                "[context app::linux/amd64] load metadata for x",
                "- - context app::linux/amd64: load metadata for x",
            ),
            ("[context internal] docker-image://x", "context - internal: docker-image://x"),
            ("[api] exporting to image", "api - other: exporting to image"),
            ("[api] FROM r.invalid/x", "api - other: FROM r.invalid/x"),
            (
                "[api] resolve image config for docker-image://x",
                "api - other: resolve image config for docker-image://x",
            ),
            (
                "[linux/amd64] generating sbom using x",
                "- linux/amd64 other: generating sbom using x",
            ),
            (
                "[api linux/amd64] generating sbom using x",
                "api linux/amd64 other: generating sbom using x",
            ),
            ("exporting to image", "- - other: exporting to image"),
            (
                "docker-image://docker.io/docker/dockerfile:1",
                "- - other: docker-image://docker.io/docker/dockerfile:1",
            ),
            ("http://127.0.0.1/a.txt", "- - other: http://127.0.0.1/a.txt"),
        ] {
            assert_eq!(shown(VertexName::parse(name)), expected, "{name}");
        }
    }

    #[test]
    fn what_has_no_known_form_stays_whole() {
        for name in [
            "[a b c 1/2] RUN x",
            "[linux/amd64 api b 1/2/3] RUN x",
            "[a linux/amd64 b c 1/2] RUN x",
            "[1/2]RUN x",
            "[0/2 a] x y",
            "[",
            "[]",
            "[] ",
            "[ ] x",
            "",
        ] {
            assert_eq!(VertexName::parse(name).part, VertexPart::Other(name), "{name}");
        }
        for name in
            ["[0/2] RUN x", "[-1/2] RUN x", "[+1/2] RUN x", "[99999999999999999999999/2] RUN x"]
        {
            assert_eq!(VertexName::parse(name).step(), None, "{name}");
        }
    }

    #[test]
    fn all_names_of_a_build_tell_a_target_from_a_stage() {
        let names = ["[web internal] load build context", "[web 2/3] RUN a", "[web web 2/3] RUN a"];
        let targets = Targets::of(names);
        assert_eq!(shown(targets.parse(names[1])), "web - - 2/3 RUN a");
        assert_eq!(shown(targets.parse(names[2])), "web - web 2/3 RUN a");
        assert_eq!(shown(targets.parse("[db 2/3] RUN a")), "- - db 2/3 RUN a");
        assert_eq!(
            shown(targets.parse("[linux/amd64 web 2/3] RUN a")),
            "- linux/amd64 web 2/3 RUN a"
        );
        let alone = Targets::of(["[internal] load build context", "[web 2/3] RUN a"]);
        assert_eq!(shown(alone.parse("[web 2/3] RUN a")), "- - web 2/3 RUN a");
    }
}
