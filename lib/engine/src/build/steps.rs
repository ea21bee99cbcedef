//! Steps as the Dockerfile has them: one or several vertexes each.

use super::interval::{Interval, union};
use super::name::{StepName, VertexKind};
use super::trace::{Trace, Vertex, VertexState};

/// An instruction of the Dockerfile. `ADD` of an address and `COPY --link` are
/// several vertexes of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<'a> {
    /// Its name, read.
    pub name: StepName<'a>,
    /// [`VertexKind::Step`] or [`VertexKind::From`].
    pub kind: VertexKind,
    /// How it ended: failed before canceled before executed before cached.
    /// Fetching what is added tells nothing: it is asked for in cached builds
    /// too.
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
        for (place, vertex) in self.vertexes.iter().enumerate() {
            let Some(name) = StepName::parse(&vertex.name) else {
                continue;
            };
            match steps.iter_mut().find(|step| is_same(&step.name, &name)) {
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

fn is_same(one: &StepName<'_>, other: &StepName<'_>) -> bool {
    (one.platform, one.stage, one.index) == (other.platform, other.stage, other.index)
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
        let used = |place: &usize| {
            let digest = &all[*place].digest;
            let mut members = self.members.iter();
            members.any(|&member| all[member].inputs.contains(digest))
        };
        let result = self.members.iter().find(|place| !used(place));
        self.place = result.copied().unwrap_or(self.place);
        let fetched = |place: &usize| {
            *place != self.place && all[*place].inputs.is_empty() && !all[*place].is_broken()
        };
        let told = self.members.iter().filter(|place| !fetched(place));
        let worst = told.max_by_key(|&&place| weight(all[place].state));
        self.state = all[*worst.unwrap_or(&self.place)].state;
        self.kind = VertexKind::of(&all[self.place].name);
        self.name = StepName::parse(&all[self.place].name).unwrap_or(self.name);
        let runs = self.members.iter().flat_map(|&place| &all[place].intervals);
        self.intervals = union(runs.copied().collect());
    }
}

impl Vertex {
    fn is_broken(&self) -> bool {
        matches!(self.state, VertexState::Failed | VertexState::Canceled)
    }
}

fn weight(state: VertexState) -> u8 {
    match state {
        VertexState::NotStarted => 0,
        VertexState::Cached => 1,
        VertexState::Executed => 2,
        VertexState::Canceled => 3,
        VertexState::Failed => 4,
    }
}
