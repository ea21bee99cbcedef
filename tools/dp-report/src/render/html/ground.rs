//! Where was measured, how was compared, and what else was going on there: what limits all
//! figures.

use crate::input::surroundings::{Around, Middle};
use crate::render::html::page::{Block, Table};
use crate::report::Report;
use crate::report::sections::Item;
use crate::scale::percent;

const COLUMNS: [&str; 6] = [
    "series",
    "CPU of others during the runs*",
    "at most*",
    "stolen during the runs*",
    "waiting before the runs*",
    "load before the runs*",
];

/// The ground, and how busy it was.
pub(super) fn blocks(report: &Report) -> Vec<Block> {
    let conditions = report.conditions().into_iter();
    let items: Vec<Item> = conditions.map(|line| Item { line, below: Vec::new() }).collect();
    let mut blocks = Vec::new();
    if !items.is_empty() {
        blocks.push(Block::List { items });
    }
    let surroundings = &report.pictures.surroundings;
    if !surroundings.is_empty() {
        let title = "how busy the machine was (medians, as shares of all CPUs)";
        let rows = surroundings.iter().map(|(label, around)| row(label, around)).collect();
        blocks.push(Block::heading(title));
        blocks.push(Block::Table(Table::of_text(title, &COLUMNS, rows)));
    }
    blocks
}

fn row(label: &str, around: &Around) -> Vec<String> {
    let share = |figure: Option<Middle>| figure.map_or_else(String::new, |one| percent(one.median));
    vec![
        label.to_owned(),
        share(around.others),
        around.others.map_or_else(String::new, |one| percent(one.max)),
        share(around.stolen),
        share(around.pressure),
        around.load.map_or_else(String::new, |one| format!("{:.2}", one.median)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_cell_for_each_column_and_nothing_for_what_is_not_known() {
        let others = Some(Middle { median: 0.45, max: 0.9 });
        let around = Around { others, ..Around::default() };
        let cells = row("build app", &around);
        assert_eq!(cells, ["build app", "45.0 %", "90.0 %", "", "", ""]);
        assert_eq!(cells.len(), COLUMNS.len());
    }
}
