//! The commands that install packages, and where their managers keep what they
//! fetched.

/// How a command installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Installer {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The folder of its cache; none if a cache mount does not help.
    pub(crate) cache: Option<&'static str>,
    /// The files that it reads.
    pub(crate) reads: &'static str,
    /// What else is needed for a cache mount.
    pub(crate) note: &'static str,
}

const fn of(name: &'static str, cache: &'static str, reads: &'static str) -> Installer {
    Installer { name, cache: Some(cache), reads, note: "" }
}

/// Words of a command, and what they install with. The first that is found counts.
const INSTALLERS: &[(&[&str], Installer)] = &[
    (
        &["npm ci", "npm install", "npm i "],
        of("npm", "/root/.npm", "package.json and its lock file"),
    ),
    (
        &["pnpm install", "pnpm i "],
        of("pnpm", "/root/.local/share/pnpm/store", "package.json and its lock file"),
    ),
    (
        &["yarn install", "yarn --"],
        of("yarn", "/usr/local/share/.cache/yarn", "package.json and its lock file"),
    ),
    (&["bun install"], of("bun", "/root/.bun/install/cache", "package.json and its lock file")),
    (&["uv sync", "uv pip install"], of("uv", "/root/.cache/uv", "pyproject.toml and uv.lock")),
    (&["poetry install"], of("poetry", "/root/.cache/pypoetry", "pyproject.toml and poetry.lock")),
    (
        &["pipenv install", "pipenv sync"],
        of("pipenv", "/root/.cache/pipenv", "Pipfile and its lock file"),
    ),
    (
        &["pip install", "pip3 install"],
        Installer {
            name: "pip",
            cache: Some("/root/.cache/pip"),
            reads: "the requirements file",
            note: " (without --no-cache-dir)",
        },
    ),
    (
        &["conda install", "conda env ", "mamba install"],
        of("conda", "/opt/conda/pkgs", "environment.yml"),
    ),
    (
        &["cargo fetch", "cargo build", "cargo install"],
        of("cargo", "/usr/local/cargo/registry", "Cargo.toml and Cargo.lock"),
    ),
    (&["go mod download"], of("go", "/go/pkg/mod", "go.mod and go.sum")),
    (&["mvn "], of("maven", "/root/.m2", "pom.xml")),
    (&["gradle ", "gradlew "], of("gradle", "/root/.gradle", "the build files")),
    (&["dotnet restore"], of("nuget", "/root/.nuget/packages", "the project files")),
    (
        &["composer install"],
        of("composer", "/root/.composer/cache", "composer.json and composer.lock"),
    ),
    (&["bundle install"], of("bundler", "/usr/local/bundle/cache", "Gemfile and Gemfile.lock")),
    (
        &["apt-get install", "apt install", "apt-get -y install", "apt -y install"],
        Installer {
            name: "apt",
            cache: Some("/var/cache/apt"),
            reads: "nothing of the context",
            note: ",sharing=locked (and remove /etc/apt/apt.conf.d/docker-clean)",
        },
    ),
    (&["apk add"], of("apk", "/var/cache/apk", "nothing of the context")),
    (
        &["dnf install", "yum install", "microdnf install"],
        of("dnf", "/var/cache/dnf", "nothing of the context"),
    ),
    (
        &["install.packages", "install_deps", "renv::restore", "pak::"],
        Installer { name: "R", cache: None, reads: "DESCRIPTION or renv.lock", note: "" },
    ),
];

/// How an instruction installs packages, if it does.
pub(crate) fn installer(text: &str) -> Option<Installer> {
    let found = INSTALLERS.iter().find(|(words, _)| words.iter().any(|word| has(text, word)));
    found.map(|(_, installer)| *installer)
}

/// Whether a command has these words, not as the end of another word.
fn has(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|before| !before.is_ascii_alphanumeric() && before != '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_by_their_words() {
        for (text, name) in [
            ("RUN npm ci", Some("npm")),
            ("RUN cd web && npm install --omit=dev", Some("npm")),
            ("RUN pnpm install --frozen-lockfile", Some("pnpm")),
            ("RUN python3 -m pip install -r requirements.txt", Some("pip")),
            ("RUN uv pip install .", Some("uv")),
            ("RUN apt-get update && apt-get install -y gcc", Some("apt")),
            ("RUN --mount=type=cache,target=/root/.m2 mvn -q package", Some("maven")),
            ("RUN ./gradlew build", Some("gradle")),
            ("RUN Rscript -e 'install.packages(\"x\")'", Some("R")),
            ("RUN make install", None),
            ("RUN xnpm ci", None),
            ("RUN echo done", None),
        ] {
            assert_eq!(installer(text).map(|found| found.name), name, "{text}");
        }
    }
}
