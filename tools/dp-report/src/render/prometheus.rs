//! The text format of Prometheus (0.0.4), for the textfile collector or a push
//! gateway.

use std::fmt::Write;

use crate::render::gauges::{Families, families};
use crate::report::Report;

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    written(&families(report))
}

fn written(families: &Families) -> String {
    let mut text = String::new();
    for (name, family) in families {
        // In this format a quote needs no escape here.
        let help = family.help.replace('\\', "\\\\");
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
        text.push_str(&family.lines(name));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::gauges::Family;

    #[test]
    fn a_family_is_its_help_its_type_and_its_gauges() {
        let gauges = [("a=\"1\"".to_owned(), "2".to_owned())].into_iter().collect();
        let family = Family { help: "A \\ B \"c\".".to_owned(), gauges, unit: None };
        let families = [("dp_x".to_owned(), family)].into_iter().collect();
        let expected = "# HELP dp_x A \\\\ B \"c\".\n# TYPE dp_x gauge\ndp_x{a=\"1\"} 2\n";
        assert_eq!(written(&families), expected);
    }
}
