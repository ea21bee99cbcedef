//! Pairs of series, and what is said of each: the change, and the verdict.

pub(crate) mod batches;
#[cfg(test)]
mod batches_test;
pub(crate) mod change;
pub(crate) mod comparability;
pub(crate) mod compare;
#[cfg(test)]
mod compare_test;
pub(crate) mod comparisons;
pub(crate) mod noise;
pub(crate) mod pairing;
pub(crate) mod rule;
pub(crate) mod shape;
#[cfg(test)]
mod simulation_test;
pub(crate) mod statistic;
pub(crate) mod summary;
pub(crate) mod verdict;
