//! The steps of a build, as its record has them.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::progress::total;
use crate::{Analysis, Interval, Trace, Vertex, VertexKind, VertexState};
use dp_dockerfile::{BuildArgs, Dockerfile, Instruction, StepIndex, StepName, StepRef};
use dp_record::detail::build::{BuildClock, BuildStep, OtherVertex, StepState};

const ENGINE: &str = "engine, realtime";

/// The clocks of a build that was measured here.
pub fn clock_of(vertexes: crate::Clock) -> BuildClock {
    let vertexes = match vertexes {
        crate::Clock::Engine => ENGINE,
        crate::Clock::Client => "client, on arrival of the builder's news",
    };
    BuildClock { wall: Some("client, monotonic".to_owned()), vertexes: vertexes.to_owned() }
}

/// The clock of a build that was recorded elsewhere.
pub fn clock_of_log() -> BuildClock {
    BuildClock { wall: None, vertexes: ENGINE.to_owned() }
}

/// A build with what is known of its Dockerfile.
pub(super) struct Steps<'a> {
    trace: &'a Trace,
    analysis: &'a Analysis,
    found: Vec<crate::Step<'a>>,
    /// By place in the trace.
    located: Vec<Option<StepRef<'a>>>,
    /// Place in the list of steps, by place in the trace.
    places: HashMap<usize, usize>,
    /// Places in the trace of the critical path.
    critical: HashSet<usize>,
}

impl<'a> Steps<'a> {
    /// Finds the lines of the steps, if there is a Dockerfile.
    pub(super) fn new(
        trace: &'a Trace,
        analysis: &'a Analysis,
        dockerfile: Option<&'a Dockerfile>,
        args: &BuildArgs,
    ) -> Self {
        // The steps of another build are no instructions of this Dockerfile.
        let is_foreign =
            |vertex: &Vertex| !vertex.is_step() && StepName::parse(&vertex.name).is_some();
        let name = |vertex: &'a Vertex| if is_foreign(vertex) { "" } else { &vertex.name };
        let names: Vec<&str> = trace.vertexes.iter().map(name).collect();
        let located = match dockerfile {
            Some(dockerfile) => StepIndex::with_args(dockerfile, args).locate(&names),
            None => names.iter().map(|_| None).collect(),
        };
        let found = trace.steps();
        let members = found
            .iter()
            .enumerate()
            .flat_map(|(at, step)| step.members.iter().map(move |place| (*place, at)));
        let places = members.collect();
        let critical = analysis.critical_path.iter().copied().collect();
        Self { trace, analysis, found, located, places, critical }
    }

    /// All steps and bases.
    pub(super) fn steps(&self) -> Vec<BuildStep> {
        let digests = self.trace.places();
        self.found.iter().map(|step| self.step(step, &digests)).collect()
    }

    /// The Dockerfile's instruction of the vertex at this place of the trace.
    pub(super) fn instruction(&self, place: usize) -> Option<&'a Instruction> {
        self.located[place].as_ref().map(|found| found.instruction)
    }

    /// `[stage n/m] TEXT` with the Dockerfile's own text in place of the
    /// engine's, which has the values of variables in it.
    pub(super) fn name(&self, place: usize) -> String {
        let name = &self.trace.vertexes[place].name;
        match (self.instruction(place), name.split_once("] ")) {
            (Some(instruction), Some((bracket, _))) => format!("{bracket}] {}", instruction.text),
            _ => name.clone(),
        }
    }

    fn step(&self, step: &crate::Step<'_>, digests: &HashMap<&str, usize>) -> BuildStep {
        let instruction = self.instruction(step.place);
        BuildStep {
            name: self.name(step.place),
            stage: step.name.stage.map(str::to_owned),
            instruction: instruction.map(|one| one.text.clone()),
            line: instruction.map(|one| one.line as u64),
            end_line: instruction.map(|one| one.end_line as u64),
            state: state(step),
            started_seconds: self.started(&step.intervals),
            seconds: Some(busy(&step.intervals)),
            waited_seconds: self.analysis.waited[step.place].map(|waited| waited.as_secs_f64()),
            critical: step.members.iter().any(|place| self.critical.contains(place)),
            network: instruction.filter(|one| one.keyword == "RUN").map(|one| network(&one.text)),
            inputs: Some(self.inputs(step, digests)),
        }
    }

    /// The other steps whose results it needs.
    fn inputs(&self, step: &crate::Step<'_>, digests: &HashMap<&str, usize>) -> Vec<usize> {
        let vertexes = step.members.iter().map(|&place| &self.trace.vertexes[place]);
        let needed = vertexes.flat_map(|vertex| &vertex.inputs);
        let places = needed.filter_map(|digest| digests.get(digest.as_str()));
        let own = self.places.get(&step.place);
        let steps = places.filter_map(|place| self.places.get(place)).filter(|at| Some(*at) != own);
        steps.copied().collect::<BTreeSet<usize>>().into_iter().collect()
    }

    /// From the begin of the span to the first begin.
    fn started(&self, intervals: &[Interval]) -> Option<f64> {
        let (span, first) = (self.analysis.span?, intervals.first()?);
        Some(Interval::new(span.start, first.start).length().as_secs_f64())
    }

    /// What took part and is no step.
    pub(super) fn other(&self) -> Vec<OtherVertex> {
        let vertexes = self.trace.vertexes.iter().enumerate();
        let others = vertexes
            .filter(|(at, vertex)| !self.places.contains_key(at) && !vertex.intervals.is_empty());
        others
            .map(|(at, vertex)| OtherVertex {
                name: vertex.name.clone(),
                started_seconds: self.started(&vertex.intervals),
                seconds: Some(busy(&vertex.intervals)),
                critical: self.critical.contains(&at),
            })
            .collect()
    }
}

fn busy(intervals: &[Interval]) -> f64 {
    // Not a sum of floats: that of none is -0.0.
    total(intervals).as_secs_f64()
}

fn state(step: &crate::Step<'_>) -> StepState {
    match (step.kind, step.state) {
        (_, VertexState::Failed) => StepState::Failed,
        (VertexKind::From, _) => StepState::Base,
        (_, VertexState::Cached) => StepState::Cached,
        (_, VertexState::Executed) => StepState::Executed,
        (_, VertexState::Shared) => StepState::Shared,
        (_, VertexState::Canceled) => StepState::Canceled,
        (_, VertexState::NotStarted) => StepState::Skipped,
    }
}

/// The value of `RUN --network=`, which is among the flags in front.
fn network(text: &str) -> String {
    let flags = text.split_whitespace().skip(1).take_while(|word| word.starts_with("--"));
    let chosen = flags.filter_map(|flag| flag.strip_prefix("--network=")).last();
    chosen.unwrap_or("default").to_owned()
}
