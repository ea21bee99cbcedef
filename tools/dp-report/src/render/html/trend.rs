//! A figure over time: a point each, in order, with the level that it belongs to. It draws
//! runs in the order in which they were made, where drift is seen, and the days of a
//! history, with the places at which a level changed.

use crate::render::html::axis::Axis;
use crate::render::html::svg::{Anchor, Canvas, TEXT_HEIGHT};
use crate::render::screen::{shorten, width};
use crate::scale::{Scale, UnitName};

/// Height of the plot.
const PLOT: f64 = 84.0;
/// Points that are drawn: of more only some are.
const POINTS: usize = 400;
/// Digits of a figure.
const DIGITS: usize = 3;
/// Columns of text in the narrowest of these pictures, some 300 pixels.
const COLUMNS: usize = 38;
/// Columns between two texts.
const GAP: usize = 2;
/// Levels that a description names, the last ones.
const DESCRIBED: usize = 6;

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Course<'a> {
    pub(super) title: &'a str,
    /// How it is now, and the class of that.
    pub(super) now: (String, &'static str),
    pub(super) unit: &'a UnitName,
    pub(super) points: &'a [Point],
    /// Where its level changed.
    pub(super) changes: &'a [Mark],
    /// A level that others are measured against: from behind this point on.
    pub(super) good: Option<(usize, f64)>,
}

/// One point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    /// Which one it is: `run 3`, a day. Short, since it stands below the picture.
    pub(super) label: String,
    /// What more is known of it: `, batch b3, commit abc`.
    pub(super) more: String,
    pub(super) median: f64,
    /// The interval of the median, where there is one.
    pub(super) interval: Option<(f64, f64)>,
    /// The level at which it is; points behind each other with the same one are of one
    /// level.
    pub(super) level: Option<f64>,
    /// The class of its dot.
    pub(super) class: &'static str,
}

/// A change of the level.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    /// The first point behind it.
    pub(super) at: usize,
    /// By how much: `+20.0 %`.
    pub(super) text: String,
    /// The class of that.
    pub(super) class: &'static str,
    /// All about it.
    pub(super) hint: String,
}

/// The picture; none for fewer than two points.
pub(super) fn trend(course: &Course<'_>) -> Option<String> {
    let points = course.points;
    let (first, last) = (points.first()?, points.last()?);
    if points.len() < 2 {
        return None;
    }
    let ends = |point: &Point| {
        let (low, high) = point.interval.unwrap_or((point.median, point.median));
        [low, high, point.level.unwrap_or(point.median)]
    };
    let good = course.good.map(|(_, level)| level);
    let axis = Axis::around(points.iter().flat_map(ends).chain(good));
    let scale = Scale::of(course.unit, points.iter().map(|point| point.median), DIGITS);
    let changes_above = if course.changes.is_empty() { 0.0 } else { TEXT_HEIGHT };
    let top = TEXT_HEIGHT + 14.0 + changes_above;
    let plot = Plot { axis, scale, count: points.len(), top, bottom: top + PLOT };
    let mut canvas = Canvas::default();
    let (now, class) = &course.now;
    let room = COLUMNS.saturating_sub(width(now) + GAP).max(8);
    canvas.text("name", (0.0, 12.0), Anchor::Start, &shorten(course.title, room));
    canvas.text(class, (100.0, 12.0), Anchor::End, now);
    plot.grid(&mut canvas, course.unit);
    plot.changes(&mut canvas, course.changes);
    if let Some((behind, level)) = course.good {
        let (x, y) = (plot.edge(behind), plot.y(level));
        canvas.line("good-level", (x, y), (100.0, y));
    }
    plot.levels(&mut canvas, points);
    plot.points(&mut canvas, points);
    let below = plot.bottom + 27.0;
    canvas.text("tick", (0.0, below), Anchor::Start, &first.label);
    canvas.text("tick", (100.0, below), Anchor::End, &last.label);
    Some(canvas.finish(course.title, &plot.description(course), below + 6.0))
}

struct Plot {
    axis: Axis,
    scale: Scale,
    count: usize,
    /// Where it begins and ends.
    top: f64,
    bottom: f64,
}

impl Plot {
    fn x(&self, at: usize) -> f64 {
        (at as f64 + 0.5) / self.count as f64 * 100.0
    }

    /// Between a point and the one before it.
    fn edge(&self, at: usize) -> f64 {
        at as f64 / self.count as f64 * 100.0
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.axis.place(value) / 100.0 * PLOT
    }

    /// Lines along the axis; the numbers of its ends stand outside, away from all points.
    fn grid(&self, canvas: &mut Canvas, unit: &UnitName) {
        let ticks = self.axis.ticks(unit);
        let last = ticks.len().saturating_sub(1);
        for (at, (value, text)) in ticks.iter().enumerate() {
            let y = self.y(*value);
            canvas.line("grid", (0.0, y), (100.0, y));
            if at == 0 || at == last {
                let beside = if at == 0 { 12.0 } else { -3.0 };
                canvas.text("tick", (0.0, y + beside), Anchor::Start, text);
            }
        }
    }

    /// A mark where one level ends and another begins, with its size above where there is
    /// room: the newest one first.
    fn changes(&self, canvas: &mut Canvas, changes: &[Mark]) {
        let mut free = COLUMNS as f64;
        for change in changes.iter().rev() {
            let x = self.edge(change.at);
            canvas.line("change", (x, self.top), (x, self.bottom));
            // As wide as a finger finds it.
            let wide = (x - 1.0, x + 1.0);
            canvas.rect("touch", wide, (self.top, PLOT), &change.hint);
            let (place, columns) = (x / 100.0 * COLUMNS as f64, width(&change.text) as f64);
            let (anchor, begin) = match place {
                place if place < columns / 2.0 => (Anchor::Start, place),
                place if place + columns / 2.0 > COLUMNS as f64 => (Anchor::End, place - columns),
                place => (Anchor::Middle, place - columns / 2.0),
            };
            if begin + columns <= free {
                let class = format!("small {}", change.class);
                let place = (x, TEXT_HEIGHT + 11.0);
                canvas.text(class.trim_end(), place, anchor, &change.text);
                free = begin - GAP as f64;
            }
        }
    }

    /// A line along each level.
    fn levels(&self, canvas: &mut Canvas, points: &[Point]) {
        let mut begin = 0;
        for stretch in points.chunk_by(|one, next| one.level == next.level) {
            let end = begin + stretch.len();
            if let Some(level) = stretch.first().and_then(|point| point.level) {
                let y = self.y(level);
                canvas.line("level", (self.edge(begin), y), (self.edge(end), y));
            }
            begin = end;
        }
    }

    fn points(&self, canvas: &mut Canvas, points: &[Point]) {
        let every = points.len().div_ceil(POINTS).max(1);
        let shown: Vec<(usize, &Point)> = points.iter().enumerate().step_by(every).collect();
        let places: Vec<(f64, f64)> =
            shown.iter().map(|(at, point)| (self.x(*at), self.y(point.median))).collect();
        canvas.curve("curve", &places, (self.top, PLOT), false);
        for (at, point) in shown {
            let x = self.x(at);
            if let Some((low, high)) = point.interval {
                canvas.line("whisker", (x, self.y(low)), (x, self.y(high)));
            }
            let hint = format!("{}{}: {}", point.label, point.more, self.scale.show(point.median));
            let class = format!("dot {}", point.class);
            canvas.dot(&class, (x, self.y(point.median)), 3.0, &hint);
        }
    }

    /// `8 points from run 1 to run 8, 2.01 to 2.08 s; level 2.04 s`.
    fn description(&self, course: &Course<'_>) -> String {
        let points = course.points;
        let medians = || points.iter().map(|point| point.median);
        let (low, high) =
            (medians().fold(f64::INFINITY, f64::min), medians().fold(f64::NEG_INFINITY, f64::max));
        let range = self.scale.show_range(low, high).replace(" .. ", " to ");
        let mut levels: Vec<String> = Vec::new();
        for level in points.iter().filter_map(|point| point.level) {
            let level = self.scale.show(level);
            if levels.last() != Some(&level) {
                levels.push(level);
            }
        }
        let before = levels.len().saturating_sub(DESCRIBED);
        let earlier = if before > 0 { format!("{before} earlier, then ") } else { String::new() };
        let levels = match levels.as_slice() {
            [] => String::new(),
            [one] => format!("; level {one}"),
            several => format!("; levels {earlier}{}", several[before..].join(", then ")),
        };
        let last = course.changes.last();
        let last = last.map_or_else(String::new, |change| format!("; {}", change.hint));
        let ends = [points.first(), points.last()].map(|point| point.map_or("", |one| &one.label));
        let count = points.len();
        format!("{count} points from {} to {}, {range}{levels}{last}", ends[0], ends[1])
    }
}

#[cfg(test)]
mod tests {
    use dp_record::Unit;

    use super::*;

    fn point(at: usize, median: f64, level: Option<f64>) -> Point {
        let interval = Some((median - 0.5, median + 0.5));
        let label = format!("day {at}");
        let more = format!(", commit {at}");
        Point { label, more, median, interval, level, class: "run" }
    }

    fn drawn(points: &[Point], changes: &[Mark]) -> Option<String> {
        trend(&Course {
            title: "app",
            now: ("5.00 s".to_owned(), "bad"),
            unit: &UnitName::Known(Unit::Seconds),
            points,
            changes,
            good: None,
        })
    }

    fn mark(at: usize, text: &str) -> Mark {
        Mark { at, text: text.to_owned(), class: "bad", hint: format!("all about {text}") }
    }

    #[test]
    fn each_level_has_a_line_and_each_change_a_mark() {
        let levels = [2.0, 2.0, 2.0, 5.0, 5.0];
        let points: Vec<Point> =
            levels.iter().enumerate().map(|(at, level)| point(at, *level, Some(*level))).collect();
        let text = drawn(&points, &[mark(3, "+150 %")]).unwrap();
        let count = |word: &str| text.matches(&format!("class=\"{word}\"")).count();
        assert_eq!((count("level"), count("change"), count("whisker")), (2, 1, 5));
        // The change is behind the third of five points.
        assert!(text.contains("<line class=\"change\" x1=\"60%\""), "{text}");
        assert!(text.contains("<title>all about +150 %</title></rect>"), "{text}");
        assert!(text.contains(">+150 %</text>"), "{text}");
        assert!(text.contains("levels 2.00 s, then 5.00 s; all about +150 %"), "{text}");
        assert!(text.contains("5 points from day 0 to day 4, 2.00 to 5.00 s"), "{text}");
        assert!(text.contains("<title>day 4, commit 4: 5.00 s</title>"), "{text}");
    }

    #[test]
    fn sizes_of_changes_do_not_touch_each_other_and_stay_within_the_picture() {
        let points: Vec<Point> = (0..100).map(|at| point(at, 1.0, None)).collect();
        let changes: Vec<Mark> = (1..100).map(|at| mark(at, "+1,000,000 %")).collect();
        let text = drawn(&points, &changes).unwrap();
        let shown: Vec<f64> = text
            .split("<text class=\"small bad\" x=\"")
            .skip(1)
            .map(|rest| rest.split('%').next().unwrap().parse().unwrap())
            .collect();
        // 12 columns of 38, 2 between, and one at most to the left of its place.
        assert_eq!(shown.len(), 2, "{shown:?}");
        // The newest one ends at its place, since behind it is no room.
        assert!((shown[0] - 99.0).abs() < 0.1 && text.contains("text-anchor=\"end\">+1,"));
        assert_eq!(text.matches("class=\"change\"").count(), 99);
    }

    #[test]
    fn a_good_level_goes_on_behind_its_last_point() {
        let points: Vec<Point> = (0..4).map(|at| point(at, 3.0, Some(3.0))).collect();
        let title = "t";
        let now = (String::new(), "");
        let unit = &UnitName::Known(Unit::Seconds);
        let good = Some((1, 2.0));
        let course = Course { title, now, unit, points: &points, changes: &[], good };
        let text = trend(&course).unwrap();
        assert!(text.contains("<line class=\"good-level\" x1=\"25%\""), "{text}");
        assert!(text.contains("x2=\"100%\""), "{text}");
    }

    #[test]
    fn points_stand_in_their_order_and_higher_values_higher() {
        let text = drawn(&[point(0, 1.0, None), point(1, 9.0, None)], &[]).unwrap();
        let dots: Vec<&str> = text.split("<circle ").skip(1).collect();
        let number = |dot: &str, name: &str| -> f64 {
            let value = dot.split(&format!("{name}=\"")).nth(1).unwrap();
            value.split(['%', '"']).next().unwrap().parse().unwrap()
        };
        assert!(number(dots[0], "cx") < number(dots[1], "cx"));
        assert!(number(dots[0], "cy") > number(dots[1], "cy"));
        assert_eq!(text.matches("class=\"level\"").count(), 0);
    }

    #[test]
    fn one_point_is_no_trend() {
        assert_eq!(drawn(&[point(0, 1.0, None)], &[]), None);
        assert_eq!(drawn(&[], &[]), None);
    }

    #[test]
    fn of_very_many_points_some_are_drawn() {
        let points: Vec<Point> = (0..5000).map(|at| point(at, 1.0, Some(1.0))).collect();
        let text = drawn(&points, &[]).unwrap();
        assert!(text.matches("<circle").count() <= POINTS);
    }
}
