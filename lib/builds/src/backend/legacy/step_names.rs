//! Names the old builder's instructions as `BuildKit` names its steps, so that
//! they are recognised and found in the Dockerfile alike.

/// What a Dockerfile says of one of its stages. The old builder's text says
/// less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegacyStage {
    /// Whether the target needs it. The old builder builds every stage up to the
    /// target; instructions of those that are not needed become vertexes named
    /// `[internal] unused stage ...`, which count nowhere as steps.
    pub needed: bool,
    /// What `BuildKit` counts in it: FROM of an image, RUN, COPY, ADD, WORKDIR.
    pub steps: u32,
}

/// Numbers instructions as they come.
#[derive(Debug)]
pub(super) struct StepNamer<'a> {
    stages: &'a [LegacyStage],
    /// The names of the stages that have begun.
    labels: Vec<String>,
    /// Steps of the current one so far.
    steps: u32,
}

impl<'a> StepNamer<'a> {
    pub(super) fn new(stages: &'a [LegacyStage]) -> Self {
        Self { stages, labels: Vec::new(), steps: 0 }
    }

    /// The name of the next instruction.
    pub(super) fn name(&mut self, text: &str) -> String {
        let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let (keyword, rest) = (keyword.to_ascii_uppercase(), rest.trim_start());
        let counts = match keyword.as_str() {
            "FROM" => self.enter(rest),
            // `WORKDIR /` changes nothing, and is no step of BuildKit.
            "WORKDIR" => rest != "/",
            "RUN" | "COPY" | "ADD" => true,
            _ => false,
        };
        let text = format!("{keyword} {rest}");
        let Some(label) = self.labels.last() else { return format!("[internal] {text}") };
        let stage = self.stages.get(self.labels.len() - 1);
        if stage.is_some_and(|stage| !stage.needed) {
            return format!("[internal] unused stage {label}: {text}");
        }
        if !counts {
            return format!("[internal] {text}");
        }
        self.steps += 1;
        let of = stage.map_or(0, |stage| stage.steps).max(self.steps);
        format!("[{label} {}/{of}] {text}", self.steps)
    }

    /// Enters a stage. Returns whether its FROM counts: it does for an image.
    fn enter(&mut self, rest: &str) -> bool {
        let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
        let base = words.next().unwrap_or_default().to_lowercase();
        let is_image = base != "scratch" && !self.labels.contains(&base);
        let named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("as"));
        let label = words.next().filter(|_| named).map(str::to_lowercase);
        self.labels.push(label.unwrap_or_else(|| format!("stage-{}", self.labels.len())));
        self.steps = 0;
        is_image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(stages: &[LegacyStage], texts: &[&str]) -> Vec<String> {
        let mut namer = StepNamer::new(stages);
        texts.iter().map(|text| namer.name(text)).collect()
    }

    #[test]
    fn only_what_makes_files_is_numbered() {
        let stages = [LegacyStage { needed: true, steps: 4 }];
        let texts = [
            "ARG V=1",
            "from --platform=$P img",
            "LABEL a=b",
            "run make",
            "WORKDIR /",
            "WORKDIR /w",
            "ONBUILD RUN x",
            "COPY a  b",
        ];
        assert_eq!(
            names(&stages, &texts),
            [
                "[internal] ARG V=1",
                "[stage-0 1/4] FROM --platform=$P img",
                "[internal] LABEL a=b",
                "[stage-0 2/4] RUN make",
                "[internal] WORKDIR /",
                "[stage-0 3/4] WORKDIR /w",
                "[internal] ONBUILD RUN x",
                "[stage-0 4/4] COPY a  b",
            ]
        );
    }

    #[test]
    fn a_base_that_is_no_image_is_not_numbered() {
        let texts = ["FROM img AS Base", "FROM base", "RUN a", "FROM scratch AS x", "ADD a b"];
        assert_eq!(
            names(&[], &texts),
            [
                "[base 1/1] FROM img AS Base",
                "[internal] FROM base",
                "[stage-1 1/1] RUN a",
                "[internal] FROM scratch AS x",
                "[x 1/1] ADD a b",
            ]
        );
    }

    #[test]
    fn an_unused_stage_has_no_steps() {
        let stage = |needed| LegacyStage { needed, steps: 2 };
        let texts = ["FROM img AS test", "RUN a", "FROM img", "RUN b"];
        assert_eq!(
            names(&[stage(false), stage(true)], &texts),
            [
                "[internal] unused stage test: FROM img AS test",
                "[internal] unused stage test: RUN a",
                "[stage-1 1/2] FROM img",
                "[stage-1 2/2] RUN b",
            ]
        );
    }
}
