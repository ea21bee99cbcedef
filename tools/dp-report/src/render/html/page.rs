//! What stands on the page, piece by piece: `page.html` writes it down.

use std::borrow::Cow;

use dp_record::{Better, printable};
use serde::Serialize;

use crate::input::measure::Measure;
use crate::report::breakdown::{Breakdown, BreakdownPart};
use crate::report::grid::{Align, Cell, Tone};
use crate::report::sections::{Item, Line};
use crate::report::sheet::Sheet;

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    pub(super) date: String,
    pub(super) style: &'a str,
    /// The result in a few words.
    pub(super) headline: String,
    pub(super) tone: Tone,
    /// What was compared with what.
    pub(super) lead: String,
    /// What the result consists of.
    pub(super) results: Vec<Outcome>,
    /// What was compared without an answer, a line each.
    pub(super) unclear: Vec<String>,
    /// What is left out of it.
    pub(super) more: Vec<String>,
    pub(super) parts: Vec<Part>,
}

/// One thing that came out.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub(super) tone: Tone,
    /// `regressed`, `fail`.
    pub(super) word: String,
    /// Of what.
    pub(super) what: String,
    /// By how much.
    pub(super) figures: String,
    /// Which line is at fault, or what to do.
    pub(super) why: String,
    /// The change as a picture; empty where there is none.
    pub(super) picture: String,
    /// The part of the page with more about it.
    pub(super) part: String,
}

/// A part of the page under a heading of its own.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    /// The kind of its records, or one of those below; also the words of its link.
    pub(super) key: String,
    /// What links lead to.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

/// Keys of parts that are of no kind. Kinds are made printable, so none begins so.
pub(super) const INCOMPLETE: &str = "\u{1}failed or missing";
pub(super) const BUDGET: &str = "\u{1}budget";
pub(super) const HISTORY: &str = "\u{1}history";
pub(super) const NOTES: &str = "\u{1}notes";
pub(super) const GROUND: &str = "\u{1}ground";

/// The id of the part with this key, else that of the last one.
pub(super) fn id_of(parts: &[Part], key: &str) -> String {
    let part = parts.iter().find(|part| part.key == key).or(parts.last());
    part.map_or_else(String::new, |part| part.id.clone())
}

/// One piece of a part.
#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Block {
    Heading { text: String },
    Figure(Figure),
    Table(Table),
    List { items: Vec<Item> },
}

impl Block {
    /// A heading within a part.
    pub(super) fn heading(text: &str) -> Self {
        Self::Heading { text: text.to_owned() }
    }
}

/// Characters of a caption.
const CAPTION_CHARS: usize = 200;

/// `build.wall_seconds (seconds, lower is better)`.
pub(super) fn caption(name: &str, measure: &Measure) -> String {
    let better = match measure.better {
        Better::None => String::new(),
        better => format!(", {better} is better"),
    };
    printable(&format!("{name} ({}{better})", measure.unit.word()), CAPTION_CHARS)
}

/// Pictures under a caption.
#[derive(Debug, Default, Serialize)]
pub(super) struct Figure {
    pub(super) caption: String,
    /// How to read them.
    pub(super) note: String,
    pub(super) legend: Vec<Key>,
    /// SVG, in which all text is escaped.
    pub(super) pictures: Vec<String>,
    /// Whether they are small and stand beside each other.
    pub(super) small: bool,
    /// What is clicked to see them, where there are very many.
    pub(super) folded: Option<String>,
}

/// What a colour means.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Key {
    pub(super) class: &'static str,
    pub(super) text: &'static str,
}

impl Key {
    pub(super) fn new((class, text): (&'static str, &'static str)) -> Self {
        Self { class, text }
    }
}

/// A table that scrolls within itself where the page is narrow.
#[derive(Debug, Default, Serialize)]
pub(super) struct Table {
    /// What it is of, for those who do not see it.
    pub(super) label: String,
    /// What is clicked to see it, where a picture says the same.
    pub(super) folded: Option<String>,
    /// The first is that of the names.
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    pub(super) remarks: Vec<Line>,
}

#[derive(Debug, Serialize)]
pub(super) struct Column {
    pub(super) name: String,
    /// `number`, `answer` (it stays in view), `prose`, or empty.
    pub(super) class: &'static str,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    pub(super) depth: usize,
    pub(super) name: String,
    /// None in the heading of a group.
    pub(super) cells: Vec<Cell>,
}

impl Table {
    /// A table that is seen after a click. Columns of numbers end in `*`; the first cell
    /// of a row is its name.
    pub(super) fn folded(label: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        let folded = Some(format!("{label}, as a table"));
        Self { folded, ..Self::of_text(label, columns, rows) }
    }

    /// A table of texts. Columns of numbers end in `*`, those of running text in `.`; the
    /// first cell of a row is its name.
    pub(super) fn of_text(label: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        let row = |cells: Vec<String>| {
            let mut cells = cells.into_iter();
            let name = cells.next().unwrap_or_default();
            Row { depth: 0, name, cells: cells.map(Cell::from).collect() }
        };
        Self {
            label: label.to_owned(),
            columns: columns.iter().map(|column| Column::of_text(column)).collect(),
            rows: rows.into_iter().map(row).collect(),
            ..Self::default()
        }
    }

    /// What a section of the report shows.
    pub(super) fn of_sheet(label: &str, sheet: &Sheet, remarks: &[Line]) -> Self {
        let grid = sheet.grid();
        let column = |(name, align): &(Cow<'_, str>, Align)| Column {
            name: name.clone().into_owned(),
            class: match (&**name, align) {
                ("verdict" | "result", _) => "answer",
                (_, Align::Right) => "number",
                (_, Align::Left) => "",
            },
        };
        let rows = grid.rows.into_iter();
        Self {
            label: label.to_owned(),
            folded: None,
            columns: grid.header.iter().map(column).collect(),
            rows: rows
                .map(|row| Row { depth: row.depth, name: row.name, cells: row.cells })
                .collect(),
            remarks: remarks.to_vec(),
        }
    }

    /// What figures consist of, or what could be saved of them, a group a series.
    pub(super) fn of_breakdowns(label: &str, amount: &str, list: &[Breakdown]) -> Self {
        let has_advice = list.iter().flat_map(|one| &one.parts).any(|part| !part.advice.is_empty());
        let columns =
            ["what", amount, "where"].into_iter().chain(has_advice.then_some("what to do."));
        let mut rows = Vec::new();
        for breakdown in list {
            rows.push(Row { name: breakdown.label.clone(), ..Row::default() });
            rows.extend(breakdown.parts.iter().map(|part| of_part(part, has_advice)));
            let rest = breakdown.rest.iter().map(|rest| Row {
                depth: 1,
                name: rest.clone(),
                cells: vec![Cell::default(); 2 + usize::from(has_advice)],
            });
            rows.extend(rest);
        }
        let columns = columns.map(Column::of_text).collect();
        Self { label: label.to_owned(), columns, rows, ..Self::default() }
    }
}

fn of_part(part: &BreakdownPart, has_advice: bool) -> Row {
    let cells = [part.amount.clone(), part.place.clone()];
    let cells = cells.into_iter().chain(has_advice.then(|| part.advice.clone()));
    let name = format!("{}{}", part.names.join(" "), part.how_often);
    Row { depth: 1, name, cells: cells.map(Cell::from).collect() }
}

impl Column {
    fn of_text(name: &str) -> Self {
        let class = match name.chars().last() {
            Some('*') => "number",
            Some('.') => "prose",
            _ => "",
        };
        Self { name: name.trim_end_matches(['*', '.']).to_owned(), class }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_say_what_is_in_them() {
        let table = Table::of_text("x", &["a", "b*", "c."], vec![vec!["1".to_owned(); 3]]);
        let columns: Vec<_> =
            table.columns.iter().map(|column| (column.name.as_str(), column.class)).collect();
        assert_eq!(columns, [("a", ""), ("b", "number"), ("c", "prose")]);
        assert_eq!((table.rows[0].name.as_str(), table.rows[0].cells.len()), ("1", 2));
    }

    #[test]
    fn a_group_of_a_breakdown_has_as_many_cells_as_columns() {
        let part = |advice: &str| BreakdownPart {
            amount: "3 MB".to_owned(),
            place: "line 3".to_owned(),
            names: vec!["npm_cache".to_owned(), "/root".to_owned()],
            how_often: String::new(),
            advice: advice.to_owned(),
        };
        let breakdown = |advice: &str| Breakdown {
            label: "size app".to_owned(),
            parts: vec![part(advice)],
            rest: Some("and 2 smaller".to_owned()),
        };
        for (advice, columns) in [("", 3), ("remove it", 4)] {
            let table = Table::of_breakdowns("x", "saves*", &[breakdown(advice)]);
            assert_eq!(table.columns.len(), columns);
            let cells: Vec<usize> = table.rows.iter().map(|row| row.cells.len()).collect();
            assert_eq!(cells, [0, columns - 1, columns - 1]);
        }
    }
}
