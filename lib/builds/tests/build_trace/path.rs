//! Where the time went, against builds whose answer is known beforehand.

use std::time::Duration;

use crate::stream::{Stream, at};
use dp_builds::{Analysis, Interval, Trace};

/// The digests of the critical path in the order of time.
fn path(trace: &Trace) -> String {
    let analysis = Analysis::of(trace);
    let digest = |&place: &usize| trace.vertexes[place].digest.as_str();
    analysis.critical_path.iter().map(digest).collect()
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[track_caller]
fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// Two stages of the given lengths in parallel, joined by two copies, a last
/// step and the export:
/// `i` 0-1, `f` 1-2, `s` 2-(2+slow), `q` 2-(2+quick), then `c`, `d`, `r`, `e` of
/// a second each.
fn two_stages(slow: f64, quick: f64) -> Trace {
    let joined = 2.0 + slow.max(quick);
    Stream::new()
        .vertex("i", "[internal] load metadata for base", &[])
        .vertex("f", "[slow 1/2] FROM base", &[])
        .vertex("s", "[slow 2/2] RUN sleep", &["f"])
        .vertex("q", "[quick 2/2] RUN sleep", &["f"])
        .vertex("c", "[stage-2 2/4] COPY --from=slow /a /a", &["f", "s"])
        .vertex("d", "[stage-2 3/4] COPY --from=quick /b /b", &["c", "q"])
        .vertex("r", "[stage-2 4/4] RUN cat /a /b", &["d"])
        .vertex("e", "exporting to image", &[])
        .run("i", 0.0, 1.0)
        .run("f", 1.0, 2.0)
        .run("s", 2.0, 2.0 + slow)
        .run("q", 2.0, 2.0 + quick)
        .run("c", joined, joined + 1.0)
        .run("d", joined + 1.0, joined + 2.0)
        .run("r", joined + 2.0, joined + 3.0)
        .run("e", joined + 3.0, joined + 4.0)
        .trace()
}

#[test]
fn the_path_holds_the_long_stage_and_not_the_short_one() {
    let trace = two_stages(5.0, 2.0);
    let analysis = Analysis::of(&trace);
    assert_eq!(path(&trace), "ifscdre");
    assert_close(seconds(analysis.span_length()), 11.0);
    assert_close(seconds(analysis.critical_path_length), 11.0);
    assert_close(seconds(analysis.busy), 13.0);
    assert_close(analysis.parallelism_ratio.unwrap(), 13.0 / 11.0);
    assert!(analysis.gaps.is_empty());
}

#[test]
fn lengthening_the_short_stage_changes_neither_span_nor_path() {
    let (before, after) = (two_stages(5.0, 2.0), two_stages(5.0, 4.0));
    assert_eq!(path(&before), path(&after));
    let (before, after) = (Analysis::of(&before), Analysis::of(&after));
    assert_eq!(before.span, after.span);
    assert_eq!(before.critical_path_length, after.critical_path_length);
}

#[test]
fn a_second_more_in_the_long_stage_is_a_second_more_of_span_and_path() {
    let (before, after) = (two_stages(5.0, 2.0), two_stages(6.0, 2.0));
    assert_eq!(path(&before), path(&after));
    let (before, after) = (Analysis::of(&before), Analysis::of(&after));
    assert_close(seconds(after.span_length()), seconds(before.span_length()) + 1.0);
    assert_close(seconds(after.critical_path_length), seconds(before.critical_path_length) + 1.0);
}

#[test]
fn the_stage_that_becomes_the_longer_one_takes_the_path_over() {
    // The second copy now waits for the other stage, the first one for its own.
    let trace = Stream::new()
        .vertex("s", "[slow 2/2] RUN sleep", &[])
        .vertex("q", "[quick 2/2] RUN sleep", &[])
        .vertex("c", "[stage-2 2/3] COPY --from=slow /a /a", &["s"])
        .vertex("d", "[stage-2 3/3] COPY --from=quick /b /b", &["c", "q"])
        .run("s", 0.0, 2.0)
        .run("q", 0.0, 5.0)
        .run("c", 2.0, 3.0)
        .run("d", 5.0, 6.0)
        .trace();
    assert_eq!(path(&trace), "qd");
    let waited = Analysis::of(&trace).waited;
    assert_eq!(waited, [None, None, Some(Duration::ZERO), Some(Duration::ZERO)]);
}

#[test]
fn gaps_are_measured_and_named() {
    let trace = Stream::new()
        .vertex("a", "[2/3] RUN one", &[])
        .vertex("b", "[3/3] RUN two", &["a"])
        .vertex("e", "exporting to image", &[])
        .run("a", 0.0, 2.0)
        .run("b", 2.5, 4.0)
        .run("e", 5.0, 6.0)
        .trace();
    let analysis = Analysis::of(&trace);
    let gap = |from, to| Interval::new(at(from), at(to));
    assert_eq!(analysis.gaps, [gap(2.0, 2.5), gap(4.0, 5.0)]);
    assert_close(seconds(analysis.gap_length()), 1.5);
    assert_close(seconds(analysis.covered), 4.5);
    assert_close(seconds(analysis.span_length()), 6.0);
    assert_close(seconds(analysis.critical_path_length), 4.5);
    assert_eq!(analysis.waited, [None, Some(Duration::from_millis(500)), None]);
}

#[test]
fn overlapping_runs_count_once_on_the_path() {
    // b begins before a, which it needs, has ended.
    let trace = Stream::new()
        .vertex("a", "[2/3] RUN one", &[])
        .vertex("b", "[3/3] RUN two", &["a"])
        .run("a", 0.0, 3.0)
        .run("b", 2.0, 5.0)
        .trace();
    let analysis = Analysis::of(&trace);
    assert_eq!(path(&trace), "ab");
    assert_close(seconds(analysis.critical_path_length), 5.0);
    assert_close(seconds(analysis.busy), 6.0);
    assert_eq!(analysis.waited[1], Some(Duration::ZERO));
}

#[test]
fn several_runs_of_a_vertex_count_as_often_as_they_lasted() {
    let trace = Stream::new()
        .vertex("f", "[1/2] FROM base", &[])
        .vertex("a", "[2/2] RUN one", &["f"])
        .run("f", 0.0, 1.0)
        .run("f", 2.0, 4.0)
        .run("a", 4.0, 6.0)
        .trace();
    let analysis = Analysis::of(&trace);
    assert_close(seconds(analysis.busy), 5.0);
    assert_close(seconds(analysis.gap_length()), 1.0);
    assert_eq!(path(&trace), "fa");
}

#[test]
fn a_result_loaded_on_demand_does_not_hide_what_the_step_waited_for() {
    // w is cached and loaded only when c is about to run, after the slow stage.
    let trace = Stream::new()
        .vertex("f", "[slow 1/2] FROM base", &[])
        .vertex("s", "[slow 2/2] RUN sleep", &["f"])
        .vertex("w", "[stage-1 2/3] WORKDIR /app", &["f"])
        .vertex("c", "[stage-1 3/3] COPY --from=slow /a .", &["w", "s"])
        .run("f", 0.0, 0.5)
        .run("s", 0.5, 5.0)
        .cached("w", 5.0, 5.1)
        .run("c", 5.2, 6.0)
        .trace();
    let analysis = Analysis::of(&trace);
    assert_eq!(path(&trace), "fswc");
    assert_close(seconds(analysis.critical_path_length), 5.9);
    assert_eq!(analysis.waited[3], Some(Duration::from_millis(100)));
    assert_eq!(analysis.waited[2], None);
}

/// `f` is looked up at 1 and loaded for the last stage at 10.25, when `s` of the
/// other stage has been done for a quarter of a second.
#[test]
fn a_base_that_is_loaded_again_does_not_hide_what_the_step_waited_for() {
    let trace = Stream::new()
        .vertex("i", "[internal] load metadata for base", &[])
        .vertex("f", "[builder 1/2] FROM base", &[])
        .vertex("s", "[builder 2/2] RUN make", &["f"])
        .vertex("c", "[stage-1 2/2] COPY --from=builder /a /a", &["f", "s"])
        .run("i", 0.0, 1.0)
        .run("f", 1.0, 2.0)
        .run("f", 10.25, 10.5)
        .run("s", 2.0, 10.0)
        .run("c", 10.5, 11.0)
        .trace();
    let analysis = Analysis::of(&trace);
    assert_eq!(path(&trace), "ifsc");
    assert_close(seconds(analysis.critical_path_length), 1.0 + 8.0 + 1.25 + 0.5);
}

#[test]
fn a_cached_result_that_is_slow_to_load_takes_the_path_alone() {
    // s ran during the load of w, not before it.
    let trace = Stream::new()
        .vertex("f", "[slow 1/2] FROM base", &[])
        .vertex("s", "[slow 2/2] RUN sleep", &["f"])
        .vertex("w", "[stage-1 2/3] RUN download", &["f"])
        .vertex("c", "[stage-1 3/3] COPY --from=slow /a .", &["w", "s"])
        .run("f", 0.0, 1.0)
        .run("s", 1.0, 9.0)
        .cached("w", 1.0, 10.0)
        .run("c", 10.0, 11.0)
        .trace();
    assert_eq!(path(&trace), "fwc");
}

#[test]
fn the_path_goes_through_cached_steps_to_the_one_that_ran() {
    // c matched by content after s ran; r was reported as cached in passing.
    let trace = Stream::new()
        .vertex("s", "[slow 2/2] RUN sleep", &[])
        .vertex("c", "[stage-1 2/4] COPY --from=slow /a .", &["s"])
        .vertex("r", "[stage-1 3/4] RUN cat a", &["c"])
        .vertex("n", "[stage-1 4/4] RUN new", &["r"])
        .run("s", 0.0, 5.0)
        .cached("c", 5.5, 5.5)
        .cached("r", 5.5, 5.5)
        .run("n", 5.5, 6.5)
        .trace();
    let analysis = Analysis::of(&trace);
    assert_eq!(path(&trace), "sn");
    assert_close(seconds(analysis.critical_path_length), 6.0);
    assert_eq!(analysis.waited[3], Some(Duration::from_millis(500)));
}

#[test]
fn inputs_that_are_not_there_and_cycles_do_no_harm() {
    let trace = Stream::new()
        .vertex("a", "[2/3] RUN one", &["b", "gone"])
        .vertex("b", "[3/3] RUN two", &["a", "b"])
        .run("a", 0.0, 1.0)
        .run("b", 1.0, 2.0)
        .trace();
    assert_eq!(path(&trace), "ab");
}

#[test]
fn a_build_of_no_length_has_a_span_of_zero_and_no_ratio() {
    let trace = Stream::new().vertex("a", "[2/2] RUN one", &[]).run("a", 3.0, 3.0).trace();
    let analysis = Analysis::of(&trace);
    assert_eq!(analysis.span, Some(Interval::new(at(3.0), at(3.0))));
    assert_eq!(analysis.parallelism_ratio, None);
    assert_eq!(path(&trace), "a");
}

#[test]
fn an_empty_trace_has_neither_span_nor_path() {
    let analysis = Analysis::of(&Trace::default());
    assert_eq!(analysis.span, None);
    assert!(analysis.critical_path.is_empty());
    assert_eq!((analysis.export, analysis.resolve, analysis.context), (None, None, None));
}

#[test]
fn resolving_sending_and_exporting_are_timed_apart() {
    let trace = Stream::new()
        .vertex("m", "[internal] load metadata for one", &[])
        .vertex("n", "[internal] load metadata for two", &[])
        .vertex("c", "[internal] load build context", &[])
        .vertex("e", "exporting to image", &[])
        .run("m", 0.0, 2.0)
        .run("n", 1.0, 3.0)
        .run("c", 3.0, 3.5)
        .run("c", 4.0, 4.5)
        .status("c", "transferring context:", 4096)
        .run("e", 5.0, 7.0)
        .trace();
    let analysis = Analysis::of(&trace);
    assert_eq!(analysis.resolve, Some(Duration::from_secs(3)));
    assert_eq!(analysis.context, Some(Duration::from_secs(1)));
    assert_eq!(analysis.context_sent_bytes, Some(4096));
    assert_eq!(analysis.export, Some(Duration::from_secs(2)));
}

#[test]
fn what_the_client_stamped_by_its_own_clock_is_left_out() {
    let trace = Stream::new()
        .vertex("a", "[2/2] RUN one", &[])
        .vertex("p", "resolving provenance for metadata file", &["a"])
        .run("a", 0.0, 2.0)
        .run("p", 90.0, 91.0)
        .trace();
    let analysis = Analysis::of(&trace);
    assert_close(seconds(analysis.span_length()), 2.0);
    assert_eq!(analysis.waited, [None, None]);
    assert_eq!(path(&trace), "a");
}
