//! A build context that a test makes.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// A folder with files; gone at the end of the test.
#[derive(Debug)]
pub struct Context {
    folder: TempDir,
}

impl Context {
    /// A context with this Dockerfile.
    pub fn new(dockerfile: &str) -> Self {
        Self::empty().with("Dockerfile", dockerfile)
    }

    /// A context without a file.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Adds or replaces a file.
    #[must_use]
    pub fn with(self, path: &str, content: &str) -> Self {
        self.write(path, content);
        self
    }

    /// Adds or replaces a file.
    pub fn write(&self, path: &str, content: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The folder's name, as it stands in names of images.
    pub fn word(&self) -> String {
        let name = self.path().file_name().unwrap().to_string_lossy().to_lowercase();
        name.trim_start_matches('.').to_owned()
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}
