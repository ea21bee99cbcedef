use super::*;
use std::io::Write as _;

use dp_builds::subject::content;
use tempfile::TempDir;

/// A context with these files, and its copy.
struct Fixture {
    user: TempDir,
    copy: Workspace,
}

fn subject(context: &Path, dockerfile: PathBuf) -> BuildSubject {
    BuildSubject {
        name: "app".to_owned(),
        image: "app".to_owned(),
        context: context.to_owned(),
        dockerfile,
        target: None,
        options: Vec::new(),
    }
}

impl Fixture {
    fn new(files: &[(&str, &str)], spare: bool) -> Self {
        let user = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = user.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let context = user.path().canonicalize().unwrap();
        let subject = subject(&context, context.join("Dockerfile"));
        let entries = content::entries(&context, &subject.dockerfile, RULES).unwrap();
        let copy = Workspace::copy(&subject, &entries, spare).unwrap();
        Self { user, copy }
    }

    fn copied(&self) -> Manifest {
        Manifest::read(&self.copy.context()).unwrap()
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.copy.context().join(path)).unwrap()
    }
}

const FILES: &[(&str, &str)] = &[
    ("Dockerfile", "FROM scratch\n"),
    ("src/a.c", "int a;\n"),
    ("src/b.c", "int b;\n"),
    ("data/big", "x"),
    (".dockerignore", "Dockerfile\n.dockerignore\nlogs\n"),
    ("logs/x", "x"),
];

#[test]
fn the_copy_has_what_a_build_gets_and_the_files_that_the_client_reads() {
    let fixture = Fixture::new(FILES, false);
    for path in ["src/a.c", "data/big", "Dockerfile", ".dockerignore"] {
        assert_eq!(fixture.read(path), fs::read_to_string(fixture.user.path().join(path)).unwrap());
    }
    assert!(!fixture.copy.context().join("logs").exists());
    let time = |folder: &Path| fs::metadata(folder.join("src/a.c")).unwrap().modified().unwrap();
    assert_eq!(time(fixture.user.path()), time(&fixture.copy.context()));
}

#[test]
fn every_change_is_made_in_the_copy_alone_and_undone() {
    let mut fixture = Fixture::new(FILES, false);
    let (user, before) = (Manifest::read(fixture.user.path()).unwrap(), fixture.copied());
    let time = |fixture: &Fixture| {
        fs::metadata(fixture.copy.context().join("src/a.c")).unwrap().modified().unwrap()
    };
    let first = time(&fixture);
    for (what, path, how) in [
        (FileChange::Edit, "src/a.c", Some("content")),
        (FileChange::Append, "data/big", Some("content")),
        (FileChange::Touch, "src/a.c", None),
        (FileChange::Chmod, "src/a.c", Some("mode")),
        (FileChange::Delete, "src/b.c", Some("deleted")),
        (FileChange::Add, "new/folder/c.c", Some("added")),
    ] {
        fixture.copy.change(what, path, "w1").unwrap();
        let found = before.differences(&fixture.copied());
        let found: Vec<_> =
            found.iter().filter(|one| one.path == path).map(|one| one.how.as_str()).collect();
        assert_eq!(found, how.into_iter().collect::<Vec<_>>(), "{what:?}");
        fixture.copy.undo().unwrap();
        assert_eq!(fixture.copied(), before, "{what:?}");
        assert_eq!(time(&fixture), first);
        assert_eq!(Manifest::read(fixture.user.path()).unwrap(), user);
    }
    fixture.copy.change(FileChange::Edit, "src/a.c", "w1").unwrap();
    assert_eq!(fixture.read("src/a.c"), "int a;\n// w1\n");
}

#[test]
fn what_a_command_changes_is_told_and_undone() {
    let mut fixture = Fixture::new(FILES, true);
    let before = fixture.copied();
    let manifest = fixture.copy.before_command().unwrap();
    let context = fixture.copy.context();
    fs::write(context.join("src/a.c"), "x").unwrap();
    fs::remove_dir_all(context.join("data")).unwrap();
    fs::write(context.join("new"), "new").unwrap();
    fs::set_permissions(context.join("src/b.c"), Permissions::from_mode(0o600)).unwrap();
    let found = fixture.copy.since(&manifest).unwrap();
    let found: Vec<String> = found.iter().map(|one| format!("{} {}", one.path, one.how)).collect();
    assert_eq!(
        found,
        ["data deleted", "data/big deleted", "new added", "src/a.c content", "src/b.c mode"]
    );
    fixture.copy.undo().unwrap();
    assert_eq!(fixture.copied(), before);
}

#[test]
fn large_contexts_are_links_of_which_no_change_reaches_the_user() {
    let user = tempfile::tempdir().unwrap();
    let context = user.path().canonicalize().unwrap();
    fs::write(context.join("Dockerfile"), "FROM scratch\n").unwrap();
    fs::write(context.join("a.c"), "int a;\n").unwrap();
    File::create(context.join("large")).unwrap().set_len(LINKED).unwrap();
    let subject = subject(&context, context.join("Dockerfile"));
    let entries = content::entries(&context, &subject.dockerfile, RULES).unwrap();
    let mut copy = Workspace::copy(&subject, &entries, false).unwrap();
    let links = |path: &str| fs::metadata(copy.context().join(path)).unwrap().nlink();
    assert_eq!((links("large"), links("a.c")), (2, 2));
    copy.change(FileChange::Chmod, "a.c", "w").unwrap();
    copy.undo().unwrap();
    copy.change(FileChange::Edit, "a.c", "w").unwrap();
    assert_eq!(fs::read_to_string(context.join("a.c")).unwrap(), "int a;\n");
    assert_eq!(fs::metadata(context.join("a.c")).unwrap().mode() & 0o111, 0);
}

#[test]
fn a_dockerfile_outside_of_the_context_comes_with_its_ignore_file() {
    let user = tempfile::tempdir().unwrap();
    let top = user.path().canonicalize().unwrap();
    fs::create_dir(top.join("context")).unwrap();
    fs::write(top.join("context/a"), "a").unwrap();
    fs::write(top.join("context/b"), "b").unwrap();
    fs::write(top.join("x.Dockerfile"), "FROM scratch\n").unwrap();
    fs::write(top.join("x.Dockerfile.dockerignore"), "b\n").unwrap();
    let subject = subject(&top.join("context"), top.join("x.Dockerfile"));
    let entries = content::entries(&subject.context, &subject.dockerfile, RULES).unwrap();
    let copy = Workspace::copy(&subject, &entries, false).unwrap();
    let paths: Vec<_> =
        fs::read_dir(copy.context()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(paths, ["a"]);
    assert!(copy.dockerfile.ends_with("x.Dockerfile"));
    assert!(copy.dockerfile.with_file_name("x.Dockerfile.dockerignore").is_file());
}

#[test]
fn a_file_that_somebody_writes_into_is_told_where_the_copy_has_links() {
    for (megabytes, told) in [(51, Some(Path::new("src/a.c"))), (1, None)] {
        let user = tempfile::tempdir().unwrap();
        let context = user.path().canonicalize().unwrap();
        fs::create_dir(context.join("src")).unwrap();
        for path in ["Dockerfile", "src/a.c", "src/b.c"] {
            fs::write(context.join(path), "FROM scratch\n").unwrap();
        }
        File::create(context.join("big")).unwrap().set_len(megabytes << 20).unwrap();
        let subject = subject(&context, context.join("Dockerfile"));
        let entries = content::entries(&context, &subject.dockerfile, RULES).unwrap();
        let mut copy = Workspace::copy(&subject, &entries, false).unwrap();
        // What is changed here and undone is no matter.
        copy.change(FileChange::Edit, "src/b.c", "word").unwrap();
        copy.undo().unwrap();
        assert_eq!(copy.changed_by_others(), None);
        let mut file = File::options().append(true).open(context.join("src/a.c")).unwrap();
        file.write_all(b"RUN :\n").unwrap();
        assert_eq!(copy.changed_by_others(), told, "{megabytes} MB");
    }
}
