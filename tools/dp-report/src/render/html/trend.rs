//! A figure over time: a point each, in order, with the level that it belongs to. It draws
//! runs in the order in which they were made, where drift is seen, and whatever else has
//! points in an order.

use crate::render::html::axis::Axis;
use crate::render::html::svg::{Anchor, Canvas, TEXT_HEIGHT};
use crate::scale::{Scale, UnitName};

/// Height of the plot.
const PLOT: f64 = 84.0;
/// Points that are drawn: of more only some are.
const POINTS: usize = 400;
/// Digits of a figure.
const DIGITS: usize = 3;

/// One point.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    /// Which one it is: `run 3`, a commit.
    pub(super) label: String,
    pub(super) median: f64,
    /// The interval of the median, where there is one.
    pub(super) interval: Option<(f64, f64)>,
    /// The level at which it is; points behind each other with the same one are of one
    /// level.
    pub(super) level: Option<f64>,
}

/// The picture under this title; none for fewer than two points.
pub(super) fn trend(title: &str, unit: &UnitName, points: &[Point]) -> Option<String> {
    let (first, last) = (points.first()?, points.last()?);
    if points.len() < 2 {
        return None;
    }
    let ends = |point: &Point| {
        let (low, high) = point.interval.unwrap_or((point.median, point.median));
        [low, high, point.level.unwrap_or(point.median)]
    };
    let axis = Axis::around(points.iter().flat_map(ends));
    let scale = Scale::of(unit, points.iter().map(|point| point.median), DIGITS);
    let plot = Plot { axis, scale, count: points.len() };
    let mut canvas = Canvas::default();
    let middle = points.last().and_then(|point| point.level);
    let figures = middle.map_or_else(String::new, |level| plot.scale.show(level));
    canvas.heading(12.0, title, (&figures, "level-name"));
    plot.grid(&mut canvas, unit);
    plot.levels(&mut canvas, points);
    plot.points(&mut canvas, points);
    canvas.text("tick", (0.0, BOTTOM + 14.0), Anchor::Start, &first.label);
    canvas.text("tick", (100.0, BOTTOM + 14.0), Anchor::End, &last.label);
    Some(canvas.finish(title, &plot.description(points), BOTTOM + 20.0))
}

/// Where the plot begins and ends.
const TOP: f64 = TEXT_HEIGHT + 14.0;
const BOTTOM: f64 = TOP + PLOT;

struct Plot {
    axis: Axis,
    scale: Scale,
    count: usize,
}

impl Plot {
    fn x(&self, at: usize) -> f64 {
        (at as f64 + 0.5) / self.count as f64 * 100.0
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - self.axis.place(value) / 100.0 * PLOT
    }

    /// Lines at the ends of the axis and in its middle, each with its number above.
    fn grid(&self, canvas: &mut Canvas, unit: &UnitName) {
        let ticks = self.axis.ticks(unit);
        let last = ticks.len().saturating_sub(1);
        for (at, (value, text)) in ticks.iter().enumerate() {
            let y = self.y(*value);
            canvas.line("grid", (0.0, y), (100.0, y));
            if at == 0 || at == last {
                canvas.text("tick", (0.0, y - 3.0), Anchor::Start, text);
            }
        }
    }

    /// A line along each level, and a mark where one ends and another begins.
    fn levels(&self, canvas: &mut Canvas, points: &[Point]) {
        let mut begin = 0;
        for at in 1..=points.len() {
            let level = points[begin].level;
            if at < points.len() && points[at].level == level {
                continue;
            }
            let left = begin as f64 / self.count as f64 * 100.0;
            let right = at as f64 / self.count as f64 * 100.0;
            if let Some(level) = level {
                canvas.line("level", (left, self.y(level)), (right, self.y(level)));
            }
            let follows = points.get(at).and_then(|point| point.level);
            if level.is_some() && follows.is_some() {
                canvas.line("change", (right, TOP), (right, BOTTOM));
            }
            begin = at;
        }
    }

    fn points(&self, canvas: &mut Canvas, points: &[Point]) {
        let every = points.len().div_ceil(POINTS).max(1);
        let shown: Vec<(usize, &Point)> = points.iter().enumerate().step_by(every).collect();
        let places: Vec<(f64, f64)> =
            shown.iter().map(|(at, point)| (self.x(*at), self.y(point.median))).collect();
        canvas.curve("curve", &places, (TOP, PLOT), false);
        for (at, point) in shown {
            let x = self.x(at);
            if let Some((low, high)) = point.interval {
                canvas.line("whisker", (x, self.y(low)), (x, self.y(high)));
            }
            let hint = format!("{}: {}", point.label, self.scale.show(point.median));
            canvas.dot("dot run", (x, self.y(point.median)), 3.0, &hint);
        }
    }

    /// `8 points from run 1 to run 8, 2.01 to 2.08 s; level 2.04 s`.
    fn description(&self, points: &[Point]) -> String {
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
        let levels = match levels.as_slice() {
            [] => String::new(),
            [one] => format!("; level {one}"),
            several => format!("; levels {}", several.join(", then ")),
        };
        let ends = [points.first(), points.last()].map(|point| point.map_or("", |one| &one.label));
        format!("{} points from {} to {}, {range}{levels}", points.len(), ends[0], ends[1])
    }
}

#[cfg(test)]
mod tests {
    use dp_record::Unit;

    use super::*;

    fn point(at: usize, median: f64, level: Option<f64>) -> Point {
        let interval = Some((median - 0.5, median + 0.5));
        Point { label: format!("commit {at}"), median, interval, level }
    }

    fn drawn(points: &[Point]) -> Option<String> {
        trend("wall_seconds of app", &UnitName::Known(Unit::Seconds), points)
    }

    #[test]
    fn each_level_has_a_line_and_each_change_a_mark() {
        let levels = [2.0, 2.0, 2.0, 5.0, 5.0];
        let points: Vec<Point> =
            levels.iter().enumerate().map(|(at, level)| point(at, *level, Some(*level))).collect();
        let text = drawn(&points).unwrap();
        let count = |word: &str| text.matches(&format!("class=\"{word}\"")).count();
        assert_eq!((count("level"), count("change"), count("whisker")), (2, 1, 5));
        // The change is behind the third of five points.
        assert!(text.contains("<line class=\"change\" x1=\"60%\""), "{text}");
        assert!(text.contains("levels 2.00 s, then 5.00 s"), "{text}");
        assert!(text.contains("5 points from commit 0 to commit 4, 2.00 to 5.00 s"), "{text}");
    }

    #[test]
    fn points_stand_in_their_order_and_higher_values_higher() {
        let text = drawn(&[point(0, 1.0, None), point(1, 9.0, None)]).unwrap();
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
        assert_eq!(drawn(&[point(0, 1.0, None)]), None);
        assert_eq!(drawn(&[]), None);
    }

    #[test]
    fn of_very_many_points_some_are_drawn() {
        let points: Vec<Point> = (0..5000).map(|at| point(at, 1.0, Some(1.0))).collect();
        let text = drawn(&points).unwrap();
        assert!(text.matches("<circle").count() <= POINTS);
    }
}
