//! Fits the numbers and texts of a stage's vertices to the instructions of the stage.
//!
//! Three things shift the numbers and cannot be read off the Dockerfile: triggers (ONBUILD) of the
//! base image come right after FROM; FROM makes no vertex when its image has no layers or is
//! replaced; a WORKDIR may end in `/` and make none. Newer frontends announce triggers in `m` and
//! mark them `ONBUILD`, that of engine 20.10 does neither. So where the plain numbering does not
//! fit the texts, all shifts are tried, and only what they agree on is answered.

use crate::plan::{Counted, Known, Plan};
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

/// The plain numbering: no triggers of the image, FROM as the text says, every step visible.
pub(crate) fn plain(plan: &Plan<'_>, vertices: &[VertexName<'_>]) -> Option<Vec<Place>> {
    let fit = Fitting::new(plan, vertices)?;
    let from = *fit.froms().first()?;
    fit.places(Shift { from, triggers: 0, silent: 0 })
}

/// The places of the vertices of one stage; `None` for those where the possible shifts differ.
pub(crate) fn fit(plan: &Plan<'_>, vertices: &[VertexName<'_>]) -> Vec<Option<Place>> {
    if let Some(places) = plain(plan, vertices) {
        return places.into_iter().map(Some).collect();
    }
    let fitting = Fitting::new(plan, vertices);
    let possible = fitting.map(|fitting| fitting.possible()).unwrap_or_default();
    let agreed = |at: usize| {
        let mut places = possible.iter().map(|places| places[at]);
        let first = places.next()?;
        places.all(|place| place == first).then_some(first)
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
    /// `None` when the announced numbers cannot be those of this stage.
    fn new(plan: &'p Plan<'f>, vertices: &'p [VertexName<'n>]) -> Option<Self> {
        let least = plan.own() + usize::from(plan.from == Known::Yes);
        let most = match plan.from {
            Known::No => least + plan.announced_triggers,
            Known::Yes | Known::Perhaps => usize::MAX,
        };
        let possible = vertices.iter().all(|v| (least..=most).contains(&v.of));
        possible.then_some(Self {
            plan,
            vertices,
            texts: vertices.iter().map(|v| shape::plain(v.text)).collect(),
            of: vertices.iter().map(|v| v.of).max()?,
            marks: vertices.iter().any(|v| v.onbuild),
        })
    }

    /// Whether FROM makes a numbered vertex: the likelier answer first.
    fn froms(&self) -> &'static [bool] {
        match self.plan.from {
            Known::No => &[false],
            Known::Perhaps if self.of == self.plan.own() => &[false],
            Known::Yes | Known::Perhaps => &[true, false],
        }
    }

    /// What the vertices are under each shift that their texts allow; where some shifts let the
    /// last vertex be the last step, only those.
    fn possible(&self) -> Vec<Vec<Place>> {
        let all = self.shifts().filter_map(|shift| {
            let places = self.places(shift)?;
            let complete = self.ends_with_last_step(&places);
            Some((complete, places))
        });
        let (complete, other): (Vec<_>, Vec<_>) = all.partition(|(complete, _)| *complete);
        let best = if complete.is_empty() { other } else { complete };
        best.into_iter().map(|(_, places)| places).collect()
    }

    fn shifts(&self) -> impl Iterator<Item = Shift> {
        let perhaps = self.perhaps_silent().count();
        let subsets = if perhaps > MOST_SILENT { 1 } else { 1_u32 << perhaps };
        let triggers = self.most_triggers();
        let froms = self.froms().iter().copied();
        froms.flat_map(move |from| {
            (0..=triggers).flat_map(move |triggers| {
                (0..subsets).map(move |silent| Shift { from, triggers, silent })
            })
        })
    }

    /// As many as are announced; where none are, the frontend may be one that announces none.
    fn most_triggers(&self) -> usize {
        let announced = self.of - self.plan.own() - usize::from(self.plan.from == Known::Yes);
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

    /// What each vertex is under this shift; `None` when a text speaks against it.
    fn places(&self, shift: Shift) -> Option<Vec<Place>> {
        let visible = self.visible(shift);
        (0..self.vertices.len()).map(|at| self.place(at, shift, &visible)).collect()
    }

    fn place(&self, at: usize, shift: Shift, visible: &[usize]) -> Option<Place> {
        let (vertex, text) = (&self.vertices[at], &self.texts[at]);
        let before = vertex.n - 1;
        let is_from = vertex.text.starts_with("FROM ") && !vertex.onbuild;
        if shift.from && before == 0 {
            return is_from.then_some(Place::From);
        }
        let before = before - usize::from(shift.from);
        if before < shift.triggers {
            return (!is_from && vertex.onbuild == self.marks).then_some(Place::Trigger);
        }
        let at = *visible.get(before - shift.triggers)?;
        let step: &Counted<'_> = self.plan.steps.get(at)?;
        let marked_rightly = !self.marks || vertex.onbuild == (at < self.plan.triggers);
        (marked_rightly && step.shape.fits(text)).then_some(Place::Step(at))
    }

    /// Whether the vertex with the highest number is the last step that can make one.
    fn ends_with_last_step(&self, places: &[Place]) -> bool {
        let mut steps = self.plan.steps.iter();
        let Some(last) = steps.rposition(|step| step.silent != Known::Yes) else {
            return false;
        };
        let highest = self.vertices.iter().zip(places).max_by_key(|(vertex, _)| vertex.n);
        highest.is_some_and(|(_, place)| *place == Place::Step(last))
    }
}
