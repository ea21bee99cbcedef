//! The parts of the page after the result: one for each kind of records, with what is
//! drawn of them, and those that are about the whole report.

use std::collections::HashMap;

use dp_record::{kind, printable};

use crate::render::html::page::{
    self, BUDGET, Block, Figure, GROUND, HISTORY, INCOMPLETE, Key, NOTES, Part, Table,
};
use crate::render::html::trend::{Course, Point, trend};
use crate::render::html::{
    containers, ground, history, layers, scenarios, starts, strip, timeline,
};
use crate::report::sections::{Body, Section, Topic};
use crate::report::{self, Block as Metric, Report};
use crate::scale::Scale;

/// Characters of a caption.
const CAPTION_CHARS: usize = 200;
/// Rows of strips that are seen without a click.
const ROWS: usize = 30;
/// Digits of a figure.
const DIGITS: usize = 3;
/// Fewest runs of which the order says something.
const FEWEST_RUNS: usize = 4;
/// Series whose runs are drawn in their order, of each metric.
const ORDERED: usize = 24;

const RUNS: &[(&str, &str)] = &[
    ("dot run", "a run, the first above and the last below"),
    ("dot baseline", "a run of the baseline"),
    ("dot good", "improved"),
    ("dot bad", "regressed"),
    ("median", "median"),
    ("band run", "its 95 % interval"),
];

/// All parts, in reading order.
pub(super) fn parts(report: &Report) -> Vec<Part> {
    let sections = report.sections();
    let of_topic = |topic: Topic| sections.iter().filter(move |section| section.topic == topic);
    let mut parts = Parts::default();
    let incomplete = of_topic(Topic::Incomplete);
    let incomplete = incomplete
        .flat_map(|section| [Block::heading(&section.title.text)].into_iter().chain(body(section)));
    parts.add(INCOMPLETE, "failed or missing", incomplete.collect());
    for section in of_topic(Topic::Budget) {
        parts.add(BUDGET, &section.title.text, body(section));
    }
    for section in of_topic(Topic::History) {
        let (Some(history), Body::Table { sheet, .. }) = (&report.history, &section.body) else {
            continue;
        };
        let title = &section.title.text;
        parts.add(HISTORY, title, history::blocks(history, title, sheet));
    }
    for table in &report.tables {
        let figures = report.of_table(table);
        let title = figures.first().map_or(table.kind.as_str(), |first| &first.title.text);
        parts.add(&table.kind, title, of_figures(&figures));
    }
    let pictures = &report.pictures;
    parts.append(&[kind::BUILD], timeline::blocks(&pictures.builds));
    parts.append(&[kind::SIZE], layers::blocks(&pictures.images));
    parts.append(&[kind::START], starts::blocks(&report.phases));
    parts.append(&[kind::STATS], containers::blocks(&pictures.containers));
    parts.append(&[kind::CACHE], scenarios::blocks(&report.scenarios, &pictures.builds));
    for (topic, homes) in [
        (Topic::Scenarios, &[kind::CACHE][..]),
        (Topic::Times, &[kind::BUILD, kind::CACHE][..]),
        (Topic::Bytes, &[kind::SIZE][..]),
        (Topic::Savings, &[kind::SIZE][..]),
        (Topic::Limits, &[kind::STATS][..]),
        (Topic::CacheLosses, &[kind::CACHE][..]),
    ] {
        for section in of_topic(topic) {
            let heading = Block::heading(&section.title.text);
            parts.append(homes, [heading].into_iter().chain(body(section)).collect());
        }
    }
    for section in of_topic(Topic::Other) {
        parts.add(&section.title.text, &section.title.text, body(section));
    }
    let notes = of_topic(Topic::Notes).flat_map(body);
    parts.add(NOTES, "notes", notes.collect());
    parts.add(GROUND, "the ground", ground::blocks(report));
    parts.finish()
}

/// Parts in the making.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn add(&mut self, key: &str, title: &str, blocks: Vec<Block>) {
        if blocks.is_empty() {
            return;
        }
        let (key, title) = (key.to_owned(), title.to_owned());
        self.0.push(Part { key, id: String::new(), title, blocks });
    }

    /// Adds to the first of these kinds that has a part, else makes one of the first.
    fn append(&mut self, homes: &[&str], blocks: Vec<Block>) {
        let place = homes.iter().find_map(|home| self.0.iter().position(|part| part.key == *home));
        match (place, homes.first()) {
            (Some(at), _) => self.0[at].blocks.extend(blocks),
            (None, Some(first)) => self.add(first, first, blocks),
            (None, None) => {}
        }
    }

    /// Gives each its id, and each table a label of its own.
    fn finish(mut self) -> Vec<Part> {
        let mut labels: HashMap<String, usize> = HashMap::new();
        for (at, part) in self.0.iter_mut().enumerate() {
            // Nothing that a record says.
            part.id = format!("part-{}", at + 1);
            for block in &mut part.blocks {
                let Block::Table(table) = block else { continue };
                let count = labels.entry(table.label.clone()).or_default();
                *count += 1;
                if *count > 1 {
                    table.label = format!("{} ({count})", table.label);
                }
            }
        }
        self.0
    }
}

/// What a section shows, without its title.
fn body(section: &Section<'_>) -> Vec<Block> {
    let title = &section.title.text;
    match &section.body {
        Body::Table { sheet, remarks, .. } => {
            vec![Block::Table(Table::of_sheet(title, sheet, remarks))]
        }
        Body::List(items) => {
            let items = items.iter().map(|item| report::sections::Item {
                line: item.line.clone(),
                below: item.below.clone(),
            });
            vec![Block::List { items: items.collect() }]
        }
        Body::Breakdowns(list) => {
            let amount = match section.topic {
                Topic::Times => "takes*",
                Topic::Bytes => "bytes*",
                _ => "costs*",
            };
            vec![Block::Table(Table::of_breakdowns(title, amount, list))]
        }
    }
}

/// The tables and charts of a kind: how it compares, the runs, the figures, and the runs
/// in their order.
fn of_figures(sections: &[Section<'_>]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for section in sections.iter().filter(|section| section.topic == Topic::Changes) {
        blocks.push(Block::heading(&section.title.text));
        blocks.extend(body(section));
    }
    let figures = sections.iter().filter(|section| section.topic == Topic::Figures);
    for section in figures {
        let Body::Table { drawn, .. } = &section.body else { continue };
        let mut strips: Vec<Block> = drawn.iter().filter_map(strips).collect();
        // The same legend holds for all.
        for block in strips.iter_mut().skip(1) {
            if let Block::Figure(figure) = block {
                figure.legend.clear();
            }
        }
        if !strips.is_empty() {
            blocks.push(Block::heading("runs"));
            blocks.extend(strips);
        }
        blocks.push(Block::heading("figures"));
        blocks.extend(body(section));
        blocks.extend(drawn.iter().filter_map(in_order));
    }
    blocks
}

/// The runs of a metric; none where there is nothing to compare by eye.
fn strips(block: &Metric) -> Option<Block> {
    let strips = strip::strips(block)?;
    let zero = "the axis does not begin at 0, since all values are far from it";
    Some(Block::Figure(Figure {
        caption: page::caption(&block.measure.name, &block.measure),
        note: if strips.begin_at_zero { String::new() } else { zero.to_owned() },
        legend: RUNS.iter().copied().map(Key::new).collect(),
        folded: (strips.rows > ROWS).then(|| format!("the runs of {} series", strips.rows)),
        pictures: strips.pictures,
        small: false,
    }))
}

/// The runs of a metric in the order in which they were made: drift is seen there.
fn in_order(block: &Metric) -> Option<Block> {
    let is_noisy = |block: &&Metric| !block.measure.exact;
    let rows = Some(block).filter(is_noisy)?.rows.iter();
    let rows: Vec<&report::Row> = rows.filter(|row| row.values.len() >= FEWEST_RUNS).collect();
    let picture = |row: &&report::Row| {
        let level = row.summary.as_ref().map(|summary| summary.median);
        let point = |(at, median): (usize, &f64)| Point {
            label: format!("run {}", at + 1),
            more: String::new(),
            median: *median,
            interval: None,
            level,
            class: "run",
        };
        let points: Vec<Point> = row.values.iter().enumerate().map(point).collect();
        let baseline = if row.is_baseline { " (baseline)" } else { "" };
        let (title, unit) = (format!("{}{baseline}", row.label), &block.measure.unit);
        let scale = Scale::of(unit, row.values.iter().copied(), DIGITS);
        let now = (level.map_or_else(String::new, |level| scale.show(level)), "level-name");
        trend(&Course { title: &title, now, unit, points: &points, changes: &[], good: None })
    };
    let pictures: Vec<String> = rows.iter().take(ORDERED).filter_map(picture).collect();
    let left_out = rows.len().saturating_sub(ORDERED);
    let left_out = (left_out > 0).then(|| format!("; {left_out} more series are not drawn"));
    let name = printable(&block.measure.name, CAPTION_CHARS);
    (!pictures.is_empty()).then(|| {
        Block::Figure(Figure {
            caption: format!("runs in their order: {name}"),
            note: format!(
                "the line is the median: runs that leave it to one side drift{}",
                left_out.unwrap_or_default()
            ),
            pictures,
            small: true,
            ..Figure::default()
        })
    })
}
