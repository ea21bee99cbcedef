//! The files in which package managers keep their databases.

use crate::tree::{PathId, Paths};

/// Whether a package manager's database is at this path: dpkg's `status`
/// (in images without a package manager one file for each package in
/// `status.d`) and the lists of what each package brought, apk's `installed`.
pub(crate) fn is_database(paths: &Paths, path: PathId) -> bool {
    let name = paths.name(path);
    let Some(parent) = paths.parent(path) else { return false };
    // Nearly every file is decided by its name, without putting its path together.
    match (name, paths.name(parent)) {
        (b"status", b"dpkg") => paths.bytes(path) == b"/var/lib/dpkg/status",
        (b"installed", b"db") => matches!(
            &paths.bytes(path)[..],
            b"/lib/apk/db/installed" | b"/usr/lib/apk/db/installed"
        ),
        (name, b"info") if name.ends_with(b".list") => paths.bytes(parent) == b"/var/lib/dpkg/info",
        (_, b"status.d") => paths.bytes(parent) == b"/var/lib/dpkg/status.d",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::resolve;

    fn is_one(path: &str) -> bool {
        let mut paths = Paths::default();
        let id = resolve(&mut paths, path.as_bytes()).unwrap();
        is_database(&paths, id)
    }

    #[test]
    fn databases_are_known_by_their_whole_path() {
        for path in [
            "/var/lib/dpkg/status",
            "/var/lib/dpkg/status.d/libc6",
            "/var/lib/dpkg/info/libc6:amd64.list",
            "/lib/apk/db/installed",
            "/usr/lib/apk/db/installed",
        ] {
            assert!(is_one(path), "{path}");
        }
        for path in [
            "/",
            "/status",
            "/srv/dpkg/status",
            "/var/lib/dpkg/status-old",
            "/var/lib/dpkg/status/deeper",
            "/var/lib/dpkg/info/libc6.md5sums",
            "/srv/info/libc6.list",
            "/srv/status.d/x",
            "/srv/lib/apk/db/installed",
        ] {
            assert!(!is_one(path), "{path}");
        }
    }
}
