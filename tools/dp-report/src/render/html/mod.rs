//! One page for people, whole in itself: no script, nothing from elsewhere. It begins with
//! the result in words; pictures follow kind by kind, each with a table that says the same.
//! `page.html` has the markup; whatever it shows is escaped.

mod axis;
mod bars;
mod containers;
mod ground;
mod history;
mod layers;
mod page;
mod parts;
mod result;
mod scenarios;
mod starts;
mod strip;
mod svg;
mod timeline;
mod trend;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Output, State, UndefinedBehavior, Value};

use crate::render::html::page::Page;
use crate::render::values::escaped;
use crate::report::Report;
use crate::report::history::History;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// The whole report.
///
/// # Errors
/// Those of the template's language: a fault in `page.html`.
pub(crate) fn render(report: &Report) -> Result<String, minijinja::Error> {
    let parts = parts::parts(report);
    let result = result::of(report, &parts);
    let of_history = report.history.as_ref().and_then(History::latest);
    let latest = of_history.map_or(report.latest, |latest| latest.max(report.latest));
    let page = Page {
        date: latest.strftime("%Y-%m-%d").to_string(),
        style: STYLE,
        headline: result.headline,
        tone: result.tone,
        lead: result.lead,
        results: result.outcomes,
        unclear: result.unclear,
        more: result.more,
        parts,
    };
    environment().render_named_str("page.html", PAGE, Value::from(Serde(page)))
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
    use serde_json::json;

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
