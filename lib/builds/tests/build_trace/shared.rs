//! Steps that another build ran, as engines tell of them.

use dp_builds::{Analysis, Trace, Vertex, VertexKind, VertexState};

use jiff::Timestamp;

use crate::stream::{Stream, at};

/// A build of two steps that began at 10, up to its look-ups: `d`, `m`; base `f`, context `x`, steps
/// `c` and `r`. The base was looked up by another build at 8.
fn begun() -> Stream {
    Stream::new()
        .vertex("d", "[internal] load build definition from Dockerfile", &[])
        .vertex("m", "[internal] load metadata for base", &[])
        .run("d", 10.0, 10.1)
        .run("m", 10.1, 10.2)
        .vertex("r", "[3/3] RUN make", &["c"])
        .vertex("c", "[2/3] COPY f /f", &["f", "x"])
        .vertex("x", "[internal] load build context", &[])
        .later("f", "[1/3] FROM base", &[])
        .run("f", 8.0, 8.1)
        .run("x", 10.2, 10.3)
}

fn exported(stream: Stream, from: f64) -> Stream {
    stream.vertex("e", "exporting to image", &[]).run("e", from, from + 0.5)
}

/// State, begin and end of each step, in the order of the Dockerfile.
fn steps(trace: &Trace) -> Vec<(String, VertexState, f64, f64)> {
    let mut steps: Vec<_> = trace
        .steps()
        .into_iter()
        .filter(|step| step.kind == VertexKind::Step)
        .map(|step| {
            let second = |time: Timestamp| {
                let seconds = time.duration_since(at(0.0)).as_secs_f64();
                (seconds * 10.0).round() / 10.0
            };
            let (from, to) = match (step.intervals.first(), step.intervals.last()) {
                (Some(first), Some(last)) => (second(first.start), second(last.end)),
                _ => (0.0, 0.0),
            };
            (format!("{} {}", step.name.n, step.name.text), step.state, from, to)
        })
        .collect();
    steps.sort_by(|a, b| a.0.cmp(&b.0));
    steps
}

fn step(name: &str, state: VertexState, from: f64, to: f64) -> (String, VertexState, f64, f64) {
    (name.to_owned(), state, from, to)
}

#[track_caller]
fn assert_no_longer_than(trace: &Trace, seconds: f64) {
    let analysis = Analysis::of(trace);
    let span = analysis.span_length().as_secs_f64();
    assert!(span <= seconds + 1e-9, "span {span}");
    assert!(analysis.critical_path_length.as_secs_f64() <= span + 1e-9);
    assert!(
        trace.vertexes.iter().all(|vertex| vertex.start().is_none_or(|start| start >= at(10.0)))
    );
}

#[test]
fn a_step_that_began_in_another_build_is_cut_to_ours_and_shared() {
    let trace = exported(begun().run("c", 8.2, 8.4).run("r", 8.4, 12.0), 12.0).trace();
    assert_eq!(
        steps(&trace),
        [
            step("2 COPY f /f", VertexState::Shared, 10.0, 10.0),
            step("3 RUN make", VertexState::Shared, 10.0, 12.0)
        ]
    );
    assert_no_longer_than(&trace, 2.5);
    let analysis = Analysis::of(&trace);
    let on_path = |name: &str| {
        let names = analysis.critical_path.iter().map(|&place| trace.vertexes[place].name.as_str());
        names.filter(|one| one.contains(name)).count()
    };
    assert_eq!(on_path("RUN make"), 1);
    // The look-ups, the context and the export came one after the other.
    assert!((analysis.parallelism_ratio.unwrap() - 1.0).abs() < 1e-9);
    let waited = trace.vertexes.iter().zip(&analysis.waited);
    assert!(
        waited
            .filter(|(one, _)| one.state == VertexState::Shared)
            .all(|(_, waited)| waited.is_none())
    );
}

#[test]
fn the_steps_of_another_build_become_ours_of_the_same_text() {
    let trace = begun()
        .later("c'", "[one 2/3] COPY f /f", &["f", "context of another build"])
        .run("c'", 8.2, 8.4)
        .later("r'", "[one 3/3] RUN make", &["c'"])
        .run("r'", 8.4, 12.0);
    let trace = exported(trace, 12.0).trace();
    assert_eq!(
        steps(&trace),
        [
            step("2 COPY f /f", VertexState::Shared, 10.0, 10.0),
            step("3 RUN make", VertexState::Shared, 10.0, 12.0)
        ]
    );
    assert_no_longer_than(&trace, 2.5);
    assert!(!trace.vertexes.iter().any(|vertex| vertex.digest.ends_with('\'')));
}

#[test]
fn a_step_that_says_cached_after_it_waited_for_another_build_is_shared() {
    // Both began at once, so nothing lies before our begin.
    let trace = begun()
        .later("c'", "[one 2/3] COPY f /f", &["f", "context of another build"])
        .run("c'", 10.3, 10.4)
        .later("r'", "[one 3/3] RUN make", &["c'"])
        .run("r'", 10.4, 14.0)
        .cached("c", 14.0, 14.0)
        .cached("r", 14.0, 14.0);
    let trace = exported(trace, 14.0).trace();
    assert_eq!(
        steps(&trace),
        [
            step("2 COPY f /f", VertexState::Shared, 10.3, 10.4),
            step("3 RUN make", VertexState::Shared, 10.4, 14.0)
        ]
    );
}

#[test]
fn steps_that_are_never_named_again_are_shared_if_the_result_is_written() {
    // Engine 20.10 shows nothing of the other build but the begin of the base.
    let trace = exported(begun(), 12.0).trace();
    assert_eq!(
        steps(&trace),
        [
            step("2 COPY f /f", VertexState::Shared, 0.0, 0.0),
            step("3 RUN make", VertexState::Shared, 0.0, 0.0)
        ]
    );
    assert_no_longer_than(&trace, 2.5);
}

#[test]
fn what_does_not_stand_in_our_dockerfile_is_no_step_of_ours() {
    let trace = begun()
        .later("a'", "[2/9] ADD f /f", &["f", "context of another build"])
        .run("a'", 8.2, 8.4)
        .run("r", 10.4, 12.0);
    let trace = exported(trace, 12.0).trace();
    assert_eq!(
        steps(&trace),
        [
            step("2 COPY f /f", VertexState::Shared, 0.0, 0.0),
            step("3 RUN make", VertexState::Executed, 10.4, 12.0)
        ]
    );
    assert_no_longer_than(&trace, 2.5);
}

#[test]
fn a_shared_step_that_fails_fails_our_build() {
    let trace = begun()
        .later("c'", "[one 2/3] COPY f /f", &["f", "context of another build"])
        .run("c'", 8.2, 8.4)
        .later("r'", "[one 3/3] RUN make", &["c'"])
        .failed("r'", 8.4, 12.0, "exit code: 2")
        .trace();
    let failed: Option<&Vertex> = trace.failed();
    assert_eq!(failed.map(|vertex| vertex.name.as_str()), Some("[3/3] RUN make"));
    assert_no_longer_than(&trace, 2.0);
}

#[test]
fn a_build_that_shares_nothing_stays_as_it_is() {
    let stream = || {
        Stream::new()
            .vertex("d", "[internal] load build definition from Dockerfile", &[])
            .run("d", 10.0, 10.1)
            .vertex("f", "[1/3] FROM base", &[])
            .vertex("a", "[linux/amd64 2/2] RUN make", &["f"])
            .run("f", 10.1, 10.2)
            .run("a", 10.2, 12.0)
            // Of another platform, named only when it begins, and with the same text.
            .later("b", "[linux/arm64 2/2] RUN make", &["base of arm64"])
            .run("b", 10.2, 11.0)
    };
    let trace = exported(stream(), 12.0).trace();
    let states: Vec<_> = trace.steps().iter().map(|step| step.state).collect();
    assert_eq!(states, [VertexState::Executed; 3]);
    // Without a known begin nothing is cut.
    let trace = Stream::new().later("a", "[1/1] RUN make", &["f"]).run("a", 1.0, 3.0).trace();
    assert_eq!(trace.vertexes[0].start(), Some(at(1.0)));
    assert_eq!(trace.vertexes[0].state, VertexState::Executed);
}

#[test]
fn a_step_that_is_never_named_again_is_cached_if_what_stands_on_it_ran() {
    let built = |stream: Stream| exported(stream, 12.0).trace();
    let stream = || {
        Stream::new()
            .vertex("f", "[1/4] FROM base", &[])
            .vertex("a", "[2/4] RUN one", &["f"])
            .vertex("b", "[3/4] RUN two", &["a"])
            .vertex("c", "[4/4] RUN three", &["b"])
            .run("f", 10.0, 10.1)
    };
    let states = |trace: &Trace| steps(trace).iter().map(|step| step.1).collect::<Vec<_>>();
    assert_eq!(
        states(&built(stream().run("c", 10.1, 12.0))),
        [VertexState::Cached, VertexState::Cached, VertexState::Executed]
    );
    assert_eq!(
        states(&built(stream().cached("b", 10.1, 10.1).run("c", 10.1, 12.0))),
        [VertexState::Cached, VertexState::Cached, VertexState::Executed]
    );
    // The engine names what it loads for the result: here another build had it.
    assert_eq!(states(&built(stream())), [VertexState::Shared; 3]);
    // A build that ended before its result did not need the rest.
    assert_eq!(states(&stream().trace()), [VertexState::NotStarted; 3]);
    let failed = stream().failed("b", 10.1, 11.0, "exit code: 1").trace();
    assert_eq!(
        states(&failed),
        [VertexState::Cached, VertexState::Failed, VertexState::NotStarted]
    );
}

#[test]
fn a_linked_copy_that_is_canceled_and_then_cached_is_cached() {
    const CANCELED: &str = "context canceled";
    let states = |trace: &Trace| steps(trace).iter().map(|step| step.1).collect::<Vec<_>>();
    let linked = || {
        Stream::new()
            .vertex("f", "[1/2] FROM base", &[])
            .vertex("x", "[internal] load build context", &[])
            .vertex("c", "[2/2] COPY --link f /f", &["x"])
            .vertex("l", "[2/2] LINK COPY --link f /f", &["f", "c"])
            .run("f", 10.0, 10.1)
    };
    // The copy was not needed any more once the merged result was found.
    let trace = linked().failed("c", 10.1, 10.2, CANCELED).cached("l", 10.2, 10.2).trace();
    assert_eq!(states(&trace), [VertexState::Cached]);
    // The same vertex, canceled and loaded again, whichever was reported last.
    let trace = linked().failed("c", 10.1, 10.2, CANCELED).cached("c", 10.2, 10.3).trace();
    assert_eq!(states(&trace), [VertexState::Cached]);
    let trace = linked().cached("c", 10.2, 10.3).failed("c", 10.1, 10.2, CANCELED).trace();
    assert_eq!(states(&trace), [VertexState::Cached]);
    let trace = linked()
        .run("c", 10.1, 10.4)
        .failed("l", 10.4, 10.5, CANCELED)
        .run("l", 10.5, 10.6)
        .trace();
    assert_eq!(states(&trace), [VertexState::Executed]);
    // Nothing came of it: it was canceled.
    let trace = linked().failed("c", 10.1, 10.2, CANCELED).trace();
    assert_eq!(states(&trace), [VertexState::Canceled]);
}

#[test]
fn a_base_that_another_build_began_has_the_name_that_it_has_in_ours() {
    let build = |second: &str| {
        Stream::new()
            .vertex("d", "[internal] load build definition from Dockerfile", &[])
            .run("d", 10.0, 10.1)
            .vertex("r", second, &["f"])
            .later("f", "[one 1/9] FROM base", &[])
            .run("f", 8.0, 8.1)
            .run("r", 10.1, 11.0)
            .trace()
    };
    for (second, base) in [
        ("[2/3] RUN make", "[1/3] FROM base"),
        ("[two 2/3] RUN make", "[two 1/3] FROM base"),
        ("[linux/amd64 two 2/3] RUN make", "[linux/amd64 two 1/3] FROM base"),
        // Perhaps ours: the same stage, and as many steps.
        ("[one 2/9] RUN make", "[one 1/9] FROM base"),
        // Nothing tells its stage.
        ("[two 3/3] COPY --from=base a b", "[one 1/9] FROM base"),
    ] {
        let trace = build(second);
        let names: Vec<_> = trace.vertexes.iter().map(|vertex| vertex.name.as_str()).collect();
        assert!(names.contains(&base), "{second}: {names:?}");
    }
}
