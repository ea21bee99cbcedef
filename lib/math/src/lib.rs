//! Samples, summaries, rank tests and intervals (pure)
//!
//! What a comparison of noisy measurements needs, without assuming that they are normal: they are
//! not (times have a long right tail). Every test and interval here uses ranks or order statistics
//! only, and each interval is the inversion of the test in the same row, so that the two agree:
//!
//! | question | test | estimate and interval |
//! | --- | --- | --- |
//! | where is the middle of one sample? | sign test | [`Sample::median`], [`median_interval`] |
//! | do two separate samples differ? | [`rank_sum`] | [`shift_separate`] |
//! | do paired runs differ? | [`signed_rank`] | [`shift_paired`] |
//! | do values grow or fall in their order? | [`trend`] | |
//! | are there two peaks? | [`widest_gap`] | |
//!
//! [`Shifts`] gives the intervals of the last two at several levels for the price of one.
//! [`change_points`] finds where a series changed its level, by the same ranks. Batches are few and
//! each is summed up by its median: their spread is taken as normal, by [`student_critical`].
//!
//! Null distributions are counted exactly, ties included, up to 100 values a side; above that the
//! normal approximation is used, and [`Method`] in the result says which it was.
//! Values keep the unit that they came in. Nothing here reads, writes, or draws random numbers.
//!
//! Source of the formulas unless a function names another: M. Hollander, D. A. Wolfe and
//! E. Chicken, *Nonparametric Statistical Methods*, 3rd edition, Wiley 2014, chapters 3 and 4.

mod change;
mod count;
mod interval;
mod normal;
mod null;
mod outliers;
mod peaks;
mod rank;
mod sample;
mod select;
mod shift;
mod spread;
mod student;
mod trend;
mod wilcoxon;

pub use change::change_points;
pub use interval::{Interval, median_interval};
pub use outliers::{Fences, Outlier};
pub use peaks::{Gap, widest_gap};
pub use rank::{Method, RankTest};
pub use sample::{MAX_MAGNITUDE, Sample, SampleError};
pub use shift::{Shift, Shifts, shift_paired, shift_separate};
pub use student::{student_critical, student_two_sided};
pub use trend::{Trend, trend};
pub use wilcoxon::{rank_sum, signed_rank};
