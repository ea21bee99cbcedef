//! Fits the numbers and texts of a stage's vertices to the instructions of the stage.
//!
//! Three things shift the numbers and cannot be read off the Dockerfile: triggers (ONBUILD) of the
//! base image come right after FROM; FROM makes no vertex when its image has no layers or is
//! replaced; a WORKDIR may end in `/` and make none. Newer frontends announce triggers in `m` and
//! mark them `ONBUILD`, that of engine 20.10 does neither. So where the plain numbering does not
//! fit all texts, every shift is tried, and the one that fits most is taken. A vertex that two
//! builds share at the same time bears the name that the other build gave it: some may fit none.
//!
//! An example. The file says `FROM base`, `WORKDIR $W`, `RUN a`, `RUN b`; the engine shows
//!
//! ```text
//! [1/4] FROM base   [2/4] RUN t   [3/4] RUN a   [4/4] RUN b
//! ```
//!
//! 1. The plan has three steps, of which the WORKDIR perhaps makes no vertex, and expects `m` = 4.
//! 2. The plain numbering takes `RUN t` for `WORKDIR $W`: the texts do not fit, so not all do.
//! 3. The shifts are tried: 0 to 4 triggers, with and without FROM, WORKDIR visible or not. Each is
//!    worth 2 for a vertex that has a place, less 1 where that is a trigger's. The plain one has
//!    places for three (6); without WORKDIR and triggers FROM alone fits (2); without WORKDIR and
//!    with one trigger all fit: FROM, the trigger `RUN t`, `RUN a` and `RUN b` (7).
//! 4. The last is the best: `RUN t` has no line (its text is in no Dockerfile that we have), `RUN a`
//!    is line 3 and `RUN b` line 4.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::plan::{Known, Plan};
use crate::shape;
use crate::vertex::StepName;

/// What a vertex is within its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    From,
    /// An index into [`Plan::steps`].
    Step(usize),
    /// A trigger of the base image, whose text is in no Dockerfile that we have.
    Trigger,
}

/// The places of some vertices; `None` for those whose number or text speaks against any.
type Places = Vec<Option<Place>>;

/// One assumption about what cannot be read off the Dockerfile.
#[derive(Debug, Clone, Copy)]
struct Shift {
    /// The number of steps that the engine announces; names with another are another build's.
    of: usize,
    /// Whether FROM makes a numbered vertex.
    from: bool,
    /// Steps among the triggers of the base image.
    triggers: usize,
    /// Bit i: the i-th instruction of those that perhaps make no vertex makes none.
    silent: u32,
}

/// More announced numbers than this are not looked at.
const MOST_ANNOUNCED: usize = 3;
/// More triggers than this are not looked for.
const MOST_TRIGGERS: usize = 64;
/// Of more instructions that perhaps make no vertex all are taken to make one.
const MOST_SILENT: usize = 4;

/// The places of the vertices of one stage: by the plain numbering (no triggers of the image, FROM
/// as the text says, every step visible) wherever no other fits better.
pub(crate) fn fit(plan: &Plan<'_>, vertices: &[StepName<'_>]) -> Places {
    let fitting = Fitting::new(plan, vertices);
    let unshifted = fitting.places(fitting.plain_shift());
    // Nearly always: each vertex is the step of its number, and has its text.
    if unshifted.iter().all(Option::is_some) {
        return unshifted;
    }
    let best = fitting.best();
    // A vertex of another build fits nothing under any shift, which is no reason to shift the rest.
    if best.contains(&unshifted) {
        return unshifted;
    }
    // Where shifts that are equally good disagree on a vertex, it gets no line.
    let agreed = |at: usize| {
        let mut places = best.iter().map(|places| places[at]);
        let first = places.next()??;
        places.all(|place| place == Some(first)).then_some(first)
    };
    (0..vertices.len()).map(agreed).collect()
}

struct Fitting<'p, 'f, 'n> {
    plan: &'p Plan<'f>,
    vertices: &'p [StepName<'n>],
    /// Their texts, ready to be compared.
    texts: Vec<String>,
    /// The numbers `m` that are possible, the likeliest first.
    announced: Vec<usize>,
    /// Whether this frontend marks triggers.
    marks: bool,
}

impl<'p, 'f, 'n> Fitting<'p, 'f, 'n> {
    fn new(plan: &'p Plan<'f>, vertices: &'p [StepName<'n>]) -> Self {
        Self {
            plan,
            vertices,
            texts: vertices.iter().map(|v| shape::plain(v.text)).collect(),
            announced: announced(plan, vertices),
            marks: vertices.iter().any(|v| v.onbuild),
        }
    }

    /// Whether FROM makes a numbered vertex: the likelier answer first.
    fn froms(&self, of: usize) -> &'static [bool] {
        match self.plan.from {
            Known::No => &[false],
            Known::Perhaps if of == self.plan.own() => &[false],
            Known::Yes | Known::Perhaps => &[true, false],
        }
    }

    fn plain_shift(&self) -> Shift {
        let of = self.announced.first().copied().unwrap_or(0);
        Shift { of, from: self.froms(of).first() == Some(&true), triggers: 0, silent: 0 }
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
        let froms = |&of: &usize| self.froms(of).iter().map(move |&from| (of, from));
        self.announced.iter().flat_map(froms).flat_map(move |(of, from)| {
            (0..=self.most_triggers(of)).flat_map(move |triggers| {
                (0..subsets).map(move |silent| Shift { of, from, triggers, silent })
            })
        })
    }

    /// As many as are announced; where none are, the frontend may be one that announces none.
    fn most_triggers(&self, of: usize) -> usize {
        let announced = of.saturating_sub(self.plan.expected());
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
        let is_from = vertex.is_from();
        if shift.from && vertex.n == 1 {
            // Newer frontends name FROM before they know the triggers.
            let is_announced = vertex.of == shift.of || vertex.of == self.plan.own() + 1;
            return (is_from && is_announced).then_some(Place::From);
        }
        if vertex.of != shift.of {
            return None;
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

/// The numbers of steps that a stage of this plan can announce, among those of the vertices.
fn announced(plan: &Plan<'_>, vertices: &[StepName<'_>]) -> Vec<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for vertex in vertices.iter().filter(|v| plan.may_announce(v.of)) {
        // That of FROM counts only where there is no other.
        *counts.entry(vertex.of).or_default() += usize::from(!vertex.is_from());
    }
    let mut announced: Vec<(usize, usize)> = counts.into_iter().collect();
    announced.sort_by_key(|&(of, count)| (of != plan.expected(), Reverse(count)));
    let has_steps = announced.iter().any(|&(_, count)| count > 0);
    announced.retain(|&(_, count)| count > 0 || !has_steps);
    announced.into_iter().map(|(of, _)| of).take(MOST_ANNOUNCED).collect()
}
