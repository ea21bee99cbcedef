//! Bars along an axis that begins at 0, in lanes: steps of a build, phases of a start,
//! scenarios of a cache.

use crate::render::html::axis::Axis;
use crate::render::html::svg::{
    AXIS_HEIGHT, Anchor, Canvas, PHONE_COLUMNS, TEXT_HEIGHT, WIDE_COLUMNS,
};
use crate::render::screen::{shorten, width};
use crate::scale::UnitName;

/// Height of a bar.
const BAR: f64 = 10.0;
/// Height of a row, with its name above and a gap below.
const ROW: f64 = TEXT_HEIGHT + BAR + 6.0;
/// Height of the name of a lane.
const LANE: f64 = 24.0;
/// Height of a row of squares, with a gap below.
const SQUARES: f64 = 22.0;
/// Size of a square, and from one to the next.
const SQUARE: f64 = 10.0;
const NEXT_SQUARE: f64 = 14.0;
/// Squares of a row: more would not fit on a phone.
const MOST_SQUARES: usize = 16;

/// Bars that belong together.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// What they are called; empty where there is only one lane.
    pub(super) name: String,
    pub(super) rows: Vec<Line>,
}

/// What stands on one line of a lane.
#[derive(Debug)]
pub(super) enum Line {
    Bar(Bar),
    /// Small things that have no length, with what they are.
    Squares {
        squares: Vec<Square>,
        text: String,
    },
}

/// One bar.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) class: &'static str,
    /// Where it begins and ends, in the unit of the axis.
    pub(super) from: f64,
    pub(super) to: f64,
    /// What it is, shortened to what fits.
    pub(super) name: String,
    /// How much, always shown whole.
    pub(super) amount: String,
    /// All of it, where the mouse is.
    pub(super) hint: String,
}

/// One of several small things.
#[derive(Debug)]
pub(super) struct Square {
    pub(super) class: &'static str,
    pub(super) hint: String,
}

/// A picture of bars.
pub(super) struct Bars<'a> {
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    pub(super) lanes: &'a [Lane],
    pub(super) axis: Axis,
    pub(super) unit: &'a UnitName,
}

impl Bars<'_> {
    /// The picture.
    pub(super) fn drawn(&self) -> String {
        let mut canvas = Canvas::default();
        let height: f64 = self.lanes.iter().map(height).sum();
        canvas.axis(&self.axis, self.unit, (0.0, height));
        let mut top = 0.0;
        for lane in self.lanes {
            self.lane(&mut canvas, lane, top);
            top += self::height(lane);
        }
        canvas.finish(self.title, self.description, height + AXIS_HEIGHT)
    }

    fn lane(&self, canvas: &mut Canvas, lane: &Lane, mut top: f64) {
        if !lane.name.is_empty() {
            let columns = (PHONE_COLUMNS, WIDE_COLUMNS);
            canvas.fitted("lane", (0.0, top + 16.0), Anchor::Start, (&lane.name, columns));
            top += LANE;
        }
        for row in &lane.rows {
            match row {
                Line::Bar(bar) => self.bar(canvas, bar, top),
                Line::Squares { squares, text } => draw_squares(canvas, squares, text, top),
            }
            top += self::row(row);
        }
    }

    /// The name stands above the bar, where it begins, or ends where the bar ends if there
    /// is more room at that side.
    fn bar(&self, canvas: &mut Canvas, bar: &Bar, top: f64) {
        let (from, to) = (self.axis.place(bar.from), self.axis.place(bar.to));
        let at_end = from > 100.0 - to && from > 40.0;
        let (at, anchor, room) =
            if at_end { (to, Anchor::End, to) } else { (from, Anchor::Start, 100.0 - from) };
        let amount = width(&bar.amount) + 1;
        let columns = |all: usize| columns(all, room).saturating_sub(amount).max(4);
        let (phone, wide) = (columns(PHONE_COLUMNS), columns(WIDE_COLUMNS));
        let named = |columns: usize| format!("{} {}", shorten(&bar.name, columns), bar.amount);
        let y = top + 12.0;
        let (phone, wide) = (named(phone), named(wide));
        if phone == wide {
            canvas.text("", (at, y), anchor, &wide);
        } else {
            canvas.text("wide", (at, y), anchor, &wide);
            canvas.text("phone", (at, y), anchor, &phone);
        }
        // What takes no time is seen all the same.
        let to = to.max(from + 0.3).min(100.0);
        let class = format!("bar {}", bar.class);
        canvas.rect(&class, (from.min(99.7), to), (top + TEXT_HEIGHT, BAR), &bar.hint);
    }
}

/// How many of all columns are in this share (in percents) of the width.
fn columns(all: usize, share: f64) -> usize {
    let columns = all as f64 * share / 100.0;
    (0..=all).rfind(|count| *count as f64 <= columns).unwrap_or(0)
}

fn draw_squares(canvas: &mut Canvas, squares: &[Square], text: &str, top: f64) {
    let mut at = 1.0;
    for square in squares.iter().take(MOST_SQUARES) {
        let class = format!("square {}", square.class);
        canvas.square(&class, (at, top + 4.0), SQUARE, &square.hint);
        at += NEXT_SQUARE;
    }
    canvas.text_behind("small", (at + 4.0, top + 13.0), text);
}

fn height(lane: &Lane) -> f64 {
    let name = if lane.name.is_empty() { 0.0 } else { LANE };
    name + lane.rows.iter().map(row).sum::<f64>() + 4.0
}

fn row(row: &Line) -> f64 {
    match row {
        Line::Bar(_) => ROW,
        Line::Squares { .. } => SQUARES,
    }
}

#[cfg(test)]
mod tests {
    use dp_record::Unit;

    use super::*;

    fn bar(from: f64, to: f64, name: &str) -> Line {
        let (amount, hint) = ("1 s".to_owned(), "hint".to_owned());
        Line::Bar(Bar { class: "ran", from, to, name: name.to_owned(), amount, hint })
    }

    fn drawn(rows: Vec<Line>) -> String {
        let lanes = [Lane { name: "lane".to_owned(), rows }];
        let (axis, unit) = (Axis::from_zero(10.0), &UnitName::Known(Unit::Seconds));
        Bars { title: "t", description: "d", lanes: &lanes, axis, unit }.drawn()
    }

    #[test]
    fn bars_lie_where_they_begin_and_end() {
        let text = drawn(vec![bar(0.0, 5.0, "one"), bar(5.0, 10.0, "two")]);
        let rects: Vec<&str> = text.split("<rect ").skip(1).collect();
        assert!(rects[0].contains("x=\"0%\"") && rects[0].contains("width=\"50%\""), "{text}");
        assert!(rects[1].contains("x=\"50%\"") && rects[1].contains("width=\"50%\""), "{text}");
    }

    #[test]
    fn a_bar_at_the_right_has_its_name_at_its_end_and_one_of_no_length_is_seen() {
        let text = drawn(vec![bar(10.0, 10.0, "late")]);
        assert!(text.contains("text-anchor=\"end\">late 1 s<"), "{text}");
        assert!(text.contains("x=\"99.7%\"") && text.contains("width=\"0.3%\""), "{text}");
    }

    #[test]
    fn a_name_never_needs_more_room_than_a_phone_has_on_its_side() {
        let long = "RUN ".to_owned() + &"x".repeat(200);
        for from in [0.0, 2.0, 4.4, 6.0, 9.0] {
            let text = drawn(vec![bar(from, from + 0.5, &long)]);
            let phone = text.split("class=\"phone\"").nth(1).unwrap();
            let shown = phone.split('>').nth(1).unwrap().split('<').next().unwrap();
            let room = if phone.contains("anchor=\"end\"") { from + 0.5 } else { 10.0 - from };
            let room = PHONE_COLUMNS as f64 * room / 10.0;
            assert!(width(shown) as f64 <= room + 1.0, "{from}: {shown} in {room}");
        }
    }

    #[test]
    fn of_many_squares_as_many_are_drawn_as_fit_a_phone() {
        let square = || Square { class: "cached", hint: "line 3".to_owned() };
        let squares = (0..40).map(|_| square()).collect();
        let text = drawn(vec![Line::Squares { squares, text: "40 cached".to_owned() }]);
        assert_eq!(text.matches("class=\"square cached\"").count(), MOST_SQUARES);
        assert!(text.contains("40 cached"));
    }
}
