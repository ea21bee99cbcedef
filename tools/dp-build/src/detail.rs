//! The `detail` of a build record.

use std::collections::{BTreeSet, HashMap};

use dp_dockerfile::{BuildArgs, Dockerfile, Instruction, StepIndex, StepRef};
use dp_engine::build::{self, Analysis, Interval, Trace, VertexKind, VertexState};
use serde::Serialize;

const ENGINE: &str = "engine, realtime";

/// What stands behind the figures of one build.
#[derive(Debug, Serialize)]
pub(crate) struct Detail {
    /// Where the progress came from.
    pub(crate) source: &'static str,
    /// Which clock stamped what.
    pub(crate) clock: Clock,
    /// Time within the span in which no vertex ran.
    pub(crate) gap_seconds: f64,
    /// What was cold and what was not; only in cold runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cold: Option<Cold>,
    /// Files of the context that were sent as empty ones, since they may not be
    /// read; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context_unreadable_files: Option<u64>,
    /// The steps and bases, in the order in which they were first mentioned.
    pub(crate) steps: Vec<Step>,
    /// What else took part (context, export...), without edges to the steps.
    pub(crate) other: Vec<Other>,
    /// Remarks of the builder about the Dockerfile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
}

/// Which clock stamped what.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Clock {
    /// Of `wall_seconds`; absent in a replay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wall: Option<&'static str>,
    /// Of all other times.
    pub(crate) vertexes: &'static str,
}

impl Clock {
    /// The clocks of a build that was measured here.
    pub(crate) fn of(vertexes: build::Clock) -> Self {
        let vertexes = match vertexes {
            build::Clock::Engine => ENGINE,
            build::Clock::Client => "client, on arrival of the builder's news",
        };
        Self { wall: Some("client, monotonic"), vertexes }
    }

    /// The clock of a build that was recorded elsewhere.
    pub(crate) fn of_log() -> Self {
        Self { wall: None, vertexes: ENGINE }
    }
}

/// What a cold run found cold, and what not.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cold {
    /// What was empty or not used.
    pub(crate) was: &'static [&'static str],
    /// What was left as it was.
    pub(crate) was_not: &'static [&'static str],
    /// Cache records that were made and removed again.
    pub(crate) records_removed: usize,
    /// New cache records that stay, since they may not be ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) records_left: Vec<String>,
}

/// One step, or a base.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// Place in its stage and text: the Dockerfile's own where it is known.
    pub(crate) name: String,
    /// Stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stage: Option<String>,
    /// The Dockerfile's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instruction: Option<String>,
    /// First line of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// Last line of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end_line: Option<usize>,
    /// `cached`, `executed`, `skipped`, `failed` or `base`.
    pub(crate) state: &'static str,
    /// From the begin of the span to the begin of the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_seconds: Option<f64>,
    /// Time in which it ran.
    pub(crate) seconds: f64,
    /// From the end of its last input to its begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waited_seconds: Option<f64>,
    /// Whether the end of the build waited for it.
    pub(crate) critical: bool,
    /// Network of a RUN step: `default`, `none` or `host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<String>,
    /// The steps that it needs, by their place in this list, from 0.
    pub(crate) inputs: Vec<usize>,
}

/// A vertex that is no step.
#[derive(Debug, Serialize)]
pub(crate) struct Other {
    /// Its name.
    pub(crate) name: String,
    /// From the begin of the span to its begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_seconds: Option<f64>,
    /// Time in which it ran.
    pub(crate) seconds: f64,
    /// Whether the end of the build waited for it.
    pub(crate) critical: bool,
}

/// A build with what is known of its Dockerfile.
pub(crate) struct Steps<'a> {
    trace: &'a Trace,
    analysis: &'a Analysis,
    found: Vec<build::Step<'a>>,
    /// By place in the trace.
    located: Vec<Option<StepRef<'a>>>,
    /// Place in the list of steps, by place in the trace.
    places: HashMap<usize, usize>,
}

impl<'a> Steps<'a> {
    /// Finds the lines of the steps, if there is a Dockerfile.
    pub(crate) fn new(
        trace: &'a Trace,
        analysis: &'a Analysis,
        dockerfile: Option<&'a Dockerfile>,
        args: &BuildArgs,
    ) -> Self {
        let names: Vec<&str> = trace.vertexes.iter().map(|vertex| vertex.name.as_str()).collect();
        let located = match dockerfile {
            Some(dockerfile) => StepIndex::with_args(dockerfile, args).locate(&names),
            None => names.iter().map(|_| None).collect(),
        };
        let found = trace.steps();
        let members = found
            .iter()
            .enumerate()
            .flat_map(|(at, step)| step.members.iter().map(move |place| (*place, at)));
        Self { trace, analysis, places: members.collect(), found, located }
    }

    /// All steps and bases.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let digests = self.trace.places();
        self.found.iter().map(|step| self.step(step, &digests)).collect()
    }

    /// The Dockerfile's instruction of the vertex at this place of the trace.
    pub(crate) fn instruction(&self, place: usize) -> Option<&'a Instruction> {
        self.located[place].as_ref().map(|found| found.instruction)
    }

    /// `[stage n/m] TEXT` with the Dockerfile's own text in place of the
    /// engine's, which has the values of variables in it.
    pub(crate) fn name(&self, place: usize) -> String {
        let name = &self.trace.vertexes[place].name;
        match (self.instruction(place), name.split_once("] ")) {
            (Some(instruction), Some((bracket, _))) => format!("{bracket}] {}", instruction.text),
            _ => name.clone(),
        }
    }

    fn step(&self, step: &build::Step<'_>, digests: &HashMap<&str, usize>) -> Step {
        let instruction = self.instruction(step.place);
        let critical = |place: &usize| self.analysis.critical_path.contains(place);
        Step {
            name: self.name(step.place),
            stage: step.name.stage.map(str::to_owned),
            instruction: instruction.map(|one| one.text.clone()),
            line: instruction.map(|one| one.line),
            end_line: instruction.map(|one| one.end_line),
            state: state(step),
            started_seconds: self.started(&step.intervals),
            seconds: busy(&step.intervals),
            waited_seconds: self.analysis.waited[step.place].map(|waited| waited.as_secs_f64()),
            critical: step.members.iter().any(critical),
            network: instruction.filter(|one| one.keyword == "RUN").map(|one| network(&one.text)),
            inputs: self.inputs(step, digests),
        }
    }

    /// The other steps whose results it needs.
    fn inputs(&self, step: &build::Step<'_>, digests: &HashMap<&str, usize>) -> Vec<usize> {
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
    pub(crate) fn other(&self) -> Vec<Other> {
        let vertexes = self.trace.vertexes.iter().enumerate();
        let others = vertexes
            .filter(|(at, vertex)| !self.places.contains_key(at) && !vertex.intervals.is_empty());
        others
            .map(|(at, vertex)| Other {
                name: vertex.name.clone(),
                started_seconds: self.started(&vertex.intervals),
                seconds: busy(&vertex.intervals),
                critical: self.analysis.critical_path.contains(&at),
            })
            .collect()
    }
}

fn busy(intervals: &[Interval]) -> f64 {
    intervals.iter().map(|interval| interval.length().as_secs_f64()).sum()
}

fn state(step: &build::Step<'_>) -> &'static str {
    match (step.kind, step.state) {
        (_, VertexState::Failed) => "failed",
        (VertexKind::From, _) => "base",
        (_, VertexState::Cached) => "cached",
        (_, VertexState::Executed) => "executed",
        (_, VertexState::Canceled | VertexState::NotStarted) => "skipped",
    }
}

/// The value of `RUN --network=`, which stands among the flags in front.
fn network(text: &str) -> String {
    let flags = text.split_whitespace().skip(1).take_while(|word| word.starts_with("--"));
    let chosen = flags.filter_map(|flag| flag.strip_prefix("--network=")).last();
    chosen.unwrap_or("default").to_owned()
}
