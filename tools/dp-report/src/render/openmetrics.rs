//! The text format of `OpenMetrics` (1.0): what Prometheus asks for first, and others
//! read alone. Beside that of Prometheus it names units, and says where it ends.

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
        let help = family.help.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = writeln!(text, "# TYPE {name} gauge");
        if let Some(unit) = family.unit {
            let _ = writeln!(text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(text, "# HELP {name} {help}");
        text.push_str(&family.lines(name));
    }
    text + "# EOF\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::gauges::Family;
    use dp_record::Unit;

    #[test]
    fn a_family_names_its_unit_and_the_text_its_end() {
        let gauges = [("a=\"1\"".to_owned(), "2".to_owned())].into_iter().collect();
        let family = Family { help: "A \"b\".".to_owned(), gauges, unit: Some(Unit::Seconds) };
        let families = [("dp_x_seconds".to_owned(), family)].into_iter().collect();
        let expected = "# TYPE dp_x_seconds gauge\n# UNIT dp_x_seconds seconds\n\
                        # HELP dp_x_seconds A \\\"b\\\".\ndp_x_seconds{a=\"1\"} 2\n# EOF\n";
        assert_eq!(written(&families), expected);
        assert_eq!(written(&Families::new()), "# EOF\n");
    }
}
