//! Which packages only a build needs.

use super::Package;
use crate::glob::Glob;

/// Sections of Debian's archive for what compiles and what is compiled against
/// (Debian policy 2.4), and for what fetches sources.
const SECTIONS: [&str; 3] = ["devel", "libdevel", "vcs"];

/// Packages of other sections, and of Alpine, which has no sections. A `*` at the
/// end stands for a version.
const NAMES: [&str; 47] = [
    "autoconf",
    "automake",
    "binutils",
    "bison",
    "build-base",
    "build-essential",
    "bzr",
    "cargo",
    "ccache",
    "clang*",
    "cmake",
    "cpp",
    "cpp-*",
    "dpkg-dev",
    "flex",
    "fortify-headers",
    "g++*",
    "gcc",
    "gcc-1*",
    "gdb",
    "gfortran*",
    "git",
    "go",
    "golang*",
    "gradle",
    "libtool",
    "lld*",
    "llvm*",
    "linux-headers",
    "m4",
    "make",
    "maven",
    "mercurial",
    "meson",
    "nasm",
    "ninja*",
    "openjdk*-jdk",
    "patch",
    "pkgconf",
    "pkg-config",
    "rust",
    "rustc",
    "samurai",
    "subversion",
    "swig",
    "valgrind",
    "yasm",
];

/// Packages whose names match, but that programs need to run.
const NEEDED: [&str; 3] = ["gcc-*-base", "llvm*-libs", "clang*-libs"];

/// Whether only builds need the package.
pub(super) fn is_build_tool(package: &Package) -> bool {
    let name = package.name.as_str();
    let section = package.section.rsplit('/').next().unwrap_or_default();
    if matches_any(&NEEDED, name) {
        return false;
    }
    SECTIONS.contains(&section)
        || name.ends_with("-dev")
        || name.ends_with("-jdk-headless")
        || matches_any(&NAMES, name)
}

fn matches_any(patterns: &[&'static str], name: &str) -> bool {
    patterns.iter().any(|pattern| Glob::new(pattern).matches(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_one(name: &str, section: &str) -> bool {
        is_build_tool(&Package { name: name.to_owned(), section: section.to_owned() })
    }

    #[test]
    fn compilers_headers_and_version_control_are_for_builds() {
        for (name, section) in [
            ("gcc-12", "devel"),
            ("libstdc++-12-dev", "libdevel"),
            ("python3-dev", "python"),
            ("git", "vcs"),
            ("cpp-12", "interpreters"),
            ("some-compiler", "non-free/devel"),
            ("openjdk-17-jdk", "java"),
            ("gcc", ""),
            ("g++", ""),
            ("musl-dev", ""),
            ("build-base", ""),
        ] {
            assert!(is_one(name, section), "{name}");
        }
    }

    #[test]
    fn what_programs_need_to_run_is_not() {
        for (name, section) in [
            ("gcc-12-base", "libs"),
            ("libgcc-s1", "libs"),
            ("libgomp1", "libs"),
            ("libllvm14", "libs"),
            ("llvm17-libs", ""),
            ("openjdk-17-jre", "java"),
            ("device-mapper", "admin"),
            ("udev", "admin"),
            ("gitea", ""),
            ("python3", "python"),
            ("", ""),
        ] {
            assert!(!is_one(name, section), "{name}");
        }
    }
}
