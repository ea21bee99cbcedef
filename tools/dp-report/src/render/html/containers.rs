//! What containers use: memory against peak and limit, and both memory and CPU over time
//! where the readings of the run were given.

use dp_record::Unit;

use crate::explain::pictures::ContainerPicture;
use crate::input::readings::Reading;
use crate::render::html::axis::Axis;
use crate::render::html::page::{Block, Figure, Key, Table};
use crate::render::html::svg::{AXIS_HEIGHT, Anchor, Canvas, TEXT_HEIGHT};
use crate::render::html::timeline;
use crate::scale::{Scale, UnitName};

const BYTES: UnitName = UnitName::Known(Unit::Bytes);
const CORES: UnitName = UnitName::Known(Unit::Cores);
const SECONDS: UnitName = UnitName::Known(Unit::Seconds);

/// Height of a bar.
const BAR: f64 = 14.0;
/// Height of a container, its name above and a gap below.
const ROW: f64 = TEXT_HEIGHT + BAR + 10.0;
/// Heights of the curves.
const MEMORY: f64 = 120.0;
const CPU: f64 = 70.0;
/// Between the two.
const GAP: f64 = 30.0;
/// A limit beyond so many times of what is used is told, not drawn.
const FAR: f64 = 3.0;
/// Digits of a figure.
const DIGITS: usize = 3;

/// What stands in the legend of both pictures.
const KEYS: [(&str, &str); 4] = [
    ("memory anonymous", "anonymous memory: heaps and stacks"),
    ("memory working", "working set: without page cache that goes first"),
    ("peak", "peak of all memory, page cache included"),
    ("limit", "limit"),
];

/// The bars of all containers, and the curves of those whose readings were given.
pub(super) fn blocks(containers: &[ContainerPicture]) -> Vec<Block> {
    if containers.is_empty() {
        return Vec::new();
    }
    let bars = Figure {
        caption: "memory against peak and limit".to_owned(),
        note: "of the run whose peak is nearest to the median".to_owned(),
        legend: KEYS.map(Key::new).to_vec(),
        pictures: vec![bars(containers)],
        ..Figure::default()
    };
    let mut blocks = vec![Block::heading("memory and CPU"), Block::Figure(bars)];
    let label = "memory and CPU of containers";
    let columns = [
        "container",
        "anonymous*",
        "working set*",
        "peak*",
        "limit*",
        "CPU time*",
        "cores*",
        "core limit*",
    ];
    let rows = containers.iter().map(row).collect();
    blocks.push(Block::Table(Table::folded(label, &columns, rows)));
    let with_readings = containers.iter().filter(|container| !container.readings.is_empty());
    blocks.extend(with_readings.map(|container| Block::Figure(curves(container))));
    blocks
}

fn get(container: &ContainerPicture, metric: &str) -> Option<f64> {
    container.metrics.get(metric).filter(|value| *value >= 0.0)
}

/// The largest of what is used.
fn used(container: &ContainerPicture) -> f64 {
    let metrics = ["memory_peak_bytes", "memory_working_set_max_bytes", "memory_rss_max_bytes"];
    metrics.iter().filter_map(|metric| get(container, metric)).fold(0.0, f64::max)
}

fn limit(container: &ContainerPicture) -> Option<f64> {
    get(container, "memory_limit_bytes")
}

fn bars(containers: &[ContainerPicture]) -> String {
    let used_most = containers.iter().map(used).fold(0.0, f64::max);
    let limits = containers.iter().filter_map(limit).filter(|limit| *limit <= used_most * FAR);
    let axis = Axis::from_zero(limits.fold(used_most, f64::max));
    let mut canvas = Canvas::default();
    let height = containers.len() as f64 * ROW;
    canvas.axis(&axis, &BYTES, (0.0, height));
    for (at, container) in containers.iter().enumerate() {
        let top = at as f64 * ROW;
        let (name, figures) = (container.label.as_str(), figures(container));
        canvas.heading(top + 12.0, name, (&figures, "amount"));
        let top = top + TEXT_HEIGHT;
        for (class, metric, word) in [
            ("memory working", "memory_working_set_max_bytes", "largest working set"),
            ("memory anonymous", "memory_rss_max_bytes", "largest anonymous memory"),
        ] {
            let Some(value) = get(container, metric) else { continue };
            let hint = format!("{word}: {}", bytes(value));
            canvas.rect(class, (0.0, axis.place(value)), (top, BAR), &hint);
        }
        let marks = [("peak", get(container, "memory_peak_bytes")), ("limit", limit(container))];
        for (class, value) in marks {
            let Some(value) = value.filter(|value| *value <= used_most * FAR) else { continue };
            let x = axis.place(value);
            canvas.line(class, (x, top), (x, top + BAR));
        }
    }
    let described: Vec<String> = containers
        .iter()
        .map(|container| format!("{}: {}", container.label, figures(container)))
        .collect();
    canvas.finish("memory against peak and limit", &described.join("; "), height + AXIS_HEIGHT)
}

/// `peak 107 MB, limit 1.07 GB`.
fn figures(container: &ContainerPicture) -> String {
    let peak = get(container, "memory_peak_bytes").map(|peak| format!("peak {}", bytes(peak)));
    let limit = limit(container)
        .map_or_else(|| "no limit".to_owned(), |limit| format!("limit {}", bytes(limit)));
    peak.into_iter().chain([limit]).collect::<Vec<_>>().join(", ")
}

fn row(container: &ContainerPicture) -> Vec<String> {
    let of = |metric: &str, show: fn(f64) -> String| {
        get(container, metric).map_or_else(String::new, show)
    };
    vec![
        container.label.clone(),
        of("memory_rss_max_bytes", bytes),
        of("memory_working_set_max_bytes", bytes),
        of("memory_peak_bytes", bytes),
        of("memory_limit_bytes", bytes),
        of("cpu_seconds", seconds),
        of("cpu_cores", cores),
        of("cpu_limit_cores", cores),
    ]
}

/// Memory above, CPU below, both over the time of the run.
fn curves(container: &ContainerPicture) -> Figure {
    let last = container.readings.last().map_or(0.0, |reading| reading.seconds);
    let time = Axis::from_zero(last);
    let mut canvas = Canvas::default();
    let bottom = TEXT_HEIGHT + MEMORY;
    let (cpu_top, cpu_bottom) = (bottom + GAP, bottom + GAP + CPU);
    canvas.axis(&time, &SECONDS, (TEXT_HEIGHT, cpu_bottom));
    memory(&mut canvas, container, &time, (TEXT_HEIGHT, bottom));
    let described = cpu(&mut canvas, container, &time, (cpu_top, cpu_bottom));
    let title = format!("{} over time", container.label);
    let description = format!("{}; {described}", figures(container));
    Figure {
        caption: title.clone(),
        note: format!("memory above, CPU below; {}", timeline::which(container.which, "peak")),
        pictures: vec![canvas.finish(&title, &description, cpu_bottom + AXIS_HEIGHT)],
        ..Figure::default()
    }
}

/// A plot within a picture: values upwards, its largest number at the top left.
struct Plot<'a> {
    time: &'a Axis,
    axis: Axis,
    top: f64,
    bottom: f64,
}

impl Plot<'_> {
    fn y(&self, value: f64) -> f64 {
        self.bottom - self.axis.place(value) / 100.0 * (self.bottom - self.top)
    }

    fn curve(&self, canvas: &mut Canvas, class: &str, points: &[(f64, f64)], is_area: bool) {
        let places: Vec<(f64, f64)> =
            points.iter().map(|(at, value)| (self.time.place(*at), self.y(*value))).collect();
        canvas.curve(class, &places, (self.top, self.bottom - self.top), is_area);
    }

    fn level(&self, canvas: &mut Canvas, class: &str, value: f64) {
        canvas.line(class, (0.0, self.y(value)), (100.0, self.y(value)));
    }

    fn frame(&self, canvas: &mut Canvas, unit: &UnitName, what: &str) {
        let ticks = self.axis.ticks(unit);
        for (value, _) in &ticks {
            self.level(canvas, "grid", *value);
        }
        let largest = ticks.last().map_or("", |(_, text)| text);
        canvas.text("tick", (0.0, self.top - 4.0), Anchor::Start, &format!("{what}, to {largest}"));
    }
}

fn memory(
    canvas: &mut Canvas,
    container: &ContainerPicture,
    time: &Axis,
    (top, bottom): (f64, f64),
) {
    let all = |of: fn(&Reading) -> Option<f64>| -> Vec<(f64, f64)> {
        container.readings.iter().filter_map(|one| Some((one.seconds, of(one)?))).collect()
    };
    let working = all(|reading| reading.working_set_bytes);
    let anonymous = all(|reading| reading.anonymous_bytes);
    let readings = working.iter().chain(&anonymous).map(|(_, bytes)| *bytes);
    let used = readings.fold(used(container), f64::max);
    let limit = limit(container).filter(|limit| *limit <= used * FAR);
    let axis = Axis::from_zero(limit.unwrap_or(0.0).max(used));
    let plot = Plot { time, axis, top, bottom };
    plot.frame(canvas, &BYTES, "memory");
    plot.curve(canvas, "memory working", &working, true);
    plot.curve(canvas, "memory anonymous", &anonymous, true);
    if let Some(peak) = get(container, "memory_peak_bytes") {
        plot.level(canvas, "peak", peak);
    }
    if let Some(limit) = limit {
        plot.level(canvas, "limit", limit);
    }
}

/// Cores in use between two readings; says what it shows.
fn cpu(
    canvas: &mut Canvas,
    container: &ContainerPicture,
    time: &Axis,
    (top, bottom): (f64, f64),
) -> String {
    let cores_used = cores_used(&container.readings);
    let most = cores_used.iter().map(|(.., cores)| *cores).fold(0.0, f64::max);
    let core_limit = get(container, "cpu_limit_cores").filter(|limit| *limit <= most * FAR);
    let axis = Axis::from_zero(core_limit.unwrap_or(0.0).max(most));
    let plot = Plot { time, axis, top, bottom };
    plot.frame(canvas, &CORES, "CPU");
    let steps: Vec<(f64, f64)> =
        cores_used.iter().flat_map(|(from, to, cores)| [(*from, *cores), (*to, *cores)]).collect();
    plot.curve(canvas, "cpu", &steps, true);
    if let Some(limit) = core_limit {
        plot.level(canvas, "limit", limit);
    }
    format!("CPU up to {} between two readings", cores(most))
}

/// From one reading to the next: begin, end, and cores in use.
fn cores_used(readings: &[Reading]) -> Vec<(f64, f64, f64)> {
    let between = |pair: &[Reading]| {
        let [before, after] = pair else { return None };
        let (took, spent) =
            (after.seconds - before.seconds, after.cpu_seconds? - before.cpu_seconds?);
        (took > 0.0).then(|| (before.seconds, after.seconds, (spent / took).max(0.0)))
    };
    readings.windows(2).filter_map(between).collect()
}

fn bytes(value: f64) -> String {
    Scale::of(&BYTES, [value].into_iter(), DIGITS).show(value)
}

fn seconds(value: f64) -> String {
    Scale::of(&SECONDS, [value].into_iter(), DIGITS).show(value)
}

fn cores(value: f64) -> String {
    Scale::of(&CORES, [value].into_iter(), DIGITS).show(value)
}

#[cfg(test)]
mod tests {
    use dp_record::Metrics;

    use super::*;
    use crate::explain::pictures::Which;

    fn container(limit: Option<f64>, readings: Vec<Reading>) -> ContainerPicture {
        let mut metrics = Metrics::default();
        metrics.set("memory_peak_bytes", 80e6);
        metrics.set("memory_working_set_max_bytes", 60e6);
        metrics.set("memory_rss_max_bytes", 40e6);
        metrics.set_known("memory_limit_bytes", limit);
        let which = Which { round: Some(1), runs: 8 };
        ContainerPicture { label: "stats app".to_owned(), which, metrics, readings }
    }

    #[test]
    fn memory_is_drawn_to_one_scale_with_its_peak_and_limit() {
        let text = bars(&[container(Some(100e6), Vec::new())]);
        // On an axis to 100 MB.
        let wide = |class: &str| {
            text.split(&format!("class=\"{class}\" "))
                .nth(1)
                .unwrap()
                .split("width=")
                .nth(1)
                .unwrap()
        };
        assert!(wide("memory anonymous").starts_with("\"40%\""), "{text}");
        assert!(wide("memory working").starts_with("\"60%\""), "{text}");
        assert!(text.contains("<line class=\"peak\" x1=\"80%\""), "{text}");
        assert!(text.contains("<line class=\"limit\" x1=\"100%\""), "{text}");
    }

    #[test]
    fn a_limit_that_is_far_away_is_told_and_does_not_flatten_the_rest() {
        let text = bars(&[container(Some(8e9), Vec::new())]);
        assert!(!text.contains("class=\"limit\"") && text.contains("limit 8.00 GB"), "{text}");
        assert!(bars(&[container(None, Vec::new())]).contains("no limit"));
    }

    #[test]
    fn cores_are_cpu_time_over_the_time_between_two_readings() {
        let reading = |seconds: f64, cpu: f64| Reading {
            seconds,
            cpu_seconds: Some(cpu),
            working_set_bytes: Some(50e6),
            ..Reading::default()
        };
        let readings =
            vec![reading(0.0, 1.0), reading(2.0, 2.0), reading(2.0, 9.0), reading(3.0, 11.0)];
        let found = cores_used(&readings);
        let found: Vec<String> = found.iter().map(|one| format!("{one:?}")).collect();
        assert_eq!(found, ["(0.0, 2.0, 0.5)", "(2.0, 3.0, 2.0)"]);
        let figure = curves(&container(Some(100e6), readings));
        let text = figure.pictures.concat();
        assert!(
            text.contains("class=\"cpu\"") && text.contains("class=\"memory working\""),
            "{text}"
        );
        assert!(text.contains("CPU up to 2.000 cores"), "{text}");
    }
}
