//! What starts consist of: a bar a phase, each where the one before it ended.

use crate::explain::usage::{Part, Usage};
use crate::render::html::axis::Axis;
use crate::render::html::bars::{Bar, Bars, Lane, Line};
use crate::render::html::page::{Block, Figure, Table};
use crate::scale::{Scale, UnitName};

/// Digits of a time.
const DIGITS: usize = 3;
/// Starts of one picture: more have one each of so many.
const MOST: usize = 12;

/// The phases of all starts on one axis, and as tables.
pub(super) fn blocks(starts: &[Usage]) -> Vec<Block> {
    if starts.is_empty() {
        return Vec::new();
    }
    let longest = starts.iter().map(total).fold(0.0, f64::max);
    let pictures = starts.chunks(MOST).map(|starts| picture(starts, longest));
    let figure = Figure {
        caption: "phases of the starts".to_owned(),
        note: "medians of the runs; a phase begins where the one before it ended".to_owned(),
        pictures: pictures.collect(),
        ..Figure::default()
    };
    let columns = ["phase", "begins*", "takes*", "share*", "runs*"];
    let tables = starts.iter().map(|start| {
        let label = format!("phases of {}", start.label);
        Block::Table(Table::folded(&label, &columns, rows(start)))
    });
    [Block::heading("phases"), Block::Figure(figure)].into_iter().chain(tables).collect()
}

fn total(start: &Usage) -> f64 {
    start.parts.iter().map(|part| part.amount).sum()
}

/// Each phase with its begin.
fn begins(start: &Usage) -> impl Iterator<Item = (f64, &Part)> {
    start.parts.iter().scan(0.0, |before, part| {
        let begin = *before;
        *before += part.amount;
        Some((begin, part))
    })
}

fn picture(starts: &[Usage], longest: f64) -> String {
    let scale = |start: &Usage| {
        Scale::of(&UnitName::Known(start.unit), start.parts.iter().map(|part| part.amount), DIGITS)
    };
    let bar = |(start, begin, part): (&Usage, f64, &Part)| {
        let amount = scale(start).show(part.amount);
        Line::Bar(Bar {
            class: class(&part.text),
            from: begin,
            to: begin + part.amount,
            name: part.text.clone(),
            hint: format!("{}: {amount}", part.text),
            amount,
        })
    };
    let lane = |start: &Usage| Lane {
        name: start.label.clone(),
        rows: begins(start).map(|(begin, part)| bar((start, begin, part))).collect(),
    };
    let lanes: Vec<Lane> = starts.iter().map(lane).collect();
    let described: Vec<String> = starts
        .iter()
        .map(|start| {
            let parts = start.parts.iter();
            let parts: Vec<String> = parts
                .map(|part| format!("{} {}", part.text, scale(start).show(part.amount)))
                .collect();
            format!("{}: {}", start.label, parts.join(", "))
        })
        .collect();
    let unit = starts.first().map_or(dp_record::Unit::Seconds, |start| start.unit);
    let bars = Bars {
        title: "phases of the starts",
        description: &described.join("; "),
        lanes: &lanes,
        axis: Axis::from_zero(longest),
        unit: &UnitName::Known(unit),
    };
    bars.drawn()
}

/// What users wait for stands out.
fn class(phase: &str) -> &'static str {
    match phase {
        "start" | "until ready" | "until exit" => "critical",
        _ => "ran",
    }
}

fn rows(start: &Usage) -> Vec<Vec<String>> {
    let amounts = start.parts.iter().map(|part| part.amount);
    let scale = Scale::of(&UnitName::Known(start.unit), amounts, DIGITS);
    let row = |(begin, part): (f64, &Part)| {
        let share = crate::scale::percent(part.amount / total(start));
        vec![
            part.text.clone(),
            scale.show(begin),
            scale.show(part.amount),
            share,
            part.runs.to_string(),
        ]
    };
    begins(start).map(row).collect()
}

#[cfg(test)]
mod tests {
    use dp_record::Unit;

    use super::*;

    #[test]
    fn each_phase_begins_where_the_one_before_it_ended() {
        let part =
            |text: &str, amount: f64| Part { line: None, text: text.to_owned(), amount, runs: 10 };
        let start = Usage {
            label: "start app".to_owned(),
            unit: Unit::Seconds,
            runs: 10,
            parts: vec![part("create", 1.0), part("start", 2.0), part("until ready", 1.0)],
            others: 0,
        };
        let text = picture(&[start], 4.0);
        let rects: Vec<&str> = text.split("<rect ").skip(1).collect();
        for (rect, (from, to)) in rects.iter().zip([(0, 25), (25, 50), (75, 25)]) {
            let expected = [format!("x=\"{from}%\""), format!("width=\"{to}%\"")];
            assert!(expected.iter().all(|one| rect.contains(one)), "{rect}");
        }
        assert_eq!(rects.len(), 3);
    }
}
