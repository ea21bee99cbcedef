//! For people at a terminal.

use comfy_table::{CellAlignment, TableStyle};

use crate::render::grid::{Align, Grid};
use crate::render::words::{self, Explained};
use crate::report::{Failures, Report, StepUse, Table, TimeUse};
use crate::verdict::Verdict;

/// The whole report.
pub(crate) fn render(report: &Report, color: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(head(report));
    parts.extend(report.tables.iter().map(|shown| table(shown, color)));
    parts.extend(section("failed", report.failures.iter().flat_map(failure)));
    parts.extend(section("missing", report.missing.iter().map(words::missing)));
    parts.extend(section("notes", report.notes.iter().cloned()));
    parts.extend(times(&report.times));
    parts.extend(words::counts(report).map(|counts| counts + "\n"));
    parts.join("\n")
}

fn head(report: &Report) -> Option<String> {
    let grounds = report.grounds.iter().map(|ground| format!("ground: {ground}"));
    let lines: Vec<String> = grounds.chain(words::method(report)).collect();
    (!lines.is_empty()).then(|| lines.join("\n") + "\n")
}

fn table(table: &Table, color: bool) -> String {
    let mut cells = Grid::of(table);
    if color {
        paint(&mut cells);
    }
    let mut text = format!("{}\n{}", words::title(table), grid(&cells));
    for Explained { verdict, text: reason, who } in words::reasons(table) {
        let verdict = verdict.map_or_else(String::new, |verdict| format!("{verdict}: "));
        text.push_str(&format_line(&format!("{}: {verdict}{reason}", who.join(", "))));
    }
    text
}

/// Colours the verdicts. They stand in the last column, so that the invisible
/// characters move nothing.
fn paint(grid: &mut Grid) {
    for (row, verdict) in grid.rows.iter_mut().zip(&grid.verdicts) {
        let code = match verdict {
            Some(Verdict::Regressed) => "31",
            Some(Verdict::Improved) => "32",
            Some(verdict) if verdict.is_incomplete() => "35",
            Some(Verdict::Inconclusive) => "33",
            _ => continue,
        };
        if let Some(cell) = row.last_mut() {
            *cell = format!("\x1b[{code}m{cell}\x1b[0m");
        }
    }
}

/// Aligned columns under a line.
pub(crate) fn grid(grid: &Grid) -> String {
    let line = comfy_table::LineStyle::none().fill('─').junction('─');
    let mut table = comfy_table::Table::new();
    table.load_style(TableStyle::new().header_separator(line));
    table.set_header(grid.header.iter().map(|(name, _)| *name));
    table.add_rows(&grid.rows);
    for (column, (_, align)) in table.column_iter_mut().zip(&grid.header) {
        column.set_cell_alignment(match align {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
    }
    table.trim_fmt() + "\n"
}

fn failure(failures: &Failures) -> Vec<String> {
    let shown = failures.shown.iter().map(|failure| {
        let (place, run, message) = (&failure.place, &failure.run, &failure.message);
        format!("  {run} ({place}): {message}")
    });
    [words::failures(failures)].into_iter().chain(shown).collect()
}

fn times(list: &[TimeUse]) -> Option<String> {
    let lines = list.iter().flat_map(|times| {
        let steps = times.steps.iter().map(|step| step_line(step, times));
        let others = words::others(times).map(|others| format!("{:12}  {:9} {others}", "", ""));
        [times.label.clone()].into_iter().chain(steps).chain(others)
    });
    section("where the time goes (medians of the steps that ran)", lines)
}

fn step_line(step: &StepUse, times: &TimeUse) -> String {
    let (seconds, line) = (words::seconds(times).show(step.seconds), words::line(step));
    format!("{seconds:>12}  {line:<9} {}{}", step.text, words::how_often(step, times))
}

fn section(title: &str, lines: impl Iterator<Item = String>) -> Option<String> {
    let lines: String = lines.map(|line| format_line(&line)).collect();
    (!lines.is_empty()).then(|| format!("{title}\n{lines}"))
}

fn format_line(line: &str) -> String {
    format!(" {line}\n")
}
