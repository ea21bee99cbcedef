//! One change as a picture: its interval beside nothing and beside the floor.

use crate::input::measure::Measure;
use crate::judge::compare::Comparison;
use crate::render::html::axis::Axis;
use crate::render::html::svg::Canvas;
use crate::report::words;

/// Height of the picture.
const HEIGHT: f64 = 22.0;

/// The interval as a bar, the estimate as a mark, what is too small to matter as a band
/// around 0; none where there is no interval.
pub(super) fn picture(measure: &Measure, comparison: &Comparison, tone: &str) -> Option<String> {
    let change = comparison.change.as_ref()?;
    let (low, high) = change.interval.filter(|(low, high)| low < high)?;
    let floor = change.floor;
    // A fifth more on both sides, so that nothing ends at the edge.
    let ends = [low, high, floor, -floor, 0.0];
    let axis = Axis::around(ends.iter().flat_map(|end| [*end, end * 1.2]));
    let mut canvas = Canvas::default();
    let place = |value: f64| axis.place(value);
    canvas.rect("floor", (place(-floor), place(floor)), (0.0, HEIGHT), "too small to matter");
    canvas.line("zero", (place(0.0), 0.0), (place(0.0), HEIGHT));
    let text = words::change(measure, comparison)?;
    let (from, to) = (place(low), place(high).max(place(low) + 0.5));
    canvas.rect(&format!("interval {tone}"), (from, to), (HEIGHT / 2.0 - 4.0, 8.0), &text);
    canvas.dot(&format!("estimate {tone}"), (place(change.estimate), HEIGHT / 2.0), 5.0, &text);
    let title = dp_record::printable(&format!("change of {}", measure.name), 100);
    Some(canvas.finish(&title, &text, HEIGHT))
}
