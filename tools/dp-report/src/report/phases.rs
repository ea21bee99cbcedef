//! The phases of a start as bars of text, each behind the one before it.

use crate::explain::usage::Usage;
use crate::report::breakdown::Breakdown;

/// Columns of the whole start.
const COLUMNS: f64 = 40.0;

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

    #[test]
    fn bars_follow_each_other() {
        assert_eq!(bar(0.0, 0.1), "████");
        assert_eq!(bar(0.1, 0.05), "    ██");
        assert_eq!(bar(0.5, 0.0), format!("{}▏", " ".repeat(20)));
        assert_eq!(bar(0.0, 1.0).chars().count(), 40);
    }
}
