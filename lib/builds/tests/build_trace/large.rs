//! Builds of 100,000 vertexes whose answer is known: a step of the analysis that looked at all
//! vertexes for each vertex would not end within minutes.

use std::time::Duration;

use dp_builds::{Analysis, Interval, Trace, Vertex, VertexKind, VertexState};

use crate::stream::at;

const COUNT: u32 = 100_000;

/// A vertex that ran from second `from` to second `to`, or was loaded then.
fn vertex(place: u32, inputs: &[u32], state: VertexState, from: f64, to: f64) -> Vertex {
    let name = format!("[{}/{COUNT}] RUN {place}", place + 1);
    Vertex {
        digest: place.to_string(),
        kind: VertexKind::of(&name),
        name,
        inputs: inputs.iter().map(u32::to_string).collect(),
        state,
        intervals: vec![Interval::new(at(from), at(to))],
        error: None,
        log_tail: Vec::new(),
        transfers: Vec::new(),
        group: None,
    }
}

fn trace(vertex: impl Fn(u32) -> Vertex) -> Trace {
    Trace { vertexes: (0..COUNT).map(vertex).collect(), warnings: Vec::new() }
}

/// The one before it; none for the first.
fn before(place: u32) -> Vec<u32> {
    place.checked_sub(1).into_iter().collect()
}

/// Each vertex lasts one second and begins half a second after the one before it has ended.
fn chain(state: impl Fn(u32) -> VertexState, inputs: impl Fn(u32) -> Vec<u32>) -> Trace {
    trace(|place| {
        let from = 1.5 * f64::from(place);
        vertex(place, &inputs(place), state(place), from, from + 1.0)
    })
}

fn everything() -> Vec<usize> {
    (0..COUNT as usize).collect()
}

const HALF: Option<Duration> = Some(Duration::from_millis(500));

#[test]
fn a_chain_of_steps_that_ran_is_on_the_path_as_a_whole() {
    let trace = chain(|_| VertexState::Executed, before);
    let analysis = Analysis::of(&trace);
    assert_eq!(analysis.critical_path, everything());
    assert_eq!(analysis.critical_path_length, Duration::from_secs(COUNT.into()));
    assert_eq!(analysis.waited[0], None);
    assert!(analysis.waited[1..].iter().all(|waited| *waited == HALF));
}

#[test]
fn steps_without_edges_follow_each_other_by_time_alone() {
    let trace = chain(|_| VertexState::Executed, |_| Vec::new());
    assert_eq!(Analysis::of(&trace).critical_path, everything());
}

#[test]
fn a_chain_of_cached_steps_that_took_time_is_on_the_path_as_a_whole() {
    let trace = chain(|_| VertexState::Cached, before);
    let analysis = Analysis::of(&trace);
    assert_eq!(analysis.critical_path, everything());
    assert!(analysis.waited.iter().all(Option::is_none));
}

#[test]
fn a_last_step_that_ran_comes_after_all_that_was_loaded_for_it() {
    let state = |place| match place + 1 {
        COUNT => VertexState::Executed,
        _ => VertexState::Cached,
    };
    let analysis = Analysis::of(&chain(state, before));
    assert_eq!(analysis.critical_path, everything());
    assert_eq!(analysis.waited.last(), Some(&HALF));
}

/// The first half is a chain that was only marked as cached, on a step that ran; each vertex of the
/// second half ran, and needs the end of the chain alone.
#[test]
fn a_long_cached_chain_that_many_steps_need_is_summed_up_once() {
    const HALFWAY: u32 = COUNT / 2;
    let trace = trace(|place| match place {
        0 => vertex(place, &[], VertexState::Executed, 0.0, 4.0),
        1..HALFWAY => vertex(place, &before(place), VertexState::Cached, 4.0, 4.0),
        _ => {
            let to = 6.0 + f64::from(place) / 10.0;
            vertex(place, &[HALFWAY - 1], VertexState::Executed, 5.0, to)
        }
    });
    let analysis = Analysis::of(&trace);
    assert_eq!(analysis.critical_path, [0, COUNT as usize - 1]);
    let second = Some(Duration::from_secs(1));
    assert!(analysis.waited[HALFWAY as usize..].iter().all(|waited| *waited == second));
}

#[test]
fn a_base_that_is_loaded_for_every_step_is_found_by_time() {
    let trace = trace(|place| {
        let from = f64::from(place) + 0.5;
        let step = vertex(place, &[0], VertexState::Executed, from, from + 0.25);
        if place > 0 {
            return step;
        }
        let runs = (1..COUNT).map(f64::from);
        let intervals = runs.map(|from| Interval::new(at(from), at(from + 0.25))).collect();
        Vertex { inputs: Vec::new(), intervals, ..step }
    });
    let waited = Analysis::of(&trace).waited;
    let quarter = Some(Duration::from_millis(250));
    assert!(waited[1..].iter().all(|waited| *waited == quarter));
}

#[test]
fn steps_are_listed_one_by_one() {
    let trace = chain(|_| VertexState::Executed, before);
    let steps = trace.steps();
    assert_eq!(steps.len(), COUNT as usize);
    let fits = |(place, step): (usize, &dp_builds::Step<'_>)| {
        step.place == place && step.members == [place] && step.name.n == place + 1
    };
    assert!(steps.iter().enumerate().all(fits));
}

#[test]
fn a_step_of_very_many_vertexes_is_one_step_whose_result_nothing_needs() {
    let mut trace = chain(|_| VertexState::Executed, before);
    for vertex in &mut trace.vertexes {
        vertex.name = "[2/2] COPY --link a /a".to_owned();
    }
    let steps = trace.steps();
    assert_eq!(steps.len(), 1);
    assert_eq!((steps[0].place, &steps[0].members), (COUNT as usize - 1, &everything()));
}
