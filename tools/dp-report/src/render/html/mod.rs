//! One page for people, whole in itself: no script, nothing from elsewhere.

mod chart;

use dp_record::Better;

use crate::render::advice;
use crate::render::demands;
use crate::render::grid::Align;
use crate::render::reasons::reasons;
use crate::render::screen::Tone;
use crate::render::sheet::{Entry, Sheet};
use crate::render::text::explained;
use crate::render::words;
use crate::render::xml::escaped;
use crate::report::{Advice, Block, Failures, Report, Table, Usage};

const STYLE: &str = include_str!("style.css");
/// How a chart is read.
const LEGEND: &str =
    "In the charts a dot is a run, the mark the median, the band its 95 % interval.";
/// What browsers may do with the page: show it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let date = report.latest.strftime("%Y-%m-%d");
    let mut body = format!("<h1>dp-report, {date}</h1>\n");
    body.extend(words::counts(report).map(|counts| element("p", &counts)));
    let method = words::method(report);
    for line in report.grounds.iter().map(|ground| format!("ground: {ground}")).chain(method) {
        body.extend(["<p class=\"ground\">", &escaped(&line), "</p>\n"]);
    }
    body.extend(budget(report));
    body.push_str(&element("p", LEGEND));
    body.extend(report.tables.iter().map(|shown| table(shown, report)));
    body.push_str(&section("failed", report.failures.iter().flat_map(failures)));
    body.push_str(&section("missing", report.missing.iter().map(words::missing)));
    body.push_str(&section("notes", report.notes.iter().cloned()));
    for (title, usages) in words::usages(report) {
        if !usages.is_empty() {
            body.push_str(&element("h2", title));
        }
        body.extend(usages.iter().map(usage));
    }
    for (title, all) in advice::sections(report) {
        if !all.is_empty() {
            body.push_str(&element("h2", title));
        }
        body.extend(all.iter().map(findings));
    }
    page(&format!("dp-report, {date}"), &body)
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(POLICY),
        escaped(title)
    )
}

/// An element that holds a text.
fn element(tag: &str, text: &str) -> String {
    format!("<{tag}>{}</{tag}>\n", escaped(text))
}

fn table(table: &Table, report: &Report) -> String {
    let figures = Sheet::of_figures(table);
    let title = words::title(table, figures.only_subject());
    let mut text = element("h2", &title);
    text.extend(table.blocks.iter().filter_map(figure));
    text.push_str(&grid(&figures));
    text.extend(words::way_to_verdict(table, &report.against).map(|way| element("p", &way)));
    let Some(changes) = Sheet::of_changes(table) else { return text };
    let title = words::compared_title(table, changes.only_subject(), &report.against);
    text.push_str(&element("h3", &title));
    text.push_str(&grid(&changes));
    let reasons = reasons(table);
    text + &list(reasons.iter().map(|reason| explained(reason, changes.only_subject())))
}

fn figure(block: &Block) -> Option<String> {
    let measure = &block.measure;
    let better = match measure.better {
        Better::None => String::new(),
        better => format!(", {better} is better"),
    };
    let caption = escaped(&format!("{} ({}{better})", measure.name, measure.unit.word()));
    let charts = chart::charts(block).concat();
    let figure = || format!("<figure><figcaption>{caption}</figcaption>{charts}</figure>\n");
    (!charts.is_empty()).then(figure)
}

/// A table; the metric stands in its first row only.
fn grid(sheet: &Sheet) -> String {
    let only = sheet.only_subject().is_some();
    let names = if only { "<th>metric</th>" } else { "<th>metric</th><th>subject</th>" };
    let head = |(name, align): &(&str, Align)| format!("<th{}>{name}</th>", class(*align, ""));
    let heads: String = sheet.header.iter().map(head).collect();
    let mut rows = String::new();
    let mut metric = "";
    for entry in &sheet.entries {
        rows.push_str(&row(entry, sheet, only, entry.metric != metric));
        metric = &entry.metric;
    }
    format!("<div class=\"wide\"><table>\n<tr>{names}{heads}</tr>\n{rows}</table></div>\n")
}

fn row(entry: &Entry, sheet: &Sheet, only: bool, begins: bool) -> String {
    let baseline = if entry.of_baseline { " (baseline)" } else { "" };
    let metric = if begins || only { entry.metric.as_str() } else { "" };
    let (metric, subject) = (escaped(metric), escaped(&entry.subject));
    let names = if only {
        format!("<td>{metric}{baseline}</td>")
    } else {
        format!("<td>{metric}</td><td>{subject}{baseline}</td>")
    };
    let cells = entry.cells.iter().zip(&sheet.header).map(|(cell, (_, align))| {
        let tone = match cell.tone {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Unsure => "unsure",
            Tone::Plain | Tone::Heading => "",
        };
        format!("<td{}>{}</td>", class(*align, tone), escaped(&cell.text))
    });
    format!("<tr>{names}{}</tr>\n", cells.collect::<String>())
}

fn class(align: Align, tone: &str) -> String {
    let number = if align == Align::Right { "number" } else { "" };
    match format!("{number} {tone}").trim() {
        "" => String::new(),
        classes => format!(" class=\"{classes}\""),
    }
}

fn budget(report: &Report) -> Option<String> {
    let (title, sheet) = demands::sheet(report)?;
    let broken = demands::broken(report).into_iter();
    let broken = list(broken.map(|(outcome, text)| format!("{}: {text}", outcome.word())));
    Some(format!("<h2>{}</h2>\n{}{broken}", escaped(&title), grid(&sheet)))
}

fn failures(failures: &Failures) -> Vec<String> {
    let shown = failures.shown.iter().map(|failure| {
        let (place, run, message) = (&failure.place, &failure.run, &failure.message);
        format!("{run} ({place}): {message}")
    });
    [words::failures(failures)].into_iter().chain(shown).collect()
}

fn usage(usage: &Usage) -> String {
    let scale = words::amounts(usage);
    let part = |part: &crate::report::Part| {
        let (amount, line) = (escaped(&scale.show(part.amount)), words::line(part));
        let (text, often) = (escaped(&part.text), words::how_often(part, usage));
        format!(
            "<tr><td class=\"number\">{amount}</td><td>{line}</td><td><code>{text}</code>{often}</td></tr>\n"
        )
    };
    let rows: String = usage.parts.iter().map(part).collect();
    let others = words::others(usage).map(|others| element("p", &others)).unwrap_or_default();
    let title = element("h3", &usage.label);
    format!("{title}<div class=\"wide\"><table>\n{rows}</table></div>\n{others}")
}

fn findings(advice: &Advice) -> String {
    let row = |line: &advice::Line| {
        let (amount, place) = (escaped(&line.amount), escaped(&line.place));
        let what = escaped(&line.what.join(" "));
        let text = escaped(&line.advice);
        format!(
            "<tr><td class=\"number\">{amount}</td><td>{place}</td><td><code>{what}</code><br/>{text}</td></tr>\n"
        )
    };
    let rows: String = advice::lines(advice).iter().map(row).collect();
    let others = advice::others(advice).map(|others| element("p", &others)).unwrap_or_default();
    let title = element("h3", &advice.label);
    format!("{title}<div class=\"wide\"><table>\n{rows}</table></div>\n{others}")
}

fn section(title: &str, items: impl Iterator<Item = String>) -> String {
    let list = list(items);
    if list.is_empty() { list } else { element("h2", title) + &list }
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| element("li", &item)).collect();
    if items.is_empty() { items } else { format!("<ul>\n{items}</ul>\n") }
}
