//! The report part by part, as people read it. Formats for people draw
//! sections; none of them walks the [`Report`] itself.

use serde::Serialize;

use crate::explain::usage::Usage;
use crate::judge::pairing::Against;
use crate::report::breakdown::Breakdown;
use crate::report::history::{self, Remark};
use crate::report::reasons::{Explained, reasons};
use crate::report::sheet::Sheet;
pub(crate) use crate::report::spans::{Line, Span};
use crate::report::{
    Block, Failures, Report, Table, cache, demands, findings, phases, remarks, words,
};

/// One part under a title.
#[derive(Debug, Serialize)]
pub(crate) struct Section<'a> {
    pub(crate) topic: Topic,
    pub(crate) title: Title,
    pub(crate) body: Body<'a>,
}

/// What a section is about, for formats that order or draw it in their own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Topic {
    /// What was measured.
    Figures,
    /// How it compares.
    Changes,
    /// What the build cache saves.
    Scenarios,
    /// How the series went on earlier days.
    History,
    /// Runs that failed, that never came, and pairs that were not compared.
    Incomplete,
    Notes,
    /// Where the time of builds goes.
    Times,
    /// What starts consist of.
    Phases,
    /// Where the bytes of images are.
    Bytes,
    /// What could be saved of images.
    Savings,
    /// Limits and waiting of containers.
    Limits,
    /// What loses the build cache.
    CacheLosses,
    Budget,
    Other,
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
        let topic = Topic::Other;
        (!items.is_empty()).then_some(Self { topic, title, body: Body::List(items) })
    }

    fn breakdowns(title: &str, list: Vec<Breakdown>) -> Option<Self> {
        let title = Title { text: title.to_owned(), from_records: false, continues: false };
        let topic = Topic::Other;
        (!list.is_empty()).then_some(Self { topic, title, body: Body::Breakdowns(list) })
    }
}

impl<'a> Section<'a> {
    fn table(title: String, sheet: Sheet, remarks: Vec<Line>, drawn: &'a [Block]) -> Self {
        let title = Title { text: title, from_records: true, continues: false };
        let topic = Topic::Other;
        Self { topic, title, body: Body::Table { sheet, remarks, drawn } }
    }

    /// The same, about this.
    fn about(mut self, topic: Topic) -> Self {
        self.topic = topic;
        self
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
        sections.extend(scenarios.map(|(title, sheet)| {
            Section::table(title, sheet, Vec::new(), &[]).about(Topic::Scenarios)
        }));
        sections.extend(self.of_history());
        let before = sections.len();
        sections.extend(Section::list("failed", self.failures.iter().map(failed).collect()));
        sections.extend(Section::list("missing", missing.collect()));
        let uncompared = self.uncompared.iter().map(|pair| quoted_item(words::uncompared(pair)));
        let title =
            if self.against == Against::Nothing { "without a metric" } else { "not compared" };
        sections.extend(Section::list(title, uncompared.collect()));
        sections[before..].iter_mut().for_each(|section| section.topic = Topic::Incomplete);
        let notes = Section::list("notes", notes.collect());
        sections.extend(notes.map(|notes| notes.about(Topic::Notes)));
        let of_usage: fn(&Usage) -> Breakdown = Breakdown::of_usage;
        for (topic, title, usages, breakdown) in [
            (
                Topic::Times,
                "where the time goes (medians of the steps that ran)",
                &self.times,
                of_usage,
            ),
            (Topic::Phases, "phases of the starts (medians)", &self.phases, phases::breakdown),
            (
                Topic::Bytes,
                "where the bytes are (layers of the last run)",
                &self.bytes,
                Breakdown::of_usage,
            ),
        ] {
            let section = Section::breakdowns(title, usages.iter().map(breakdown).collect());
            sections.extend(section.map(|section| section.about(topic)));
        }
        let stacks = self.stacks.iter().map(phases::of_stack).collect();
        let title = "stacks: when each service was ready, from its start (last run)";
        sections.extend(Section::breakdowns(title, stacks));
        for (topic, title, all) in [
            (Topic::Savings, "what could be saved (findings of the last run)", &self.findings),
            (Topic::Limits, "limits and waiting (findings of the last run)", &self.limits),
            (
                Topic::CacheLosses,
                "what loses the cache (findings of the last run)",
                &self.cache_findings,
            ),
        ] {
            let section = Section::breakdowns(title, findings::breakdowns(all));
            sections.extend(section.map(|section| section.about(topic)));
        }
        sections.extend(self.of_budget());
        sections
    }

    /// What holds for the whole report: where was measured, and how compared.
    pub(crate) fn conditions(&self) -> Vec<Line> {
        let environments = self.environments.iter();
        let environments =
            environments.map(|line| vec![Span::plain("ground: "), Span::Quoted(line.clone())]);
        let method = words::method(self).into_iter().chain(words::tests(self));
        let ours = words::busy(self).into_iter().chain(method);
        environments.chain(ours.map(|text| vec![Span::Plain(text)])).collect()
    }

    /// What was measured, and how it compares.
    pub(crate) fn of_table<'a>(&self, table: &'a Table) -> Vec<Section<'a>> {
        let sheet = Sheet::of_figures(table);
        let title = words::title(table, sheet.only_subject());
        let remarks = remarks::of_figures(table, &self.against);
        let figures = Section::table(title, sheet, remarks, &table.blocks).about(Topic::Figures);
        let changes = Sheet::of_changes(table).map(|sheet| {
            let title = words::compared_title(table, sheet.only_subject(), &self.against);
            let only = sheet.only_subject().is_some();
            let mut remarks = remarks::of_changes(table, &sheet);
            remarks.extend(reasons(table).into_iter().map(|reason| explained(reason, only)));
            Section::table(title, sheet, remarks, &[]).continued().about(Topic::Changes)
        });
        [figures].into_iter().chain(changes).collect()
    }

    /// How the series went before.
    fn of_history(&self) -> Option<Section<'_>> {
        let (title, sheet, remarks) = history::sheet(self)?;
        let remarks = remarks.into_iter().map(remark).collect();
        Some(Section::table(title, sheet, remarks, &[]).about(Topic::History))
    }

    fn of_budget(&self) -> Option<Section<'_>> {
        let (title, sheet) = demands::sheet(self)?;
        let broken = demands::broken(self).into_iter().map(|(outcome, sentence)| {
            vec![Span::Strong(outcome.word()), Span::plain(": "), Span::Quoted(sentence)]
        });
        Some(Section::table(title, sheet, broken.collect(), &[]).about(Topic::Budget))
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

/// `worse: app (build.wall_seconds) just left its level: ..., since 2026-01-02`.
fn remark(remark: Remark) -> Line {
    let word = remark.word.map(|word| [Span::Strong(word), Span::plain(": ")]);
    let said = [Span::Quoted(remark.who), Span::Plain(remark.what), Span::Quoted(remark.since)];
    let more = (!remark.more.is_empty()).then(|| Span::plain(remark.more));
    word.into_iter().flatten().chain(said).chain(more).collect()
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
