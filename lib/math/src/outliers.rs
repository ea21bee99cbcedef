//! Values far from the rest: marked, never removed.

use crate::sample::Sample;

/// Tukey's fences around the middle half of a sample.
///
/// With the interquartile range `IQR = Q3 - Q1`, mild outliers lie more than 1.5 IQR beyond a
/// quartile and severe ones more than 3 IQR (J. W. Tukey, *Exploratory Data Analysis*, 1977; here
/// with the quartiles of [`Sample::quantile`]). Where more than half of the values are equal, the
/// IQR may be 0, and every other value is then severe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fences {
    q1: f64,
    q3: f64,
}

/// How far outside of the fences a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outlier {
    /// More than 1.5 and at most 3 IQR beyond a quartile.
    Mild,
    /// More than 3 IQR beyond a quartile.
    Severe,
}

impl Fences {
    /// The fences of `sample`.
    pub fn of(sample: &Sample) -> Self {
        let quartile = |q| sample.quantile(q).unwrap_or_else(|| sample.median());
        Self { q1: quartile(0.25), q3: quartile(0.75) }
    }

    /// What `value` is by these fences; `None` if it lies within them or on them.
    pub fn outlier(&self, value: f64) -> Option<Outlier> {
        let range = self.q3 - self.q1;
        let beyond = (self.q1 - value).max(value - self.q3);
        if beyond > 3.0 * range {
            Some(Outlier::Severe)
        } else {
            (beyond > 1.5 * range).then_some(Outlier::Mild)
        }
    }
}

impl Sample {
    /// How many values lie outside Tukey's [`Fences`], mild and severe together, and
    /// further than `least` from the median: where nearly all values are equal, the
    /// grain of a clock lies outside of the fences too.
    pub fn outliers(&self, least: f64) -> usize {
        let (fences, median) = (Fences::of(self), self.median());
        let outside = |v: &&f64| fences.outlier(**v).is_some() && (**v - median).abs() > least;
        self.values().iter().filter(outside).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quartiles 2 and 4 by hand: inner fences at -1 and 7, outer ones at -4 and 10.
    fn one_to_five() -> Fences {
        Fences::of(&Sample::new(vec![1.0, 2.0, 3.0, 4.0, 5.0]).unwrap())
    }

    #[test]
    fn a_value_on_a_fence_is_inside_of_it() {
        let fences = one_to_five();
        assert_eq!([-1.0, 3.0, 7.0].map(|v| fences.outlier(v)), [None; 3]);
        let mild = [-4.0, -1.1, 7.1, 10.0].map(|v| fences.outlier(v));
        assert_eq!(mild, [Some(Outlier::Mild); 4]);
        let severe = [-4.1, 10.1].map(|v| fences.outlier(v));
        assert_eq!(severe, [Some(Outlier::Severe); 2]);
    }

    #[test]
    fn a_sample_counts_its_outliers() {
        // Quartiles 2.25 and 4.75 by hand; 99 is beyond 4.75 + 3 * 2.5.
        let s = Sample::new(vec![1.0, 2.0, 3.0, 4.0, 5.0, 99.0]).unwrap();
        assert_eq!(s.outliers(0.0), 1);
        assert_eq!(Fences::of(&s).outlier(99.0), Some(Outlier::Severe));
    }

    #[test]
    fn equal_values_have_no_outliers_and_make_any_other_value_severe() {
        let s = Sample::new(vec![2.0; 9]).unwrap();
        assert_eq!(s.outliers(0.0), 0);
        assert_eq!(Fences::of(&s).outlier(2.1), Some(Outlier::Severe));
    }
}
