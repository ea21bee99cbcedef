//! Ranks in whole numbers.

/// Midranks of values in ascending order, doubled so that they are whole numbers.
///
/// Equal values share the mean of the ranks that they cover: `[3, 5, 5, 8]` has the ranks 1, 2.5,
/// 2.5, 4, which are given as 2, 5, 5, 8.
pub(crate) fn doubled_midranks(ascending: &[f64]) -> Vec<usize> {
    let mut ranks = Vec::with_capacity(ascending.len());
    for equal in ascending.chunk_by(|x, y| x.total_cmp(y).is_eq()) {
        // Places before + 1 to places before + t: their mean, doubled.
        let doubled = 2 * ranks.len() + equal.len() + 1;
        ranks.extend(std::iter::repeat_n(doubled, equal.len()));
    }
    ranks
}

/// The doubled ranks of `n` values without ties: 2, 4, ..., 2n.
pub(crate) fn doubled_ranks(n: usize) -> Vec<usize> {
    (1..=n).map(|rank| 2 * rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(doubled_midranks(&[3.0, 5.0, 5.0, 8.0]), [2, 5, 5, 8]);
        assert_eq!(doubled_midranks(&[1.0; 3]), [4, 4, 4]);
        assert_eq!(doubled_midranks(&[]), [0_usize; 0]);
    }

    #[test]
    fn without_ties_midranks_are_ranks() {
        assert_eq!(doubled_midranks(&[0.1, 0.2, 0.3]), doubled_ranks(3));
    }
}
