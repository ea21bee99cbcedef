//! The phases of a start as bars of text, each behind the one before it.

use dp_record::Unit;

use crate::explain::stacks::StackStart;
use crate::explain::usage::Usage;
use crate::report::breakdown::{Breakdown, BreakdownPart};
use crate::scale::{Scale, UnitName};

/// Columns of the whole start.
const COLUMNS: f64 = 40.0;
/// Digits of a time.
const DIGITS: usize = 4;

/// The phases of one series of starts.
pub(crate) fn breakdown(usage: &Usage) -> Breakdown {
    let mut breakdown = Breakdown::of_usage(usage);
    let total: f64 = usage.parts.iter().map(|part| part.amount).sum();
    let mut before = 0.0;
    for (shown, part) in breakdown.parts.iter_mut().zip(&usage.parts) {
        let bar = bar(before / total, part.amount / total);
        before += part.amount;
        shown.names = vec![format!("{:<12} {bar}", part.text)];
    }
    breakdown
}

/// The services of a stack, each from its start until it was ready.
pub(crate) fn of_stack(stack: &StackStart) -> Breakdown {
    let services = &stack.services;
    let total = services.iter().map(|one| one.ready).fold(f64::MIN_POSITIVE, f64::max);
    let width = services.iter().map(|one| one.name.chars().count()).max().unwrap_or(0);
    let scale = Scale::of(&UnitName::Known(Unit::Seconds), [total].into_iter(), DIGITS);
    let parts = services.iter().map(|one| {
        let length = (one.ready - one.started).max(0.0);
        let bar = bar(one.started / total, length / total);
        let after =
            one.after.as_ref().map(|(name, held)| format!(" after {name} ({})", scale.show(*held)));
        BreakdownPart {
            amount: scale.show(one.ready),
            place: String::new(),
            names: vec![format!("{:<width$} {bar}{}", one.name, after.unwrap_or_default())],
            how_often: String::new(),
            advice: String::new(),
        }
    });
    let rest = (stack.others > 0).then(|| format!("and {} more", stack.others));
    Breakdown { label: stack.label.clone(), parts: parts.collect(), rest }
}

/// A bar of this length after what came before it, both as shares of the whole.
fn bar(before: f64, length: f64) -> String {
    let columns = |share: f64| {
        let columns = (share * COLUMNS).round();
        (0..=40_u8).rfind(|column| f64::from(*column) <= columns).map_or(0, usize::from)
    };
    let (begin, end) = (columns(before), columns(before + length));
    let filled = "█".repeat(end.saturating_sub(begin));
    let filled = if filled.is_empty() { "▏".to_owned() } else { filled };
    format!("{}{filled}", " ".repeat(begin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::services::ServiceStart;

    #[test]
    fn a_service_has_its_bar_behind_the_one_that_it_waited_for() {
        let service = |name: &str, started, ready, after: Option<(&str, f64)>| ServiceStart {
            name: name.to_owned(),
            started,
            ready,
            after: after.map(|(name, held)| (name.to_owned(), held)),
        };
        let services =
            vec![service("db", 0.5, 1.0, None), service("web", 1.5, 2.0, Some(("db", 1.0)))];
        let stack = StackStart { label: "start shop".to_owned(), services, others: 1 };
        let shown = of_stack(&stack);
        let lines: Vec<(&str, &str)> =
            shown.parts.iter().map(|one| (one.amount.as_str(), one.names[0].as_str())).collect();
        let (gap, long) = (" ".repeat(10), " ".repeat(30));
        let bar = "█".repeat(10);
        assert_eq!(lines[0], ("1.000 s", format!("db  {gap}{bar}").as_str()));
        assert_eq!(lines[1], ("2.000 s", format!("web {long}{bar} after db (1.000 s)").as_str()));
        assert_eq!(shown.rest.as_deref(), Some("and 1 more"));
    }

    #[test]
    fn bars_follow_each_other() {
        assert_eq!(bar(0.0, 0.1), "████");
        assert_eq!(bar(0.1, 0.05), "    ██");
        assert_eq!(bar(0.5, 0.0), format!("{}▏", " ".repeat(20)));
        assert_eq!(bar(0.0, 1.0).chars().count(), 40);
    }
}
