//! Counting all arrangements of ranks, by their sum.

/// In how many ways `k` of the ascending `weights` have each sum, from the least sum upwards.
///
/// `rows[j]` holds the sums of `j` weights of those seen so far, counted from `rows[j]`'s own least
/// sum (that of the `j` smallest weights): so a new weight `w` moves a sum from row `j - 1` to row
/// `j` by `w - weights[j - 1]` steps. Counts are f64: at most about 1e67, no overflow.
pub(crate) fn count_choices(weights: &[usize], k: usize) -> Vec<f64> {
    let mut rows = vec![Vec::new(); k + 1];
    rows[0] = vec![1.0];
    for (i, weight) in weights.iter().enumerate() {
        let to_come = weights.len() - 1 - i;
        let fewest = k.saturating_sub(to_come).max(1); // shorter choices can no longer reach k
        for j in (fewest..=k.min(i + 1)).rev() {
            let (shorter, row) = rows.split_at_mut(j);
            add_moved(&mut row[0], &shorter[j - 1], weight - weights[j - 1]);
        }
    }
    rows.swap_remove(k)
}

/// In how many of the 2^n choices of any number of `weights` each sum occurs, from 0 upwards.
pub(crate) fn count_signs(weights: &[usize]) -> Vec<f64> {
    weights.iter().fold(vec![1.0], |mut sums, weight| {
        let without = sums.clone();
        add_moved(&mut sums, &without, *weight);
        sums
    })
}

/// Adds `source` to `target`, moved up by `steps`.
fn add_moved(target: &mut Vec<f64>, source: &[f64], steps: usize) {
    let len = target.len().max(source.len() + steps);
    target.resize(len, 0.0);
    for (sum, count) in target[steps..].iter_mut().zip(source) {
        *sum += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_counted_by_their_sum() {
        // 1+2, 1+3, 1+4 and 2+3, 2+4, 3+4
        assert_eq!(count_choices(&[1, 2, 3, 4], 2), [1.0, 1.0, 2.0, 1.0, 1.0]);
        // 2+5 twice, 2+8 and 5+5, 5+8 twice, less 7
        assert_eq!(count_choices(&[2, 5, 5, 8], 2), [2.0, 0.0, 0.0, 2.0, 0.0, 0.0, 2.0]);
        assert_eq!(count_choices(&[3, 3, 3], 2), [3.0]);
    }

    #[test]
    fn signs_are_counted_by_their_sum() {
        assert_eq!(count_signs(&[1, 2, 3]), [1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0]);
        assert_eq!(count_signs(&[1; 4]), [1.0, 4.0, 6.0, 4.0, 1.0]);
        assert_eq!(count_signs(&[]), [1.0]);
    }

    #[test]
    fn the_largest_count_does_not_overflow() {
        let ranks: Vec<usize> = (1..=200).collect();
        let choices: f64 = count_choices(&ranks, 100).iter().sum();
        // C(200, 100) and 2^200
        assert!((choices / 9.054_851_465_610_328e58 - 1.0).abs() < 1e-12);
        let signs: f64 = count_signs(&ranks).iter().sum();
        assert!((signs / 2_f64.powi(200) - 1.0).abs() < 1e-12);
    }
}
