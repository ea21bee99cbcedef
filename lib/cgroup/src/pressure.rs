//! Pressure stall information (Documentation/accounting/psi.rst).

use std::time::Duration;

/// How long something could not go on for want of a resource, since the group
/// was made. A share of a time is the difference of two readings over it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pressure {
    /// At least one task waited (`some`, `total` in us).
    pub some: Duration,
    /// All that could have run waited (`full`, `total` in us). Of CPU since
    /// Linux 5.13.
    pub full: Option<Duration>,
}

impl Pressure {
    /// `some avg10=0.00 avg60=0.00 avg300=0.00 total=193178`, then `full ...`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let total = |kind: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(kind))?;
            let micros = line.split(' ').find_map(|word| word.strip_prefix("total="))?;
            micros.parse().ok().map(Duration::from_micros)
        };
        Some(Self { some: total("some ")?, full: total("full ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_microseconds() {
        let text = "some avg10=1.53 avg60=0.87 avg300=0.24 total=193178\n\
                    full avg10=0.00 avg60=0.00 avg300=0.00 total=184345\n";
        let pressure = Pressure::parse(text).unwrap();
        assert_eq!(pressure.some, Duration::from_micros(193_178));
        assert_eq!(pressure.full, Some(Duration::from_micros(184_345)));
    }

    #[test]
    fn older_kernels_have_no_full_pressure_of_cpu() {
        let pressure = Pressure::parse("some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n").unwrap();
        assert_eq!((pressure.some, pressure.full), (Duration::from_micros(7), None));
        assert_eq!(Pressure::parse(""), None);
    }
}
