//! The cache mounts of an instruction.

use crate::flags;
use crate::instruction::Instruction;

/// A cache mount of a RUN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheMountFlag {
    /// `id=`, else the target.
    pub id: String,
    /// Where it is mounted.
    pub target: String,
}

impl Instruction {
    /// Its cache mounts (`RUN --mount=type=cache`), as written.
    pub fn cache_mounts(&self) -> Vec<CacheMountFlag> {
        if self.keyword != "RUN" {
            return Vec::new();
        }
        let (flags, _) = self.arguments();
        flags.iter().filter_map(|flag| cache_mount(flag.strip_prefix("--mount=")?)).collect()
    }
}

fn cache_mount(mount: &str) -> Option<CacheMountFlag> {
    let fields = flags::mount_fields(mount);
    let last = |names: &[&str]| {
        let mut found = fields.iter().filter(|(key, _)| names.contains(&key.as_str()));
        found.next_back().map(|(_, value)| (*value).to_owned())
    };
    if last(&["type"])? != "cache" {
        return None;
    }
    let target = last(&["target", "dst", "destination"])?;
    Some(CacheMountFlag { id: last(&["id"]).unwrap_or_else(|| target.clone()), target })
}

#[cfg(test)]
mod tests {
    use crate::Dockerfile;

    fn mounts(instruction: &str) -> Vec<(String, String)> {
        let file = Dockerfile::parse(&format!("FROM scratch\n{instruction}\n"));
        let mounts = file.stages[0].instructions[0].cache_mounts().into_iter();
        mounts.map(|mount| (mount.id, mount.target)).collect()
    }

    #[test]
    fn cache_mounts_are_read_in_every_spelling() {
        for (instruction, id, target) in [
            ("RUN --mount=type=cache,target=/c make", "/c", "/c"),
            ("RUN --mount=type=cache,id=x,target=/c make", "x", "/c"),
            ("RUN --mount=target=/c,type=cache,sharing=locked make", "/c", "/c"),
            ("RUN --mount=type=cache,dst=/c make", "/c", "/c"),
            ("RUN --mount=type=cache,destination=/c,ID=y make", "y", "/c"),
        ] {
            assert_eq!(mounts(instruction), [(id.to_owned(), target.to_owned())], "{instruction}");
        }
        assert_eq!(
            mounts("RUN --mount=type=cache,target=/a --mount=type=cache,target=/b x").len(),
            2
        );
    }

    #[test]
    fn other_mounts_are_none() {
        for instruction in [
            "RUN --mount=type=bind,target=/c make",
            "RUN --mount=type=secret,id=c cat",
            "RUN --mount=target=/c make",
            "RUN make --mount=type=cache,target=/c",
            "COPY --mount=type=cache,target=/c a /",
        ] {
            assert_eq!(mounts(instruction), [], "{instruction}");
        }
    }
}
