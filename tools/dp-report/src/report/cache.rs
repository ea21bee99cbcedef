//! The table of scenarios: time, how that compares, hits, what was saved, what a cache that
//! is kept elsewhere costs, and where the cache was lost.

use dp_record::{Unit, kind, printable};

use crate::explain::cache::Scenario;
use crate::input::steps::Lost;
use crate::judge::compare::Comparison;
use crate::report::Table;
use crate::report::cells::verdict;
use crate::report::grid::{Align, Cell, Column, headings, keep, used};
use crate::report::sheet::{Entry, RowNames, Sheet};
use crate::scale::{Scale, UnitName, percent, percent_change};

const SCENARIOS: RowNames = RowNames { alone: "scenario", with_subject: "scenario, subject" };
const HEADER: [Column; 9] = [
    ("time", Align::Right),
    ("against baseline", Align::Right),
    ("verdict", Align::Left),
    ("steps cached", Align::Right),
    ("cache saves", Align::Right),
    ("transfer", Align::Right),
    ("bytes", Align::Right),
    ("pays after", Align::Right),
    ("cache lost at", Align::Left),
];
/// Characters of a name.
const NAME_CHARS: usize = 60;
/// Digits of a time.
const DIGITS: usize = 3;
/// Branches of a build that are named.
const BRANCHES: usize = 2;

/// All scenarios under their title; none where nothing of a cache was measured.
pub(crate) fn sheet(scenarios: &[Scenario], tables: &[Table]) -> Option<(String, Sheet)> {
    let mut entries: Vec<Entry> = scenarios
        .iter()
        .map(|one| entry(one, &title(one, scenarios), comparison(one, tables)))
        .collect();
    let mut header = headings(&HEADER);
    let used = used(header.len(), entries.iter().map(|entry| entry.cells.as_slice()));
    keep(&mut header, &used);
    for entry in &mut entries {
        keep(&mut entry.cells, &used);
    }
    let sheet = Sheet { rows: SCENARIOS, header, entries };
    let of = sheet.only_subject().map_or_else(String::new, |subject| format!(" of {subject}"));
    let title = format!("what the build cache saves{of} (medians)");
    (!sheet.entries.is_empty()).then_some((title, sheet))
}

/// How the time of a scenario compares, unless with a single run.
fn comparison<'t>(one: &Scenario, tables: &'t [Table]) -> Option<&'t Comparison> {
    let blocks = tables.iter().filter(|table| table.kind == kind::CACHE);
    let times = blocks.flat_map(|table| &table.blocks);
    let mut rows =
        times.filter(|block| block.measure.name == "wall_seconds").flat_map(|block| &block.rows);
    let row = rows.find(|row| row.key == one.key && !row.is_baseline)?;
    row.comparison.as_ref().filter(|comparison| !comparison.is_single())
}

/// The name of a scenario, with what happens before its builds where that is the
/// same of all subjects.
fn title(one: &Scenario, all: &[Scenario]) -> String {
    let about = match one.name.as_str() {
        "cold" => Some("from nothing"),
        "warm" => Some("nothing changed"),
        _ => {
            let mut same = all.iter().filter(|other| other.name == one.name);
            one.change.as_deref().filter(|_| same.all(|other| other.change == one.change))
        }
    };
    about.map_or_else(|| one.name.clone(), |about| format!("{} ({about})", one.name))
}

fn entry(one: &Scenario, title: &str, comparison: Option<&Comparison>) -> Entry {
    let scale = Scale::of(&UnitName::Known(Unit::Seconds), [one.seconds].into_iter(), DIGITS);
    let transfer = one.transfer.map_or_else(String::new, |one| {
        Scale::of(&UnitName::Known(Unit::Seconds), [one.seconds].into_iter(), DIGITS)
            .show(one.seconds)
    });
    let bytes = one.transfer.and_then(|one| one.bytes).map_or_else(String::new, |bytes| {
        Scale::of(&UnitName::Known(Unit::Bytes), [bytes].into_iter(), DIGITS).show(bytes)
    });
    let ratio = |ratio: Option<f64>| Cell::from(ratio.map_or_else(String::new, percent));
    let change = comparison.and_then(|comparison| comparison.change.as_ref());
    let change = change.and_then(|change| change.relative(change.estimate));
    let word = comparison.and_then(|comparison| comparison.verdict);
    Entry {
        metric: printable(title, NAME_CHARS),
        subject: printable(&one.key.name, NAME_CHARS),
        of_baseline: false,
        cells: vec![
            scale.show(one.seconds).into(),
            change.map_or_else(String::new, percent_change).into(),
            word.map_or_else(Cell::default, verdict),
            ratio(one.hit_ratio),
            ratio(one.saved_ratio),
            transfer.into(),
            bytes.into(),
            one.pays_after.map_or_else(String::new, builds).into(),
            lost(&one.lost).into(),
        ],
    }
}

/// `3 builds`.
fn builds(count: f64) -> String {
    let noun = if (count - 1.0).abs() < f64::EPSILON { "build" } else { "builds" };
    format!("{count} {noun}")
}

/// `line 4: src/main.c, line 9: VERSION`: where, and what had changed.
fn lost(lost: &[Lost]) -> String {
    let one = |lost: &Lost| match (lost.line, &lost.what) {
        (Some(line), Some(what)) => format!("line {line}: {what}"),
        (Some(line), None) => format!("line {line}"),
        (None, what) => what.clone().unwrap_or_else(|| "a step without a line".to_owned()),
    };
    let mut shown: Vec<String> = lost.iter().take(BRANCHES).map(one).collect();
    if lost.len() > BRANCHES {
        shown.push(format!("and {} more", lost.len() - BRANCHES));
    }
    shown.join(", ")
}
