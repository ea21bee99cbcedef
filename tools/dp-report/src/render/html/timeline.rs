//! A build over time: a bar a step, a lane a stage, what the end waited for marked.

use std::collections::BTreeSet;

use dp_record::detail::build::StepState;
use dp_record::{Unit, kind};

use crate::explain::pictures::{BuildPicture, Which};
use crate::input::drawn::{DrawnStep, Lane as StepLane};
use crate::render::html::axis::Axis;
use crate::render::html::bars::{Bar, Bars, Lane, Line, Square};
use crate::render::html::page::{Block, Figure, Key, Table};
use crate::scale::{Scale, UnitName};

/// Bars of a build: of more steps only the longest are drawn.
const BARS: usize = 40;
/// What the builder does beside the steps is drawn from this share of the build on.
const SHARE: f64 = 0.01;
/// Digits of a time.
const DIGITS: usize = 3;
/// Lines that are named together.
const LINES: usize = 8;

const SECONDS: UnitName = UnitName::Known(Unit::Seconds);

/// All builds but those of cache scenarios; builds of one scenario share their axis.
pub(super) fn blocks(builds: &[BuildPicture]) -> Vec<Block> {
    let builds: Vec<&BuildPicture> =
        builds.iter().filter(|build| build.key.kind == kind::BUILD && has_times(build)).collect();
    if builds.is_empty() {
        return Vec::new();
    }
    let mut blocks = vec![Block::heading("builds over time")];
    for (at, build) in builds.iter().enumerate() {
        let same = |other: &&&BuildPicture| other.key.scenario == build.key.scenario;
        let longest = builds.iter().filter(same).map(|build| end(build)).fold(0.0, f64::max);
        blocks.push(Block::Figure(figure(build, longest, at == 0)));
        blocks.push(Block::Table(table(build)));
    }
    blocks
}

fn has_times(build: &BuildPicture) -> bool {
    build.steps.iter().any(|step| step.started.is_some() && step.seconds.is_some())
}

/// When the last step ended.
fn end(build: &BuildPicture) -> f64 {
    let ends = build.steps.iter().filter_map(|step| Some(step.started? + step.seconds?));
    ends.fold(0.0, f64::max)
}

/// `round 3 of 8 runs: the one whose time is nearest to the median`.
pub(super) fn which(which: Which, what: &str) -> String {
    let runs = which.runs;
    match (which.round, runs) {
        (_, 1) => "the only run".to_owned(),
        (Some(round), _) => {
            format!("round {round}, of {runs} runs the one whose {what} is nearest to the median")
        }
        (None, _) => format!("of {runs} runs the one whose {what} is nearest to the median"),
    }
}

fn figure(build: &BuildPicture, longest: f64, with_legend: bool) -> Figure {
    let lanes = lanes(build);
    let took = show(build.seconds);
    let title = format!("{} over time", build.label);
    let description = description(build);
    let axis = Axis::from_zero(longest);
    let bars =
        Bars { title: &title, description: &description, lanes: &lanes, axis, unit: &SECONDS };
    let keys = [
        ("bar critical", "on the critical path: a shorter step, a shorter build"),
        ("bar ran", "ran beside it"),
        ("square cached", "from the build cache"),
        ("square base", "base image"),
    ];
    Figure {
        caption: format!("{}: {took}", build.label),
        note: format!("{}; numbers are lines of the Dockerfile", which(build.which, "time")),
        legend: if with_legend { keys.map(Key::new).to_vec() } else { Vec::new() },
        pictures: vec![bars.drawn()],
        ..Figure::default()
    }
}

/// A lane a stage, in the order in which their first steps ran, the builder last.
fn lanes(build: &BuildPicture) -> Vec<Lane> {
    let mut stages: Vec<&StepLane> = Vec::new();
    for step in &build.steps {
        if !stages.contains(&&step.lane) {
            stages.push(&step.lane);
        }
    }
    let begin = |lane: &StepLane| {
        let ran = build.steps.iter().filter(|step| step.lane == *lane && has_bar(step));
        ran.filter_map(|step| step.started).fold(f64::INFINITY, f64::min)
    };
    stages.sort_by(|a, b| {
        let is_builder = |lane: &StepLane| *lane == StepLane::Builder;
        is_builder(a).cmp(&is_builder(b)).then(begin(a).total_cmp(&begin(b)))
    });
    let least = least_drawn(build);
    let lanes = stages.iter().map(|stage| lane(build, stage, least));
    lanes.filter(|lane| !lane.rows.is_empty()).collect()
}

/// The shortest time that gets a bar where there are very many steps.
fn least_drawn(build: &BuildPicture) -> f64 {
    let bars = build.steps.iter().filter(|step| has_bar(step));
    let mut times: Vec<f64> = bars.filter_map(|step| step.seconds).collect();
    times.sort_by(|a, b| b.total_cmp(a));
    times.get(BARS).copied().unwrap_or(0.0)
}

fn lane(build: &BuildPicture, lane: &StepLane, least: f64) -> Lane {
    let is_builder = *lane == StepLane::Builder;
    let of_lane = || build.steps.iter().filter(|step| step.lane == *lane);
    let share = end(build) * SHARE;
    let is_long = |step: &DrawnStep| step.seconds.is_some_and(|seconds| seconds >= share);
    let mut bars: Vec<(&DrawnStep, Bar)> = of_lane()
        .filter(|step| !is_builder || is_long(step))
        .filter_map(|step| Some((step, bar(step, least)?)))
        .collect();
    bars.sort_by(|a, b| a.1.from.total_cmp(&b.1.from));
    let mut rows = Vec::new();
    if !is_builder {
        rows.extend(squares(of_lane().filter(|step| !has_bar(step))));
    }
    let drawn = bars.len();
    let all = of_lane().filter(|step| has_bar(step)).count();
    rows.extend(bars.into_iter().map(|(_, bar)| Line::Bar(bar)));
    if drawn < all && !is_builder {
        let text = format!("and {} shorter steps, in the table", all - drawn);
        rows.push(Line::Squares { squares: Vec::new(), text });
    }
    let name = match lane {
        StepLane::Builder => "builder".to_owned(),
        StepLane::Stage(Some(stage)) => format!("stage {stage}"),
        StepLane::Stage(None) => "steps".to_owned(),
    };
    Lane { name, rows }
}

/// Whether it took time of this build.
fn has_bar(step: &DrawnStep) -> bool {
    let is_idle = matches!(step.state, StepState::Cached | StepState::Base | StepState::Skipped);
    !is_idle && step.started.is_some() && step.seconds.is_some()
}

fn bar(step: &DrawnStep, least: f64) -> Option<Bar> {
    let (from, seconds) = (step.started?, step.seconds?);
    if !has_bar(step) || seconds < least {
        return None;
    }
    let class = match (&step.state, &step.lane) {
        (StepState::Failed | StepState::Canceled, _) => "failed",
        _ if step.critical => "critical",
        (_, StepLane::Builder) => "builder",
        _ => "ran",
    };
    Some(Bar {
        class,
        from,
        to: from + seconds,
        name: named(step),
        amount: show(seconds),
        hint: hint(step),
    })
}

/// Steps that took no time, as squares.
fn squares<'a>(steps: impl Iterator<Item = &'a DrawnStep>) -> Option<Line> {
    let steps: Vec<&DrawnStep> = steps.collect();
    let square = |step: &&DrawnStep| Square { class: class(step), hint: hint(step) };
    let count = |state: &StepState| steps.iter().filter(|step| step.state == *state).count();
    let lines: BTreeSet<u64> = steps
        .iter()
        .filter(|step| step.state == StepState::Cached)
        .filter_map(|step| step.line)
        .collect();
    let mut parts = Vec::new();
    for (state, word) in
        [(StepState::Base, "base"), (StepState::Cached, "cached"), (StepState::Skipped, "skipped")]
    {
        match count(&state) {
            0 => {}
            1 if state == StepState::Base => parts.push(word.to_owned()),
            count => parts.push(format!("{count} {word}")),
        }
    }
    if !lines.is_empty() && lines.len() <= LINES {
        let word = if lines.len() == 1 { "line" } else { "lines" };
        let lines: Vec<String> = lines.iter().map(u64::to_string).collect();
        parts.push(format!("{word} {}", lines.join(" ")));
    }
    let squares = steps.iter().map(square).collect();
    (!steps.is_empty()).then(|| Line::Squares { squares, text: parts.join(", ") })
}

/// The class of a step without a bar.
pub(super) fn class(step: &DrawnStep) -> &'static str {
    match step.state {
        StepState::Base => "base",
        StepState::Cached | StepState::Shared => "cached",
        StepState::Executed => "ran",
        StepState::Failed | StepState::Canceled => "failed",
        _ => "skipped",
    }
}

fn named(step: &DrawnStep) -> String {
    match step.line {
        Some(line) => format!("{line}: {}", step.text),
        None => step.text.clone(),
    }
}

/// `line 8: RUN make, executed, 4.98 s, on the critical path`.
pub(super) fn hint(step: &DrawnStep) -> String {
    let line = step.line.map_or_else(String::new, |line| format!("line {line}: "));
    let state = state(step);
    let took = step.seconds.filter(|_| has_bar(step)).map(|seconds| format!(", {}", show(seconds)));
    let critical = if step.critical { ", on the critical path" } else { "" };
    format!("{line}{}{state}{}{critical}", step.text, took.unwrap_or_default())
}

fn state(step: &DrawnStep) -> String {
    let word = match step.state.as_str() {
        "" => return String::new(),
        _ if step.lane == StepLane::Builder => return String::new(),
        "executed" => "ran",
        other => other,
    };
    format!(", {}", dp_record::printable(word, 20))
}

fn show(seconds: f64) -> String {
    Scale::of(&SECONDS, [seconds].into_iter(), DIGITS).show(seconds)
}

/// `12 steps, 4 of them cached; the longest is line 8: RUN make, 4.98 s`.
fn description(build: &BuildPicture) -> String {
    let steps = || build.steps.iter().filter(|step| step.lane != StepLane::Builder);
    let cached = steps().filter(|step| step.state == StepState::Cached).count();
    let longest = steps()
        .filter(|step| has_bar(step))
        .max_by(|a, b| a.seconds.unwrap_or_default().total_cmp(&b.seconds.unwrap_or_default()));
    let longest =
        longest.map_or_else(String::new, |step| format!("; the longest is {}", hint(step)));
    format!("{} steps, {cached} of them cached{longest}", steps().count())
}

/// Every step with its times.
fn table(build: &BuildPicture) -> Table {
    let mut steps: Vec<&DrawnStep> = build.steps.iter().collect();
    steps.sort_by(|a, b| {
        let begin = |step: &DrawnStep| step.started.unwrap_or(f64::INFINITY);
        begin(a).total_cmp(&begin(b))
    });
    let row = |step: &&DrawnStep| {
        let stage = match &step.lane {
            StepLane::Stage(stage) => stage.clone().unwrap_or_default(),
            StepLane::Builder => "builder".to_owned(),
        };
        let line = step.line.map_or_else(String::new, |line| line.to_string());
        let began = step.started.map_or_else(String::new, show);
        let took = step.seconds.map_or_else(String::new, show);
        let became = state(step).trim_start_matches(", ").to_owned();
        let critical = if step.critical { "critical" } else { "" }.to_owned();
        vec![step.text.clone(), line, stage, became, began, took, critical]
    };
    let columns = ["step", "line*", "stage", "state", "began*", "took*", "path"];
    let rows = steps.iter().map(row).collect();
    Table::folded(&format!("steps of {}", build.label), &columns, rows)
}

#[cfg(test)]
mod tests {
    use dp_record::SeriesKey;

    use super::*;

    fn step(of: &str, line: u64, state: StepState, times: (f64, f64)) -> DrawnStep {
        DrawnStep {
            lane: StepLane::Stage(Some(of.to_owned())),
            line: Some(line),
            text: format!("RUN {line}"),
            state,
            started: Some(times.0),
            seconds: Some(times.1),
            critical: line == 4,
        }
    }

    fn build(steps: Vec<DrawnStep>) -> BuildPicture {
        let key = SeriesKey::new(kind::BUILD, &dp_record::Subject::default());
        let which = Which { round: Some(3), runs: 8 };
        BuildPicture { key, label: "build app".to_owned(), which, seconds: 9.0, steps }
    }

    fn drawn(build: BuildPicture) -> String {
        let blocks = blocks(&[build]);
        let Some(Block::Figure(figure)) = blocks.get(1) else { panic!("{blocks:?}") };
        figure.pictures.concat()
    }

    #[test]
    fn stages_are_lanes_in_the_order_in_which_they_began() {
        let text = drawn(build(vec![
            step("late", 9, StepState::Executed, (5.0, 3.0)),
            step("early", 3, StepState::Cached, (0.0, 0.0)),
            step("early", 4, StepState::Executed, (0.0, 5.0)),
        ]));
        let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word} in {text}"));
        assert!(at("stage early") < at("stage late"));
        assert!(text.contains("class=\"square cached\"") && text.contains("1 cached, line 3"));
        assert!(text.contains("class=\"bar critical\""), "{text}");
        assert!(text.contains("<title>line 9: RUN 9, ran, 3.00 s</title>"), "{text}");
        // A cached step has no bar.
        assert_eq!(text.matches("class=\"bar ").count(), 2);
    }

    #[test]
    fn of_very_many_steps_the_longest_are_drawn_and_the_rest_is_counted() {
        let steps = (0..100).map(|at| {
            step("s", at + 10, StepState::Executed, (at as f64, 1.0 + at as f64 / 100.0))
        });
        let text = drawn(build(steps.collect()));
        let bars = text.matches("class=\"bar ").count();
        assert!((BARS..=BARS + 1).contains(&bars), "{bars}");
        assert!(text.contains("shorter steps, in the table"), "{text}");
    }

    #[test]
    fn the_drawn_run_is_named() {
        let named = which(Which { round: Some(3), runs: 8 }, "time");
        assert_eq!(named, "round 3, of 8 runs the one whose time is nearest to the median");
        assert_eq!(which(Which { round: None, runs: 1 }, "time"), "the only run");
    }
}
