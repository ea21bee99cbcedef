//! The buildx child, played by a shell script.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dp_builds::backend::buildx;
use dp_builds::{BuildxError, BuildxRequest, BuildxRun, Event, Failure, FailureCode, VertexState};
use rustix::process::{Pid, Signal, kill_process, test_kill_process, test_kill_process_group};
use tempfile::TempDir;

/// Progress of one step, as a line for `printf %s`.
const STEP: &str = r#"{"vertexes":[{"digest":"a","name":"[2/2] RUN make","inputs":["b"],"started":"2026-01-02T03:04:05Z","completed":"2026-01-02T03:04:07Z"}]}"#;

/// A folder with a script that plays the docker CLI. The shell is handed the
/// script: executing a file that was written a moment ago fails while any other
/// test is starting a child ("text file busy").
struct Fake {
    folder: TempDir,
}

impl Fake {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("script"), script).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn request(&self) -> BuildxRequest {
        BuildxRequest {
            docker: PathBuf::from("/bin/sh"),
            cli_args: vec![self.path().join("script").into()],
            env: vec![("STEP".into(), Some(STEP.into()))],
            args: vec![".".into()],
            cwd: self.path().to_owned(),
        }
    }

    fn run(&self) -> Result<BuildxRun, BuildxError> {
        buildx::run(&self.request(), &|| false, &mut |_| {})
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }
}

fn pid(text: &str) -> Pid {
    Pid::from_raw(text.trim().parse().unwrap()).unwrap()
}

/// Waits for a condition; the limit only ends a test that fails.
#[track_caller]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::yield_now();
    }
}

#[track_caller]
fn assert_group_is_gone(group: &str) {
    let group = pid(group);
    // A process killed in a moment is gone in the next.
    wait_until("the group still lives", || test_kill_process_group(group).is_err());
}

#[test]
fn a_build_is_run_with_its_arguments_environment_and_folder() {
    let fake = Fake::new(
        r#"printf '%s\n' "$@" > args; pwd > folder; echo "$SET-${HOME-removed}" > env
           printf '%s\n' "$STEP" >&2"#,
    );
    let mut request = fake.request();
    request.cli_args.extend(["--context".into(), "two words".into()]);
    request.env.extend([("SET".into(), Some("yes".into())), ("HOME".into(), None)]);
    request.args = vec!["-f".into(), "a file".into(), ".".into()];
    let run = buildx::run(&request, &|| false, &mut |_| {}).unwrap();
    assert!(run.exit_status.success() && !run.cancelled);
    assert_eq!(run.trace.vertexes[0].state, VertexState::Executed);
    let expected = [
        "--context",
        "two words",
        "buildx",
        "build",
        "--progress=rawjson",
        "-f",
        "a file",
        ".",
        "",
    ];
    assert_eq!(fake.read("args"), expected.join("\n"));
    assert_eq!(fake.read("env"), "yes-removed\n");
    let folder = fs::canonicalize(fake.path()).unwrap();
    assert_eq!(Path::new(fake.read("folder").trim()), folder);
}

#[test]
fn the_child_has_no_input_no_output_of_ours_and_a_group_of_its_own() {
    let fake = Fake::new(
        r#"readlink /proc/$$/fd/0 /proc/$$/fd/1 | cat > ends; echo to nobody
           cut -d' ' -f5 /proc/$$/stat > group; echo $$ > pid; printf '%s\n' "$STEP" >&2"#,
    );
    fake.run().unwrap();
    assert_eq!(fake.read("ends"), "/dev/null\n/dev/null\n");
    assert_eq!(fake.read("group"), fake.read("pid"));
}

#[test]
fn a_name_without_a_folder_is_looked_up_on_the_path_of_the_child() {
    let fake = Fake::new(r#"printf '%s\n' "$STEP" >&2"#);
    let programs = tempfile::tempdir().unwrap();
    symlink("/bin/sh", programs.path().join("docker")).unwrap();
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap());
    let mut request = BuildxRequest { docker: PathBuf::from("docker"), ..fake.request() };
    request.env.push(("PATH".into(), Some(path.into())));
    let run = buildx::run(&request, &|| false, &mut |_| {}).unwrap();
    assert_eq!(run.trace.vertexes.len(), 1);
}

#[test]
fn a_failed_build_is_a_result_with_its_text() {
    let fake = Fake::new(
        r#"printf '%s\n' "$STEP" >&2; echo 'WARNING: odd' >&2
           echo 'ERROR: failed to solve: no space left on device' >&2; exit 1"#,
    );
    let run = fake.run().unwrap();
    assert_eq!(run.exit_status.code(), Some(1));
    assert_eq!(run.text.len(), 2);
    let failure = Failure::of(&run.trace, &run.text, run.cancelled);
    assert_eq!(failure.code, FailureCode::DiskFull);
    assert_eq!(failure.message, "no space left on device");
}

#[test]
fn events_tell_progress_and_text_in_their_order() {
    let fake = Fake::new(r#"echo one >&2; printf '%s\n' "$STEP" >&2; printf two >&2"#);
    let mut events = Vec::new();
    buildx::run(&fake.request(), &|| false, &mut |event| {
        events.push(match event {
            Event::Status(status) => status.vertexes[0].name.clone(),
            Event::Text(text) => text.to_owned(),
        });
    })
    .unwrap();
    assert_eq!(events, ["one", "[2/2] RUN make", "two"]);
}

#[test]
fn a_stopped_build_ends_with_all_its_processes() {
    let fake = Fake::new(
        r#"printf '%s\n' "$STEP" >&2; echo $$ > group; sleep 1000 & sleep 1000 & echo ready >&2; wait"#,
    );
    let stop = Cell::new(false);
    let run = buildx::run(&fake.request(), &|| stop.get(), &mut |event| {
        stop.set(stop.get() || matches!(event, Event::Text("ready")));
    })
    .unwrap();
    assert!(run.cancelled);
    assert_eq!(run.exit_status.signal(), Some(15));
    assert_group_is_gone(&fake.read("group"));
    let failure = Failure::of(&run.trace, &run.text, run.cancelled);
    assert_eq!(failure.code, FailureCode::Cancelled);
}

#[test]
fn what_a_build_says_when_it_is_stopped_is_heard() {
    let fake = Fake::new(
        r#"trap 'echo ERROR: context canceled >&2; kill $! 2>/dev/null; exit 1' TERM
           sleep 1000 2>/dev/null & printf '%s\n' "$STEP" >&2; wait"#,
    );
    let stop = Cell::new(false);
    let run = buildx::run(&fake.request(), &|| stop.get(), &mut |_| stop.set(true)).unwrap();
    assert!(run.cancelled);
    assert_eq!(run.exit_status.code(), Some(1));
    assert_eq!(run.text, ["ERROR: context canceled"]);
}

#[test]
fn a_build_that_ignores_the_request_is_killed() {
    let fake = Fake::new(
        r#"trap '' TERM; printf '%s\n' "$STEP" >&2; echo $$ > group; while :; do sleep 1000; done"#,
    );
    let stop = Cell::new(false);
    let run = buildx::run(&fake.request(), &|| stop.get(), &mut |_| stop.set(true)).unwrap();
    assert_eq!(run.exit_status.signal(), Some(9));
    assert!(run.cancelled);
    assert_group_is_gone(&fake.read("group"));
}

#[test]
fn a_build_that_was_done_before_the_request_is_not_cancelled() {
    let fake =
        Fake::new(r#"trap 'exit 0' TERM; printf '%s\n' "$STEP" >&2; while :; do sleep 0.01; done"#);
    let stop = Cell::new(false);
    let run = buildx::run(&fake.request(), &|| stop.get(), &mut |_| stop.set(true)).unwrap();
    assert!(run.exit_status.success() && !run.cancelled);
}

#[test]
fn a_build_stopped_before_it_said_anything_is_cancelled() {
    let fake = Fake::new("echo $$ > group; sleep 1000");
    let begun = || fake.path().join("group").exists();
    let run = buildx::run(&fake.request(), &begun, &mut |_| {}).unwrap();
    assert!(run.cancelled);
    assert!(run.trace.vertexes.is_empty() && run.text.is_empty());
}

#[test]
fn a_build_killed_by_someone_else_is_a_failed_build() {
    let run = Fake::new("kill -9 $$").run().unwrap();
    assert_eq!(run.exit_status.signal(), Some(9));
    assert!(!run.cancelled);
    let failure = Failure::of(&run.trace, &run.text, run.cancelled);
    assert_eq!(failure.code, FailureCode::Unknown);
}

#[test]
fn a_panic_leaves_no_process_behind() {
    let fake = Fake::new(r#"echo $$ > group; printf '%s\n' "$STEP" >&2; sleep 1000 & sleep 1000"#);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        buildx::run(&fake.request(), &|| false, &mut |_| panic!("of the test"))
    }));
    assert!(unwound.is_err());
    assert_group_is_gone(&fake.read("group"));
}

#[test]
fn what_the_build_leaves_in_its_group_is_cleared_away() {
    let fake = Fake::new(r#"echo $$ > group; printf '%s\n' "$STEP" >&2; sleep 1000 & exit 0"#);
    let run = fake.run().unwrap();
    assert!(run.exit_status.success());
    assert_group_is_gone(&fake.read("group"));
}

#[test]
fn a_process_that_left_the_group_with_our_pipe_holds_up_nothing() {
    let fake = Fake::new(
        r#"setsid sh -c 'echo $$ > escaped; exec sleep 1000' &
           while [ ! -s escaped ]; do :; done; printf '%s\n' "$STEP" >&2"#,
    );
    let begin = Instant::now();
    let run = fake.run().unwrap();
    let escaped = pid(&fake.read("escaped"));
    assert!(test_kill_process(escaped).is_ok(), "the test needs it alive");
    kill_process(escaped, Signal::KILL).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(500));
    assert_eq!(run.trace.vertexes.len(), 1);
}

#[test]
fn a_slow_listener_does_not_hold_up_the_build() {
    // 4 MB are far more than a pipe holds; the listener waits for the build's end.
    let fake = Fake::new(r#"printf '%s\n' "$STEP" >&2; head -c 4000000 /dev/zero >&2; : > done"#);
    let done = fake.path().join("done");
    let run = buildx::run(&fake.request(), &|| false, &mut |event| {
        if matches!(event, Event::Status(_)) {
            wait_until("the build is held up", || done.exists());
        }
    })
    .unwrap();
    assert_eq!(run.text.len(), 1);
    assert_eq!(run.text[0].len(), 4096);
}

#[test]
fn lines_of_five_megabytes_pass() {
    let log = r#"{"logs":[{"vertex":"a","stream":1,"data":""#;
    let fake = Fake::new(&format!(
        r#"printf '%s\n' "$STEP" >&2
           for i in 1 2 3; do
             {{ printf '%s' '{log}'; head -c 6666668 /dev/zero | tr '\000' A; printf '"}}]}}\n'; }} >&2
           done"#,
    ));
    let run = fake.run().unwrap();
    // AAAA is three zero bytes.
    assert_eq!(run.trace.vertexes[0].log_tail, ["\0".repeat(4096)]);
    assert!(run.text.is_empty());
}

#[test]
fn without_a_program_a_folder_or_a_right_there_is_no_build() {
    let fake = Fake::new("exit 0");
    let error = |request| buildx::run(&request, &|| false, &mut |_| {}).unwrap_err();
    let gone = BuildxRequest { docker: fake.path().join("gone"), ..fake.request() };
    assert!(matches!(error(gone), BuildxError::NoProgram(_)));
    let nowhere = BuildxRequest { cwd: fake.path().join("gone"), ..fake.request() };
    assert!(matches!(error(nowhere), BuildxError::NoFolder(_)));
    let folder = BuildxRequest { docker: fake.path().to_owned(), ..fake.request() };
    assert!(matches!(error(folder), BuildxError::NotExecutable(_)));
}

#[test]
fn a_cli_without_buildx_is_said_so() {
    for said in [
        "unknown flag: --progress",
        "docker: 'buildx' is not a docker command.",
        "docker: unknown command: docker buildx",
    ] {
        let fake = Fake::new(&format!("echo; echo \"{said}\" >&2; exit 125"));
        let error = fake.run().unwrap_err();
        assert!(matches!(error, BuildxError::NoBuildx(_)), "{said}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn a_buildx_that_prints_no_rawjson_is_said_so() {
    for script in [
        "exit 0",
        "exit 1",
        "echo '#1 [internal] load build definition from Dockerfile' >&2; exit 1",
        "echo 'ERROR: invalid progress mode rawjson' >&2; exit 1",
        "head -c 100000 /dev/urandom >&2",
    ] {
        let error = Fake::new(script).run().unwrap_err();
        assert!(matches!(error, BuildxError::NoProgress(_)), "{script}: {error}");
    }
}

#[test]
fn a_refusal_before_any_progress_is_a_failed_build() {
    let fake = Fake::new("echo 'unknown flag: --nonsense' >&2; exit 125");
    let run = fake.run().unwrap();
    let failure = Failure::of(&run.trace, &run.text, false);
    assert_eq!(failure.code, FailureCode::ArgumentsInvalid);
}

#[test]
fn the_wall_time_ends_with_the_child() {
    // It sleeps for a known time; reading ends later, because of what it left.
    let fake = Fake::new(
        r#"setsid sh -c 'echo $$ > escaped; exec sleep 1000' & printf '%s\n' "$STEP" >&2; sleep 0.5
           while [ ! -s escaped ]; do :; done"#,
    );
    let begin = Instant::now();
    let run = fake.run().unwrap();
    let all = begin.elapsed();
    kill_process(pid(&fake.read("escaped")), Signal::KILL).unwrap();
    assert!(run.wall >= Duration::from_millis(500));
    assert!(all >= run.wall + Duration::from_millis(900), "{all:?} {:?}", run.wall);
}
