//! A subject with what its files say.

use std::fs;
use std::path::Path;

use dp_dockerfile::{BuildArgs, Dialect, Dockerfile};
use dp_tool::Fault;

use super::BuildSubject;
use super::content::{self, Content, Rules};
use super::options::build_args;

/// A subject, its Dockerfile read and its context measured.
#[derive(Debug)]
pub struct ResolvedSubject {
    /// What to build.
    pub subject: BuildSubject,
    /// Its Dockerfile.
    pub dockerfile: Dockerfile,
    /// Its options for `docker buildx build`, its own before the common ones.
    pub options: Vec<String>,
    /// The build arguments among them, which may choose the base of a stage.
    pub build_args: BuildArgs,
    /// Whose rules say what `.dockerignore` leaves.
    pub rules: Rules,
    /// The files that `.dockerignore` leaves; none if the context cannot be read
    /// whole.
    pub content: Option<Content>,
}

impl ResolvedSubject {
    /// Reads the Dockerfile, and walks the context where `walk` says so.
    /// `common` are the options of all subjects, `rules` those of what builds.
    ///
    /// # Errors
    /// The Dockerfile or the ignore file cannot be read.
    pub fn read(
        subject: BuildSubject,
        common: &[String],
        rules: Rules,
        walk: bool,
    ) -> anyhow::Result<Self> {
        let dockerfile = Dockerfile::parse(&text(&subject.dockerfile)?);
        let content = walk
            .then(|| content::content(&subject.context, &subject.dockerfile, rules))
            .transpose()?
            .flatten();
        let options = [&subject.options[..], common].concat();
        let build_args = build_args(&options);
        Ok(Self { subject, dockerfile, options, build_args, rules, content })
    }

    /// Whether the Dockerfile has nothing but ARG. Such a file ends engine 20.10, with all that runs
    /// on it, and no engine can build it.
    pub(crate) fn has_only_args(&self) -> bool {
        let file = &self.dockerfile;
        let is_built_in =
            file.syntax().is_none() && !self.build_args.contains_key("BUILDKIT_SYNTAX");
        is_built_in && file.has_only_args()
    }

    /// Reads the Dockerfile again, as a builder of this dialect does. One that has gone since stays
    /// as it was read: the build will say so.
    ///
    /// # Errors
    /// A here-document that the builder would not take for one: what follows it would be
    /// instructions to it.
    pub fn read_as(&mut self, dialect: Dialect) -> Result<(), Fault> {
        if self.build_args.contains_key("BUILDKIT_SYNTAX") {
            // Another frontend reads it, whatever the file says.
            return Ok(());
        }
        let path = &self.subject.dockerfile;
        let Ok(text) = text(path) else { return Ok(()) };
        Dockerfile::check_heredocs(&text, dialect)
            .map_err(|error| Fault::usage(format!("{}: {error}", path.display())))?;
        self.dockerfile = Dockerfile::parse_for(&text, Some(dialect));
        Ok(())
    }
}

/// The text of a Dockerfile. What is not UTF-8 is replaced: the engine judges.
///
/// # Errors
/// The file cannot be read.
pub fn text(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(path)
        .map_err(|error| Fault::usage(format!("cannot read {}: {error}", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACED: &str =
        "FROM scratch\nRUN cat << EOF > /s.py\nimport os\nfrom os import path\nEOF\nRUN echo two\n";

    fn resolved(folder: &Path, text: &str) -> ResolvedSubject {
        let subject = BuildSubject {
            name: "app".to_owned(),
            image: "app".to_owned(),
            context: folder.to_owned(),
            dockerfile: folder.join("Dockerfile"),
            target: None,
            options: Vec::new(),
        };
        fs::write(&subject.dockerfile, text).unwrap();
        ResolvedSubject::read(subject, &[], Rules::BuildKit, false).unwrap()
    }

    #[test]
    fn the_builder_decides_where_an_instruction_with_a_here_document_ends() {
        let folder = tempfile::tempdir().unwrap();
        let mut subject = resolved(folder.path(), SPACED);
        let lines = |subject: &ResolvedSubject| {
            let all = subject.dockerfile.instructions().map(|one| (one.line, one.end_line));
            all.collect::<Vec<_>>()
        };
        subject.read_as(Dialect::SpacedHeredocs).unwrap();
        assert_eq!(lines(&subject), [(1, 1), (2, 5), (6, 6)]);
        // To an older one it was always a line of its own.
        let mut subject = resolved(folder.path(), "FROM scratch\nRUN echo $((1 << 2))\nRUN two\n");
        subject.read_as(Dialect::Heredocs).unwrap();
        assert_eq!(lines(&subject), [(1, 1), (2, 2), (3, 3)]);
        subject.read_as(Dialect::SpacedHeredocs).unwrap();
        assert_eq!(lines(&subject), [(1, 1), (2, 3)]);
    }

    #[test]
    fn a_here_document_that_the_builder_does_not_read_is_refused_with_its_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut subject = resolved(folder.path(), SPACED);
        for (dialect, needs) in [
            (
                Dialect::Heredocs,
                "RUN has a here-document with a blank before its name: it needs engine 28.2 ",
            ),
            (
                Dialect::WithoutHeredocs,
                "RUN has a here-document with a blank before its name: it needs engine 28.2 ",
            ),
        ] {
            let error = subject.read_as(dialect).unwrap_err().to_string();
            let path = folder.path().join("Dockerfile");
            let expected = format!("{}: line 2: {needs}", path.display());
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn a_dockerfile_of_nothing_but_arguments_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let has_only_args = |text: &str| resolved(folder.path(), text).has_only_args();
        assert!(has_only_args("ARG A=1\n"));
        assert!(has_only_args("# a remark\nARG A\n\nARG B=2\n"));
        assert!(!has_only_args("ARG A=1\nFROM scratch\n"));
        // The engine says what is wrong with these.
        assert!(!has_only_args("ARG A=1\nRUN true\n"));
        assert!(!has_only_args(""));
        assert!(!has_only_args("# syntax=example.invalid/own\nARG A=1\n"));
    }

    #[test]
    fn a_dockerfile_that_has_gone_is_left_to_the_build() {
        let folder = tempfile::tempdir().unwrap();
        let mut subject = resolved(folder.path(), SPACED);
        fs::remove_file(&subject.subject.dockerfile).unwrap();
        assert!(subject.read_as(Dialect::WithoutHeredocs).is_ok());
    }
}
