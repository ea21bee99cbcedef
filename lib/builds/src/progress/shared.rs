//! Steps that another build ran, and ours joined.
//!
//! BuildKit runs equal steps of builds that overlap once. What a build then hears of such a step
//! depends on the engine:
//!
//! ```text
//! same identity         its own step, with the begin that it had in the other build
//! 28.5, other identity  the other build's step beside its own one; that never begins, or is marked
//!                       as cached once the other one is done
//! 20.10, other identity its own step, which never begins, although the result is written
//! ```
//!
//! A time from before our build began is none of ours: it is cut off. A step of the other build
//! becomes our own one of the same text. Our build began when it first asked for something that no
//! two builds have in common: the Dockerfile, or what a base image is.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use dp_dockerfile::{StepName, Targets, VertexName, VertexPart};
use jiff::Timestamp;

use crate::progress::interval::{Interval, total, union};
use crate::progress::name::VertexKind;
use crate::progress::trace::{Vertex, VertexState};

/// Puts what other builds did in its place. `announced` says of each vertex whether it was named
/// before it began: a step that was not may be another build's.
pub(super) fn settle(mut vertexes: Vec<Vertex>, announced: &[bool]) -> Vec<Vertex> {
    let mut is_shared = match begin(&vertexes) {
        Some(begin) => cut(&mut vertexes, begin),
        None => false,
    };
    let foreign = foreign(&vertexes, announced);
    is_shared |= !foreign.is_empty();
    let gone = give_to_ours(&mut vertexes, announced, &foreign);
    let mut place = 0..;
    vertexes.retain(|_| place.next().is_none_or(|place| !gone.contains(&place)));
    settle_unseen(&mut vertexes, is_shared);
    if is_shared {
        name_bases(&mut vertexes);
    }
    vertexes
}

/// When the build began, if that is certain.
fn begin(vertexes: &[Vertex]) -> Option<Timestamp> {
    let is_own = |vertex: &&Vertex| match VertexName::parse(&vertex.name).part {
        VertexPart::Internal(text) | VertexPart::Context { text, .. } => {
            ["load build definition from ", "load .dockerignore", "load metadata for "]
                .iter()
                .any(|own| text.starts_with(own))
        }
        _ => vertex.kind == VertexKind::Metadata,
    };
    vertexes.iter().filter(is_own).filter_map(Vertex::start).min()
}

/// Cuts off the times before `begin` of all that two builds can have in common. Answers whether
/// there were any.
fn cut(vertexes: &mut [Vertex], begin: Timestamp) -> bool {
    let mut any = false;
    for vertex in vertexes {
        let is_common =
            matches!(vertex.kind, VertexKind::Step | VertexKind::From | VertexKind::Other);
        if !is_common || vertex.start().is_none_or(|start| start >= begin) {
            continue;
        }
        any = true;
        let cut = |run: &Interval| Interval::new(run.start.max(begin), run.end.max(begin));
        vertex.intervals = union(vertex.intervals.iter().map(cut).collect());
        if vertex.state == VertexState::Executed && vertex.kind != VertexKind::From {
            vertex.state = VertexState::Shared;
        }
    }
    any
}

/// The steps of other builds: none of our steps needs them, they were not announced, and they began
/// before our build or need what is not in it.
fn foreign(vertexes: &[Vertex], announced: &[bool]) -> Vec<usize> {
    let places: HashMap<&str, usize> =
        vertexes.iter().map(|vertex| vertex.digest.as_str()).zip(0..).collect();
    let is_ours = |place: usize| vertexes[place].kind == VertexKind::Step && announced[place];
    let ours = reached(vertexes, &places, (0..vertexes.len()).filter(|&place| is_ours(place)));
    if !ours.contains(&true) {
        return Vec::new();
    }
    let mut foreign = BTreeSet::new();
    for (place, vertex) in vertexes.iter().enumerate() {
        let is_elsewhere =
            |input: &String| places.get(input.as_str()).is_none_or(|at| foreign.contains(at));
        if vertex.kind == VertexKind::Step
            && !announced[place]
            && !ours[place]
            && (vertex.state == VertexState::Shared || vertex.inputs.iter().any(is_elsewhere))
        {
            foreign.insert(place);
        }
    }
    foreign.into_iter().collect()
}

/// Whether each vertex is one of `from` or is needed by one.
fn reached(
    vertexes: &[Vertex],
    places: &HashMap<&str, usize>,
    from: impl IntoIterator<Item = usize>,
) -> Vec<bool> {
    let mut reached = vec![false; vertexes.len()];
    let mut open: Vec<usize> = from.into_iter().collect();
    while let Some(place) = open.pop() {
        if !std::mem::replace(&mut reached[place], true) {
            open.extend(vertexes[place].inputs.iter().filter_map(|one| places.get(one.as_str())));
        }
    }
    reached
}

/// What a step does, whatever its stage and number.
fn work(vertex: &Vertex) -> Option<(Option<&str>, &str)> {
    let name = VertexName::parse(&vertex.name);
    Some((name.platform, name.step()?.text))
}

/// For each step of another build the first of ours that does the same and did not run.
fn twins(vertexes: &[Vertex], announced: &[bool], foreign: &[usize]) -> Vec<Option<usize>> {
    let is_idle = |vertex: &Vertex| match vertex.state {
        VertexState::NotStarted => true,
        VertexState::Cached => total(&vertex.intervals).is_zero(),
        _ => false,
    };
    let mut idle: HashMap<_, VecDeque<usize>> = HashMap::new();
    for (place, vertex) in vertexes.iter().enumerate() {
        if vertex.kind == VertexKind::Step && announced[place] && is_idle(vertex) {
            idle.entry(work(vertex)).or_default().push_back(place);
        }
    }
    let mut twin = |other: &usize| idle.get_mut(&work(&vertexes[*other]))?.pop_front();
    foreign.iter().map(&mut twin).collect()
}

/// Gives what other builds did to our own steps. Answers which vertexes are none of their own any
/// more. What has no twin and certainly began in another build is no step of ours.
fn give_to_ours(vertexes: &mut [Vertex], announced: &[bool], foreign: &[usize]) -> HashSet<usize> {
    let mut gone = HashSet::new();
    let twins = twins(vertexes, announced, foreign);
    for (&other, twin) in foreign.iter().zip(twins) {
        let Some(twin) = twin else {
            if vertexes[other].state == VertexState::Shared {
                vertexes[other].kind = VertexKind::Other;
            }
            continue;
        };
        gone.insert(other);
        let other = vertexes[other].clone();
        let ours = &mut vertexes[twin];
        ours.state = match other.state {
            VertexState::Executed => VertexState::Shared,
            state => state,
        };
        (ours.intervals, ours.error) = (other.intervals, other.error);
        (ours.log_tail, ours.transfers) = (other.log_tail, other.transfers);
    }
    gone
}

/// Settles the steps that the engine never named again, although something that needs them was done:
/// their results were there. An engine names what it loads for the result, so where even that is
/// missing, another build ran it.
fn settle_unseen(vertexes: &mut [Vertex], is_shared: bool) {
    let places: HashMap<&str, usize> =
        vertexes.iter().map(|vertex| vertex.digest.as_str()).zip(0..).collect();
    let stood = |at: &usize| vertexes[*at].has_result() || is_command(&vertexes[*at]);
    let needed = reached(vertexes, &places, (0..vertexes.len()).filter(stood));
    let all = if is_written(vertexes) { vec![true; vertexes.len()] } else { needed.clone() };
    let is_unseen = |at: &usize| {
        let vertex = &vertexes[*at];
        vertex.kind == VertexKind::Step && vertex.state == VertexState::NotStarted && all[*at]
    };
    let unseen: Vec<usize> = (0..vertexes.len()).filter(is_unseen).collect();
    let is_shared = is_shared || unseen.iter().any(|&at| !needed[at]);
    let state = if is_shared { VertexState::Shared } else { VertexState::Cached };
    for at in unseen {
        vertexes[at].state = state;
    }
}

/// Whether the result of all steps was written. Of several targets one may be written before another
/// one has begun.
fn is_written(vertexes: &[Vertex]) -> bool {
    let mut exports = vertexes.iter().filter(|vertex| vertex.kind == VertexKind::Export).peekable();
    let targets = Targets::of(vertexes.iter().map(|vertex| vertex.name.as_str()));
    exports.peek().is_some()
        && exports.all(Vertex::has_result)
        && !vertexes.iter().any(|vertex| vertex.state == VertexState::Failed)
        && !vertexes.iter().any(|one| targets.parse(&one.name).target.is_some())
}

/// Whether a command began, for which all that it stands on had to be there.
fn is_command(vertex: &Vertex) -> bool {
    let step = VertexName::parse(&vertex.name).step();
    step.is_some_and(|step| step.text.starts_with("RUN ")) && !vertex.intervals.is_empty()
}

/// A base that another build began bears the name that it has there. The first step on it tells its
/// stage in our build, and how many steps that has.
fn name_bases(vertexes: &mut [Vertex]) {
    let place = |step: &StepName<'_>| (step.stage.map(str::to_owned), step.of);
    let steps = vertexes.iter().filter(|vertex| vertex.kind == VertexKind::Step);
    let named = |vertex: &Vertex| StepName::parse(&vertex.name).map(|step| place(&step));
    let ours: HashSet<_> = steps.clone().filter_map(named).collect();
    let second = |vertex: &Vertex| {
        let step = StepName::parse(&vertex.name).filter(|step| step.n == 2)?;
        let (bracket, _) = vertex.name.split_once("] ")?;
        let bracket = bracket.strip_suffix(&format!("2/{}", step.of))?;
        Some((vertex.inputs.first()?.clone(), format!("{bracket}1/{}", step.of)))
    };
    let brackets: HashMap<String, String> = steps.filter_map(second).collect();
    for vertex in vertexes.iter_mut().filter(|vertex| vertex.kind == VertexKind::From) {
        let is_ours = named(vertex).is_none_or(|place| ours.contains(&place));
        let bracket = brackets.get(&vertex.digest).filter(|_| !is_ours);
        if let (Some(bracket), Some((_, text))) = (bracket, vertex.name.split_once("] ")) {
            vertex.name = format!("{bracket}] {text}");
        }
    }
}
