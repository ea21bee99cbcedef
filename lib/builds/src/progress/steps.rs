//! Steps as the Dockerfile has them: one or several vertexes each.

use std::collections::{HashMap, HashSet};

use dp_dockerfile::{StepName, Targets};

use crate::progress::interval::{Interval, union};
use crate::progress::name::VertexKind;
use crate::progress::trace::{Trace, Vertex, VertexState};

/// An instruction of the Dockerfile. `ADD` of an address and `COPY --link` are
/// several vertexes of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<'a> {
    /// Its name, read.
    pub name: StepName<'a>,
    /// [`VertexKind::Step`] or [`VertexKind::From`].
    pub kind: VertexKind,
    /// How it ended: failed before canceled before executed before shared before cached.
    /// Fetching what is added does not count: it is done in cached builds too. Nor does what was
    /// canceled of a step that has a result: it was not needed any more.
    pub state: VertexState,
    /// Place in `Trace::vertexes` of the vertex that gives its result.
    pub place: usize,
    /// Places of all its vertexes, that one included.
    pub members: Vec<usize>,
    /// When any of them ran.
    pub intervals: Vec<Interval>,
}

impl Trace {
    /// The steps in the order in which they were first mentioned.
    pub fn steps(&self) -> Vec<Step<'_>> {
        let mut steps: Vec<Step<'_>> = Vec::new();
        let mut known = HashMap::new();
        let targets = Targets::of(self.vertexes.iter().map(|vertex| vertex.name.as_str()));
        for (place, vertex) in self.vertexes.iter().enumerate() {
            if !vertex.is_step() {
                continue;
            }
            let vertex = targets.parse(&vertex.name);
            let Some(name) = vertex.step() else {
                continue;
            };
            // The text is not part of it: `LINK COPY --link a /a` is the same step as `COPY --link`.
            let key = (vertex.target, vertex.platform, name.stage, name.n);
            let at = *known.entry(key).or_insert(steps.len());
            match steps.get_mut(at) {
                Some(step) => step.members.push(place),
                None => steps.push(Step::new(name, place)),
            }
        }
        for step in &mut steps {
            step.complete(&self.vertexes);
        }
        steps
    }
}

impl<'a> Step<'a> {
    fn new(name: StepName<'a>, place: usize) -> Self {
        Self {
            name,
            kind: VertexKind::Step,
            state: VertexState::NotStarted,
            place,
            members: vec![place],
            intervals: Vec::new(),
        }
    }

    fn complete(&mut self, all: &'a [Vertex]) {
        // The result is what no other vertex of the step needs.
        let inputs = self.members.iter().flat_map(|&place| &all[place].inputs);
        let used: HashSet<&String> = inputs.collect();
        let result = self.members.iter().find(|&&place| !used.contains(&all[place].digest));
        self.place = result.copied().unwrap_or(self.place);
        let fetched = |place: &usize| {
            *place != self.place && all[*place].inputs.is_empty() && !all[*place].is_broken()
        };
        let has_result = all[self.place].has_result();
        let unneeded = |place: &usize| has_result && all[*place].state == VertexState::Canceled;
        let counted = self.members.iter().filter(|place| !fetched(place) && !unneeded(place));
        let worst = counted.max_by_key(|&&place| weight(all[place].state));
        self.state = all[*worst.unwrap_or(&self.place)].state;
        self.kind = VertexKind::of(&all[self.place].name);
        // The stage stays: one name alone does not tell it from a target.
        let named = StepName::parse(&all[self.place].name).unwrap_or(self.name);
        self.name = StepName { stage: self.name.stage, ..named };
        let runs = self.members.iter().flat_map(|&place| &all[place].intervals);
        self.intervals = union(runs.copied().collect());
    }
}

impl Vertex {
    /// Whether it stands for an instruction of this build, or for the base of a stage.
    pub fn is_step(&self) -> bool {
        matches!(self.kind, VertexKind::Step | VertexKind::From)
    }

    /// Whether its result is there, wherever it came from.
    pub fn has_result(&self) -> bool {
        use VertexState::{Cached, Executed, Shared};
        matches!(self.state, Cached | Executed | Shared)
    }

    fn is_broken(&self) -> bool {
        matches!(self.state, VertexState::Failed | VertexState::Canceled)
    }
}

fn weight(state: VertexState) -> u8 {
    match state {
        VertexState::NotStarted => 0,
        VertexState::Cached => 1,
        VertexState::Shared => 2,
        VertexState::Executed => 3,
        VertexState::Canceled => 4,
        VertexState::Failed => 5,
    }
}
