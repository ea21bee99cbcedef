//! What the build cache saves: the scenarios of each Dockerfile as bars, each with its
//! steps as squares, so that it is seen from where on they ran.

use dp_record::{SeriesKey, Unit, kind};

use crate::explain::cache::Scenario;
use crate::explain::pictures::BuildPicture;
use crate::input::drawn::{DrawnStep, Lane as StepLane};
use crate::input::label;
use crate::render::html::axis::Axis;
use crate::render::html::bars::{Bar, Bars, Lane, Line, Square};
use crate::render::html::page::{Block, Figure, Key};
use crate::render::html::timeline;
use crate::scale::{Scale, UnitName, percent};

const SECONDS: UnitName = UnitName::Known(Unit::Seconds);

/// Digits of a time.
const DIGITS: usize = 3;

/// The scenarios of all subjects on one axis.
pub(super) fn blocks(scenarios: &[Scenario], builds: &[BuildPicture]) -> Vec<Block> {
    if scenarios.is_empty() {
        return Vec::new();
    }
    let longest = scenarios.iter().map(|one| one.seconds).fold(0.0, f64::max);
    let lanes = lanes(scenarios, builds);
    let description: Vec<String> = scenarios.iter().map(described).collect();
    let bars = Bars {
        title: "what the build cache saves",
        description: &description.join("; "),
        lanes: &lanes,
        axis: Axis::from_zero(longest),
        unit: &SECONDS,
    };
    let keys = [
        ("bar critical", "time without a cache"),
        ("bar ran", "time with it"),
        ("square cached", "a step from the cache"),
        ("square ran", "a step that ran"),
        ("square base", "base image"),
    ];
    let has_steps =
        lanes.iter().flat_map(|lane| &lane.rows).any(|row| matches!(row, Line::Squares { .. }));
    let shown = if has_steps { keys.len() } else { 2 };
    let figure = Figure {
        caption: "scenarios of the build cache".to_owned(),
        note: "medians of the runs".to_owned(),
        legend: keys.map(Key::new)[..shown].to_vec(),
        pictures: vec![bars.drawn()],
        ..Figure::default()
    };
    vec![Block::Figure(figure)]
}

/// A lane for each subject, in the order in which they come.
fn lanes(scenarios: &[Scenario], builds: &[BuildPicture]) -> Vec<Lane> {
    let mut subjects: Vec<SeriesKey> = Vec::new();
    for one in scenarios {
        let subject = subject(&one.key);
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let lane = |of: &SeriesKey| {
        let own = scenarios.iter().filter(|one| subject(&one.key) == *of);
        let rows = own.flat_map(|one| {
            let drawn = builds.iter().find(|build| build.key == one.key);
            [Some(bar(one)), drawn.and_then(|build| squares(&build.steps))]
        });
        Lane { name: label::subject(of), rows: rows.flatten().collect() }
    };
    subjects.iter().map(lane).collect()
}

/// What is measured, without the scenario.
fn subject(key: &SeriesKey) -> SeriesKey {
    SeriesKey { kind: kind::CACHE.to_owned(), scenario: None, ..key.clone() }
}

fn bar(one: &Scenario) -> Line {
    let amount = show(one.seconds);
    let saved = one.saved_ratio.map_or_else(String::new, |saved| match saved {
        saved if saved >= 0.0 => format!(", saves {}", percent(saved)),
        saved => format!(", {} slower", percent(-saved)),
    });
    Line::Bar(Bar {
        class: if one.saved_ratio.is_none() { "critical" } else { "ran" },
        from: 0.0,
        to: one.seconds,
        name: name(one),
        amount: format!("{amount}{saved}"),
        hint: described(one),
    })
}

/// `code (edit main.c)`.
fn name(one: &Scenario) -> String {
    let change = one.change.as_deref().map_or_else(String::new, |change| format!(" ({change})"));
    format!("{}{change}", dp_record::printable(&one.name, 60))
}

/// `app, code (edit main.c): 1.20 s, saves 78.0 %, the cache was lost at line 7 (src)`.
fn described(one: &Scenario) -> String {
    let saved =
        one.saved_ratio.map_or_else(String::new, |saved| format!(", saves {}", percent(saved)));
    let lost = one.lost.iter().filter_map(|lost| lost.line.map(|line| format!("line {line}")));
    let lost: Vec<String> = lost.collect();
    let lost = match lost.as_slice() {
        [] => String::new(),
        lost => format!(", the cache was lost at {}", lost.join(" and ")),
    };
    let subject = label::subject(&subject(&one.key));
    format!("{subject}, {}: {}{saved}{lost}", name(one), show(one.seconds))
}

/// The steps in the order of the Dockerfile.
fn squares(steps: &[DrawnStep]) -> Option<Line> {
    let mut steps: Vec<&DrawnStep> =
        steps.iter().filter(|step| step.lane != StepLane::Builder).collect();
    steps.sort_by_key(|step| step.line.unwrap_or(u64::MAX));
    let square =
        |step: &&DrawnStep| Square { class: timeline::class(step), hint: timeline::hint(step) };
    let ran = steps.iter().filter(|step| timeline::class(step) == "ran");
    let ran: Vec<String> = ran.filter_map(|step| step.line.map(|line| line.to_string())).collect();
    let text = match ran.as_slice() {
        [] => String::new(),
        [line] => format!("line {line} ran"),
        [first, ..] => format!("{} ran, from line {first} on", ran.len()),
    };
    let squares: Vec<Square> = steps.iter().map(square).collect();
    (!squares.is_empty()).then_some(Line::Squares { squares, text })
}

fn show(seconds: f64) -> String {
    Scale::of(&SECONDS, [seconds].into_iter(), DIGITS).show(seconds)
}

#[cfg(test)]
mod tests {
    use dp_record::Subject;

    use super::*;
    use crate::input::steps::Lost;

    fn scenario(subject: &str, name: &str, seconds: f64, saved_ratio: Option<f64>) -> Scenario {
        let subject = Subject {
            name: subject.to_owned(),
            scenario: Some(name.to_owned()),
            ..Subject::default()
        };
        Scenario {
            name: name.to_owned(),
            change: None,
            key: SeriesKey::new(kind::CACHE, &subject),
            seconds,
            hit_ratio: None,
            saved_ratio,
            lost: vec![Lost { line: Some(7), what: None }],
            transfer: None,
            pays_after: None,
        }
    }

    #[test]
    fn scenarios_stand_under_their_dockerfile() {
        // As the report has them: by scenario, then by subject.
        let all = [
            scenario("one", "cold", 10.0, None),
            scenario("two", "cold", 8.0, None),
            scenario("one", "code", 5.0, Some(0.5)),
            scenario("two", "code", 9.0, Some(-0.125)),
        ];
        let Some(Block::Figure(figure)) = blocks(&all, &[]).pop() else { panic!() };
        let text = figure.pictures.concat();
        let at = |word: &str| text.rfind(word).unwrap_or_else(|| panic!("{word} in {text}"));
        let order = [">one<", "5.00 s, saves 50.0 %<", ">two<", "9.00 s, 12.5 % slower<"].map(at);
        assert!(order.is_sorted(), "{order:?} {text}");
        assert!(text.contains("the cache was lost at line 7"), "{text}");
        assert!(blocks(&[], &[]).is_empty());
    }
}
