//! The sentences with which builds end, each with its code. They are those of BuildKit, buildx, the
//! docker CLI and the old builder; those that an engine can be brought to say are tested on engines
//! too (`tools/dp-build/tests/failure_table`).

use FailureCode::{
    ArgumentsInvalid, BaseUnavailable, Cancelled, ContextUnreadable, DiskFull, DockerfileInvalid,
    DockerfileMissing, EngineLost, ExportFailed, NotAllowed, SecretMissing, SourceMissing,
    StepFailed, TargetMissing, Unknown,
};
use dp_builds::{Failure, FailureCode, read};
use serde_json::json;

/// What is said of a build in which no vertex failed.
const OF_NO_VERTEX: &[(&str, FailureCode)] = &[
    // The frontend's parser.
    ("dockerfile parse error on line 2: unknown instruction: RUNN", DockerfileInvalid),
    ("dockerfile parse error line 3: unknown instruction: ECHO", DockerfileInvalid),
    ("unterminated heredoc", DockerfileInvalid),
    ("failed to parse Dockerfile.x: unterminated heredoc", DockerfileInvalid),
    ("file with no instructions", DockerfileInvalid),
    ("the Dockerfile cannot be empty", DockerfileInvalid),
    ("the Dockerfile (a/Dockerfile) cannot be empty", DockerfileInvalid),
    ("dockerfile line greater than max allowed size of 65535", DockerfileInvalid),
    ("invalid escape token 'x' does not match ` or \\", DockerfileInvalid),
    ("only one escape parser directive can be used", DockerfileInvalid),
    ("ADD cannot accept a heredoc as --from", DockerfileInvalid),
    // Its instructions.
    ("ENV must have two arguments", DockerfileInvalid),
    ("LABEL names can not be blank", DockerfileInvalid),
    ("Syntax error - can't find = in \"a\". Must be of the form: name=value", DockerfileInvalid),
    ("invalid containerPort: nope", DockerfileInvalid),
    ("Invalid containerPort: nope", DockerfileInvalid),
    ("Invalid signal: nope", DockerfileInvalid),
    ("unsupported mount type \"nope\"", DockerfileInvalid),
    ("unexpected key 'nope' in 'nope=1' (did you mean type?)", DockerfileInvalid),
    ("unsupported sharing value \"nope\"", DockerfileInvalid),
    ("invalid mount target \"/\"", DockerfileInvalid),
    ("invalid value for size: nope", DockerfileInvalid),
    ("source can't be a URL for COPY", DockerfileInvalid),
    ("source can't be a git ref for COPY", DockerfileInvalid),
    ("checksum requires HTTP(S) or Git sources", DockerfileInvalid),
    (
        "cannot copy from stage \"b\", it needs to be defined before current stage \"a\"",
        DockerfileInvalid,
    ),
    ("invalid stage index 5", DockerfileInvalid),
    (
        "invalid chmod parameter: 'rwx'. it should be octal string and between 0 and 07777",
        DockerfileInvalid,
    ),
    (
        "device feature is only supported in Dockerfile frontend 1.14.0-labs or later",
        DockerfileInvalid,
    ),
    // Its stages and words.
    ("no build stage in current context", DockerfileInvalid),
    ("dockerfile contains no stages to build", DockerfileInvalid),
    ("circular dependency detected on stage: a", DockerfileInvalid),
    ("base name ($B) should not be blank", DockerfileInvalid),
    (
        "failed to parse stage name \"A:B:C\": invalid reference format: repository name (A) must be lowercase",
        DockerfileInvalid,
    ),
    ("failed to process \"${B!c}\": unsupported modifier (!) in substitution", DockerfileInvalid),
    (
        "failed to parse platform a/b/c/d: \"a/b/c/d\": cannot parse platform specifier: invalid argument",
        DockerfileInvalid,
    ),
    ("a stage name already used", DockerfileInvalid),
    // What was asked for.
    ("target stage \"no-such\" could not be found", TargetMissing),
    ("failed to reach build target no-such in Dockerfile", TargetMissing),
    ("failed to read dockerfile: open Dockerfile: no such file or directory", DockerfileMissing),
    ("Cannot locate specified Dockerfile: Dockerfile", DockerfileMissing),
    ("failed to load LLB: network.host is not allowed", NotAllowed),
    ("failed to load LLB: security.insecure is not allowed", NotAllowed),
    ("device a/b=c is requested by the build but not allowed", NotAllowed),
    ("source \"docker-image://a\" not allowed by policy: action DENY", NotAllowed),
    // The context and what goes with it.
    ("unable to prepare context: path \"x\" not found", ContextUnreadable),
    ("error from sender: open x: permission denied", ContextUnreadable),
    ("failed parsing .dockerignore: illegal exclusion pattern: \"!\"", ContextUnreadable),
    (
        "failed to read downloaded context: failed to load cache key: invalid response status 404",
        ContextUnreadable,
    ),
    ("failed to stat /no/secret: stat /no/secret: no such file or directory", SecretMissing),
    ("invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set", SecretMissing),
    // Registries.
    (
        "a: failed to resolve source metadata for docker.io/library/a:latest: a: not found",
        BaseUnavailable,
    ),
    ("pull access denied, repository does not exist or may require authorization", BaseUnavailable),
    ("manifest unknown: manifest unknown", BaseUnavailable),
    ("toomanyrequests: You have reached your pull rate limit", BaseUnavailable),
    ("failed to authorize: failed to fetch anonymous token: 503", BaseUnavailable),
    // Options.
    ("unknown flag: --nope", ArgumentsInvalid),
    ("flag needs an argument: --tag", ArgumentsInvalid),
    ("invalid tag \"A\": repository name must be lowercase", ArgumentsInvalid),
    ("Cache export is not supported for the docker driver.", ArgumentsInvalid),
    ("failed to parse ulimit: invalid ulimit argument: x", ArgumentsInvalid),
    ("docker exporter does not currently support exporting manifest lists", ArgumentsInvalid),
    (
        "network mode \"x\" not supported by buildkit - you can define a custom network",
        ArgumentsInvalid,
    ),
    ("type is required for output", ArgumentsInvalid),
    // The engine.
    ("failed to export image: failed to create image: write x", ExportFailed),
    ("Cannot connect to the Docker daemon at unix:///a. Is the docker daemon running?", EngineLost),
    (
        "failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF",
        EngineLost,
    ),
    ("no active session for x: context deadline exceeded", EngineLost),
    ("write /a: no space left on device", DiskFull),
    ("write /a: disk quota exceeded", DiskFull),
    ("build cancelled", Cancelled),
    ("something that nobody has ever said", Unknown),
];

const BIND: &str = "[2/2] RUN --mount=type=bind,src=deps,target=/mnt make";
const RUN: &str = "[2/2] RUN make";
const COPY: &str = "[2/2] COPY deps /deps";
const ADD: &str = "[2/2] ADD http://127.0.0.1/a /a";
const FROM: &str = "[1/2] FROM base";

/// What is said of a vertex that failed.
const OF_A_VERTEX: &[(&str, &str, FailureCode)] = &[
    (BIND, "failed to calculate checksum of ref a::b: \"/deps\": not found", SourceMissing),
    (BIND, "failed to compute cache key: \"/deps\" not found: not found", SourceMissing),
    (BIND, "\"/deps\" not found: not found", SourceMissing),
    (
        BIND,
        "process \"/bin/sh -c make\" did not complete successfully: open /deps: no such file or directory",
        SourceMissing,
    ),
    (BIND, "process \"/bin/sh -c make\" did not complete successfully: exit code: 1", StepFailed),
    (BIND, "secret token: not found", SecretMissing),
    (BIND, "no SSH key \"\" forwarded from the client", SecretMissing),
    (BIND, "unset ssh forward key default", SecretMissing),
    (
        BIND,
        "the --mount option requires BuildKit. Refer to https://docs.docker.com/",
        DockerfileInvalid,
    ),
    (BIND, "unexpected key 'nope' in 'nope=1'", DockerfileInvalid),
    (
        RUN,
        "process \"/bin/sh -c make; unexpected key '\" did not complete successfully: x",
        StepFailed,
    ),
    (RUN, "unable to find user nobody: no matching entries in passwd file", StepFailed),
    (
        RUN,
        "process \"make\" did not complete successfully: exit code: 2: no space left on device",
        StepFailed,
    ),
    (RUN, "write /a: no space left on device", DiskFull),
    (RUN, "rpc error: code = Unavailable desc = transport is closing", EngineLost),
    (COPY, "failed to calculate checksum of ref a::b: \"/deps\": not found", SourceMissing),
    (
        COPY,
        "failed to calculate checksum of ref a::b: \"/unterminated heredoc\": not found",
        SourceMissing,
    ),
    (
        COPY,
        "failed to calculate checksum of ref a::b: invalid excludepatterns: [[]: syntax error in pattern",
        DockerfileInvalid,
    ),
    (COPY, "COPY failed: forbidden path outside the build context: ../a ()", SourceMissing),
    (COPY, "COPY failed: no source files were specified", SourceMissing),
    (
        COPY,
        "COPY failed: file not found in build context or excluded by .dockerignore: stat a: file does not exist",
        SourceMissing,
    ),
    (
        COPY,
        "When using COPY with more than one source file, the destination must be a directory and end with a /",
        DockerfileInvalid,
    ),
    (COPY, "COPY failed: source can't be a URL for COPY", DockerfileInvalid),
    (COPY, "invalid from flag value 5: index out of bounds", DockerfileInvalid),
    (
        COPY,
        "invalid from flag value other: Get \"https://a/v2/\": dial tcp: lookup a: no such host",
        BaseUnavailable,
    ),
    (
        ADD,
        "Get \"http://127.0.0.1/a\": dial tcp 127.0.0.1:1: connect: connection refused",
        SourceMissing,
    ),
    (ADD, "invalid response status 500", SourceMissing),
    (ADD, "digest mismatch for http://127.0.0.1/a: sha256:1 (expected: sha256:2)", SourceMissing),
    (
        ADD,
        "error fetching default branch for repository https://a/a.git: git stderr: fatal: unable to access 'https://a/a.git/'",
        SourceMissing,
    ),
    (FROM, "a: not found", BaseUnavailable),
    (FROM, "base name ($B) should not be blank", DockerfileInvalid),
    (FROM, "invalid reference format: repository name (A) must be lowercase", DockerfileInvalid),
    (
        "[internal] load metadata for docker.io/library/a:latest",
        "no match for platform in manifest: not found",
        BaseUnavailable,
    ),
    ("[internal] load build context", "open x: permission denied", ContextUnreadable),
    ("exporting to image", "failed to create image", ExportFailed),
    ("http://127.0.0.1/a", "invalid response status 404", SourceMissing),
];

/// The failure that a log with this vertex and this error tells.
fn failure(vertex: Option<(&str, &str)>, said: &str) -> Failure {
    let vertexes = vertex.map(|(name, error)| {
        let times = ["started", "completed"].map(|field| (field, "2026-01-02T03:04:05Z"));
        let mut vertex = json!({ "digest": "a", "name": name, "inputs": ["b"], "error": error });
        for (field, time) in times {
            vertex[field] = time.into();
        }
        json!({ "vertexes": [vertex] }).to_string() + "\n"
    });
    let log = vertexes.unwrap_or_default() + "ERROR: failed to solve: " + said + "\n";
    let report = read(log.as_bytes()).unwrap();
    Failure::of(&report.trace, &report.text, false)
}

#[test]
fn every_sentence_of_a_build_without_a_failed_vertex_has_its_code() {
    for (said, code) in OF_NO_VERTEX {
        assert_eq!(failure(None, said).code, *code, "{said}");
    }
}

#[test]
fn every_sentence_of_a_vertex_that_failed_has_its_code() {
    for (name, error, code) in OF_A_VERTEX {
        assert_eq!(failure(Some((name, error)), error).code, *code, "{name}: {error}");
    }
}

#[test]
fn a_source_that_is_missing_is_named_without_the_engines_way_to_it() {
    let error = "failed to calculate checksum of ref a::b: \"/deps\": not found";
    assert_eq!(
        failure(Some((BIND, error)), error).message,
        format!("{BIND}: \"/deps\": not found")
    );
}

#[test]
fn what_the_frontend_shows_with_its_lines_is_the_dockerfiles_fault() {
    let lines = "Dockerfile:2\n--------------------\n   2 | >>> NEW thing\n--------------------\n";
    let log = |said: &str| format!("{lines}ERROR: failed to solve: {said}\n");
    let code = |said: &str| {
        let report = read(log(said).as_bytes()).unwrap();
        Failure::of(&report.trace, &report.text, false).code
    };
    assert_eq!(code("a sentence of a later frontend"), DockerfileInvalid);
    assert_eq!(code("write /a: no space left on device"), DiskFull);
}
