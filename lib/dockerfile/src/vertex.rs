//! The name of a progress vertex: `[linux/amd64 builder 2/4] RUN make`.

/// A vertex name that is the name of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VertexName<'n> {
    /// The platform, where several are built (`linux/amd64`, `linux/amd64->arm64`).
    pub(crate) platform: Option<&'n str>,
    /// The stage's name or `stage-N`; absent in a file of one stage.
    pub(crate) stage: Option<&'n str>,
    /// The number of the step within its stage, from 1.
    pub(crate) n: usize,
    /// The number of steps that BuildKit announces for the stage. `n` can exceed it: the frontend
    /// of engine 20.10 does not announce the triggers of the base image.
    pub(crate) of: usize,
    /// Whether BuildKit says that it is a trigger of the base image.
    pub(crate) onbuild: bool,
    /// The instruction, with variables replaced.
    pub(crate) text: &'n str,
}

impl<'n> VertexName<'n> {
    /// `None` for all names that are not of this form, such as `[internal] load build context`.
    pub(crate) fn parse(name: &'n str) -> Option<Self> {
        let (inside, text) = name.strip_prefix('[')?.split_once("] ")?;
        let mut words = inside.split_whitespace().rev();
        let (n, of) = words.next()?.split_once('/')?;
        let (n, of) = (n.parse().ok()?, of.parse().ok()?);
        let (stage, platform) = match words.next() {
            Some(word) if word.contains('/') => (None, Some(word)),
            stage => (stage, words.next()),
        };
        // A merge of layers (COPY --link) is shown beside the copy itself.
        let text = text.strip_prefix("LINK ").unwrap_or(text);
        let trigger = text.strip_prefix("ONBUILD ");
        let found = Self {
            platform,
            stage,
            n,
            of,
            onbuild: trigger.is_some(),
            text: trigger.unwrap_or(text),
        };
        (words.next().is_none() && n > 0).then_some(found)
    }

    /// Whether it names the base of a stage.
    pub(crate) fn is_from(&self) -> bool {
        self.text.starts_with("FROM ") && !self.onbuild
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_steps_are_taken_apart() {
        let name = |platform, stage, n, of, text| VertexName {
            platform,
            stage,
            n,
            of,
            onbuild: false,
            text,
        };
        let arm = "linux/arm/v7";
        let cross = "linux/amd64->arm64";
        for (given, expected) in [
            ("[1/2] FROM a", name(None, None, 1, 2, "FROM a")),
            ("[s-1  3/12] RUN a", name(None, Some("s-1"), 3, 12, "RUN a")),
            ("[linux/arm/v7 b 2/3] RUN a", name(Some(arm), Some("b"), 2, 3, "RUN a")),
            ("[linux/amd64->arm64 2/3] RUN a", name(Some(cross), None, 2, 3, "RUN a")),
            ("[b 4/3] LINK COPY a b", name(None, Some("b"), 4, 3, "COPY a b")),
            ("[2/3] RUN [ x ] [y 1/2] z", name(None, None, 2, 3, "RUN [ x ] [y 1/2] z")),
        ] {
            assert_eq!(VertexName::parse(given), Some(expected), "{given}");
        }
    }

    #[test]
    fn a_trigger_is_marked() {
        let vertex = VertexName::parse("[2/3] ONBUILD RUN a").unwrap();
        assert!(vertex.onbuild);
        assert_eq!(vertex.text, "RUN a");
    }

    #[test]
    fn other_names_are_no_steps() {
        for name in [
            "[internal] load build context",
            "[auth] library/x:pull token",
            "[context app] load",
            "exporting to image",
            "docker-image://docker.io/docker/dockerfile:1",
            "[a b c 1/2] RUN x",
            "[0/2] RUN x",
            "[1/2]RUN x",
            "[-1/2] RUN x",
            "[99999999999999999999999/2] RUN x",
            "[",
            "",
        ] {
            assert_eq!(VertexName::parse(name), None, "{name}");
        }
    }
}
