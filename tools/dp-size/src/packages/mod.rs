//! What the package managers inside an image know: which package brought which
//! file.
//!
//! ```text
//! dpkg: status, info/*.list | status.d/NAME, status.d/NAME.md5sums --+
//! apk: installed --------------------------------------------------- +-> Packages
//! ```

mod apk;
mod dpkg;
mod installed;
mod tools;

pub(crate) use installed::Packages;

/// A package that is installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Package {
    /// Its name, without version and architecture.
    name: String,
    /// What it is for builds alone, by its own account (dpkg's section).
    section: String,
}
