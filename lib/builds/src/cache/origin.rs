//! What a record's description says of how it came to be.
//!
//! The words are BuildKit's, and not part of any contract: what is not recognised is
//! [`Origin::Unsaid`], which never counts as ours by itself.

/// Where a record stems from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin<'a> {
    /// The files that a RUN step left: `mount / from exec COMMAND`.
    Run {
        /// The step's arguments, joined by blanks, variables not replaced.
        command: &'a str,
    },
    /// A cache mount: `cached mount TARGET from exec COMMAND`, on newer engines with its id.
    Mount {
        /// Where it was mounted.
        target: &'a str,
        /// The step that it was made for.
        command: &'a str,
        /// Namespace, `/` and the mount's own id.
        id: Option<&'a str>,
    },
    /// A vertex by its name: COPY, ADD and WORKDIR on newer engines, `[internal] ...`.
    Vertex(&'a str),
    /// A file fetched from this address by an ADD.
    Fetched(&'a str),
    /// COPY, ADD or WORKDIR on older engines, which do not say more.
    FileOp,
    /// Files that a client sent; the engine does not say whose.
    Source,
    /// Not said, or not understood: bases, frontends, git checkouts.
    Unsaid,
}

impl<'a> Origin<'a> {
    pub(super) fn of(description: &'a str) -> Self {
        if let Some(mount) = description.strip_prefix("cached mount ") {
            return Self::of_mount(mount).unwrap_or(Self::Unsaid);
        }
        if let Some(mount) = description.strip_prefix("mount ") {
            let exec = mount.split_once(" from exec ");
            return exec.map_or(Self::Unsaid, |(_, command)| Self::Run { command });
        }
        if let Some(address) = description.strip_prefix("http url ") {
            // A context that came with the request, as one archive.
            let is_context = address.starts_with("http://build-context-");
            return if is_context { Self::Source } else { Self::Fetched(address) };
        }
        match description {
            "fileop target" => Self::FileOp,
            "copy /context /" => Self::Source,
            _ if description.starts_with("local source for ") => Self::Source,
            _ if description.starts_with('[') => Self::Vertex(description),
            _ => Self::Unsaid,
        }
    }

    fn of_mount(mount: &'a str) -> Option<Self> {
        let (target, rest) = mount.split_once(" from exec ")?;
        let with_id = rest.strip_suffix('"').and_then(|rest| rest.rsplit_once(" with id \""));
        Some(match with_id {
            Some((command, id)) => Self::Mount { target, command, id: Some(id) },
            None => Self::Mount { target, command: rest, id: None },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_of_docker_20_10_are_read() {
        for (description, origin) in [
            ("mount / from exec /bin/sh -c make", Origin::Run { command: "/bin/sh -c make" }),
            (
                "cached mount /c from exec /bin/sh -c echo a from exec b",
                Origin::Mount { target: "/c", command: "/bin/sh -c echo a from exec b", id: None },
            ),
            ("fileop target", Origin::FileOp),
            ("local source for dockerfile", Origin::Source),
            ("local source for context", Origin::Source),
            ("http url http://build-context-thrl63vrq6n5", Origin::Source),
            ("copy /context /", Origin::Source),
            ("http url http://a.invalid/b", Origin::Fetched("http://a.invalid/b")),
            ("from local ", Origin::Unsaid),
            ("pulled from b.invalid/c:1@sha256:0", Origin::Unsaid),
            ("", Origin::Unsaid),
        ] {
            assert_eq!(Origin::of(description), origin, "{description}");
        }
    }

    #[test]
    fn docker_28_says_the_vertex_and_the_mount_id() {
        let copy = "[stage-1  2/12] COPY --from=one /n /n";
        assert_eq!(Origin::of(copy), Origin::Vertex(copy));
        let mount = r#"cached mount /c from exec /bin/sh -c echo "a" with id "dp-1//c""#;
        assert_eq!(
            Origin::of(mount),
            Origin::Mount { target: "/c", command: r#"/bin/sh -c echo "a""#, id: Some("dp-1//c") }
        );
    }
}
