//! The machine around the runs of a series, as `host` of its records has it: what was going
//! on beside what was measured.

use dp_math::Sample;
use dp_record::Host;

/// What the hosts of the runs of one series said, a value a run that has it.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    load: Vec<f64>,
    pressure: Vec<f64>,
    others: Vec<f64>,
    stolen: Vec<f64>,
}

/// One figure of all runs of a series: the middle one and the largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Middle {
    pub(crate) median: f64,
    pub(crate) max: f64,
}

/// All runs of a series together; what no record says is none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Around {
    /// Load average over one minute, before the runs.
    pub(crate) load: Option<Middle>,
    /// Share of the time before the runs in which something waited for a CPU.
    pub(crate) pressure: Option<Middle>,
    /// CPU during the runs that neither subject, engine nor dp spent, of all CPUs.
    pub(crate) others: Option<Middle>,
    /// CPU that the hypervisor took during the runs, of all CPUs.
    pub(crate) stolen: Option<Middle>,
}

impl Surroundings {
    /// Adds what a record says.
    pub(crate) fn add(&mut self, host: &Host) {
        self.load.extend(host.load1);
        self.pressure.extend(host.cpu_pressure_ratio);
        self.others.extend(host.other_cpu_ratio);
        self.stolen.extend(host.cpu_steal_ratio);
    }

    /// All runs together; none where no record says anything.
    pub(crate) fn summary(&self) -> Option<Around> {
        let middle = |values: &[f64]| {
            let sample = Sample::new(values.to_vec()).ok()?;
            Some(Middle { median: sample.median(), max: sample.max() })
        };
        let around = Around {
            load: middle(&self.load),
            pressure: middle(&self.pressure),
            others: middle(&self.others),
            stolen: middle(&self.stolen),
        };
        (around != Around::default()).then_some(around)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_record_says_is_not_known() {
        let mut series = Surroundings::default();
        assert_eq!(series.summary(), None);
        for others in [0.5, 0.1, 0.2] {
            series.add(&Host { other_cpu_ratio: Some(others), ..Host::default() });
        }
        series.add(&Host { load1: Some(3.0), ..Host::default() });
        let found = series.summary().unwrap();
        assert_eq!(found.others, Some(Middle { median: 0.2, max: 0.5 }));
        assert_eq!(found.load, Some(Middle { median: 3.0, max: 3.0 }));
        assert_eq!((found.pressure, found.stolen), (None, None));
    }
}
