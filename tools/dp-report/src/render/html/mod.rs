//! One page for people, whole in itself: no script, nothing from elsewhere.
//! `page.html` has the markup; whatever it shows is escaped.

mod chart;

use dp_record::{Better, printable};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Output, State, UndefinedBehavior, Value};
use serde_json::json;

use crate::render::values::escaped;
use crate::report::sections::{Body, Section};
use crate::report::{Block, Report, words};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
/// Characters of a caption.
const CAPTION_CHARS: usize = 200;

/// The whole report.
///
/// # Errors
/// Those of the template's language: a fault in `page.html`.
pub(crate) fn render(report: &Report) -> Result<String, minijinja::Error> {
    let sections = report.sections();
    let data = json!({
        "date": report.latest.strftime("%Y-%m-%d").to_string(),
        "style": STYLE,
        "counts": words::counts(report),
        "conditions": report.conditions(),
        "parts": sections.iter().map(part).collect::<Vec<_>>(),
    });
    environment().render_named_str("page.html", PAGE, Value::from(Serde(data)))
}

/// A section, with its charts.
fn part(section: &Section<'_>) -> serde_json::Value {
    let (figures, only_subject) = match &section.body {
        Body::Table { sheet, drawn, .. } => {
            let figures: Vec<_> = drawn.iter().filter_map(figure).collect();
            (figures, sheet.only_subject().is_some())
        }
        Body::List(_) | Body::Breakdowns(_) => (Vec::new(), false),
    };
    json!({ "section": section, "figures": figures, "only_subject": only_subject })
}

/// The charts of a metric; none where there is nothing to compare by eye.
fn figure(block: &Block) -> Option<serde_json::Value> {
    let measure = &block.measure;
    let better = match measure.better {
        Better::None => String::new(),
        better => format!(", {better} is better"),
    };
    let caption = format!("{} ({}{better})", measure.name, measure.unit.word());
    let charts = chart::charts(block).concat();
    let caption = printable(&caption, CAPTION_CHARS);
    (!charts.is_empty()).then(|| json!({ "caption": caption, "charts": charts }))
}

/// Everything that the page shows is escaped, but for what it calls safe.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build().unwrap_or_default());
    environment.set_formatter(show);
    environment
}

fn show(
    output: &mut Output<'_>,
    _: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let text = value.to_string();
    Ok(output.write_str(&if value.is_safe() { text } else { escaped(&text) })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_shows_is_escaped_unless_it_is_called_safe() {
        let data = Value::from(Serde(json!({ "text": "<b>&\u{1b}[2J" })));
        let rendered = |template: &str| environment().render_str(template, data.clone());
        assert_eq!(rendered("{{ text }}").unwrap(), "&lt;b&gt;&amp;[2J");
        assert_eq!(rendered("{{ text | safe }}").unwrap(), "<b>&\u{1b}[2J");
        assert!(rendered("{{ other }}").is_err());
    }
}
