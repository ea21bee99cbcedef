//! How many probes a second.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Probes a second: from 0.01 to 1000, which is about what one thread can send
/// without being a load of its own.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(f64);

/// Text that is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no rate (write probes a second, from 0.01 to 1000)")]
pub struct BadRate(String);

impl FromStr for Rate {
    type Err = BadRate;

    fn from_str(text: &str) -> Result<Self, BadRate> {
        let rate = text.parse().ok().filter(|rate| (0.01..=1000.0).contains(rate));
        rate.map(Self).ok_or_else(|| BadRate(text.to_owned()))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Rate {
    /// Probes a second.
    pub fn per_second(self) -> f64 {
        self.0
    }

    /// When probe `k`, from 0, is due after the begin. Calculated anew for each, so
    /// that roundings do not add up.
    pub(super) fn due(self, k: u32) -> Duration {
        Duration::from_secs_f64(f64::from(k) / self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_millionth_is_due_when_it_should_be() {
        let rate: Rate = "30".parse().unwrap();
        assert_eq!(rate.due(0), Duration::ZERO);
        assert_eq!(rate.due(1).as_nanos(), 33_333_333);
        assert_eq!(rate.due(3_000_000), Duration::from_secs(100_000));
        let slowest: Rate = "0.01".parse().unwrap();
        assert_eq!(slowest.due(u32::MAX).as_secs(), 429_496_729_500);
    }

    #[test]
    fn what_is_no_rate_is_refused_with_the_way_out() {
        for text in ["", "0", "-1", "1001", "NaN", "inf", "20/s", "0.009"] {
            let error = text.parse::<Rate>().unwrap_err().to_string();
            let says = "is no rate (write probes a second, from 0.01 to 1000)";
            assert_eq!(error, format!("{text:?} {says}"));
        }
        assert_eq!("0.5".parse::<Rate>().unwrap().to_string(), "0.5");
        assert_eq!("1000".parse::<Rate>().unwrap().to_string(), "1000");
    }
}
