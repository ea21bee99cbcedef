//! The flat map of a record's metrics.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Up to here every whole number has an exact `f64`: 2^53.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// Metric name to value. Values are finite; what was not measured is absent.
///
/// Whole numbers are written without a decimal point, so that bytes and counts
/// look like bytes and counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    /// Sets a metric. A value that is not finite was not measured: it is left out.
    pub fn set(&mut self, name: impl Into<String>, value: f64) {
        if value.is_finite() {
            self.0.insert(name.into(), value);
        }
    }

    /// Sets a count or a number of bytes.
    pub fn set_count(&mut self, name: impl Into<String>, value: u64) {
        self.set(name, value as f64);
    }

    /// Sets a metric if it was measured.
    pub fn set_known(&mut self, name: impl Into<String>, value: Option<f64>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// The value of a metric, if it was measured.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    /// All metrics, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Whether nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>> FromIterator<(N, f64)> for Metrics {
    fn from_iter<I: IntoIterator<Item = (N, f64)>>(pairs: I) -> Self {
        let mut metrics = Self::default();
        for (name, value) in pairs {
            metrics.set(name, value);
        }
        metrics
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            match whole(*value) {
                Some(whole) => map.serialize_entry(name, &whole)?,
                None => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

/// The value as a whole number, if it is one that `f64` holds exactly.
#[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked here")]
fn whole(value: f64) -> Option<i64> {
    let negative_zero = value == 0.0 && value.is_sign_negative();
    let fits = value.fract() == 0.0 && value.abs() < EXACT_INTEGERS && !negative_zero;
    fits.then_some(value as i64)
}

/// For `serialize_with`: a number that is absent where it is not known.
#[expect(clippy::ref_option, reason = "serde's signature")]
pub(crate) fn optional_number<S: Serializer>(
    value: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match (value, value.and_then(whole)) {
        (None, _) => serializer.serialize_none(),
        (Some(_), Some(whole)) => serializer.serialize_i64(whole),
        // Nobody means -0.0.
        (Some(value), None) if *value == 0.0 => serializer.serialize_i64(0),
        (Some(value), None) => serializer.serialize_f64(*value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_no_decimal_point() {
        let metrics: Metrics =
            [("a_bytes", 3_000_000.0), ("b_seconds", 1.5), ("c_ratio", -0.0)].into_iter().collect();
        let text = serde_json::to_string(&metrics).unwrap();
        assert_eq!(text, r#"{"a_bytes":3000000,"b_seconds":1.5,"c_ratio":-0.0}"#);
    }

    #[test]
    fn what_is_not_finite_is_absent() {
        let metrics: Metrics = [("nan", f64::NAN), ("inf", f64::INFINITY)].into_iter().collect();
        assert!(metrics.is_empty());
    }

    #[test]
    fn refuses_numbers_that_do_not_fit() {
        assert!(serde_json::from_str::<Metrics>(r#"{"a":1e999}"#).is_err());
        assert!(serde_json::from_str::<Metrics>(r#"{"a":NaN}"#).is_err());
        assert!(serde_json::from_str::<Metrics>(r#"{"a":"1"}"#).is_err());
    }

    #[test]
    fn refuses_a_metric_that_is_there_twice() {
        let twice = serde_json::from_str::<Metrics>(r#"{"a":1,"b":2,"a":1}"#).unwrap_err();
        assert!(twice.to_string().starts_with("duplicate field `a`"), "{twice}");
    }
}
