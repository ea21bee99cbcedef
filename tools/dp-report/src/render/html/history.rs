//! A history over time: a small picture of each series with its levels, where they changed,
//! and what is worse now than it was. Tables beside say the same.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use dp_record::printable;

use crate::history::crossing::Crossing;
use crate::history::trend::Trend;
use crate::input::label::Labels;
use crate::render::html::page::{self, Block, Figure, Key, Row, Table};
use crate::render::html::trend::{Course, Mark, Point, trend};
use crate::report::grid::{Cell, Tone};
use crate::report::history::{self as report, Change, History, MOVED};
use crate::report::sheet::Sheet;
use crate::scale::Scale;

/// Series that are drawn: those that moved first, then headline metrics.
const DRAWN: usize = 48;
/// Rows of the tables with single runs, shared out among all series.
const ROWS: usize = 1000;
/// Fewest and most runs of a series in them, the newest ones.
const RUNS: (usize, usize) = (10, 60);
/// Characters of a name.
const NAME_CHARS: usize = 60;
/// Digits of a figure.
const DIGITS: usize = 3;

const KEYS: [(&str, &str); 5] = [
    ("dot run", "a run: the median of its report, with its 95 % interval"),
    ("dot bad", "a run that is worse than the last good level"),
    ("level", "level: runs between which nothing surely changed"),
    ("good-level", "the last good level"),
    ("change", "change of the level, with its size"),
];

/// The pictures by their metric, what changed when, and all series as a table.
pub(super) fn blocks(history: &History, label: &str, sheet: &Sheet) -> Vec<Block> {
    let drawn = chosen(&history.trends);
    let mut metrics: Vec<String> = Vec::new();
    for trend in &drawn {
        let metric = report::metric(trend);
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    let labels = Labels::of(history.trends.iter().map(|trend| &trend.key));
    let mut blocks = Vec::new();
    let rows = (ROWS / drawn.len().max(1)).clamp(RUNS.0, RUNS.1);
    for metric in metrics {
        let of_metric: Vec<&Trend> =
            drawn.iter().copied().filter(|trend| report::metric(trend) == metric).collect();
        blocks.extend(of_one_metric(&metric, &of_metric, &labels, rows, blocks.is_empty()));
    }
    let all = changes(history, &labels);
    if !all.rows.is_empty() {
        blocks.push(Block::heading("changes of levels, the newest first"));
        blocks.push(Block::Table(all));
    }
    let left_out = history.trends.len() - drawn.len();
    let more =
        if left_out > 0 { format!(", {left_out} of which are not drawn") } else { String::new() };
    blocks.push(Block::heading(&format!("all series{more}")));
    blocks.push(Block::Table(Table::of_sheet(label, sheet, &[])));
    blocks
}

/// Those that are drawn, in reading order.
fn chosen(trends: &[Trend]) -> Vec<&Trend> {
    let mut order: Vec<(usize, &Trend)> = trends.iter().enumerate().collect();
    // Stable: subjects stay in order.
    order.sort_by_key(|(_, trend)| {
        let is_quiet = trend.levels.len() < 2 && Crossing::of(trend).is_none();
        (!trend.measure.judged, is_quiet)
    });
    order.truncate(DRAWN);
    let place = |(at, trend): &(usize, &Trend)| {
        let (rank, metric) = trend.measure.order();
        (!trend.measure.judged, trend.key.kind.clone(), rank, metric.to_owned(), *at)
    };
    order.sort_by_cached_key(place);
    order.into_iter().map(|(_, trend)| trend).collect()
}

fn of_one_metric(
    metric: &str,
    trends: &[&Trend],
    labels: &Labels,
    rows: usize,
    has_legend: bool,
) -> Vec<Block> {
    let Some(first) = trends.first() else { return Vec::new() };
    let pictures: Vec<String> =
        trends.iter().filter_map(|trend| picture(trend, &labels.label(&trend.key))).collect();
    let single = trends.len() - pictures.len();
    let caption = page::caption(metric, &first.measure);
    let note = match single {
        0 => String::new(),
        _ if pictures.is_empty() => "one run of each: two make a picture".to_owned(),
        single => format!("{single} more with one run"),
    };
    let legend = if has_legend { KEYS.map(Key::new).to_vec() } else { Vec::new() };
    let label = format!("the runs of {metric}");
    let columns = ["run", "runs*", "median*", "95 % interval*", "level*", "batch", "commit"];
    let mut table = Table::folded(&label, &columns, Vec::new());
    table.rows = trends.iter().flat_map(|trend| runs(trend, labels, rows)).collect();
    vec![
        Block::Figure(Figure { caption, note, legend, pictures, small: true, folded: None }),
        Block::Table(table),
    ]
}

/// None of a single run.
fn picture(of: &Trend, label: &str) -> Option<String> {
    let crossing = Crossing::of(of);
    let points: Vec<Point> =
        (0..of.points.len()).map(|at| point(of, crossing.as_ref(), at)).collect();
    let mark = |change: Change| Mark {
        at: change.at,
        class: class(change.tone),
        hint: format!("{}: {}, since {}", change.word, change.said, change.since),
        text: change.size,
    };
    let mut changes = report::changes(of);
    // The newest run is no level yet.
    let newest = crossing.as_ref().map(|crossing| Change::of_crossing(of, crossing));
    changes.extend(newest.filter(|new| changes.iter().all(|known| known.at != new.at)));
    let changes: Vec<Mark> = changes.into_iter().map(mark).collect();
    let good = of.last_good().zip(of.current()).filter(|(good, now)| good.end < now.end);
    let good = good.map(|(good, _)| (good.end, good.median));
    let scale = scale(of);
    let now = scale.show(of.latest().median);
    let worst = points.last().map_or("", |point| point.class);
    let class = if worst == "run" { "level-name" } else { worst };
    let unit = &of.measure.unit;
    trend(&Course {
        title: label,
        now: (now, class),
        unit,
        points: &points,
        changes: &changes,
        good,
    })
}

fn point(trend: &Trend, crossing: Option<&Crossing>, at: usize) -> Point {
    let run = &trend.points[at];
    let level = trend.levels.iter().position(|level| (level.begin..level.end).contains(&at));
    let crossed = crossing.filter(|crossing| at >= crossing.since);
    let class = match (crossed, level) {
        (Some(crossing), _) => class(report::tone_of(crossing.direction)),
        // All levels since the last good one are worse.
        (None, Some(level)) if level > trend.good => "bad",
        _ => "",
    };
    let day = report::day(run.at);
    // Days that are all the same tell nothing.
    let is_one_day = trend.points.first().is_some_and(|first| report::day(first.at) == day)
        && report::day(trend.latest().at) == day;
    let label = if is_one_day { run.at.strftime("%H:%M UTC").to_string() } else { day };
    let all = report::run(run);
    Point {
        more: all.strip_prefix(&label).map_or_else(|| format!(", {all}"), str::to_owned),
        label,
        median: run.median,
        interval: run.interval,
        level: level.map(|level| trend.levels[level].median),
        class: if class.is_empty() { "run" } else { class },
    }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        _ => "",
    }
}

fn scale(trend: &Trend) -> Scale {
    Scale::of(&trend.measure.unit, trend.points.iter().map(|point| point.median), DIGITS)
}

/// The newest runs of a series below its name.
fn runs(trend: &Trend, labels: &Labels, rows: usize) -> Vec<Row> {
    let scale = scale(trend);
    let mut last_level = None;
    let mut shown: Vec<Row> = Vec::new();
    let from = trend.points.len().saturating_sub(rows);
    for (at, point) in trend.points.iter().enumerate().skip(from) {
        let level = trend.levels.iter().find(|level| (level.begin..level.end).contains(&at));
        let level = level.map(|level| scale.show(level.median));
        let interval = point.interval.map(|(low, high)| scale.show_range(low, high));
        let is_new = level != last_level;
        let cells = [
            point.n.to_string(),
            scale.show(point.median),
            interval.unwrap_or_default(),
            level.clone().filter(|_| is_new).unwrap_or_default(),
            printable(&point.batch, NAME_CHARS),
            report::revision(point).map_or_else(String::new, |(_, it)| printable(it, NAME_CHARS)),
        ];
        let name = point.at.strftime("%Y-%m-%d %H:%M").to_string();
        shown.push(Row { depth: 1, name, cells: cells.map(Cell::from).to_vec() });
        last_level = level;
    }
    let before = trend.earlier + from;
    let more = if before > 0 { format!(" (after {before} earlier ones)") } else { String::new() };
    let name = format!("{}{more}", labels.label(&trend.key));
    [Row { name, ..Row::default() }].into_iter().chain(shown.into_iter().rev()).collect()
}

/// All changes, the newest first.
fn changes(history: &History, labels: &Labels) -> Table {
    let columns = ["metric, series", "change*", "from*", "to*", "which is", "since", "ground"];
    let of_trend = |trend| report::changes(trend).into_iter().map(move |change| (trend, change));
    let mut all: Vec<(&Trend, Change)> = history.trends.iter().flat_map(of_trend).collect();
    all.sort_by_key(|(trend, change)| Reverse(trend.points[change.at].at));
    let columns =
        if all.iter().any(|(_, change)| change.moved) { &columns[..] } else { &columns[..6] };
    let mut table = Table::of_text("changes of levels", columns, Vec::new());
    let row = |(trend, change): (&Trend, Change)| {
        let cells = [
            Cell::toned(change.size, change.tone),
            change.from.into(),
            change.to.into(),
            Cell::toned(change.word, change.tone),
            change.since.into(),
            Cell::from(if change.moved { MOVED } else { "" }.to_owned()),
        ];
        Row {
            depth: 0,
            name: format!("{} {}", report::metric(trend), labels.label(&trend.key)),
            cells: cells.into_iter().take(columns.len() - 1).collect(),
        }
    };
    table.rows = all.into_iter().map(row).collect();
    table
}

/// `2 of 9 series are worse than their last good level`.
pub(super) fn headline(history: &History) -> String {
    let (worse, all) = (history.worse().count(), history.trends.len());
    match (worse, all) {
        (0, 1) => "the series is at its last good level".to_owned(),
        (0, all) => format!("all {all} series are at their last good levels"),
        (worse, all) => format!("{worse} of {all} series worse than the last good level"),
    }
}

/// `9 series of 12 to 40 runs, from 2026-01-01 to 2026-02-09, kept in h.jsonl.`
pub(super) fn lead(history: &History) -> String {
    let runs = || history.trends.iter().map(|trend| trend.earlier + trend.points.len());
    let counts: BTreeSet<usize> = runs().collect();
    let runs = match (counts.first(), counts.last()) {
        (Some(1), Some(1)) => "1 run".to_owned(),
        (Some(least), Some(most)) if least == most => format!("{most} runs"),
        (Some(least), Some(most)) => format!("{least} to {most} runs"),
        _ => "no runs".to_owned(),
    };
    let first = history.trends.iter().map(|trend| trend.first.at).min();
    let days = [first, history.latest()].map(|at| at.map_or_else(String::new, report::day));
    let days = match days {
        [first, last] if first == last => format!("on {first}"),
        [first, last] => format!("from {first} to {last}"),
    };
    let (count, name) = (history.trends.len(), printable(&history.name, NAME_CHARS));
    format!("{count} series of {runs}, {days}, kept in {name}.")
}
