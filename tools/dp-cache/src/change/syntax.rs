//! How a file is edited so that it stays valid: a comment in its own language,
//! white space where there is none.

/// How something that means nothing is written into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// A line that begins with this.
    Line(&'static str),
    /// Between these.
    Block(&'static str, &'static str),
    /// A field of its own, with this name.
    Field(&'static str),
    /// White space at the end.
    Blanks,
}

/// By the whole name of the file.
const BY_NAME: &[(&str, Syntax)] = &[
    // R takes fields under Config/ for those of other programs.
    ("DESCRIPTION", Syntax::Field("Config/dp-cache")),
    ("NAMESPACE", Syntax::Line("# ")),
    ("CMakeLists.txt", Syntax::Line("# ")),
    ("Dockerfile", Syntax::Line("# ")),
    ("Makefile", Syntax::Line("# ")),
    ("Gemfile", Syntax::Line("# ")),
    ("Rakefile", Syntax::Line("# ")),
    ("Pipfile", Syntax::Line("# ")),
    ("Pipfile.lock", Syntax::Blanks),
    ("yarn.lock", Syntax::Line("# ")),
    ("poetry.lock", Syntax::Line("# ")),
    ("uv.lock", Syntax::Line("# ")),
    ("Cargo.lock", Syntax::Line("# ")),
    ("composer.lock", Syntax::Blanks),
    ("renv.lock", Syntax::Blanks),
    ("bun.lock", Syntax::Blanks),
    ("gradle.lockfile", Syntax::Line("# ")),
    ("go.mod", Syntax::Line("// ")),
    ("go.sum", Syntax::Blanks),
    ("control", Syntax::Line("# ")),
    ("requirements.txt", Syntax::Line("# ")),
];

/// By the part of the name behind the last dot.
const BY_EXTENSION: &[(&[&str], Syntax)] = &[
    (
        &[
            "c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "java", "js", "mjs", "cjs", "jsx",
            "ts", "tsx", "mts", "go", "rs", "kt", "kts", "gradle", "swift", "scala", "cs", "fs",
            "dart", "groovy", "proto", "zig",
        ],
        Syntax::Line("// "),
    ),
    (
        &[
            "py",
            "pyi",
            "r",
            "R",
            "sh",
            "bash",
            "zsh",
            "rb",
            "gemspec",
            "pl",
            "pm",
            "ex",
            "exs",
            "yaml",
            "yml",
            "toml",
            "cfg",
            "conf",
            "cmake",
            "mk",
            "jl",
            "nix",
            "tcl",
            "env",
            "in",
            "props",
            "properties",
        ],
        Syntax::Line("# "),
    ),
    (&["sql", "lua", "hs", "elm"], Syntax::Line("-- ")),
    (&["css", "scss", "less"], Syntax::Block("/* ", " */")),
    (
        &["html", "htm", "xml", "vue", "svelte", "svg", "md", "csproj", "fsproj", "vbproj"],
        Syntax::Block("<!-- ", " -->"),
    ),
    (&["json", "lock", "txt", "rst", "csv", "ipynb"], Syntax::Blanks),
];

/// That of a file by its path; none if it is not known.
pub(crate) fn of(path: &str) -> Option<Syntax> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let by_name = BY_NAME.iter().find(|(known, _)| *known == name).map(|(_, syntax)| *syntax);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    by_name.or_else(|| {
        let found =
            BY_EXTENSION.iter().find(|(known, _)| extension.is_some_and(|e| known.contains(&e)));
        found.map(|(_, syntax)| match (name, *syntax) {
            // XML files that are named like lists of properties.
            (_, Syntax::Line(_)) if extension == Some("props") => Syntax::Block("<!-- ", " -->"),
            (_, syntax) => syntax,
        })
    })
}

/// Whether a file of this path is a program's source: it has a syntax with
/// comments, and is no text for people.
pub(crate) fn is_source(path: &str) -> bool {
    let prose = [".md", ".html", ".htm", ".svg", ".xml", ".yml", ".yaml", ".toml", ".cfg", ".conf"];
    of(path).is_some_and(|syntax| matches!(syntax, Syntax::Line(_) | Syntax::Block(..)))
        && !prose.iter().any(|extension| path.ends_with(extension))
}

impl Syntax {
    /// The content with `word` in it, where it means nothing. Other words make
    /// other contents.
    pub(crate) fn edited(self, content: &[u8], word: &str) -> Vec<u8> {
        let mut edited = content.to_vec();
        if !edited.is_empty() && !edited.ends_with(b"\n") {
            edited.push(b'\n');
        }
        edited.extend_from_slice(self.addition(word).as_bytes());
        edited
    }

    /// What is added at the end.
    fn addition(self, word: &str) -> String {
        match self {
            Self::Line(begin) => format!("{begin}{word}\n"),
            Self::Block(begin, end) => format!("{begin}{word}{end}\n"),
            Self::Field(name) => format!("{name}: {word}\n"),
            Self::Blanks => format!("{}\n", blanks(word)),
        }
    }

    /// What is done, for people.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Line(_) | Self::Block(..) => "a comment at its end",
            Self::Field(_) => "a field of its own at its end",
            Self::Blanks => "white space at its end",
        }
    }
}

/// The word as blanks and tabs, bit by bit.
fn blanks(word: &str) -> String {
    let bits = word.bytes().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1));
    bits.map(|bit| if bit == 1 { '\t' } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_every_language_have_its_own_comments() {
        for (path, syntax) in [
            ("src/main.c", Syntax::Line("// ")),
            ("a/b.py", Syntax::Line("# ")),
            ("R/hello.R", Syntax::Line("# ")),
            ("web/App.vue", Syntax::Block("<!-- ", " -->")),
            ("pom.xml", Syntax::Block("<!-- ", " -->")),
            ("Directory.Packages.props", Syntax::Block("<!-- ", " -->")),
            ("style.css", Syntax::Block("/* ", " */")),
            ("package.json", Syntax::Blanks),
            ("gradle.lockfile", Syntax::Line("# ")),
            ("go.mod", Syntax::Line("// ")),
            ("Cargo.toml", Syntax::Line("# ")),
            ("requirements-dev.txt", Syntax::Blanks),
            ("requirements.txt", Syntax::Line("# ")),
            ("DESCRIPTION", Syntax::Field("Config/dp-cache")),
            ("CMakeLists.txt", Syntax::Line("# ")),
        ] {
            assert_eq!(of(path), Some(syntax), "{path}");
        }
        assert_eq!(of("logo.png"), None);
        assert_eq!(of("LICENSE"), None);
    }

    #[test]
    fn an_edit_keeps_what_was_there_and_differs_by_its_word() {
        for syntax in
            [Syntax::Line("# "), Syntax::Block("/*", "*/"), Syntax::Blanks, Syntax::Field("X")]
        {
            for content in ["", "a", "a\n"] {
                let one = syntax.edited(content.as_bytes(), "w1-0");
                assert!(one.starts_with(content.as_bytes()) && one.ends_with(b"\n"));
                assert_ne!(one, syntax.edited(content.as_bytes(), "w2-0"));
            }
        }
    }

    #[test]
    fn json_is_still_json() {
        let edited = Syntax::Blanks.edited(br#"{"a": 1}"#, "dp-1-0");
        let text = String::from_utf8(edited).unwrap();
        assert_eq!(text.trim_end(), r#"{"a": 1}"#);
        assert!(text[8..].chars().all(|c| c == ' ' || c == '\t' || c == '\n'));
    }

    #[test]
    fn prose_and_settings_are_no_sources() {
        assert!(is_source("src/a.c") && is_source("app.vue") && is_source("x.sql"));
        assert!(!is_source("README.md") && !is_source("package.json") && !is_source("a.yml"));
    }
}
