//! What the name of a vertex says of its work.

use dp_dockerfile::{VertexName, VertexPart};

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

/// A kind by the beginning of a text. The first that fits decides.
type Kinds = &'static [(&'static str, VertexKind)];

/// What follows `[internal]`.
const INTERNAL: Kinds = &[
    ("booting buildkit", VertexKind::Client),
    ("waiting for connection", VertexKind::Client),
    ("load local bake definitions", VertexKind::Client),
    ("load metadata for ", VertexKind::Metadata),
    ("load build context", VertexKind::Context),
    ("load remote build context", VertexKind::Context),
    ("", VertexKind::Internal),
];

/// What follows `[context NAME]`: a context given by `--build-context`.
const NAMED_CONTEXT: Kinds = &[
    ("load metadata for ", VertexKind::Metadata),
    ("load from client", VertexKind::Context),
    ("", VertexKind::Internal),
];

/// Names without anything in brackets but a target.
const OTHER: Kinds = &[
    // `COPY --from` an image, on older engines.
    ("FROM ", VertexKind::From),
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
        let (kinds, text) = match VertexName::parse(name).part {
            VertexPart::Step(step) if step.is_from() => return Self::From,
            VertexPart::Step(_) => return Self::Step,
            VertexPart::Auth(_) => return Self::Internal,
            VertexPart::Internal(text) => (INTERNAL, text),
            VertexPart::Context { text, .. } => (NAMED_CONTEXT, text),
            VertexPart::Other(text) => (OTHER, text),
        };
        let mut fitting = kinds.iter().filter(|(beginning, _)| text.starts_with(beginning));
        fitting.next().map_or(Self::Other, |(_, kind)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn kinds_are_recognised_behind_a_target_and_a_platform() {
        for (name, kind) in [
            ("[api internal] load build context", VertexKind::Context),
            ("[api internal] load metadata for registry.invalid/x", VertexKind::Metadata),
            ("[linux/amd64 internal] load metadata for registry.invalid/x", VertexKind::Metadata),
            (
                "[api linux/amd64 internal] load metadata for registry.invalid/x",
                VertexKind::Metadata,
            ),
            ("[api internal] load build definition from Dockerfile", VertexKind::Internal),
            ("[node0 internal] booting buildkit", VertexKind::Client),
            ("[internal] load local bake definitions", VertexKind::Client),
            ("[api context app] load from client", VertexKind::Context),
            ("[api auth] library/x:pull token for a", VertexKind::Internal),
            ("[api linux/amd64 build 1/2] FROM registry.invalid/x", VertexKind::From),
            ("[api linux/amd64 build 2/2] RUN make", VertexKind::Step),
            ("[api 2/2] RUN make", VertexKind::Step),
            ("[api] FROM registry.invalid/x", VertexKind::From),
            ("[api] exporting to image", VertexKind::Export),
            ("[api] importing cache manifest from a", VertexKind::CacheImport),
            ("[api] resolve image config for docker-image://a", VertexKind::Metadata),
            ("[api] resolving provenance for metadata file", VertexKind::Client),
            ("[api] http://127.0.0.1/a.txt", VertexKind::Other),
            ("[linux/amd64] generating sbom using a", VertexKind::Other),
        ] {
            assert_eq!(VertexKind::of(name), kind, "{name}");
        }
    }
}
