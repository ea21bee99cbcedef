//! Numbers for machines.

use serde_json::Value;

/// Up to here every whole number has an exact `f64`: 2^53.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// Bytes and counts look like bytes and counts; others have as many digits as
/// give back the same number.
#[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked here")]
pub(crate) fn number(value: f64) -> Value {
    let whole = value.fract() == 0.0 && value.abs() < EXACT_INTEGERS;
    if whole { Value::from(value as i64) } else { Value::from(value) }
}

/// The same as text.
pub(crate) fn plain(value: f64) -> String {
    number(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_no_decimal_point_and_others_lose_nothing() {
        assert_eq!(plain(1_500_000_000.0), "1500000000");
        assert_eq!(plain(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(plain(-0.0), "0");
        assert_eq!(plain(1e300), "1e+300");
    }
}
