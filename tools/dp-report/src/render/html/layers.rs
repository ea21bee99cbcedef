//! Images layer by layer: one bar an image, dead bytes hatched, and which instruction
//! wrote them.

use dp_record::Unit;

use crate::explain::pictures::{ImagePicture, LayerPicture};
use crate::render::html::axis::Axis;
use crate::render::html::page::{Block, Figure, Key, Table};
use crate::render::html::svg::{AXIS_HEIGHT, Anchor, Canvas, TEXT_HEIGHT};
use crate::report::sections::{Item, Span};
use crate::scale::{Scale, UnitName, percent};

const BYTES: UnitName = UnitName::Known(Unit::Bytes);

/// Height of a bar.
const BAR: f64 = 22.0;
/// Height of an image: its name above, lines below, and a gap.
const ROW: f64 = TEXT_HEIGHT + BAR + TEXT_HEIGHT + 8.0;
/// Layers of at least so much of the width have their line below, on any screen.
const WIDE_ENOUGH: f64 = 14.0;
/// The same on a wide screen.
const NARROW: f64 = 5.0;
/// Fewest dead bytes that are worth a sentence.
const WORTH_TELLING: f64 = 1e3;
/// Layers with dead bytes that are told of each image.
const TOLD: usize = 3;
/// Digits of bytes.
const DIGITS: usize = 3;

/// The bars, who is at fault, and all layers.
pub(super) fn blocks(images: &[ImagePicture]) -> Vec<Block> {
    if images.is_empty() {
        return Vec::new();
    }
    let keys = [
        ("layer own", "layers of this Dockerfile"),
        ("layer base", "layers of the base image"),
        ("hatched", "dead: a later layer removed or overwrote it"),
    ];
    let figure = Figure {
        caption: "images layer by layer, lowest at the left".to_owned(),
        legend: keys.map(Key::new).to_vec(),
        pictures: vec![picture(images)],
        ..Figure::default()
    };
    let mut blocks = vec![Block::heading("layers"), Block::Figure(figure)];
    let items: Vec<Item> = images.iter().flat_map(at_fault).collect();
    if !items.is_empty() {
        blocks.push(Block::List { items });
    }
    blocks.extend(images.iter().map(|image| Block::Table(table(image))));
    blocks
}

fn sum(image: &ImagePicture) -> f64 {
    image.layers.iter().map(|layer| layer.bytes).sum()
}

fn dead(image: &ImagePicture) -> Option<f64> {
    image.layers.iter().map(|layer| layer.dead_bytes).sum()
}

fn picture(images: &[ImagePicture]) -> String {
    let axis = Axis::from_zero(images.iter().map(sum).fold(0.0, f64::max));
    let mut canvas = Canvas::default();
    let height = images.len() as f64 * ROW;
    canvas.axis(&axis, &BYTES, (0.0, height));
    for (at, image) in images.iter().enumerate() {
        bar(&mut canvas, image, at as f64 * ROW, &axis);
    }
    let description: Vec<String> = images.iter().map(description).collect();
    canvas.finish("images layer by layer", &description.join("; "), height + AXIS_HEIGHT)
}

/// `size app: 195 MB in 9 layers, 0.9 MB dead (0.5 %)`.
fn description(image: &ImagePicture) -> String {
    let dead =
        dead(image).map_or_else(String::new, |dead| format!(", {}", dead_text(dead, sum(image))));
    format!("{}: {} in {} layers{dead}", image.label, show(sum(image)), image.layers.len())
}

fn dead_text(dead: f64, all: f64) -> String {
    if dead <= 0.0 {
        return "nothing dead".to_owned();
    }
    let share = if all > 0.0 { format!(" ({})", percent(dead / all)) } else { String::new() };
    format!("{} dead{share}", show(dead))
}

fn bar(canvas: &mut Canvas, image: &ImagePicture, top: f64, axis: &Axis) {
    let dead =
        dead(image).map_or_else(String::new, |dead| format!(", {}", dead_text(dead, sum(image))));
    let figures = format!("{}{dead}", show(sum(image)));
    canvas.heading(top + 12.0, &image.label, (&figures, "amount"));
    let top = top + TEXT_HEIGHT;
    let mut below = 0.0;
    for layer in image.layers.iter().filter(|layer| layer.bytes > 0.0) {
        let ends = (axis.place(below), axis.place(below + layer.bytes));
        let class = if layer.base { "layer base" } else { "layer own" };
        canvas.rect(class, ends, (top, BAR), &hint(layer));
        // The dead part lies at the right of its layer.
        let dead = layer.dead_bytes.unwrap_or(0.0).min(layer.bytes);
        if dead > 0.0 {
            let from = axis.place(below + layer.bytes - dead);
            canvas.rect("hatched", (from, ends.1), (top, BAR), &hint(layer));
        }
        label(canvas, layer, ends, top + BAR + 13.0);
        below += layer.bytes;
    }
}

/// The line below a layer that is wide enough for it.
fn label(canvas: &mut Canvas, layer: &LayerPicture, (from, to): (f64, f64), y: f64) {
    let text = match (layer.line, layer.base) {
        (Some(line), _) => format!("line {line}"),
        (None, true) => "base".to_owned(),
        (None, false) => return,
    };
    match to - from {
        room if room >= WIDE_ENOUGH => canvas.text("tick", (from, y), Anchor::Start, &text),
        room if room >= NARROW => canvas.text("tick wide", (from, y), Anchor::Start, &text),
        _ => {}
    }
}

/// `layer 8, line 8: RUN npm ci, 50.1 MB, 28.6 MB dead`.
fn hint(layer: &LayerPicture) -> String {
    let dead = layer.dead_bytes.filter(|dead| *dead > 0.0);
    let dead = dead.map_or_else(String::new, |dead| format!(", {}", dead_text(dead, layer.bytes)));
    format!("{}: {}, {}{dead}", place(layer), layer.text, show(layer.bytes))
}

fn place(layer: &LayerPicture) -> String {
    let base = if layer.base { " of the base" } else { "" };
    let line = layer.line.map_or_else(String::new, |line| format!(", line {line}"));
    format!("layer {}{base}{line}", layer.number)
}

/// A sentence for each of the layers with most dead bytes: who wrote them, who hid them.
/// What the base image hid of its own, no line of this Dockerfile can mend.
fn at_fault(image: &ImagePicture) -> Vec<Item> {
    let mut layers: Vec<(&LayerPicture, f64)> =
        image.layers.iter().filter_map(|layer| Some((layer, layer.dead_bytes?))).collect();
    let is_of_base =
        |number: u64| image.layers.iter().any(|other| other.number == number && other.base);
    layers.retain(|(layer, dead)| {
        let in_base = layer.base && layer.hidden_by.is_none_or(is_of_base);
        *dead >= WORTH_TELLING && !in_base
    });
    layers.sort_by(|a, b| b.1.total_cmp(&a.1));
    let item = |(layer, dead): &(&LayerPicture, f64)| {
        let by = layer.hidden_by.and_then(|number| {
            let hid = image.layers.iter().find(|other| other.number == number)?;
            Some(format!("; {} ({}) removed or overwrote most of them", place(hid), hid.text))
        });
        let wrote = format!(
            "{}: {} of {} ({}) are dead bytes",
            image.label,
            show(*dead),
            place(layer),
            layer.text
        );
        let line = vec![Span::Quoted(wrote), Span::Quoted(by.unwrap_or_default())];
        Item { line, below: Vec::new() }
    };
    layers.iter().take(TOLD).map(item).collect()
}

fn table(image: &ImagePicture) -> Table {
    let row = |layer: &LayerPicture| {
        let line = layer.line.map_or_else(String::new, |line| line.to_string());
        let of = if layer.base { "base" } else { "own" };
        let dead = layer.dead_bytes.map_or_else(String::new, show);
        let hidden_by = layer.hidden_by.map_or_else(String::new, |number| number.to_string());
        let number = layer.number.to_string();
        vec![layer.text.clone(), number, line, of.to_owned(), show(layer.bytes), dead, hidden_by]
    };
    let columns = ["instruction", "layer*", "line*", "of", "bytes*", "dead*", "hidden by layer*"];
    let rows = image.layers.iter().map(row).collect();
    Table::folded(&format!("layers of {}", image.label), &columns, rows)
}

fn show(bytes: f64) -> String {
    Scale::of(&BYTES, [bytes].into_iter(), DIGITS).show(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(number: u64, bytes: f64, dead: f64, hidden_by: Option<u64>) -> LayerPicture {
        LayerPicture {
            number,
            line: (number > 1).then_some(number * 10),
            text: format!("RUN {number}"),
            base: number == 1,
            bytes,
            dead_bytes: Some(dead),
            hidden_by,
        }
    }

    fn image() -> ImagePicture {
        let layers = vec![
            layer(1, 50e6, 0.0, None),
            layer(2, 30e6, 20e6, Some(3)),
            layer(3, 20e6, 0.0, None),
        ];
        ImagePicture { label: "size app".to_owned(), layers }
    }

    #[test]
    fn layers_follow_each_other_and_the_dead_part_lies_within_its_own() {
        let text = picture(&[image()]);
        let of = |class: &str| {
            let rect = text.split(&format!("class=\"{class}\" ")).nth(1).unwrap();
            rect.split("y=").next().unwrap().to_owned() + rect.split("width=").nth(1).unwrap()
        };
        // On an axis to 100 MB.
        assert!(of("layer base").starts_with("x=\"0%\"") && of("layer base").contains("\"50%\""));
        assert!(of("layer own").starts_with("x=\"50%\"") && of("layer own").contains("\"30%\""));
        assert!(of("hatched").starts_with("x=\"60%\"") && of("hatched").contains("\"20%\""));
        assert!(text.contains("100 MB in 3 layers, 20.0 MB dead (20.0 %)"), "{text}");
    }

    #[test]
    fn who_wrote_dead_bytes_is_told_with_who_hid_them() {
        let items = at_fault(&image());
        let text: Vec<&str> = items.iter().flat_map(|item| &item.line).map(Span::text).collect();
        assert_eq!(
            text.concat(),
            "size app: 20.0 MB of layer 2, line 20 (RUN 2) are dead bytes; layer 3, line 30 \
             (RUN 3) removed or overwrote most of them"
        );
    }

    #[test]
    fn what_is_not_known_to_be_dead_is_not_called_alive() {
        let mut unknown = image();
        unknown.layers[0].dead_bytes = None;
        assert_eq!(description(&unknown), "size app: 100 MB in 3 layers");
    }
}
