//! A canary that is given to dp-build stands in nothing that any tool of a pipe
//! prints, though the image's history holds it.

use dp_testkit::{Context, Docker, Ran, Tool, shown_elsewhere, unique};

/// The tools behind dp-build, each as it may stand in a pipe.
const PIPES: [&[&[&str]]; 7] = [
    &[&["dp-size"], &["dp-report", "--format", "jsonl"]],
    &[&STARTS, &["dp-report", "--all"]],
    &[&["dp-size"], &STARTS, &["dp-report", "--format", "jsonl"]],
    &[&STATS, &["dp-report", "--all"]],
    &[&["dp-report", "--format", "text"]],
    &[&["dp-report", "--format", "markdown"]],
    &[&["dp-report", "--format", "jsonl"]],
];

/// A start of an image that writes what it was given and fails, given more
/// to hide.
const STARTS: [&str; 12] = [
    "dp-start",
    "-r",
    "1",
    "-i",
    "--ready",
    "exit",
    "-e",
    "GIVEN=can4ry-given",
    "--",
    "sh",
    "-c",
    "echo $APP_TOKEN $GIVEN; echo $APP_TOKEN $GIVEN >&2; exit 7",
];

/// The same, watched, with a load that writes it too.
const STATS: [&str; 10] = [
    "dp-stats",
    "-i",
    "-e",
    "GIVEN=can4ry-given",
    "--load-command",
    "docker logs $DP_CONTAINER; echo can4ry-given; false",
    "--",
    "sh",
    "-c",
    "echo $APP_TOKEN $GIVEN; echo $APP_TOKEN $GIVEN >&2; sleep 60",
];

const DOCKERFILE: &str = "\
FROM dp-base/busybox
ARG PLACE_TOKEN
ENV APP_TOKEN=can4ry-written
WORKDIR /UNIQUE/$PLACE_TOKEN
COPY Dockerfile $APP_TOKEN
RUN --mount=type=secret,id=file echo $PLACE_TOKEN; cat /run/secrets/file; echo UNIQUE $APP_TOKEN; END
";

/// dp-build of a Dockerfile whose last step ends so.
fn build(docker: &mut Docker, end: &str) -> Ran {
    let name = unique("canary");
    docker.remove_at_end(&format!("dp/{name}:latest"));
    let text = DOCKERFILE.replace("UNIQUE", &name).replace("END", end);
    let context = Context::new(&text)
        .with("secret.txt", "can4ry-file\n")
        .with(".dockerignore", "secret.txt\n");
    let given =
        ["--build-arg", "PLACE_TOKEN=can4ry-argument", "--secret", "id=file,src=secret.txt"];
    let subject = format!("{name}=.");
    Tool::new("dp-build").args(given).args([&subject]).at(context.path()).run()
}

#[track_caller]
fn assert_silent(ran: &Ran, tool: &str) {
    for output in [&ran.stdout, &ran.stderr] {
        let line = output.lines().find(|line| line.contains("can4ry"));
        assert_eq!(line, None, "{tool}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn no_tool_of_a_pipe_prints_what_was_given_to_the_first() {
    if shown_elsewhere() {
        return;
    }
    let mut docker = Docker::new();
    for (end, code) in [("true", 0), ("exit 5", 4)] {
        let built = build(&mut docker, end).expect(code);
        assert_silent(&built, "dp-build");
        for pipe in PIPES {
            let mut records = built.stdout.clone();
            for words in pipe {
                let ran = Tool::new(words[0]).args(&words[1..]).stdin(records).run();
                assert!(ran.code.is_some_and(|code| code != 101), "{words:?}: {}", ran.stderr);
                assert!(!ran.stdout.is_empty(), "{words:?}: {}", ran.stderr);
                assert_silent(&ran, &words.join(" "));
                records = ran.stdout;
            }
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_history_of_the_image_does_hold_it() {
    if shown_elsewhere() {
        return;
    }
    let mut docker = Docker::new();
    let built = build(&mut docker, "true").expect(0);
    let records = built.records();
    let image = records[1].subject.as_ref().unwrap().image.clone().unwrap();
    let history = docker.ok(&["history", "--no-trunc", "--format", "{{.CreatedBy}}", &image]);
    assert!(history.contains("can4ry-argument") && history.contains("can4ry-written"), "{history}");
}
