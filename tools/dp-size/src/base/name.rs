//! Names of images, as people write them.

/// A name without what docker puts in front of it (`docker.io/library/`).
pub(crate) fn familiar(name: &str) -> String {
    let prefixes = ["docker.io/library/", "index.docker.io/library/", "docker.io/"];
    let short = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
    short.unwrap_or(name).to_owned()
}

/// A name without its digest, if there is more than a digest.
pub(crate) fn without_digest(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// Whether two names mean the same image: `debian` is
/// `docker.io/library/debian:latest`.
pub(super) fn same(a: &str, b: &str) -> bool {
    tagged(a) == tagged(b)
}

fn tagged(name: &str) -> String {
    let name = familiar(without_digest(name));
    let last = name.rsplit('/').next().unwrap_or(&name);
    if last.contains(':') { name } else { format!("{name}:latest") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_however_docker_writes_them() {
        for (a, b) in [
            ("debian", "docker.io/library/debian:latest"),
            ("team/base:1", "docker.io/team/base:1@sha256:00"),
            ("localhost:5000/base", "localhost:5000/base:latest"),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        assert!(!same("debian:12", "debian:13"));
        assert!(!same("a/debian", "debian"));
    }
}
