//! For people at a terminal.

use crate::render::aligned::aligned;
use crate::render::reasons::{Explained, reasons};
use crate::render::screen::{Screen, Tone, shorten, width, wrap};
use crate::render::sheet::Sheet;
use crate::render::words;
use crate::report::{Failures, Report, StepUse, Table, TimeUse};

/// The whole report.
pub(crate) fn render(report: &Report, screen: &Screen) -> String {
    let text = Text { report, screen };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(text.head());
    parts.extend(report.tables.iter().flat_map(|table| text.table(table)));
    parts.extend(text.section("failed", report.failures.iter().map(|runs| text.failures(runs))));
    let missing = report.missing.iter().map(|runs| text.line(&words::missing(runs)));
    parts.extend(text.section("missing", missing));
    parts.extend(text.section("notes", report.notes.iter().map(|note| text.line(note))));
    let times = report.times.iter().map(|times| text.times(times));
    parts.extend(text.section("where the time goes (medians of the steps that ran)", times));
    parts.extend(words::counts(report).map(|counts| counts + "\n"));
    parts.join("\n")
}

struct Text<'a> {
    report: &'a Report,
    screen: &'a Screen,
}

impl Text<'_> {
    fn head(&self) -> Option<String> {
        let columns = self.screen.prose_columns();
        let grounds = self.report.grounds.iter().map(|ground| format!("ground: {ground}"));
        let lines = grounds.chain(words::method(self.report));
        let text: String = lines.map(|line| wrap(&line, "", 2, columns)).collect();
        (!text.is_empty()).then_some(text)
    }

    /// The figures, and how they compare.
    fn table(&self, table: &Table) -> Vec<String> {
        let against = &self.report.against;
        let figures = Sheet::of_figures(table);
        let title = words::title(table, figures.only_subject());
        let mut figures = self.titled(&title, &aligned(&figures.grid(), self.screen));
        let changes = Sheet::of_changes(table).map(|sheet| {
            let only = sheet.only_subject().map(str::to_owned);
            let title = words::compared_title(table, only.as_deref(), against);
            let mut text = self.titled(&title, &aligned(&sheet.grid(), self.screen));
            for reason in reasons(table) {
                text.push_str(&self.line(&explained(&reason, only.as_deref())));
            }
            text
        });
        if let Some(way) = words::way_to_verdict(table, against) {
            figures.push_str(&self.line(&way));
        }
        [figures].into_iter().chain(changes).collect()
    }

    fn titled(&self, title: &str, text: &str) -> String {
        let mut wrapped = String::new();
        for line in wrap(title, "", 2, self.screen.prose_columns()).lines() {
            wrapped.push_str(&self.screen.paint(line, Tone::Heading));
            wrapped.push('\n');
        }
        wrapped + text
    }

    fn failures(&self, failures: &Failures) -> String {
        let columns = self.screen.prose_columns();
        let shown = failures.shown.iter().map(|failure| {
            let (place, run, message) = (&failure.place, &failure.run, &failure.message);
            wrap(&format!("{run} ({place}): {message}"), "   ", 5, columns)
        });
        [self.line(&words::failures(failures))].into_iter().chain(shown).collect()
    }

    fn times(&self, times: &TimeUse) -> String {
        let steps = times.steps.iter().map(|step| self.step(step, times));
        let others = words::others(times).map(|others| format!(" {:12}  {:9} {others}\n", "", ""));
        [self.line(&times.label)].into_iter().chain(steps).chain(others).collect()
    }

    /// One line each: on a terminal a long instruction loses its middle.
    fn step(&self, step: &StepUse, times: &TimeUse) -> String {
        let (seconds, line) = (words::seconds(times).show(step.seconds), words::line(step));
        let (before, often) =
            (format!(" {seconds:>12}  {line:<9} "), words::how_often(step, times));
        let room = self.screen.columns.unwrap_or(usize::MAX);
        let room = room.saturating_sub(width(&before) + width(&often));
        format!("{before}{}{often}\n", shorten(&step.text, room))
    }

    fn section(&self, title: &str, lines: impl Iterator<Item = String>) -> Option<String> {
        let lines: String = lines.collect();
        (!lines.is_empty()).then(|| self.titled(title, &lines))
    }

    fn line(&self, text: &str) -> String {
        wrap(text, " ", 3, self.screen.prose_columns())
    }
}

/// `unchanged: head (wall_seconds, steps), dev (steps): reason`; a subject
/// that stands in the title is not named again.
fn explained(reason: &Explained, only_subject: Option<&str>) -> String {
    let who = reason.who.iter().map(|(subject, metrics)| match only_subject {
        Some(_) => metrics.join(", "),
        None => format!("{subject} ({})", metrics.join(", ")),
    });
    let who: Vec<String> = who.collect();
    let verdict = reason.verdict.map_or_else(String::new, |verdict| format!("{verdict}: "));
    format!("{verdict}{}: {}", who.join(", "), reason.text)
}
