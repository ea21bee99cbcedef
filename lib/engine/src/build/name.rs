//! What the name of a vertex says: which step it is, or what else.

/// What a vertex does, recognised by its name. Only steps have edges to each
/// other; the rest is bound to them by time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VertexKind {
    /// An instruction that makes files: RUN, COPY, ADD, WORKDIR.
    Step,
    /// The base of a stage. Never counted: one vertex can serve several stages,
    /// and it is marked as cached only sometimes.
    From,
    /// Asks what an image is: `load metadata for`, `resolve image config for`.
    Metadata,
    /// Sends the files of a build context to the engine.
    Context,
    /// Preparation: the build definition, `.dockerignore`, sign-in, a frontend's
    /// own image.
    Internal,
    /// Writes the result or the cache: image, folder, registry.
    Export,
    /// Reads cache from elsewhere.
    CacheImport,
    /// Done and stamped by the buildx client, perhaps on another machine's
    /// clock: never part of the span or the path.
    Client,
    /// Not known.
    Other,
}

/// Exact beginnings of names that are no steps. The first that fits decides.
const PREFIXES: &[(&str, VertexKind)] = &[
    ("[internal] booting buildkit", VertexKind::Client),
    ("[internal] load metadata for ", VertexKind::Metadata),
    ("[internal] load build context", VertexKind::Context),
    ("[internal] load remote build context", VertexKind::Context),
    ("[internal] ", VertexKind::Internal),
    // `COPY --from` an image, on older engines.
    ("FROM ", VertexKind::From),
    ("[auth] ", VertexKind::Internal),
    ("resolve image config for ", VertexKind::Metadata),
    ("docker-image://", VertexKind::Internal),
    ("exporting ", VertexKind::Export),
    ("preparing build cache for export", VertexKind::Export),
    ("preparing layers for inline cache", VertexKind::Export),
    ("pushing ", VertexKind::Export),
    ("importing cache manifest from ", VertexKind::CacheImport),
    ("importing to docker", VertexKind::Client),
    ("resolving provenance for metadata file", VertexKind::Client),
    ("merging manifest list", VertexKind::Client),
];

impl VertexKind {
    /// Recognises the kind by the whole name.
    pub fn of(name: &str) -> Self {
        if let Some(step) = StepName::parse(name) {
            return if step.text.starts_with("FROM ") { Self::From } else { Self::Step };
        }
        if let Some(kind) = named_context(name) {
            return kind;
        }
        let fits = |(prefix, _): &&(&str, Self)| name.starts_with(prefix);
        PREFIXES.iter().find(fits).map_or(Self::Other, |found| found.1)
    }
}

/// `[context NAME] WHAT`: a context given by `--build-context`.
fn named_context(name: &str) -> Option<VertexKind> {
    let (_, what) = name.strip_prefix("[context ")?.split_once("] ")?;
    Some(if what.starts_with("load metadata for ") {
        VertexKind::Metadata
    } else if what.starts_with("load from client") {
        VertexKind::Context
    } else {
        VertexKind::Internal
    })
}

/// The parts of a step's name: `[PLATFORM STAGE n/m] TEXT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepName<'a> {
    /// Platform, in builds for several: `linux/amd64` or `linux/amd64->arm64`.
    pub platform: Option<&'a str>,
    /// Name of the stage; older engines write `stage-0` for the first one
    /// without a name, newer ones nothing if there is but one.
    pub stage: Option<&'a str>,
    /// Place in the stage, counted from 1. FROM of an image, RUN, COPY, ADD,
    /// WORKDIR and triggers of the base count.
    pub index: u32,
    /// Steps of the stage.
    pub total: u32,
    /// Whether the base image asked for it.
    pub onbuild: bool,
    /// The instruction, with variables replaced.
    pub text: &'a str,
}

impl<'a> StepName<'a> {
    /// Reads a name, or `None` if it is no step's.
    pub fn parse(name: &'a str) -> Option<Self> {
        let (head, text) = name.strip_prefix('[')?.split_once("] ")?;
        let mut words = head.split_ascii_whitespace().rev();
        let (index, total) = words.next()?.split_once('/')?;
        let (platform, stage) = match (words.next(), words.next(), words.next()) {
            (Some(stage), platform, None) if !stage.contains('/') => (platform, Some(stage)),
            (platform, None, None) => (platform, None),
            _ => return None,
        };
        let plain = text.strip_prefix("ONBUILD ");
        Some(Self {
            platform,
            stage,
            index: index.parse().ok()?,
            total: total.parse().ok()?,
            onbuild: plain.is_some(),
            text: plain.unwrap_or(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str) -> (Option<&str>, Option<&str>, u32, u32, bool, &str) {
        let step = StepName::parse(name).unwrap();
        let StepName { platform, stage, index, total, onbuild, text } = step;
        (platform, stage, index, total, onbuild, text)
    }

    #[test]
    fn step_names_are_read_in_all_their_forms() {
        assert_eq!(parts("[2/3] RUN make"), (None, None, 2, 3, false, "RUN make"));
        assert_eq!(
            parts("[stage-0  2/12] COPY . ."),
            (None, Some("stage-0"), 2, 12, false, "COPY . .")
        );
        assert_eq!(
            parts("[linux/amd64->arm64 build 4/4] ONBUILD RUN a ] b"),
            (Some("linux/amd64->arm64"), Some("build"), 4, 4, true, "RUN a ] b")
        );
        assert_eq!(
            parts("[linux/amd64 1/2] FROM registry.invalid/library/x"),
            (Some("linux/amd64"), None, 1, 2, false, "FROM registry.invalid/library/x")
        );
        // Older engines do not count triggers in the total.
        assert_eq!(parts("[3/2] RUN true").2, 3);
    }

    #[test]
    fn what_is_no_step_is_none() {
        for name in [
            "",
            "RUN make",
            "[internal] load build context",
            "[a b c 1/2] RUN x",
            "[1/x] RUN x",
            "[1/2]RUN x",
            "[99999999999/2] RUN x",
            "[context app] load from client",
        ] {
            assert_eq!(StepName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn kinds_are_recognised_by_name() {
        for (name, kind) in [
            ("[internal 1/2] RUN x", VertexKind::Step),
            ("[build 1/2] FROM registry.invalid/library/x:1@sha256:0", VertexKind::From),
            ("FROM registry.invalid/library/x:latest", VertexKind::From),
            ("[2/2] RUN exporting to image", VertexKind::Step),
            ("[internal] load build definition from Dockerfile", VertexKind::Internal),
            ("[internal] load .dockerignore", VertexKind::Internal),
            ("[internal] load metadata for registry.invalid/library/x", VertexKind::Metadata),
            ("resolve image config for docker-image://registry.invalid/a", VertexKind::Metadata),
            ("docker-image://registry.invalid/docker/dockerfile:1", VertexKind::Internal),
            ("[internal] load build context", VertexKind::Context),
            ("[context app] load from client", VertexKind::Context),
            ("[context app] load metadata for registry.invalid/a", VertexKind::Metadata),
            ("[context app] load .dockerignore", VertexKind::Internal),
            ("[auth] library/x:pull token for a", VertexKind::Internal),
            ("exporting to image", VertexKind::Export),
            ("exporting cache", VertexKind::Export),
            ("preparing build cache for export", VertexKind::Export),
            ("importing cache manifest from a", VertexKind::CacheImport),
            ("resolving provenance for metadata file", VertexKind::Client),
            ("[internal] booting buildkit", VertexKind::Client),
            ("http://127.0.0.1/a.txt", VertexKind::Other),
            ("", VertexKind::Other),
        ] {
            assert_eq!(VertexKind::of(name), kind, "{name}");
        }
    }
}
