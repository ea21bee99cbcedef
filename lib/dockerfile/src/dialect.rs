//! Which here-documents a frontend reads: Dockerfiles of one text differ by it in their lines.
//!
//! `BuildKit` 0.10 (engine 23.0, `docker/dockerfile:1.4`) brought `RUN <<EOF`; the `-labs` images
//! had it from 1.3 on. `BuildKit` 0.22 (engine 28.2, `docker/dockerfile:1.16`) also takes a blank
//! between `<<` and the name, as a shell does, but not in `<<- EOF`. Before that
//! `RUN cat << EOF` was one line, and what follows were instructions.

/// Which here-documents a frontend reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// None at all.
    WithoutHeredocs,
    /// `<<EOF`, with nothing between.
    Heredocs,
    /// Also `<< EOF`.
    SpacedHeredocs,
}

/// The first version, of what counts its versions so, that reads here-documents, and the first that
/// takes a blank in them.
struct Since {
    heredocs: (u32, u32),
    spaced: (u32, u32),
}

const BUILDKIT: Since = Since { heredocs: (0, 10), spaced: (0, 22) };
const ENGINE: Since = Since { heredocs: (23, 0), spaced: (28, 2) };
const FRONTEND: Since = Since { heredocs: (1, 4), spaced: (1, 16) };
const LABS: Since = Since { heredocs: (1, 3), spaced: (1, 16) };

impl Since {
    fn dialect(&self, version: (u32, u32)) -> Dialect {
        if version >= self.spaced {
            Dialect::SpacedHeredocs
        } else if version >= self.heredocs {
            Dialect::Heredocs
        } else {
            Dialect::WithoutHeredocs
        }
    }
}

impl Dialect {
    /// Of the frontend in a `BuildKit` of this version (`v0.12.5`); `None` if it is no version.
    pub fn of_buildkit(version: &str) -> Option<Self> {
        Some(BUILDKIT.dialect(major_minor(version)?))
    }

    /// Of the frontend in a Docker Engine of this version (`28.5.2`); `None` if it is no version.
    pub fn of_engine(version: &str) -> Option<Self> {
        Some(ENGINE.dialect(major_minor(version)?))
    }

    /// Of a frontend image, as `# syntax=` names it. `None` if it is not one of Docker's, or does
    /// not say by its tag which one it is.
    ///
    /// `docker/dockerfile:1`, `:latest` and `:labs` are the newest that a builder can get: one that
    /// takes blanks is taken for granted.
    pub fn of_frontend(image: &str) -> Option<Self> {
        let image = image.trim();
        let image = image.strip_prefix("docker.io/").unwrap_or(image);
        let rest = image.strip_prefix("docker/dockerfile")?;
        let rest = rest.strip_prefix("-upstream").unwrap_or(rest);
        let tag = match rest.split('@').next()? {
            "" if rest.is_empty() => "latest",
            tag => tag.strip_prefix(':')?,
        };
        let (version, variant) = tag.split_once('-').unwrap_or((tag, ""));
        let since = match variant {
            "labs" => LABS,
            "" | "experimental" => FRONTEND,
            _ if variant.starts_with("rc") => FRONTEND,
            _ => return None,
        };
        match version {
            "latest" | "labs" | "master" | "1" => Some(Self::SpacedHeredocs),
            "experimental" => Some(Self::WithoutHeredocs),
            _ => Some(since.dialect(major_minor(version)?)),
        }
    }
}

/// `v1.2.3-rc1` as 1 and 2.
fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix('v').unwrap_or(version).split(['.', '-', '+']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::Dialect::{Heredocs, SpacedHeredocs, WithoutHeredocs};
    use super::*;

    #[test]
    fn versions_of_engine_and_buildkit_tell_what_they_read() {
        for (version, expected) in [
            ("20.10.24", Some(WithoutHeredocs)),
            ("23.0.0", Some(Heredocs)),
            ("28.1.1", Some(Heredocs)),
            ("28.2.0-rc.1", Some(SpacedHeredocs)),
            ("28.5.2", Some(SpacedHeredocs)),
            ("29.0.0+dfsg1", Some(SpacedHeredocs)),
            ("master", None),
            ("", None),
        ] {
            assert_eq!(Dialect::of_engine(version), expected, "{version}");
        }
        for (version, expected) in [
            ("v0.9.3", Some(WithoutHeredocs)),
            ("v0.10.0", Some(Heredocs)),
            ("v0.21.1", Some(Heredocs)),
            ("0.22.0", Some(SpacedHeredocs)),
            ("v0.25.1-5-gabc", Some(SpacedHeredocs)),
            ("abc", None),
        ] {
            assert_eq!(Dialect::of_buildkit(version), expected, "{version}");
        }
    }

    #[test]
    fn the_tag_of_a_frontend_image_tells_what_it_reads() {
        for (image, expected) in [
            ("docker/dockerfile:1", Some(SpacedHeredocs)),
            ("docker.io/docker/dockerfile:1", Some(SpacedHeredocs)),
            ("docker/dockerfile", Some(SpacedHeredocs)),
            ("docker/dockerfile:latest", Some(SpacedHeredocs)),
            ("docker/dockerfile:1-labs", Some(SpacedHeredocs)),
            ("docker/dockerfile:labs", Some(SpacedHeredocs)),
            ("docker/dockerfile-upstream:master", Some(SpacedHeredocs)),
            ("docker/dockerfile:1.16", Some(SpacedHeredocs)),
            ("docker/dockerfile:1.15.1", Some(Heredocs)),
            ("docker/dockerfile:1.4", Some(Heredocs)),
            ("docker/dockerfile:1.4.0-rc2", Some(Heredocs)),
            ("docker/dockerfile:1.3-labs", Some(Heredocs)),
            ("docker/dockerfile:1.3", Some(WithoutHeredocs)),
            ("docker/dockerfile:1.0-experimental", Some(WithoutHeredocs)),
            ("docker/dockerfile:experimental", Some(WithoutHeredocs)),
            ("docker/dockerfile:1.7@sha256:0", Some(Heredocs)),
            ("docker/dockerfile@sha256:0", None),
            ("docker/dockerfile-copy:1", None),
            ("docker/dockerfile:mine", None),
            ("registry.invalid/docker/dockerfile:1", None),
        ] {
            assert_eq!(Dialect::of_frontend(image), expected, "{image}");
        }
    }
}
