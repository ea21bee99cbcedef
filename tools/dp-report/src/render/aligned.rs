//! A grid as aligned columns.
//!
//! Where a terminal is too narrow, names lose their middle; if that does not
//! help, or two of them would look alike, they are on lines of their own.

use std::collections::BTreeSet;

use crate::render::screen::{Screen, shorten, width};
use crate::report::grid::{Align, Cell, Grid, Row};

/// Between two columns.
const GAP: usize = 2;
/// By how much a name is indented under another.
const INDENT: usize = 2;
/// Indentation of the cells under a name on a line of its own.
const UNDER: usize = 4;
/// A name that is cut shorter than this says little.
const SHORTEST_NAME: usize = 12;

/// The grid under its header.
pub(crate) fn aligned(grid: &Grid, screen: &Screen) -> String {
    let widths = Widths::of(grid);
    let place = widths.place(grid, screen);
    let mut text = String::new();
    let names: Vec<Cell> =
        grid.header.iter().skip(1).map(|(name, _)| Cell::from(name.as_ref())).collect();
    let head = Row { depth: 0, name: heading(grid, place), cells: names };
    let head = Writer { grid, widths: &widths, place, screen: &Screen::default() }.row(&head);
    text.push_str(&head);
    text.push_str(&"─".repeat(widths.rule(place, &head)));
    text.push('\n');
    let writer = Writer { grid, widths: &widths, place, screen };
    grid.rows.iter().for_each(|row| text.push_str(&writer.row(row)));
    text
}

/// Where the names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a column of this width.
    Column(usize),
    /// On lines of their own, of this width.
    Line(usize),
}

/// Names on lines of their own have no column that a heading could be over.
fn heading(grid: &Grid, place: Place) -> String {
    let name = grid.header.first().map_or("", |(name, _)| name.as_ref());
    if matches!(place, Place::Column(_)) { name.to_owned() } else { String::new() }
}

struct Widths {
    name: usize,
    /// Of the other columns.
    cells: Vec<usize>,
    /// The longest name of a group, which has no cells.
    group: usize,
}

impl Widths {
    fn of(grid: &Grid) -> Self {
        let mut widths: Vec<usize> = grid.header.iter().map(|(name, _)| width(name)).collect();
        let mut group = 0;
        for row in &grid.rows {
            let name = row.depth * INDENT + width(&row.name);
            if row.cells.is_empty() {
                group = group.max(name);
                continue;
            }
            let cells = row.cells.iter().map(|cell| width(&cell.text));
            for (known, found) in widths.iter_mut().zip([name].into_iter().chain(cells)) {
                *known = (*known).max(found);
            }
        }
        let cells = widths.split_off(1.min(widths.len()));
        Self { name: widths.first().copied().unwrap_or(0), cells, group }
    }

    /// Columns of the cells with the gaps before them.
    fn other_columns(&self) -> usize {
        self.cells.iter().map(|cell| GAP + cell).sum()
    }

    fn rule(&self, place: Place, head: &str) -> usize {
        match place {
            Place::Column(name) => (name + self.other_columns()).max(self.group),
            Place::Line(_) => width(head.trim_end()),
        }
    }

    fn place(&self, grid: &Grid, screen: &Screen) -> Place {
        let Some(columns) = screen.columns else { return Place::Column(self.name) };
        let room = columns.saturating_sub(self.other_columns());
        if self.name <= room {
            Place::Column(self.name)
        } else if room >= SHORTEST_NAME && stay_different(grid, room) {
            Place::Column(room)
        } else {
            Place::Line(columns)
        }
    }
}

/// Whether names that differ still do when they are shortened.
fn stay_different(grid: &Grid, columns: usize) -> bool {
    let names: BTreeSet<(usize, &str)> =
        grid.rows.iter().map(|row| (row.depth, row.name.as_str())).collect();
    let short = |(depth, name): &(usize, &str)| (*depth, shortened(name, *depth, columns));
    let shortened: BTreeSet<(usize, String)> = names.iter().map(short).collect();
    shortened.len() == names.len()
}

fn shortened(name: &str, depth: usize, columns: usize) -> String {
    shorten(name, columns.saturating_sub(depth * INDENT))
}

struct Writer<'a> {
    grid: &'a Grid,
    widths: &'a Widths,
    place: Place,
    screen: &'a Screen,
}

impl Writer<'_> {
    fn row(&self, row: &Row) -> String {
        let (place, group) = (self.place, row.cells.is_empty());
        let limit = match (place, group) {
            (Place::Column(columns), false) | (Place::Line(columns), _) => columns,
            (Place::Column(_), true) => self.screen.columns.unwrap_or(usize::MAX),
        };
        let name = shortened(&row.name, row.depth, limit);
        let name = format!("{}{name}", " ".repeat(row.depth * INDENT));
        let cells = self.cells(&row.cells);
        let line = match place {
            Place::Column(columns) => padded(&name, columns, Align::Left, &name) + &cells,
            Place::Line(_) if group || cells.trim().is_empty() => name,
            Place::Line(columns) => {
                // Wide cells are indented less.
                let room = columns.saturating_sub(self.widths.other_columns());
                let line = format!("{}{}", " ".repeat(room.min(UNDER - GAP)), cells);
                if name.is_empty() { line } else { format!("{name}\n{line}") }
            }
        };
        format!("{}\n", line.trim_end())
    }

    fn cells(&self, cells: &[Cell]) -> String {
        let aligns = self.grid.header.iter().skip(1).map(|(_, align)| *align);
        let shown =
            cells.iter().zip(&self.widths.cells).zip(aligns).map(|((cell, columns), align)| {
                let painted = self.screen.paint(&cell.text, cell.tone);
                " ".repeat(GAP) + &padded(&cell.text, *columns, align, &painted)
            });
        shown.collect()
    }
}

/// `shown` in a column, padded as `text` needs it: colours take no columns.
fn padded(text: &str, columns: usize, align: Align, shown: &str) -> String {
    let space = " ".repeat(columns.saturating_sub(width(text)));
    match align {
        Align::Left => format!("{shown}{space}"),
        Align::Right => format!("{space}{shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::grid::{Tone, headings};

    fn row(depth: usize, name: &str, cells: &[&str]) -> Row {
        let cells = cells.iter().map(|text| Cell::toned(*text, Tone::Good));
        Row { depth, name: name.to_owned(), cells: cells.collect() }
    }

    fn grid(names: [&str; 2]) -> Grid {
        let header =
            headings(&[("name", Align::Left), ("n", Align::Right), ("verdict", Align::Left)]);
        let rows = vec![
            row(0, "wall_seconds", &[]),
            row(1, names[0], &["8", "improved"]),
            row(1, names[1], &["10", "new"]),
        ];
        Grid { header, rows }
    }

    fn on(columns: usize) -> Screen {
        Screen { color: false, columns: Some(columns) }
    }

    const NAMES: [&str; 2] = ["Dockerfile.production", "Dockerfile"];

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let expected = "\
name                      n  verdict
─────────────────────────────────────
wall_seconds
  Dockerfile.production   8  improved
  Dockerfile             10  new
";
        assert_eq!(aligned(&grid(NAMES), &Screen::default()), expected);
        assert_eq!(aligned(&grid(NAMES), &on(37)), expected);
    }

    #[test]
    fn on_a_narrow_terminal_names_lose_their_middle() {
        let expected = "\
name               n  verdict
──────────────────────────────
wall_seconds
  Dockerf…uction   8  improved
  Dockerfile      10  new
";
        let text = aligned(&grid(NAMES), &on(30));
        assert_eq!(text, expected);
        assert!(text.lines().all(|line| width(line) <= 30), "{text}");
    }

    #[test]
    fn names_that_would_look_alike_are_on_lines_of_their_own() {
        let names = ["service-a-production", "service-b-production"];
        let expected = "     n  verdict
───────────────
wall_seconds
  service-a-production
     8  improved
  service-b-production
    10  new
";
        assert_eq!(aligned(&grid(names), &on(28)), expected);
        assert_eq!(aligned(&grid(names), &on(22)), expected);
    }

    #[test]
    fn colours_move_nothing() {
        let colored = Screen { color: true, columns: None };
        let text = aligned(&grid(NAMES), &colored);
        assert_eq!(text.matches("\x1b[32m").count(), 4);
        let plain = text.replace("\x1b[32m", "").replace("\x1b[0m", "");
        assert_eq!(plain, aligned(&grid(NAMES), &Screen::default()));
    }
}
