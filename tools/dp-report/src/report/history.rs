//! The history for people: how each series went, what changed its level, and what
//! left its level just now.

use dp_record::printable;
use jiff::Timestamp;

use crate::history::crossing::Crossing;
use crate::history::trend::{Direction, Level, Point, Trend};
use crate::input::label::{self, Labels};
use crate::report::Report;
use crate::report::grid::{Align, Cell, Tone};
use crate::report::sheet::{Entry, METRICS, Sheet};
use crate::scale::{Scale, percent_change};

/// The columns after the names.
const HEADER: [(&str, Align); 6] = [
    ("runs", Align::Right),
    ("first", Align::Right),
    ("last good level", Align::Right),
    ("now", Align::Right),
    ("change", Align::Right),
    ("trend", Align::Left),
];
/// Digits of a figure.
const DIGITS: usize = 3;
/// Runs that the trend draws.
const DRAWN: usize = 20;
/// From the lowest to the highest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Characters of a name.
const NAME_CHARS: usize = 60;
/// Metadata that tell a revision.
const REVISIONS: [&str; 3] = ["commit", "revision", "sha"];

/// What is said of a ground that is another one.
pub(crate) const MOVED: &str = "changed there too";

/// What a report shows of a history.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The file.
    pub(crate) name: String,
    /// The series of this report, or all.
    pub(crate) trends: Vec<Trend>,
}

impl History {
    /// When the newest run of all began.
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        self.trends.iter().map(|trend| trend.latest().at).max()
    }

    /// The series that left their level with the newest run.
    pub(crate) fn crossings(&self) -> impl Iterator<Item = (&Trend, Crossing)> {
        self.trends.iter().filter_map(|trend| Some((trend, Crossing::of(trend)?)))
    }

    /// The series that are worse than their last good level, by what is longer known or
    /// by their newest run.
    pub(crate) fn worse(&self) -> impl Iterator<Item = (&Trend, Change)> {
        self.trends.iter().filter_map(|trend| {
            let crossing = Crossing::of(trend);
            match &crossing {
                Some(crossing) if crossing.direction == Direction::Worse => {
                    Some((trend, Change::of_crossing(trend, crossing)))
                }
                // Its newest run is back.
                Some(_) => None,
                None => Some((trend, worse(trend)?)),
            }
        })
    }

    /// A line for each of them, for programs that send messages; empty without any.
    pub(crate) fn alerts(&self) -> String {
        self.crossings().map(|(trend, crossing)| alert(trend, &crossing) + "\n").collect()
    }
}

/// What is said below the rows.
pub(crate) struct Remark {
    /// Which way a series just left its level; none for what is known longer.
    pub(crate) word: Option<&'static str>,
    /// `app (build.wall_seconds)`.
    pub(crate) who: String,
    pub(crate) what: String,
    /// The run with which it changed.
    pub(crate) since: String,
    pub(crate) more: &'static str,
}

/// The title, the rows and the remarks; none without a history.
pub(crate) fn sheet(report: &Report) -> Option<(String, Sheet, Vec<Remark>)> {
    let history = report.history.as_ref().filter(|history| !history.trends.is_empty())?;
    let labels = Labels::of(history.trends.iter().map(|trend| &trend.key));
    let mut entries: Vec<Entry> =
        history.trends.iter().map(|trend| entry(trend, &labels)).collect();
    entries.sort_by(|a, b| a.metric.cmp(&b.metric)); // stable: subjects stay in order
    let sheet = Sheet {
        rows: METRICS,
        header: HEADER.map(|(name, align)| (name.into(), align)).to_vec(),
        entries,
    };
    let shared = match labels.shared().as_slice() {
        [] => String::new(),
        shared => format!(" ({})", shared.join(", ")),
    };
    let of = sheet.only_subject().map_or_else(String::new, |subject| format!(" of {subject}"));
    let title = format!("history{of}{shared} in {}", printable(&history.name, NAME_CHARS));
    let crossed = history.crossings().map(|(trend, crossing)| crossed(trend, &crossing));
    let changed = history.trends.iter().filter_map(last_change);
    let remarks = crossed.chain(changed).collect();
    Some((title, sheet, remarks))
}

fn entry(trend: &Trend, labels: &Labels) -> Entry {
    let good = trend.last_good().map_or(f64::NAN, |level| level.median);
    let (first, now) = (trend.first.median, trend.latest().median);
    let scale = scale(trend, &[first, good, now]);
    let runs = trend.earlier + trend.points.len();
    let change = now - good;
    let ratio = change / good.abs();
    let change = match ratio {
        _ if change.abs() <= 0.0 => Cell::from("0"),
        ratio if ratio.is_finite() => Cell::toned(percent_change(ratio), tone(trend, change)),
        _ => Cell::toned(scale.show_change(change), tone(trend, change)),
    };
    Entry {
        metric: metric(trend),
        subject: labels.label(&trend.key),
        of_baseline: false,
        cells: vec![
            runs.to_string().into(),
            scale.show(first).into(),
            scale.show(good).into(),
            scale.show(now).into(),
            change,
            drawn(&trend.points).into(),
        ],
    }
}

/// Only what is beyond the floor matters.
fn tone(trend: &Trend, change: f64) -> Tone {
    let good = trend.last_good().map_or(0.0, |level| level.median);
    if change.abs() <= trend.measure.floor_from(good) {
        return Tone::Plain;
    }
    tone_of(trend.direction(change))
}

/// `build.wall_seconds`.
pub(crate) fn metric(trend: &Trend) -> String {
    let (kind, name) = (&trend.key.kind, &trend.measure.name);
    printable(&format!("{kind}.{name}"), NAME_CHARS)
}

fn scale(trend: &Trend, values: &[f64]) -> Scale {
    let known = values.iter().copied().filter(|value| value.is_finite());
    Scale::of(&trend.measure.unit, known, DIGITS)
}

/// The last runs as bars between the lowest and the highest of them.
fn drawn(points: &[Point]) -> String {
    let last = &points[points.len().saturating_sub(DRAWN)..];
    let medians = || last.iter().map(|point| point.median);
    let (low, high) =
        (medians().fold(f64::INFINITY, f64::min), medians().fold(f64::NEG_INFINITY, f64::max));
    let top = (BARS.len() - 1) as f64;
    let bar = |median: f64| {
        let share = if high > low { (median - low) / (high - low) } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
        let step = (share * top).round() as usize;
        BARS[step.min(BARS.len() - 1)]
    };
    medians().map(bar).collect()
}

/// `worse: head (build.wall_seconds) just left its level: 2.40 s, +20.0 % ...`.
fn crossed(trend: &Trend, crossing: &Crossing) -> Remark {
    let change = Change::of_crossing(trend, crossing);
    Remark {
        word: Some(change.word),
        who: who(trend),
        what: format!(" just left its level: {}, since ", change.said),
        since: change.since,
        more: "",
    }
}

/// `head (build.wall_seconds)`.
fn who(trend: &Trend) -> String {
    format!("{} ({})", label::subject(&trend.key), metric(trend))
}

fn alert(trend: &Trend, crossing: &Crossing) -> String {
    let change = Change::of_crossing(trend, crossing);
    let (key, name) = (label::full(&trend.key), printable(&trend.measure.name, NAME_CHARS));
    format!("{}: {key} {name}: {}, since {}", change.word, change.said, change.since)
}

/// The last change of a level; none where there is but one.
fn last_change(trend: &Trend) -> Option<Remark> {
    let change = changes(trend).pop()?;
    Some(Remark {
        word: None,
        who: who(trend),
        what: format!(": last change ({}): {}, since ", change.word, change.said),
        since: change.since,
        more: if change.moved { "; the ground changed there too" } else { "" },
    })
}

/// How a level changed, for people.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// The first point of the new level.
    pub(crate) at: usize,
    /// `better`, `worse` or `changed`.
    pub(crate) word: &'static str,
    pub(crate) tone: Tone,
    /// The levels before and behind it.
    pub(crate) from: String,
    pub(crate) to: String,
    /// `+20.0 %`, or how much where that has no percents.
    pub(crate) size: String,
    /// `2.40 s, +20.0 % (+400 ms) from the level of 2.00 s (12 runs)`.
    pub(crate) said: String,
    /// The run with which it changed.
    pub(crate) since: String,
    /// Whether the machine is another one from there on.
    pub(crate) moved: bool,
}

impl Change {
    /// What just left its level.
    pub(crate) fn of_crossing(trend: &Trend, crossing: &Crossing) -> Self {
        Self::of(trend, &crossing.from, crossing.to, crossing.since)
    }

    fn of(trend: &Trend, from: &Level, to: f64, at: usize) -> Self {
        let shown = scale(trend, &[from.median, to]);
        let change = to - from.median;
        let direction = trend.direction(change);
        let absolute = scale(trend, &[change]).show_change(change);
        let ratio = change / from.median.abs();
        let relative = ratio.is_finite().then(|| percent_change(ratio));
        let both = relative.as_ref().map(|relative| format!("{relative} ({absolute})"));
        let runs = from.end - from.begin;
        let word = if runs == 1 { "run" } else { "runs" };
        let (to, from) = (shown.show(to), shown.show(from.median));
        let by = both.unwrap_or_else(|| absolute.clone());
        let point = trend.points.get(at);
        let before = at.checked_sub(1).and_then(|before| trend.points.get(before));
        let envs =
            before.zip(point).and_then(|(one, next)| one.env.as_ref().zip(next.env.as_ref()));
        Self {
            at,
            word: direction.word(),
            tone: tone_of(direction),
            said: format!("{to}, {by} from the level of {from} ({runs} {word})"),
            from,
            to,
            size: relative.unwrap_or(absolute),
            since: point.map(run).unwrap_or_default(),
            // Another machine is another level.
            moved: envs.is_some_and(|(before, now)| before != now),
        }
    }
}

/// How what went this way is shown.
pub(crate) fn tone_of(direction: Direction) -> Tone {
    match direction {
        Direction::Worse => Tone::Bad,
        Direction::Better => Tone::Good,
        Direction::Other => Tone::Plain,
    }
}

/// Where the level changed, in order of time.
pub(crate) fn changes(trend: &Trend) -> Vec<Change> {
    let pairs = trend.levels.windows(2);
    pairs.map(|pair| Change::of(trend, &pair[0], pair[1].median, pair[1].begin)).collect()
}

/// How its level differs from the last good one, if all since then are worse.
fn worse(trend: &Trend) -> Option<Change> {
    let (good, now) = (trend.last_good()?, trend.current()?);
    let behind = trend.levels.get(trend.good + 1)?;
    Some(Change::of(trend, good, now.median, behind.begin))
}

/// `2026-01-02, batch b40, commit abc`.
pub(crate) fn run(point: &Point) -> String {
    let batch = (!point.batch.is_empty()).then(|| format!("batch {}", point.batch));
    let revision = revision(point).map(|(key, value)| format!("{key} {value}"));
    let parts = [Some(day(point.at)), batch, revision].into_iter().flatten();
    parts.map(|part| printable(&part, NAME_CHARS)).collect::<Vec<_>>().join(", ")
}

/// Which word of the user tells the revision, and what it says.
pub(crate) fn revision(point: &Point) -> Option<(&'static str, &str)> {
    REVISIONS.iter().find_map(|key| Some((*key, point.meta.get(*key)?.as_str())))
}

/// `2026-01-02`.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
