//! The reducer against hand-written streams.

use crate::stream::{Stream, at};
use dp_builds::{Interval, Trace, Vertex, VertexKind, VertexState};

fn only(trace: &Trace) -> &Vertex {
    assert_eq!(trace.vertexes.len(), 1);
    &trace.vertexes[0]
}

fn step() -> Stream {
    Stream::new().vertex("a", "[2/2] RUN make", &["base"])
}

fn span(from: f64, to: f64) -> Interval {
    Interval::new(at(from), at(to))
}

#[test]
fn a_step_that_ran_is_executed_with_its_time() {
    let trace = step().run("a", 1.0, 3.5).trace();
    let vertex = only(&trace);
    assert_eq!(vertex.state, VertexState::Executed);
    assert_eq!(vertex.kind, VertexKind::Step);
    assert_eq!(vertex.name, "[2/2] RUN make");
    assert_eq!(vertex.inputs, ["base"]);
    assert_eq!(vertex.intervals, [span(1.0, 3.5)]);
    assert_eq!((vertex.start(), vertex.end()), (Some(at(1.0)), Some(at(3.5))));
    assert_eq!(vertex.error, None);
}

#[test]
fn several_runs_are_the_union_of_their_times() {
    let trace = step().run("a", 4.0, 6.0).run("a", 0.0, 1.0).run("a", 5.0, 7.0).trace();
    assert_eq!(only(&trace).intervals, [span(0.0, 1.0), span(4.0, 7.0)]);
}

#[test]
fn a_run_reported_twice_is_one_run() {
    let trace = step().run("a", 0.0, 1.0).run("a", 0.0, 1.0).trace();
    assert_eq!(only(&trace).intervals, [span(0.0, 1.0)]);
}

#[test]
fn a_step_cached_only_at_the_end_is_cached() {
    let trace = step()
        .vertex("b", "[stage 2/2] RUN other", &["base"])
        .run("b", 0.0, 9.0)
        .cached("a", 9.0, 9.0)
        .trace();
    assert_eq!(trace.vertexes[0].state, VertexState::Cached);
    assert_eq!(trace.vertexes[0].intervals, [span(9.0, 9.0)]);
}

#[test]
fn vertexes_keep_the_order_in_which_they_were_announced() {
    let trace = Stream::new()
        .vertex("b", "second", &["a"])
        .vertex("a", "first", &[])
        .run("a", 0.0, 1.0)
        .run("b", 1.0, 2.0)
        .trace();
    let digests: Vec<_> = trace.vertexes.iter().map(|vertex| vertex.digest.as_str()).collect();
    assert_eq!(digests, ["b", "a"]);
    assert_eq!(trace.places()["a"], 1);
}

#[test]
fn a_base_that_looked_up_its_key_and_then_loaded_is_cached() {
    let trace = Stream::new()
        .vertex("f", "[1/2] FROM base", &[])
        .run("f", 0.0, 0.1)
        .cached("f", 0.2, 0.3)
        .trace();
    assert_eq!(only(&trace).state, VertexState::Cached);
    assert_eq!(only(&trace).kind, VertexKind::From);
}

#[test]
fn a_step_whose_layer_comes_from_an_imported_cache_is_cached() {
    // As engine 28.5 reports it: to an image, and where something unpacks it before.
    for trace in [
        step().cached("a", 1.0, 1.1).fetched("a", 2.0, 3.0).trace(),
        step().fetched("a", 2.0, 3.0).cached("a", 1.0, 3.1).trace(),
    ] {
        assert_eq!(only(&trace).state, VertexState::Cached);
    }
    // Without a run that loaded it, it is what it always was: work.
    let trace = step().fetched("a", 2.0, 3.0).trace();
    assert_eq!(only(&trace).state, VertexState::Executed);
}

#[test]
fn a_step_that_ran_stays_executed_when_its_result_is_loaded_again() {
    let trace = step().run("a", 0.0, 5.0).cached("a", 6.0, 6.1).trace();
    assert_eq!(only(&trace).state, VertexState::Executed);
}

#[test]
fn a_step_whose_cache_could_not_be_loaded_and_then_ran_is_executed() {
    let trace = step().cached("a", 0.0, 0.1).run("a", 0.1, 5.0).trace();
    assert_eq!(only(&trace).state, VertexState::Executed);
}

#[test]
fn a_step_nobody_asked_for_has_not_started() {
    let trace = step().trace();
    assert_eq!(only(&trace).state, VertexState::NotStarted);
    assert!(only(&trace).intervals.is_empty());
}

#[test]
fn an_error_fails_a_step_and_a_canceled_one_is_distinguished() {
    let trace = step()
        .vertex("b", "[b 2/2] RUN sleep 20", &["base"])
        .failed("a", 0.0, 1.0, "process \"x\" did not complete successfully: exit code: 7")
        .failed("b", 0.0, 1.1, "exit code: 137: context canceled: context canceled")
        .trace();
    assert_eq!(trace.vertexes[0].state, VertexState::Failed);
    assert_eq!(trace.vertexes[1].state, VertexState::Canceled);
    assert_eq!(trace.failed().unwrap().digest, "a");
    assert!(trace.vertexes[0].error.as_deref().unwrap().ends_with("exit code: 7"));
}

#[test]
fn an_error_that_a_later_run_overcame_is_gone() {
    let trace = step().failed("a", 0.0, 1.0, "try again").run("a", 2.0, 3.0).trace();
    assert_eq!(only(&trace).state, VertexState::Executed);
    assert_eq!(only(&trace).error, None);
}

#[test]
fn a_run_without_an_end_lasts_until_the_last_message() {
    let trace =
        step().vertex("b", "[b 2/2] RUN other", &[]).open("a", 1.0).run("b", 1.0, 4.0).trace();
    assert_eq!(trace.vertexes[0].state, VertexState::Canceled);
    assert_eq!(trace.vertexes[0].intervals, [span(1.0, 4.0)]);
}

#[test]
fn a_run_without_an_end_ends_with_a_later_run_of_the_same_vertex() {
    let trace = step().open("a", 1.0).run("a", 2.0, 3.0).trace();
    assert_eq!(only(&trace).intervals, [span(1.0, 3.0)]);
    assert_eq!(only(&trace).state, VertexState::Executed);
}

#[test]
fn an_end_before_its_begin_takes_no_time() {
    let trace = step().run("a", 5.0, 3.0).trace();
    assert_eq!(only(&trace).intervals, [span(5.0, 5.0)]);
}

#[test]
fn only_the_last_forty_lines_of_output_are_kept() {
    let mut stream = step();
    for line in 0..1000 {
        stream = stream.log("a", format!("line {line}\n").as_bytes());
    }
    let trace = stream.log("a", &vec![b'x'; 5_000_000]).trace();
    let log = &only(&trace).log_tail;
    assert_eq!(log.len(), 40);
    assert_eq!(log[38], "line 999");
    assert_eq!(log[39].len(), 4096);
}

#[test]
fn bytes_sent_are_the_last_count_of_each_transfer() {
    let trace = Stream::new()
        .vertex("c", "[internal] load build context", &[])
        .status("c", "transferring context:", 10)
        .status("c", "transferring context:", 70)
        .status("c", "something else", 5)
        .trace();
    assert_eq!(only(&trace).transferred_bytes(), Some(70));
    assert_eq!(only(&trace).transfers.len(), 2);
}

#[test]
fn a_flood_of_sub_steps_is_bounded() {
    let mut stream = step();
    for id in 0..1000 {
        stream = stream.status("a", &format!("layer {id}"), 1);
    }
    assert_eq!(only(&stream.trace()).transfers.len(), 256);
}

#[test]
fn an_address_and_what_is_added_from_it_are_one_step() {
    let trace = Stream::new()
        .vertex("u", "[2/2] ADD http://127.0.0.1/a /a", &[])
        .vertex("a", "[2/2] ADD http://127.0.0.1/a /a", &["base", "u"])
        .run("u", 0.0, 1.0)
        .cached("a", 1.0, 1.0)
        .trace();
    let steps = trace.steps();
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].state, VertexState::Cached);
    assert_eq!((steps[0].place, steps[0].members.as_slice()), (1, [0, 1].as_slice()));
    assert_eq!(steps[0].intervals, [span(0.0, 1.0)]);
}

#[test]
fn an_address_that_cannot_be_fetched_fails_its_step() {
    let trace = Stream::new()
        .vertex("u", "[2/2] ADD http://127.0.0.1/a /a", &[])
        .vertex("a", "[2/2] ADD http://127.0.0.1/a /a", &["base", "u"])
        .failed("u", 0.0, 1.0, "invalid response status 404")
        .trace();
    assert_eq!(trace.steps()[0].state, VertexState::Failed);
}

#[test]
fn a_linked_copy_is_one_step_and_executed_if_either_part_was() {
    let trace = Stream::new()
        .vertex("c", "[2/2] COPY --link a /a", &["context"])
        .vertex("l", "[2/2] LINK COPY --link a /a", &["base", "c"])
        .run("c", 0.0, 1.0)
        .cached("l", 1.0, 1.0)
        .trace();
    let steps = trace.steps();
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].state, VertexState::Executed);
    assert_eq!(steps[0].place, 1);
}

#[test]
fn steps_of_different_stages_and_platforms_are_apart() {
    let trace = Stream::new()
        .vertex("a", "[linux/amd64 x 2/2] RUN make", &["f"])
        .vertex("b", "[linux/arm64 x 2/2] RUN make", &["f"])
        .vertex("c", "[y 2/2] RUN make", &["f"])
        .vertex("f", "[x 1/2] FROM base", &[])
        .vertex("i", "[internal] load .dockerignore", &[])
        .trace();
    let kinds: Vec<_> = trace.steps().iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [VertexKind::Step, VertexKind::Step, VertexKind::Step, VertexKind::From]);
}
