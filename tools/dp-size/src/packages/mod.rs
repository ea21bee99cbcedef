//! What the databases of package managers in an image say: which package
//! installed which file.
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
    /// Its section by dpkg (`devel`), which says what it is for; empty of apk.
    section: String,
}
