//! Every Dockerfile of lib/dockerfile's tests by every backend: the same steps by the same names,
//! the same states when warm, the same lines.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use dp_builds::backend::{api, buildx, legacy};
use dp_builds::{
    BuildOptions, BuildRequest, BuildRun, BuildxRequest, Context, Dockerfile, Keep, LegacyStage,
    VertexKind, VertexState,
};
use dp_dockerfile::{Base, BuildArgs, Stages, StepIndex};
use dp_engine::{Engine, Environment, Selection, resolve};
use dp_testkit::{Docker, shown_elsewhere, unique};

/// A build of one Dockerfile, with its options and what it must show.
struct Build {
    name: String,
    options: Vec<String>,
    /// `stage n KEYWORD line end_line`.
    steps: Vec<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../lib/dockerfile/tests/files")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All builds that this engine can do, without those that name contexts (the API has none).
fn builds(is_newer: bool) -> Vec<Build> {
    let entries = fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".Dockerfile").map(str::to_owned)).collect();
    names.sort();
    let engine = if is_newer { "28.5" } else { "20.10" };
    let all = names.iter().flat_map(|name| builds_of(name, engine));
    all.filter(|build| !build.options.iter().any(|option| option == "--build-context")).collect()
}

fn builds_of(name: &str, engine: &str) -> Vec<Build> {
    let text = text(&format!("{name}.steps"));
    let engines = text.lines().find_map(|line| line.strip_prefix("# engines: "));
    if engines.is_some_and(|engines| !engines.contains(engine)) {
        return Vec::new();
    }
    let mut builds = Vec::new();
    let build = |options: &str| Build {
        name: name.to_owned(),
        options: options.split_whitespace().map(str::to_owned).collect(),
        steps: Vec::new(),
    };
    for line in text.lines() {
        if let Some(options) = line.strip_prefix("# build:") {
            builds.push(build(options));
        } else if !line.starts_with('#') {
            if builds.is_empty() {
                builds.push(build(""));
            }
            builds.last_mut().unwrap().steps.push(line.to_owned());
        }
    }
    builds
}

impl Build {
    fn values(&self, option: &str) -> Vec<&str> {
        let pairs = self.options.windows(2).filter(|pair| pair[0] == option);
        pairs.map(|pair| pair[1].as_str()).collect()
    }

    fn args(&self) -> BuildArgs {
        let pairs =
            self.values("--build-arg").into_iter().map(|pair| pair.split_once('=').unwrap());
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn options(&self, tag: &str) -> BuildOptions {
        BuildOptions {
            tags: vec![tag.to_owned()],
            target: self.values("--target").first().map(|&target| target.to_owned()),
            build_args: self.args().into_iter().collect(),
            ..BuildOptions::default()
        }
    }

    fn file(&self) -> String {
        format!("{}.Dockerfile", self.name)
    }
}

/// Runs builds on one engine and takes the images away.
struct Bench {
    engine: Engine,
    docker: Docker,
    /// Ids: those of the old builder have parents without a name.
    images: Vec<String>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        for image in &self.images {
            self.docker.run(&["image", "rm", "--force", image]);
        }
    }
}

impl Bench {
    fn tag(&mut self) -> String {
        let tag = unique("backends");
        self.docker.remove_at_end(&tag);
        tag
    }

    fn base(&mut self, name: &str) {
        let base = folder().join(format!("{name}.base"));
        if base.exists() {
            let (tag, base) = (format!("dp-test/{name}"), base.to_str().unwrap().to_owned());
            let context = folder().join("context");
            let args =
                ["buildx", "build", "--quiet", "--provenance=false", "--load", "--tag", &tag];
            let args = [&args[..], &["--file", &base, context.to_str().unwrap()]].concat();
            self.docker.ok(&args);
            self.docker.remove_at_end(&tag);
        }
    }

    fn buildx(&mut self, build: &Build) -> BuildRun {
        let (file, tag) = (build.file(), self.tag());
        let mut args = vec!["--provenance=false", "--tag", &tag, "--file", &file];
        args.extend(["--builder", self.engine.endpoint().builder()]);
        args.extend(build.options.iter().map(String::as_str));
        args.push("context");
        let request = BuildxRequest {
            docker: "docker".into(),
            args: args.into_iter().map(Into::into).collect(),
            cwd: folder(),
            ..BuildxRequest::default()
        };
        buildx::run(&request, &|| false, &mut |_| {}).unwrap().into()
    }

    async fn ours(&mut self, build: &Build, stages: Option<&[LegacyStage]>) -> BuildRun {
        let (text, name) = (text(&build.file()), build.file());
        let options = build.options(&self.tag());
        let context = folder().join("context");
        let request = BuildRequest {
            context: Context { folder: &context, filter: &|_, _| Keep::Yes },
            dockerfile: Dockerfile {
                text: text.as_bytes(),
                name: &name,
                place: None,
                ignore: None,
            },
            options: &options,
        };
        let (engine, mut nothing) = (&self.engine, |_: dp_builds::Event<'_>| {});
        let run = match stages {
            None => api::run(engine, &request, &|| false, &mut nothing).await,
            Some(stages) => legacy::run(engine, &request, stages, &|| false, &mut nothing).await,
        };
        let run = run.unwrap();
        self.images.extend(run.images.clone());
        run
    }
}

async fn bench() -> Bench {
    let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
    let engine = Engine::connect(&endpoint).await.unwrap();
    Bench { engine, docker: Docker::new(), images: Vec::new() }
}

/// Names of the steps with their states; of those that count only.
fn steps(run: &BuildRun) -> BTreeMap<String, VertexState> {
    let steps = run.trace.steps();
    let steps = steps.iter().filter(|step| step.kind == VertexKind::Step);
    steps.map(|step| (run.trace.vertexes[step.place].name.clone(), step.state)).collect()
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn buildx_and_the_api_show_the_same_steps_and_states() {
    let mut bench = bench().await;
    let builds = builds(bench.docker.is_newer());
    assert!(builds.len() >= 25, "{} builds", builds.len());
    let mut count = 0;
    for build in &builds {
        // buildx makes an option of it that the API of 20.10 does not have.
        if !bench.docker.is_newer() && build.args().contains_key("BUILDKIT_MULTI_PLATFORM") {
            continue;
        }
        bench.base(&build.name);
        let what = format!("{} {:?}", build.name, build.options);
        let runs =
            [bench.ours(build, None).await, bench.ours(build, None).await, bench.buildx(build)];
        for run in &runs {
            assert!(run.succeeded, "{what}: {:?}", run.text);
        }
        let [first, warm_api, warm_buildx] = runs.each_ref().map(steps);
        assert_eq!(warm_api, warm_buildx, "{what}");
        assert!(first.keys().eq(warm_api.keys()), "{what}: {first:?}");
        count += warm_api.len();
    }
    assert!(count >= 100, "{count} steps");
}

/// What the tool tells the old builder's backend of a file.
fn stages(stages: &Stages<'_>, target: Option<&str>) -> Vec<LegacyStage> {
    let needed = stages.needed(target).unwrap();
    let stage = |(index, stage): (usize, &dp_dockerfile::Stage)| {
        let base = stages.base(index).unwrap();
        let from = u32::from(matches!(base, Base::Image(_) | Base::Unknown));
        let own = stage.instructions.iter().filter(|own| own.is_step() && !own.onbuild).count();
        LegacyStage { needed: needed.contains(&index), steps: from + u32::try_from(own).unwrap() }
    };
    stages.file().stages.iter().enumerate().map(stage).collect()
}

/// What needs BuildKit.
const NOT_LEGACY: &[&str] = &["heredoc", "link", "mounts", "platforms"];

/// Where the numbers of BuildKit's steps, by which a line is found, are not to be had from the old
/// builder's text: triggers of the base image, and folders that are `/` behind a variable.
const NOT_NUMBERED: &[&str] = &["onbuild-image", "onbuild-nothing", "workdirs"];

/// The lines of all instructions, in the order of the file.
fn all_lines(file: &dp_dockerfile::Dockerfile) -> Vec<(String, usize)> {
    let mut args: Vec<usize> = file.global_args.iter().map(|arg| arg.line).collect();
    args.dedup();
    let args = args.into_iter().map(|line| ("ARG".to_owned(), line));
    let stages = file.stages.iter();
    let own = stages.flat_map(|stage| std::iter::once(&stage.from).chain(&stage.instructions));
    let own = own.map(|it| {
        let keyword = if it.onbuild { "ONBUILD" } else { it.keyword.as_str() };
        (keyword.to_owned(), it.line)
    });
    args.chain(own).collect()
}

/// `KEYWORD line end_line` of the steps that are found.
fn found_lines(run: &BuildRun, index: &StepIndex<'_>) -> Vec<String> {
    let names: Vec<&str> = run.trace.vertexes.iter().map(|v| v.name.as_str()).collect();
    let found = index.locate(&names);
    let line = |step: &dp_dockerfile::StepRef<'_>| {
        let it = step.instruction;
        format!("{} {} {}", it.keyword, it.line, it.end_line)
    };
    found.iter().flatten().map(line).collect()
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn the_old_builder_s_steps_are_found_at_their_lines() {
    // What is read is the old builder's text, alike on all engines.
    if shown_elsewhere() {
        return;
    }
    let mut bench = bench().await;
    let (mut found, mut instructions) = (0, 0);
    for build in builds(bench.docker.is_newer()) {
        let (text, name) = (text(&build.file()), build.name.as_str());
        let file = dp_dockerfile::Dockerfile::parse(&text);
        if NOT_LEGACY.contains(&name) {
            continue;
        }
        bench.base(name);
        let what = format!("{name} {:?}", build.options);
        let resolved = Stages::resolve(&file, &build.args());
        let plan = stages(&resolved, build.values("--target").first().copied());
        let run = bench.ours(&build, Some(&plan)).await;
        assert!(run.succeeded, "{what}: {:?}", run.text);
        // Behind the context comes one vertex for each instruction.
        for (vertex, (keyword, line)) in run.trace.vertexes[1..].iter().zip(all_lines(&file)) {
            let (name, word) = (&vertex.name, format!(" {keyword} "));
            assert!(name.contains(&word), "{what}: line {line} is {name}");
            instructions += 1;
        }
        if file.stages.len() == 1 && !NOT_NUMBERED.contains(&name) {
            let lines = found_lines(&run, &StepIndex::with_args(&file, &build.args()));
            let line = |step: &String| step.splitn(3, ' ').nth(2).unwrap().to_owned();
            let expected: Vec<String> = build.steps.iter().map(line).collect();
            assert_eq!(lines, expected, "{what}");
            found += lines.len();
        }
    }
    assert!(found >= 40 && instructions >= 150, "{found} steps, {instructions} instructions");
}
