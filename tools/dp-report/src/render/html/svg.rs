//! Pictures that read well at any width: places across are percents of it, places down and
//! text are CSS pixels. Nothing is scaled, so text on a phone is as large as elsewhere.

use crate::render::html::axis::Axis;
use crate::render::screen::{shorten, width};
use crate::render::values::escaped;
use crate::scale::UnitName;

/// Columns of a text beside which nothing stands, on a phone: some 350 pixels.
pub(super) const PHONE_COLUMNS: usize = 46;
/// The same on a wide screen.
pub(super) const WIDE_COLUMNS: usize = 110;
/// Height of a line of text.
pub(super) const TEXT_HEIGHT: f64 = 16.0;
/// Height of the numbers below a picture.
pub(super) const AXIS_HEIGHT: f64 = 20.0;

/// On which side of its place a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture in the making.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    body: String,
}

impl Canvas {
    /// A rectangle over a part of the width (percents) and the height (pixels); it says
    /// `hint` where the mouse is.
    pub(super) fn rect(
        &mut self,
        class: &str,
        (from, to): (f64, f64),
        (top, height): (f64, f64),
        hint: &str,
    ) {
        let (x, wide) = (percent(from), percent((to - from).max(0.0)));
        let (y, high) = (pixels(top), pixels(height));
        let shape = format!(
            "rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\""
        );
        self.shape("rect", &shape, hint);
    }

    /// A square, `at` pixels from the left.
    pub(super) fn square(&mut self, class: &str, (at, top): (f64, f64), size: f64, hint: &str) {
        let (x, y, size) = (pixels(at), pixels(top), pixels(size));
        let shape = format!(
            "rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\""
        );
        self.shape("rect", &shape, hint);
    }

    /// A dot.
    pub(super) fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64, hint: &str) {
        let (x, y, radius) = (percent(x), pixels(y), pixels(radius));
        let shape = format!("circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"");
        self.shape("circle", &shape, hint);
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let (x1, x2, y1, y2) = (percent(x1), percent(x2), pixels(y1), pixels(y2));
        let line =
            format!("<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>");
        self.body.push_str(&line);
    }

    /// A line through points within a band of the picture; closed to its bottom for an
    /// area. Its width does not change with that of the picture.
    pub(super) fn curve(
        &mut self,
        class: &str,
        points: &[(f64, f64)],
        (top, height): (f64, f64),
        is_area: bool,
    ) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        let ends = |x: f64| format!("{} {}", pixels(x), pixels(height));
        let all = points.iter().map(|(x, y)| format!("{} {}", pixels(*x), pixels(y - top)));
        let mut path: Vec<String> = all.collect();
        if is_area {
            path.insert(0, ends(first.0));
            path.push(ends(last.0));
        }
        let (y, high, path) = (pixels(top), pixels(height), path.join(" "));
        let shape = if is_area { "polygon" } else { "polyline" };
        let curve = format!(
            "<svg x=\"0\" y=\"{y}\" width=\"100%\" height=\"{high}\" viewBox=\"0 0 100 {high}\" \
             preserveAspectRatio=\"none\"><{shape} class=\"{class}\" points=\"{path}\"/></svg>"
        );
        self.body.push_str(&curve);
    }

    /// A text at a place.
    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        self.text_at(class, (&percent(x), y), anchor, text);
    }

    /// A text, `at` pixels from the left.
    pub(super) fn text_behind(&mut self, class: &str, (at, y): (f64, f64), text: &str) {
        self.text_at(class, (&pixels(at), y), Anchor::Start, text);
    }

    fn text_at(&mut self, class: &str, (x, y): (&str, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let (y, text) = (pixels(y), escaped(text));
        let text = format!("<text{class} x=\"{x}\" y=\"{y}\"{anchor}>{text}</text>");
        self.body.push_str(&text);
    }

    /// A text that is shortened to `columns`: how many there are on a phone, and on a
    /// wide screen.
    pub(super) fn fitted(
        &mut self,
        class: &str,
        place: (f64, f64),
        anchor: Anchor,
        (text, columns): (&str, (usize, usize)),
    ) {
        let (phone, wide) = (shorten(text, columns.0), shorten(text, columns.1));
        if phone == wide {
            return self.text(class, place, anchor, &wide);
        }
        self.text(format!("{class} wide").trim_start(), place, anchor, &wide);
        self.text(format!("{class} phone").trim_start(), place, anchor, &phone);
    }

    /// A name at the left and figures at the right, on one line.
    pub(super) fn heading(&mut self, y: f64, name: &str, figures: (&str, &str)) {
        let (text, class) = figures;
        let room = |columns: usize| columns.saturating_sub(width(text) + 2).max(8);
        let columns = (room(PHONE_COLUMNS), room(WIDE_COLUMNS));
        self.fitted("name", (0.0, y), Anchor::Start, (name, columns));
        self.text(class, (100.0, y), Anchor::End, text);
    }

    /// The numbers of an axis below, with lines up to `top`.
    pub(super) fn axis(&mut self, axis: &Axis, unit: &UnitName, (top, bottom): (f64, f64)) {
        let ticks = axis.ticks(unit);
        let last = ticks.len().saturating_sub(1);
        let widths: Vec<usize> = ticks.iter().map(|(_, text)| width(text)).collect();
        let (phone, wide) = (every(&widths, PHONE_COLUMNS), every(&widths, WIDE_COLUMNS));
        for (at, (value, text)) in ticks.iter().enumerate() {
            let x = axis.place(*value);
            let class = match (is_shown(at, last, phone), is_shown(at, last, wide)) {
                (true, _) => "tick",
                (false, true) => "tick wide",
                (false, false) => continue,
            };
            let anchor = match at {
                0 => Anchor::Start,
                at if at == last => Anchor::End,
                _ => Anchor::Middle,
            };
            self.line("grid", (x, top), (x, bottom));
            self.text(class, (x, bottom + 14.0), anchor, text);
        }
    }

    fn shape(&mut self, name: &str, shape: &str, hint: &str) {
        let shape = match hint {
            "" => format!("<{shape}/>"),
            hint => format!("<{shape}><title>{}</title></{name}>", escaped(hint)),
        };
        self.body.push_str(&shape);
    }

    /// The picture, with what it is and what it shows for those who do not see it.
    pub(super) fn finish(self, title: &str, description: &str, height: f64) -> String {
        let (title, description) = (escaped(title), escaped(description));
        let (height, body) = (pixels(height), self.body);
        format!(
            "<svg role=\"img\" aria-label=\"{title}\" width=\"100%\" height=\"{height}\">\
             <title>{title}</title><desc>{description}</desc>{body}</svg>"
        )
    }
}

/// Every how many numbers of an axis are shown, so that they do not touch each other.
fn every(widths: &[usize], columns: usize) -> usize {
    const GAP: usize = 2;
    let last = widths.len().saturating_sub(1);
    let fits = |every: &usize| {
        let shown = widths.iter().enumerate().filter(|(at, _)| is_shown(*at, last, *every));
        shown.map(|(_, width)| width + GAP).sum::<usize>() <= columns
    };
    (1..=last.max(1)).find(fits).unwrap_or(last.max(1))
}

/// The first and the last are, and between them every so many.
fn is_shown(at: usize, last: usize, every: usize) -> bool {
    at == 0 || at == last || at.is_multiple_of(every) && last - at >= every
}

fn percent(x: f64) -> String {
    format!("{}%", pixels(x))
}

/// At most two digits behind the point.
fn pixels(y: f64) -> String {
    format!("{}", (y * 100.0).round() / 100.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_across_are_percents_and_text_is_no_markup() {
        let mut canvas = Canvas::default();
        canvas.rect("bar", (10.0, 30.5), (2.0, 8.0), "<b>");
        canvas.line("grid", (0.0, 0.0), (100.0, -0.0));
        canvas.text("", (50.0, 12.345), Anchor::Middle, "a & b");
        let drawn = canvas.finish("x > y", "it's", 40.0);
        assert_eq!(
            drawn,
            "<svg role=\"img\" aria-label=\"x &gt; y\" width=\"100%\" height=\"40\">\
             <title>x &gt; y</title><desc>it&#39;s</desc>\
             <rect class=\"bar\" x=\"10%\" y=\"2\" width=\"20.5%\" height=\"8\"><title>&lt;b&gt;</title></rect>\
             <line class=\"grid\" x1=\"0%\" y1=\"0\" x2=\"100%\" y2=\"0\"/>\
             <text x=\"50%\" y=\"12.35\" text-anchor=\"middle\">a &amp; b</text></svg>"
        );
    }

    #[test]
    fn a_long_text_is_there_for_a_phone_and_for_a_wide_screen() {
        let mut canvas = Canvas::default();
        canvas.fitted("name", (0.0, 9.0), Anchor::Start, ("abcdefghij", (5, 20)));
        canvas.fitted("name", (0.0, 9.0), Anchor::Start, ("abc", (5, 20)));
        assert_eq!(
            canvas.body,
            "<text class=\"name wide\" x=\"0%\" y=\"9\">abcdefghij</text>\
             <text class=\"name phone\" x=\"0%\" y=\"9\">ab…ij</text>\
             <text class=\"name\" x=\"0%\" y=\"9\">abc</text>"
        );
    }

    #[test]
    fn numbers_of_an_axis_do_not_touch_each_other_however_long_they_are() {
        assert_eq!(every(&[5; 6], 46), 1);
        assert_eq!(every(&[12; 6], 46), 2);
        assert_eq!(every(&[30; 6], 46), 5);
        let shown =
            |last, every| (0..=last).filter(|at| is_shown(*at, last, every)).collect::<Vec<_>>();
        assert_eq!(shown(5, 2), [0, 2, 5]);
        assert_eq!(shown(5, 5), [0, 5]);
        assert_eq!(shown(4, 2), [0, 2, 4]);
    }

    #[test]
    fn an_area_is_closed_at_the_bottom_of_its_band() {
        let mut canvas = Canvas::default();
        canvas.curve("area", &[(0.0, 12.0), (100.0, 17.0)], (10.0, 20.0), true);
        assert!(canvas.body.contains("points=\"0 20 0 2 100 7 100 20\""), "{}", canvas.body);
    }
}
