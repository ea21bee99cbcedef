//! Answers as engines sent them, shortened, and what they say.

use super::*;
use crate::progress::VertexState;
use crate::{Failure, FailureCode, Trace, VertexKind};

/// Lines of an answer, each the `stream` of one; `!` begins an error.
fn read(stages: &[LegacyStage], lines: &[&str]) -> BuildReport {
    let mut nothing = |_: crate::Event<'_>| {};
    let mut output = ClassicOutput::new(Collector::new(&mut nothing), stages);
    for line in lines {
        let line = match line.strip_prefix('!') {
            Some(error) => error.to_owned(),
            None => serde_json::json!({ "stream": line }).to_string(),
        };
        output.read_line(line.as_bytes(), 10_240);
    }
    output.finish()
}

fn states(trace: &Trace) -> Vec<(&str, VertexState)> {
    trace.vertexes.iter().map(|vertex| (vertex.name.as_str(), vertex.state)).collect()
}

use VertexState::{Cached, Executed, Failed};

const RUN: &str = "RUN echo hi; echo \" ---> Using cache\"";

#[test]
fn a_build_of_20_10_is_read_step_by_step() {
    let report = read(
        &[LegacyStage { needed: true, steps: 4 }],
        &[
            "Step 1/5 : FROM dp-base/busybox AS one",
            "\n",
            " ---> 65391b21e07f\n",
            "Step 2/5 : LABEL a=b",
            "\n",
            " ---> Running in 0d1a9e970c43\n",
            "Removing intermediate container 0d1a9e970c43\n",
            " ---> 9db18fdb509b\n",
            &format!("Step 3/5 : {RUN}"),
            "\n",
            " ---> Running in cb78bf1fb73d\n",
            "hi\n",
            " ---> Using cache\n",
            "Step 4/5 : RUN x\n",
            "Removing intermediate container 0d1a9e970c43\n",
            "\u{1b}[91merr\n\u{1b}[0m",
            "Removing intermediate container cb78bf1fb73d\n",
            " ---> 9205a7c95185\n",
            "Step 4/5 : COPY a.txt   /a",
            "\n",
            " ---> 0f8335e8bf92\n",
            "Step 5/5 : WORKDIR /w",
            "\n",
            " ---> Using cache\n",
            " ---> 57b69a9cf4f0\n",
            r#"!{"aux":{"ID":"sha256:57b69a9cf4f0"}}"#,
            "Successfully built 57b69a9cf4f0\n",
            "Successfully tagged x:latest\n",
        ],
    );
    assert!(!report.failed);
    assert_eq!(report.images, ["sha256:57b69a9cf4f0"]);
    assert_eq!(report.created_images, ["9db18fdb509b", "9205a7c95185", "0f8335e8bf92"]);
    assert_eq!(report.text, ["Successfully built 57b69a9cf4f0", "Successfully tagged x:latest"]);
    assert_eq!(
        states(&report.trace),
        [
            ("[internal] load build context", Executed),
            ("[one 1/4] FROM dp-base/busybox AS one", Executed),
            ("[internal] LABEL a=b", Executed),
            (format!("[one 2/4] {RUN}").as_str(), Executed),
            ("[one 3/4] COPY a.txt   /a", Executed),
            ("[one 4/4] WORKDIR /w", Cached),
        ]
    );
    let vertexes = &report.trace.vertexes;
    assert_eq!(vertexes[0].transferred_bytes(), Some(10_240));
    assert_eq!(vertexes[0].kind, VertexKind::Context);
    let inputs = vertexes.windows(2).all(|pair| pair[1].inputs == [pair[0].digest.as_str()]);
    assert!(inputs && vertexes[0].inputs.is_empty());
    assert_eq!(
        (vertexes[0].digest.as_str(), vertexes[5].digest.as_str()),
        ("legacy:0", "legacy:5")
    );
    assert!(vertexes.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
    let printed = ["hi", " ---> Using cache", "Step 4/5 : RUN x"];
    assert_eq!(vertexes[3].log_tail[..3], printed);
}

#[test]
fn a_build_of_28_5_ends_its_containers_with_an_arrow() {
    let report = read(
        &[],
        &[
            "Step 1/2 : FROM dp-base/busybox",
            " ---> 65391b21e07f\n",
            "Step 2/2 : RUN echo",
            " ---> Running in 2c456a5af7a6\n",
            "hi\nStep 3/3 : RUN x\n ---> Using cache\n",
            " ---> Removed intermediate container 2c456a5af7a6\n",
            " ---> 2473212f6473\n",
        ],
    );
    let names = ["[internal] load build context", "[stage-0 1/1] FROM dp-base/busybox"];
    let run = ("[stage-0 2/2] RUN echo", Executed);
    assert_eq!(states(&report.trace), [(names[0], Executed), (names[1], Executed), run]);
}

#[test]
fn a_step_that_fails_is_explained() {
    let report = read(
        &[],
        &[
            "Step 1/2 : FROM dp-base/busybox",
            " ---> 65391b21e07f\n",
            "Step 2/2 : RUN exit 3",
            " ---> Running in 00f6418bcd55\n",
            "a last word\n",
            "Removing intermediate container 00f6418bcd55\n",
            r#"!{"errorDetail":{"code":3,"message":"The command '/bin/sh -c exit 3' returned a non-zero code: 3"},"error":"The command '/bin/sh -c exit 3' returned a non-zero code: 3"}"#,
        ],
    );
    assert!(report.failed);
    let failure = Failure::of(&report.trace, &report.text, false);
    assert_eq!((failure.code, failure.exit_code), (FailureCode::StepFailed, Some(3)));
    assert_eq!(failure.message, "[stage-0 2/2] RUN exit 3: exit code 3");
    assert_eq!(failure.log, ["a last word"]);
    assert_eq!(states(&report.trace)[2].1, Failed);
}

#[test]
fn other_failures_are_distinguished() {
    let error = |message: &str| {
        format!("!{}", serde_json::json!({ "errorDetail": { "message": message } }))
    };
    let code = |step: &str, message: &str| {
        let report =
            read(&[], &["Step 1/2 : FROM x", " ---> 65391b21e07f\n", step, &error(message)]);
        Failure::of(&report.trace, &report.text, false).code
    };
    let missing = "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist";
    assert_eq!(code("Step 2/2 : COPY nope /", missing), FailureCode::SourceMissing);
    let registry =
        "Get \"https://registry.invalid/v2/\": dial tcp: lookup registry.invalid: no such host";
    assert_eq!(code("Step 2/2 : FROM nope", registry), FailureCode::BaseUnavailable);
    let mount = "the --mount option requires BuildKit.";
    assert_eq!(code("Step 2/2 : RUN --mount=x true", mount), FailureCode::DockerfileInvalid);
}

#[test]
fn triggers_of_the_base_are_part_of_its_from() {
    let report = read(
        &[],
        &[
            "Step 1/2 : FROM dp-test/onb",
            "\n",
            "# Executing 3 build trigger",
            "s",
            "\n",
            " ---> Running in 309bc7122390\n",
            "Removing intermediate container 309bc7122390\n",
            " ---> Using cache\n",
            " ---> 6123003bdcc9\n",
            "Step 2/2 : RUN echo own",
            " ---> Using cache\n",
            " ---> c30c0baf3f51\n",
        ],
    );
    let names: Vec<&str> =
        report.trace.vertexes.iter().map(|vertex| vertex.name.as_str()).collect();
    assert_eq!(names[1..], ["[stage-0 1/1] FROM dp-test/onb", "[stage-0 2/2] RUN echo own"]);
    assert_eq!(report.trace.vertexes[2].state, Cached);
}
