//! How busy others kept the machine while a series was measured.

use dp_record::Host;

/// What the runs of a series say of it. Its size does not grow with them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Busy {
    /// Runs that say something.
    told: u64,
    /// Runs of which others took more than [`Host::BUSY_SHARE`] of the CPUs.
    disturbed: u64,
    /// Sum of the shares that others took.
    sum: f64,
}

impl Busy {
    /// Takes what a run says of the machine around it: the busy CPU of others, and
    /// what the hypervisor took, as shares of all CPUs.
    pub(crate) fn add(&mut self, host: &Host) {
        let shares = [host.other_cpu_ratio, host.cpu_steal_ratio];
        if shares.iter().all(Option::is_none) {
            return;
        }
        let share: f64 = shares.into_iter().flatten().sum();
        self.told += 1;
        self.disturbed += u64::from(share > Host::BUSY_SHARE);
        self.sum += share;
    }

    /// What this and another say together.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            told: self.told + other.told,
            disturbed: self.disturbed + other.disturbed,
            sum: self.sum + other.sum,
        }
    }

    /// Whether more than half of the runs were disturbed: then the median of what others
    /// took lies above [`Host::BUSY_SHARE`].
    pub(crate) fn is_busy(&self) -> bool {
        2 * self.disturbed > self.told
    }

    /// Mean share of the CPUs that others took; none where no run says it.
    pub(crate) fn share(&self) -> Option<f64> {
        (self.told > 0).then(|| self.sum / self.told as f64)
    }

    /// That share, if the machine was busy.
    pub(crate) fn busy_share(&self) -> Option<f64> {
        self.share().filter(|_| self.is_busy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shares: &[(Option<f64>, Option<f64>)]) -> Busy {
        let mut busy = Busy::default();
        for (other_cpu_ratio, cpu_steal_ratio) in shares.iter().copied() {
            busy.add(&Host { other_cpu_ratio, cpu_steal_ratio, ..Host::default() });
        }
        busy
    }

    #[test]
    fn a_machine_is_busy_if_most_runs_were_disturbed() {
        let quiet = (Some(0.02), Some(0.0));
        let loud = (Some(0.5), None);
        assert!(of(&[loud, loud, quiet]).is_busy());
        assert!(!of(&[loud, quiet]).is_busy());
        let share = of(&[loud, loud, quiet]).busy_share().unwrap();
        assert!((share - 0.34).abs() < 1e-12, "{share}");
        assert_eq!(of(&[loud, quiet]).busy_share(), None);
    }

    #[test]
    fn what_the_hypervisor_takes_counts_as_others() {
        assert!(of(&[(None, Some(0.2))]).is_busy());
        assert!(of(&[(Some(0.06), Some(0.06))]).is_busy());
        assert!(!of(&[(Some(0.06), Some(0.03))]).is_busy());
    }

    #[test]
    fn runs_that_say_nothing_count_for_nothing() {
        assert_eq!(of(&[(None, None)]), Busy::default());
        assert_eq!(Busy::default().share(), None);
        assert!(!Busy::default().is_busy());
        let both = of(&[(Some(0.4), None)]).with(of(&[(Some(0.2), None)]));
        assert!((both.share().unwrap() - 0.3).abs() < 1e-12);
    }
}
