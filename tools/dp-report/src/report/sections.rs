//! The report part by part, as people read it. Formats for people draw
//! sections; none of them walks the [`Report`] itself.

use serde::Serialize;

use crate::report::breakdown::Breakdown;
use crate::report::reasons::{Explained, reasons};
use crate::report::sheet::Sheet;
pub(crate) use crate::report::spans::{Line, Span};
use crate::report::{Block, Failures, Report, Table, cache, demands, findings, remarks, words};

/// One part under a title.
#[derive(Debug, Serialize)]
pub(crate) struct Section<'a> {
    pub(crate) title: Title,
    pub(crate) body: Body<'a>,
}

/// The title of a section.
#[derive(Debug, Serialize)]
pub(crate) struct Title {
    pub(crate) text: String,
    /// Whether there are words from records in it.
    pub(crate) from_records: bool,
    /// Whether the section belongs to the one before it.
    pub(crate) continues: bool,
}

/// What is under the title.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body<'a> {
    /// Rows of cells, with remarks below.
    Table {
        sheet: Sheet,
        remarks: Vec<Line>,
        /// The runs behind the figures, for formats that draw.
        #[serde(skip)]
        drawn: &'a [Block],
    },
    /// Sentences.
    List(Vec<Item>),
    /// What a figure consists of, or what could be saved of it, by series.
    Breakdowns(Vec<Breakdown>),
}

/// A sentence, with more below it.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    pub(crate) line: Line,
    pub(crate) below: Vec<Line>,
}

impl Section<'_> {
    /// A section of sentences of ours; none without any.
    fn list(title: &str, items: Vec<Item>) -> Option<Self> {
        let title = Title { text: title.to_owned(), from_records: false, continues: false };
        (!items.is_empty()).then_some(Self { title, body: Body::List(items) })
    }

    fn breakdowns(title: &str, list: Vec<Breakdown>) -> Option<Self> {
        let title = Title { text: title.to_owned(), from_records: false, continues: false };
        (!list.is_empty()).then_some(Self { title, body: Body::Breakdowns(list) })
    }
}

impl<'a> Section<'a> {
    fn table(title: String, sheet: Sheet, remarks: Vec<Line>, drawn: &'a [Block]) -> Self {
        let title = Title { text: title, from_records: true, continues: false };
        Self { title, body: Body::Table { sheet, remarks, drawn } }
    }

    /// As a part of the section before it.
    fn continued(mut self) -> Self {
        self.title.continues = true;
        self
    }
}

impl Report {
    /// All sections, in reading order.
    pub(crate) fn sections(&self) -> Vec<Section<'_>> {
        let mut sections: Vec<Section<'_>> =
            self.tables.iter().flat_map(|table| self.of_table(table)).collect();
        let missing = self.missing.iter().map(|runs| quoted_item(words::missing(runs)));
        let notes = self.notes.iter().map(|note| quoted_item(note.clone()));
        let scenarios = cache::sheet(&self.scenarios, &self.tables);
        sections
            .extend(scenarios.map(|(title, sheet)| Section::table(title, sheet, Vec::new(), &[])));
        sections.extend(Section::list("failed", self.failures.iter().map(failed).collect()));
        sections.extend(Section::list("missing", missing.collect()));
        let uncompared = self.uncompared.iter().map(|pair| quoted_item(words::uncompared(pair)));
        sections.extend(Section::list("not compared", uncompared.collect()));
        sections.extend(Section::list("notes", notes.collect()));
        for (title, usages) in [
            ("where the time goes (medians of the steps that ran)", &self.times),
            ("phases of the starts (medians)", &self.phases),
            ("where the bytes are (layers of the last run)", &self.bytes),
        ] {
            sections.extend(Section::breakdowns(
                title,
                usages.iter().map(Breakdown::of_usage).collect(),
            ));
        }
        for (title, all) in [
            ("what could be saved (findings of the last run)", &self.findings),
            ("limits and waiting (findings of the last run)", &self.limits),
            ("what loses the cache (findings of the last run)", &self.cache_findings),
        ] {
            sections.extend(Section::breakdowns(title, findings::breakdowns(all)));
        }
        sections.extend(self.of_budget());
        sections
    }

    /// What holds for the whole report: where was measured, and how compared.
    pub(crate) fn conditions(&self) -> Vec<Line> {
        let environments = self.environments.iter();
        let environments =
            environments.map(|line| vec![Span::plain("ground: "), Span::Quoted(line.clone())]);
        let ours = words::busy(self).into_iter().chain(words::method(self));
        environments.chain(ours.map(|text| vec![Span::Plain(text)])).collect()
    }

    /// What was measured, and how it compares.
    fn of_table<'a>(&self, table: &'a Table) -> Vec<Section<'a>> {
        let sheet = Sheet::of_figures(table);
        let title = words::title(table, sheet.only_subject());
        let figures = remarks::of_figures(table, &self.against);
        let figures = Section::table(title, sheet, figures, &table.blocks);
        let changes = Sheet::of_changes(table).map(|sheet| {
            let title = words::compared_title(table, sheet.only_subject(), &self.against);
            let only = sheet.only_subject().is_some();
            let mut remarks = remarks::of_changes(table, &sheet);
            remarks.extend(reasons(table).into_iter().map(|reason| explained(reason, only)));
            Section::table(title, sheet, remarks, &[]).continued()
        });
        [figures].into_iter().chain(changes).collect()
    }

    fn of_budget(&self) -> Option<Section<'_>> {
        let (title, sheet) = demands::sheet(self)?;
        let broken = demands::broken(self).into_iter().map(|(outcome, sentence)| {
            vec![Span::Strong(outcome.word()), Span::plain(": "), Span::Quoted(sentence)]
        });
        Some(Section::table(title, sheet, broken.collect(), &[]))
    }
}

/// `unchanged: head (wall_seconds, steps), dev (steps): reason`; a subject
/// that is in the title (`only`) is not named again.
fn explained(reason: Explained, only: bool) -> Line {
    let mut line = Line::new();
    if let Some(verdict) = reason.verdict {
        line.extend([Span::Strong(verdict.word()), Span::plain(": ")]);
    }
    for (place, (subject, metrics)) in reason.who.into_iter().enumerate() {
        line.extend((place > 0).then(|| Span::plain(", ")));
        let metrics = joined(metrics.into_iter().map(Span::Quoted));
        if only {
            line.extend(metrics);
        } else {
            line.extend([Span::Quoted(subject), Span::plain(" (")]);
            line.extend(metrics);
            line.push(Span::plain(")"));
        }
    }
    line.push(Span::Plain(format!(": {}", reason.text)));
    line
}

fn joined(spans: impl Iterator<Item = Span>) -> Line {
    let all = spans.enumerate();
    let with_comma = all
        .flat_map(|(place, span)| (place > 0).then(|| Span::plain(", ")).into_iter().chain([span]));
    with_comma.collect()
}

fn quoted_item(text: String) -> Item {
    Item { line: vec![Span::Quoted(text)], below: Vec::new() }
}

fn failed(failures: &Failures) -> Item {
    let below = failures.shown.iter().map(|failure| {
        let run = Span::Plain(format!("{} (", failure.run));
        let (place, message) = (failure.place.clone(), failure.message.clone());
        vec![run, Span::Quoted(place), Span::plain("): "), Span::Quoted(message)]
    });
    Item { below: below.collect(), ..quoted_item(words::failures(failures)) }
}
