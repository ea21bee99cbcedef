//! Which file changes where the user names none: one that the Dockerfile copies.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use dp_builds::subject::BuildSubject;
use dp_dockerfile::{BuildArgs, ContextFiles, Dockerfile, Stages};
use dp_tool::Fault;

use super::manifests::manifest;
use super::syntax;

/// How many commits are looked at for the file that changes most often.
const COMMITS: usize = 200;

/// A file that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Its path in the context.
    pub(crate) path: String,
    /// Why this one.
    pub(crate) why: String,
}

/// What a Dockerfile reads of its context.
pub(crate) struct Reads<'a> {
    subject: &'a BuildSubject,
    /// The regular files of the context that `.dockerignore` leaves, sorted.
    files: &'a [String],
    /// Line and sources of each instruction that the target needs.
    sources: Vec<(usize, ContextFiles)>,
}

impl<'a> Reads<'a> {
    /// Those of the stages that the target needs.
    pub(crate) fn new(
        subject: &'a BuildSubject,
        (dockerfile, args): (&Dockerfile, &BuildArgs),
        files: &'a [String],
    ) -> Self {
        let needed = Stages::resolve(dockerfile, args).needed(subject.target.as_deref());
        let is_needed = |index| needed.as_ref().is_none_or(|needed| needed.contains(&index));
        let stages = dockerfile.stages.iter().filter(|stage| is_needed(stage.index));
        let instructions = stages.flat_map(|stage| &stage.instructions);
        let sources = instructions
            .filter(|instruction| !instruction.onbuild)
            .map(|instruction| (instruction.line, instruction.context_files()))
            .filter(|(_, files)| !files.sources.is_empty());
        Self { subject, files, sources: sources.collect() }
    }

    /// The line of the first instruction that reads this file.
    fn line(&self, path: &str) -> Option<usize> {
        let mut holding =
            self.sources.iter().filter(|(_, files)| files.holds(path).unwrap_or(false));
        holding.next().map(|(line, _)| *line)
    }

    /// Whether it is a file of the context that is read.
    fn has(&self, path: &String) -> bool {
        self.files.contains(path) && self.line(path).is_some()
    }

    /// The manifest whose change is a change of dependencies: one that `all` read, if
    /// there is such.
    ///
    /// # Errors
    /// None is read.
    pub(crate) fn deps(&self, all: &[Self]) -> Result<Chosen, Fault> {
        let manifests = self.files.iter().filter_map(|path| {
            let (found, line) = (manifest(path)?, self.line(path)?);
            syntax::of(path)?;
            let is_common = all.iter().all(|other| other.has(path));
            Some(((!is_common, path.matches('/').count(), found.rank, path), found.manager, line))
        });
        let Some(((_, _, _, path), manager, line)) = manifests.min() else {
            return Err(
                self.nothing("deps", "no dependency manifest of a package manager that is known")
            );
        };
        let why = format!(
            "the manifest of {manager} that is nearest to the top of those that are read (line {line})"
        );
        Ok(Chosen { path: path.clone(), why })
    }

    /// The source file whose change is a change of code: one that `all` read, if there
    /// is such.
    ///
    /// # Errors
    /// None is read.
    pub(crate) fn code(&self, all: &[Self]) -> Result<Chosen, Fault> {
        let mut sources: Vec<(&String, usize)> = self
            .files
            .iter()
            .filter(|path| {
                syntax::is_source(path) && manifest(path).is_none() && !is_dockerfile(path)
            })
            .filter_map(|path| Some((path, self.line(path)?)))
            .collect();
        let is_common = |(path, _): &(&String, usize)| all.iter().all(|other| other.has(path));
        if sources.iter().any(is_common) {
            sources.retain(is_common);
        }
        let changes = changes(&self.subject.context);
        // The first by its path of those that changed equally often.
        let most = sources.iter().rev().max_by_key(|(path, _)| changes.get(*path).unwrap_or(&0));
        let Some((path, line)) = most else {
            return Err(self.nothing("code", "no source file of a language that is known"));
        };
        let why = match changes.get(*path) {
            Some(times) => {
                format!(
                    "it changed most often in the last {COMMITS} commits ({times} times) of the sources that are read (line {line})"
                )
            }
            None => format!("the first source by its path of those that are read (line {line})"),
        };
        Ok(Chosen { path: (*path).clone(), why })
    }

    fn nothing(&self, scenario: &str, what: &str) -> Fault {
        Fault::usage(format!(
            "{}: {what} is copied from the context: say which file changes (--scenario {scenario}=PATH), or which scenarios are meant (--scenario cold --scenario warm)",
            self.subject.dockerfile.display()
        ))
    }
}

fn is_dockerfile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("Dockerfile") || name.ends_with(".Dockerfile")
}

/// How often each file of the folder changed in the last commits, by its path in
/// the folder; nothing outside of a git work tree.
fn changes(folder: &Path) -> BTreeMap<String, usize> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder);
    git.args([
        "log",
        "-n",
        &COMMITS.to_string(),
        "--format=",
        "--name-only",
        "--relative",
        "-z",
        "--",
        ".",
    ]);
    let Ok(output) = git.stdin(Stdio::null()).output() else { return BTreeMap::new() };
    let mut changes = BTreeMap::new();
    for path in output.stdout.split(|byte| *byte == 0) {
        let path = String::from_utf8_lossy(path);
        let path = path.trim_start_matches('\n');
        if !path.is_empty() {
            *changes.entry(path.to_owned()).or_default() += 1;
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn subject(context: &Path, target: Option<&str>) -> BuildSubject {
        BuildSubject {
            name: "app".to_owned(),
            image: "app".to_owned(),
            context: context.to_owned(),
            dockerfile: "Dockerfile".into(),
            target: target.map(str::to_owned),
            options: Vec::new(),
        }
    }

    /// What is chosen for `deps` and `code` in a folder that is no git work tree.
    fn chosen(text: &str, target: Option<&str>, files: &[&str]) -> [Result<String, String>; 2] {
        let folder = tempfile::tempdir().unwrap();
        let subject = subject(folder.path(), target);
        let file = Dockerfile::parse(text);
        let mut files: Vec<String> = files.iter().map(|path| (*path).to_owned()).collect();
        files.sort();
        let reads = Reads::new(&subject, (&file, &BuildArgs::default()), &files);
        [reads.deps(&[]), reads.code(&[])]
            .map(|chosen| chosen.map(|chosen| chosen.path).map_err(|fault| fault.message))
    }

    #[test]
    fn only_files_that_the_target_reads_are_chosen() {
        let text = "FROM a AS web\nCOPY web/package.json web/src /w/\nFROM b AS api\nCOPY go.mod /\nCOPY api /a\nFROM scratch\nCOPY --from=api /x /\n";
        let files = ["web/package.json", "web/src/a.ts", "go.mod", "api/main.go", "other.c"];
        let [deps, code] = chosen(text, None, &files);
        assert_eq!((deps.unwrap().as_str(), code.unwrap().as_str()), ("go.mod", "api/main.go"));
        let [deps, code] = chosen(text, Some("web"), &files);
        assert_eq!(
            (deps.unwrap().as_str(), code.unwrap().as_str()),
            ("web/package.json", "web/src/a.ts")
        );
    }

    #[test]
    fn what_people_write_comes_before_what_programs_write() {
        let files =
            ["package-lock.json", "package.json", "a/requirements.txt", "index.js", "README.md"];
        let [deps, code] = chosen("FROM a\nCOPY . /\n", None, &files);
        assert_eq!((deps.unwrap().as_str(), code.unwrap().as_str()), ("package.json", "index.js"));
    }

    #[test]
    fn what_all_dockerfiles_read_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let subject = subject(folder.path(), None);
        let files = ["a/run.c", "b/requirements.txt", "main.c", "package.json"].map(str::to_owned);
        let [broad, narrow] = ["FROM a\nCOPY . /\n", "FROM a\nCOPY main.c b /\n"]
            .map(|text| (Dockerfile::parse(text), BuildArgs::default()));
        let all = [&broad, &narrow].map(|(file, args)| Reads::new(&subject, (file, args), &files));
        for reads in &all {
            assert_eq!(reads.deps(&all).unwrap().path, "b/requirements.txt");
            assert_eq!(reads.code(&all).unwrap().path, "main.c");
        }
        // What one alone would choose.
        assert_eq!(all[0].deps(&all[..1]).unwrap().path, "package.json");
        assert_eq!(all[0].code(&all[..1]).unwrap().path, "a/run.c");
    }

    #[test]
    fn a_bind_mount_is_read_too() {
        let text = "FROM a\nRUN --mount=type=bind,target=/s make\n";
        let [deps, code] = chosen(text, None, &["Cargo.toml", "src/lib.rs"]);
        assert_eq!((deps.unwrap().as_str(), code.unwrap().as_str()), ("Cargo.toml", "src/lib.rs"));
    }

    #[test]
    fn where_nothing_is_suitable_the_way_out_is_named() {
        let [deps, code] = chosen("FROM a\nCOPY data.bin /\n", None, &["data.bin", "package.json"]);
        assert!(deps.unwrap_err().contains("--scenario deps=PATH"));
        assert!(code.unwrap_err().contains("--scenario code=PATH"));
    }

    #[test]
    fn the_source_that_changes_most_often_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let context = folder.path().join("app");
        fs::create_dir(&context).unwrap();
        let git = |words: &[&str]| {
            let mut git = Command::new("git");
            git.arg("-C").arg(folder.path());
            git.args(["-c", "user.name=n", "-c", "user.email=e@example.invalid"]).args(words);
            assert!(git.stdout(Stdio::null()).status().unwrap().success(), "{words:?}");
        };
        git(&["init", "-q"]);
        for (n, files) in [&["a.c", "b.c"][..], &["b.c"], &["b.c", "../c.c"]].iter().enumerate() {
            for file in *files {
                fs::write(context.join(file), n.to_string()).unwrap();
            }
            git(&["add", "-A"]);
            git(&["commit", "-q", "-m", "x"]);
        }
        let subject = subject(&context, None);
        let file = Dockerfile::parse("FROM a\nCOPY . /\n");
        let files = ["a.c", "b.c"].map(str::to_owned);
        let chosen =
            Reads::new(&subject, (&file, &BuildArgs::default()), &files).code(&[]).unwrap();
        assert_eq!(chosen.path, "b.c");
        assert!(chosen.why.contains("(3 times)"), "{}", chosen.why);
    }
}
