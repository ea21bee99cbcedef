//! What a `.dockerignore` keeps out of a build, by buildx on a real engine, by our own matcher,
//! and by what our own backends send.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use dp_builds::backend::{api, legacy};
use dp_builds::{BuildOptions, BuildRequest, BuildRun, Context, Dockerfile, Keep};
use dp_dockerfile::{Ignore, Visit};
use dp_engine::{Engine, Environment, Selection, resolve};
use dp_testkit::{Docker, shown_elsewhere, unique};
use tempfile::TempDir;

const CASES: &str = include_str!("../../../lib/dockerfile/tests/ignore_cases.txt");
const TREE: &str = include_str!("../../../lib/dockerfile/tests/ignore_tree.txt");
const DOCKERFILE: &str = "FROM scratch\nCOPY . /\n";

/// Paths of files, and of folders with a slash behind.
type Paths = BTreeSet<String>;

struct Case {
    title: String,
    text: String,
    refused: bool,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in CASES.lines() {
        if let Some(title) = line.strip_prefix("case ") {
            cases.push(Case { title: title.to_owned(), text: String::new(), refused: false });
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(text) = line.strip_prefix(">> ") {
            case.text = serde_json::from_str(text).unwrap();
        } else if let Some(text) = line.strip_prefix('>') {
            case.text += text.strip_prefix(' ').unwrap_or(text);
            case.text += "\n";
        }
        case.refused |= line == "refused";
    }
    cases
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn write_tree(folder: &Path) {
    for file in TREE.lines() {
        write(&folder.join(file), file);
    }
}

/// All below a folder.
fn listed(folder: &Path) -> Paths {
    let (mut paths, mut open) = (Paths::new(), vec![folder.to_owned()]);
    while let Some(current) = open.pop() {
        for entry in fs::read_dir(current).unwrap().map(Result::unwrap) {
            let is_folder = entry.file_type().unwrap().is_dir();
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            paths.insert(if is_folder { format!("{name}/") } else { name.to_owned() });
            if is_folder {
                open.push(path);
            }
        }
    }
    paths
}

fn files(paths: &Paths) -> BTreeSet<&str> {
    paths.iter().map(String::as_str).filter(|path| !path.ends_with('/')).collect()
}

/// Builds at once: an engine that is asked for more answers that there is no such job.
const AT_ONCE: usize = 24;

/// What `COPY . /` copies by buildx: many cases by one command. Each has a context of its own:
/// Docker 20.10 mixes up builds of one folder at the same time.
fn by_buildx(folder: &Path, copies: &Copies, cases: &[Case]) -> Vec<Paths> {
    let numbered: Vec<(usize, &Case)> = cases.iter().enumerate().collect();
    numbered.chunks(AT_ONCE).for_each(|chunk| bake(folder, copies, chunk));
    (0..cases.len()).map(|at| listed(&folder.join(format!("out/c{at}")))).collect()
}

/// Builds these cases, each into a folder of its own.
fn bake(folder: &Path, copies: &Copies, cases: &[(usize, &Case)]) {
    let mut targets = BTreeMap::new();
    for (at, case) in cases {
        let name = format!("c{at}");
        write(&folder.join(&name), DOCKERFILE);
        write(&folder.join(&name).with_extension("dockerignore"), &case.text);
        let target = serde_json::json!({
            "context": copies.folder.path().join(&name),
            "dockerfile": folder.join(&name),
            "output": [format!("type=local,dest=out/{name}")],
        });
        targets.insert(name, target);
    }
    let names: Vec<&String> = targets.keys().collect();
    let bake =
        serde_json::json!({ "group": { "default": { "targets": names } }, "target": targets });
    write(&folder.join("bake.json"), &bake.to_string());
    let mut command = Command::new("docker");
    command.args(["buildx", "bake", "--provenance=false", "--allow=fs.read=*", "--file"]);
    let output = command.arg("bake.json").current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// One case as the tools ask it: folders before what is in them.
struct Asked {
    ignore: Ignore,
    above: RefCell<Vec<(String, Visit)>>,
}

impl Asked {
    fn new(case: &Case) -> Self {
        Self { ignore: Ignore::parse(&case.text).unwrap(), above: RefCell::default() }
    }

    fn keep(&self, path: &str, is_folder: bool) -> Keep {
        let mut above = self.above.borrow_mut();
        let is_below =
            |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        while above.last().is_some_and(|(folder, _)| !is_below(folder)) {
            above.pop();
        }
        let visit = self.ignore.visit(above.last().map(|(_, visit)| visit), path).unwrap();
        let ignored = visit.ignored;
        if is_folder {
            if self.ignore.may_prune(path, &visit) {
                return Keep::Nothing;
            }
            above.push((path.to_owned(), visit));
        }
        if ignored { Keep::Unneeded } else { Keep::Yes }
    }
}

/// A context in which every case has a copy of the tree, so that one build tells them all.
struct Copies {
    folder: TempDir,
    asked: Vec<Asked>,
}

impl Copies {
    fn new(cases: &[Case]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for at in 0..cases.len() {
            write_tree(&folder.path().join(format!("c{at}")));
        }
        Self { folder, asked: cases.iter().map(Asked::new).collect() }
    }

    fn keep(&self, path: &str, is_folder: bool) -> Keep {
        let (case, rest) = path.split_once('/').unwrap_or((path, ""));
        let case: usize = case.strip_prefix('c').unwrap().parse().unwrap();
        if rest.is_empty() { Keep::Yes } else { self.asked[case].keep(rest, is_folder) }
    }

    /// What the image has of each case.
    fn of(&self, paths: &Paths) -> Vec<Paths> {
        let of = |at: usize| {
            let below = format!("c{at}/");
            let rests = paths.iter().filter_map(|path| path.strip_prefix(&below));
            rests.filter(|rest| !rest.is_empty()).map(str::to_owned).collect()
        };
        (0..self.asked.len()).map(of).collect()
    }
}

/// What is in an image of one layer of ours: its container never runs.
fn in_image(docker: &Docker, image: &str, folder: &Path) -> Paths {
    let container = docker.ok(&["create", image, "none"]);
    let export = format!("docker export {} | tar --extract --file=-", container.trim());
    let out = folder.join("image");
    fs::create_dir(&out).unwrap();
    let status = Command::new("sh").args(["-c", &export]).current_dir(&out).status();
    docker.ok(&["rm", container.trim()]);
    assert!(status.unwrap().success());
    let paths = listed(&out);
    fs::remove_dir_all(out).unwrap();
    paths
}

async fn build(engine: &Engine, copies: &Copies, tag: &str, old: bool) -> BuildRun {
    let options = BuildOptions { tags: vec![tag.to_owned()], ..BuildOptions::default() };
    let (text, name) = (DOCKERFILE.as_bytes(), "Dockerfile");
    let keep = |path: &str, is_folder: bool| copies.keep(path, is_folder);
    let request = BuildRequest {
        context: Context { folder: copies.folder.path(), filter: &keep },
        dockerfile: Dockerfile { text, name, place: None, ignore: None },
        options: &options,
    };
    let run = if old {
        legacy::run(engine, &request, &[], &|| false, &mut |_| {}).await
    } else {
        api::run(engine, &request, &|| false, &mut |_| {}).await
    };
    run.unwrap()
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn every_set_of_patterns_keeps_out_what_buildx_keeps_out() {
    // The clients keep files out, not the engine.
    if shown_elsewhere() {
        return;
    }
    let cases: Vec<Case> = cases().into_iter().filter(|case| !case.refused).collect();
    assert!(cases.len() >= 80, "{} cases", cases.len());
    let folder = tempfile::tempdir().unwrap();
    let copies = Copies::new(&cases);
    let truth = by_buildx(folder.path(), &copies, &cases);
    for (case, truth) in cases.iter().zip(&truth) {
        let ignore = Ignore::parse(&case.text).unwrap();
        let kept: BTreeSet<&str> =
            TREE.lines().filter(|file| !ignore.is_ignored(file).unwrap()).collect();
        assert_eq!(kept, files(truth), "{}", case.title);
    }

    let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
    let engine = Engine::connect(&endpoint).await.unwrap();
    let mut docker = Docker::new();
    for (backend, old) in [("api", false), ("legacy", true)] {
        let tag = unique(backend);
        docker.remove_at_end(&tag);
        let run = build(&engine, &copies, &tag, old).await;
        assert!(run.succeeded, "{:?}", run.text);
        let sent = copies.of(&in_image(&docker, &tag, folder.path()));
        for ((case, truth), sent) in cases.iter().zip(&truth).zip(&sent) {
            assert_eq!(sent, truth, "{} by {backend}", case.title);
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_we_refuse_buildx_refuses_too() {
    let refused: Vec<Case> = cases().into_iter().filter(|case| case.refused).collect();
    assert!(!refused.is_empty());
    let folder = tempfile::tempdir().unwrap();
    write_tree(folder.path());
    for case in refused {
        let parsed = Ignore::parse(&case.text);
        let ours = parsed
            .and_then(|ignore| TREE.lines().try_for_each(|file| ignore.is_ignored(file).map(drop)));
        assert!(ours.is_err(), "{}", case.title);
        write(&folder.path().join("Dockerfile"), DOCKERFILE);
        write(&folder.path().join(".dockerignore"), &case.text);
        let args = ["buildx", "build", "--output", "type=cacheonly", "."];
        let output = Command::new("docker").args(args).current_dir(folder.path()).output();
        assert!(!output.unwrap().status.success(), "{}", case.title);
    }
}
