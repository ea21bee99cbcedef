//! The files in which package managers are told what to install.

/// What a manifest is called, and the package manager that reads it. Those that
/// people write come before those that programs write.
const MANIFESTS: &[(&str, &str)] = &[
    ("package.json", "npm"),
    ("pyproject.toml", "pip"),
    ("requirements.txt", "pip"),
    ("requirements*.txt", "pip"),
    ("Pipfile", "pipenv"),
    ("setup.py", "pip"),
    ("setup.cfg", "pip"),
    ("environment.yml", "conda"),
    ("environment.yaml", "conda"),
    ("Cargo.toml", "cargo"),
    ("go.mod", "go"),
    ("pom.xml", "maven"),
    ("build.gradle", "gradle"),
    ("build.gradle.kts", "gradle"),
    ("settings.gradle", "gradle"),
    ("settings.gradle.kts", "gradle"),
    ("*.csproj", "nuget"),
    ("*.fsproj", "nuget"),
    ("*.vbproj", "nuget"),
    ("Directory.Packages.props", "nuget"),
    ("composer.json", "composer"),
    ("Gemfile", "bundler"),
    ("*.gemspec", "bundler"),
    ("DESCRIPTION", "R"),
    ("CMakeLists.txt", "CMake"),
    ("debian/control", "Debian"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
    ("yarn.lock", "yarn"),
    ("pnpm-lock.yaml", "pnpm"),
    ("pnpm-workspace.yaml", "pnpm"),
    ("bun.lock", "bun"),
    ("poetry.lock", "poetry"),
    ("uv.lock", "uv"),
    ("Pipfile.lock", "pipenv"),
    ("conda-lock.yml", "conda"),
    ("Cargo.lock", "cargo"),
    ("go.sum", "go"),
    ("gradle.lockfile", "gradle"),
    ("packages.lock.json", "nuget"),
    ("composer.lock", "composer"),
    ("Gemfile.lock", "bundler"),
    ("renv.lock", "R"),
];

/// A file that is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The first come first.
    pub(crate) rank: usize,
    /// The package manager that reads it.
    pub(crate) manager: &'static str,
}

/// The manifest that a file of this path is; none if it is none.
pub(crate) fn manifest(path: &str) -> Option<Manifest> {
    let is = |pattern: &str| {
        let name = match pattern.contains('/') {
            true if path == pattern => pattern,
            true => path
                .strip_suffix(pattern)
                .filter(|rest| rest.ends_with('/'))
                .map_or("", |_| pattern),
            false => path.rsplit('/').next().unwrap_or(path),
        };
        match pattern.split_once('*') {
            Some((begin, end)) => {
                name.len() > begin.len() + end.len()
                    && name.starts_with(begin)
                    && name.ends_with(end)
            }
            None => name == pattern,
        }
    };
    let rank = MANIFESTS.iter().position(|(pattern, _)| is(pattern))?;
    Some(Manifest { rank, manager: MANIFESTS[rank].1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::syntax;

    #[test]
    fn manifests_are_told_by_their_names_in_any_folder() {
        for (path, manager) in [
            ("package.json", Some("npm")),
            ("web/package.json", Some("npm")),
            ("requirements-dev.txt", Some("pip")),
            ("requirements.txt", Some("pip")),
            ("src/App.csproj", Some("nuget")),
            ("debian/control", Some("Debian")),
            ("pkg/debian/control", Some("Debian")),
            ("control", None),
            ("mydebian/control", None),
            ("my-package.json", None),
            (".csproj", None),
            ("src/main.c", None),
        ] {
            assert_eq!(manifest(path).map(|found| found.manager), manager, "{path}");
        }
        assert!(
            manifest("package.json").unwrap().rank < manifest("package-lock.json").unwrap().rank
        );
    }

    #[test]
    fn every_manifest_can_be_edited() {
        for (pattern, _) in MANIFESTS {
            assert!(syntax::of(&pattern.replace('*', "a")).is_some(), "{pattern}");
        }
    }
}
