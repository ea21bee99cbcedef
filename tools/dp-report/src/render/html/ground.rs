//! Where was measured, and how busy it was there: what limits all figures.

use crate::input::hosts::{HostFigures, Middle};
use crate::render::html::page::{Block, Table};
use crate::report::Report;
use crate::report::sections::Item;
use crate::scale::percent;

/// Share of all CPUs that others may take in the middle run before it is said first.
const BUSY: f64 = 0.10;

/// The ground, how was compared, and how busy the machine was.
pub(super) fn blocks(report: &Report) -> Vec<Block> {
    let items = report.conditions().into_iter().map(|line| Item { line, below: Vec::new() });
    let mut blocks = vec![Block::List { items: items.collect() }];
    let busy = &report.pictures.busy;
    if busy.is_empty() {
        return blocks;
    }
    blocks.push(Block::heading("how busy the machine was"));
    blocks.push(Block::Text { text: sentence(busy) });
    let columns = [
        "series",
        "others during runs*",
        "at most*",
        "stolen during runs*",
        "waiting before runs*",
        "load before runs*",
    ];
    let rows = busy.iter().map(|(label, busy)| row(label, busy)).collect();
    blocks.push(Block::Table(Table::of_text("how busy the machine was", &columns, rows)));
    blocks
}

/// The series during which others took most, and what that means.
fn sentence(busy: &[(String, HostFigures)]) -> String {
    let others = busy.iter().filter_map(|(label, busy)| Some((label, busy.others?)));
    let busiest = others.max_by(|a, b| a.1.median.total_cmp(&b.1.median));
    let Some((label, others)) = busiest else {
        return "No record says how much CPU others took during the runs.".to_owned();
    };
    let taken = format!("others took {} of all CPUs in the middle run of {label}", percent(others.median));
    match others.median {
        median if median > BUSY => {
            format!("The machine was busy: {taken}. Times measured then are longer, and vary more.")
        }
        _ => format!("The machine was nearly alone: {taken}, and that is the most of all series."),
    }
}

fn row(label: &str, busy: &HostFigures) -> Vec<String> {
    let share = |figure: Option<Middle>| figure.map_or_else(String::new, |one| percent(one.median));
    vec![
        label.to_owned(),
        share(busy.others),
        busy.others.map_or_else(String::new, |one| percent(one.max)),
        share(busy.stolen),
        share(busy.pressure),
        busy.load.map_or_else(String::new, |one| format!("{:.2}", one.median)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(label: &str, others: f64) -> (String, HostFigures) {
        let others = Some(Middle { median: others, max: others * 2.0 });
        (label.to_owned(), HostFigures { others, ..HostFigures::default() })
    }

    #[test]
    fn the_busiest_series_is_named_and_a_quiet_machine_is_called_quiet() {
        let loud = sentence(&[busy("build a", 0.02), busy("build b", 0.45)]);
        assert!(loud.starts_with("The machine was busy: others took 45.0 %"), "{loud}");
        assert!(loud.contains("build b"), "{loud}");
        let quiet = sentence(&[busy("build a", 0.02), busy("build b", 0.01)]);
        assert!(quiet.contains("nearly alone") && quiet.contains("build a"), "{quiet}");
        assert!(sentence(&[]).starts_with("No record"), "{}", sentence(&[]));
    }
}
