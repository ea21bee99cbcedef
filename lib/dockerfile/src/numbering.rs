//! Fits the numbers and texts of a stage's vertices to the instructions of the stage.
//!
//! Three things shift the numbers and cannot be read off the Dockerfile: triggers (ONBUILD) of the
//! base image come right after FROM; FROM makes no vertex when its image has no layers or is
//! replaced; a WORKDIR may end in `/` and make none. Newer frontends announce triggers in `m` and
//! mark them `ONBUILD`, that of engine 20.10 does neither. So where the plain numbering does not
//! fit all texts, every shift is tried, and the one that fits most is taken. A vertex that two
//! builds share at the same time bears the name that the other build gave it: some may fit none.

use crate::plan::{Known, Plan};
use crate::shape;
use crate::vertex::VertexName;

/// What a vertex is within its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    From,
    /// An index into [`Plan::steps`].
    Step(usize),
    /// A trigger of the base image, whose text stands in no Dockerfile that we have.
    Trigger,
}

/// The places of some vertices; `None` for those whose number or text speaks against any.
type Places = Vec<Option<Place>>;

/// One assumption about what cannot be read off the Dockerfile.
#[derive(Debug, Clone, Copy)]
struct Shift {
    /// Whether FROM makes a numbered vertex.
    from: bool,
    /// Steps among the triggers of the base image.
    triggers: usize,
    /// Bit i: the i-th instruction of those that perhaps make no vertex makes none.
    silent: u32,
}

/// More triggers than this are not looked for.
const MOST_TRIGGERS: usize = 64;
/// Of more instructions that perhaps make no vertex all are taken to make one.
const MOST_SILENT: usize = 4;

/// The places of the vertices of one stage: by the plain numbering (no triggers of the image, FROM
/// as the text says, every step visible) wherever no other fits better.
pub(crate) fn fit(plan: &Plan<'_>, vertices: &[VertexName<'_>]) -> Places {
    let fitting = Fitting::new(plan, vertices);
    let unshifted = fitting.places(fitting.plain_shift());
    if unshifted.iter().all(Option::is_some) {
        return unshifted;
    }
    let best = fitting.best();
    if best.contains(&unshifted) {
        return unshifted;
    }
    let agreed = |at: usize| {
        let mut places = best.iter().map(|places| places[at]);
        let first = places.next()??;
        places.all(|place| place == Some(first)).then_some(first)
    };
    (0..vertices.len()).map(agreed).collect()
}

struct Fitting<'p, 'f, 'n> {
    plan: &'p Plan<'f>,
    vertices: &'p [VertexName<'n>],
    /// Their texts, ready to be compared.
    texts: Vec<String>,
    /// The highest `m` (newer frontends name FROM before they know the triggers).
    of: usize,
    /// Whether this frontend marks triggers.
    marks: bool,
}

impl<'p, 'f, 'n> Fitting<'p, 'f, 'n> {
    fn new(plan: &'p Plan<'f>, vertices: &'p [VertexName<'n>]) -> Self {
        Self {
            plan,
            vertices,
            texts: vertices.iter().map(|v| shape::plain(v.text)).collect(),
            of: vertices.iter().map(|v| v.of).max().unwrap_or(0),
            marks: vertices.iter().any(|v| v.onbuild),
        }
    }

    /// Whether a stage of this plan can announce that many steps.
    fn is_announced(&self, of: usize) -> bool {
        let own = self.plan.own();
        match self.plan.from {
            Known::No => of == own || of == own + self.plan.announced_triggers,
            Known::Yes => of > own,
            Known::Perhaps => of >= own,
        }
    }

    /// Whether FROM makes a numbered vertex: the likelier answer first.
    fn froms(&self) -> &'static [bool] {
        match self.plan.from {
            Known::No => &[false],
            Known::Perhaps if self.of == self.plan.own() => &[false],
            Known::Yes | Known::Perhaps => &[true, false],
        }
    }

    fn plain_shift(&self) -> Shift {
        Shift { from: self.froms().first() == Some(&true), triggers: 0, silent: 0 }
    }

    /// The places under the shifts that fit best: most instructions found, fewest vertices left
    /// over. Where some of these let the last vertex be the last step, only those.
    fn best(&self) -> Vec<Places> {
        let mut best: Vec<Places> = Vec::new();
        let mut highest = 0;
        for places in self.shifts().map(|shift| self.places(shift)) {
            let left_over = places.iter().filter(|place| place.is_none()).count();
            let triggers = places.iter().filter(|p| **p == Some(Place::Trigger)).count();
            // Instructions found minus vertices left over (plus the number of vertices).
            let score = 2 * (places.len() - left_over) - triggers;
            if score > highest {
                highest = score;
                best.clear();
            }
            if score == highest {
                best.push(places);
            }
        }
        if best.iter().any(|places| self.ends_with_last_step(places)) {
            best.retain(|places| self.ends_with_last_step(places));
        }
        best
    }

    fn shifts(&self) -> impl Iterator<Item = Shift> {
        let perhaps = self.perhaps_silent().count();
        let subsets = if perhaps > MOST_SILENT { 1 } else { 1_u32 << perhaps };
        let most = self.most_triggers();
        let froms = self.froms().iter().copied();
        froms.flat_map(move |from| {
            (0..=most).flat_map(move |triggers| {
                (0..subsets).map(move |silent| Shift { from, triggers, silent })
            })
        })
    }

    /// As many as are announced; where none are, the frontend may be one that announces none.
    fn most_triggers(&self) -> usize {
        let expected = self.plan.own() + usize::from(self.plan.from == Known::Yes);
        let announced = self.of.saturating_sub(expected);
        let highest = self.vertices.iter().map(|v| v.n).max().unwrap_or(0);
        let most = if announced > 0 { announced } else { highest };
        match self.plan.from {
            Known::No => 0,
            Known::Yes | Known::Perhaps => most.min(MOST_TRIGGERS),
        }
    }

    fn perhaps_silent(&self) -> impl Iterator<Item = usize> {
        let steps = self.plan.steps.iter().enumerate();
        steps.filter(|(_, step)| step.silent == Known::Perhaps).map(|(at, _)| at)
    }

    /// The steps that make a vertex under this shift, by index.
    fn visible(&self, shift: Shift) -> Vec<usize> {
        let silenced = self.perhaps_silent().take(MOST_SILENT).enumerate();
        let silenced = silenced.filter(|(bit, _)| shift.silent >> bit & 1 == 1);
        let silenced: Vec<usize> = silenced.map(|(_, at)| at).collect();
        let steps = self.plan.steps.iter().enumerate();
        let visible = steps.filter(|(at, s)| s.silent != Known::Yes && !silenced.contains(at));
        visible.map(|(at, _)| at).collect()
    }

    fn places(&self, shift: Shift) -> Places {
        let visible = self.visible(shift);
        (0..self.vertices.len()).map(|at| self.place(at, shift, &visible)).collect()
    }

    fn place(&self, at: usize, shift: Shift, visible: &[usize]) -> Option<Place> {
        let (vertex, text) = (&self.vertices[at], &self.texts[at]);
        if !self.is_announced(vertex.of) {
            return None;
        }
        let is_from = vertex.text.starts_with("FROM ") && !vertex.onbuild;
        if shift.from && vertex.n == 1 {
            return is_from.then_some(Place::From);
        }
        let before = vertex.n - 1 - usize::from(shift.from);
        if before < shift.triggers {
            return (!is_from && vertex.onbuild == self.marks).then_some(Place::Trigger);
        }
        let at = *visible.get(before - shift.triggers)?;
        let is_marked_rightly = !self.marks || vertex.onbuild == (at < self.plan.triggers);
        let fits = is_marked_rightly && self.plan.steps.get(at)?.shape.fits(text);
        fits.then_some(Place::Step(at))
    }

    /// Whether the vertex with the highest number is the last step that can make one.
    fn ends_with_last_step(&self, places: &Places) -> bool {
        let mut steps = self.plan.steps.iter();
        let Some(last) = steps.rposition(|step| step.silent != Known::Yes) else {
            return false;
        };
        let highest = self.vertices.iter().zip(places).max_by_key(|(vertex, _)| vertex.n);
        highest.is_some_and(|(_, place)| *place == Some(Place::Step(last)))
    }
}
