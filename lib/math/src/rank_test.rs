//! What a rank test answers.

/// Where a p value or a coverage comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// All equally likely arrangements were counted, given the ties that there are: up to 200
    /// pairs, and while the smaller sample's size times the number of all values is at most 20,000
    /// (100 against 100, 10 against 1,990).
    Exact,
    /// Normal approximation with corrections for ties and for continuity: above that. Near 0.01 it
    /// errs on the careful side, by 2 % of p in balanced samples and up to 15 % in uneven ones.
    Normal,
}

/// The answer of a two-sided rank test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankTest {
    /// The test's statistic, see [`crate::rank_sum`] and [`crate::signed_rank`].
    pub statistic: f64,
    /// Probability, if there is no difference, of a statistic at least as extreme on either side:
    /// twice the smaller tail, at most 1, and never 0.
    pub p: f64,
    /// How `p` was found.
    pub method: Method,
}
