//! Where a series of values changed its level.

use crate::normal::upper_tail;
use crate::rank::doubled_midranks;
use crate::sample::Sample;
use crate::wilcoxon::rank_sum;

/// From so many values a side the normal approximation of the rank sum is taken: counting would
/// take long, and the tails differ by less than the correction for the many stretches does.
const MANY: usize = 25;
/// Below so many standard deviations no stretch is worth a test.
const FAINT: f64 = 2.0;

/// The places at which the level changes: each is the index of the first value of a new level, and
/// no level is shorter than `shortest`. A series with a value that is not finite has none.
///
/// Circular binary segmentation by the rank sum: of all stretches (those that begin or end with the
/// series, and those within it) the one whose values most surely differ from the others is tested,
/// with p times the number of stretches (Bonferroni) against `alpha`; then each part by itself. So a
/// level that was left and found again has two places. Ranks tell that there is a change, but not
/// well where: at the end each place is put where the values lie closest to the medians of both
/// sides. Without any change `alpha` bounds the chance of finding one at all, whatever the
/// distribution is, if the values are exchangeable.
///
/// Sources: A. N. Pettitt, "A non-parametric approach to the change-point problem", Applied
/// Statistics 28 (1979); A. B. Olshen, E. S. Venkatraman et al., "Circular binary segmentation",
/// Biostatistics 5 (2004). The work grows with the square of the number of values.
pub fn change_points(values: &[f64], shortest: usize, alpha: f64) -> Vec<usize> {
    if values.iter().any(|value| !value.is_finite()) {
        return Vec::new();
    }
    let shortest = shortest.max(1);
    let mut places = Vec::new();
    let mut open = vec![(0, values.len())];
    while let Some((begin, end)) = open.pop() {
        let Some(found) = tested(&values[begin..end], shortest, alpha) else { continue };
        let ends = [begin, begin + found.begin, begin + found.end, end];
        places.extend(ends[1..3].iter().filter(|place| **place > begin && **place < end));
        open.extend(ends.windows(2).map(|pair| (pair[0], pair[1])).filter(|(from, to)| from < to));
    }
    places.sort_unstable();
    for index in 0..places.len() {
        let begin = if index == 0 { 0 } else { places[index - 1] };
        let end = places.get(index + 1).copied().unwrap_or(values.len());
        if let Some(place) = parted(&values[begin..end], shortest) {
            places[index] = begin + place;
        }
    }
    places
}

/// Where two levels part: the sum of the distances from their medians is least.
fn parted(values: &[f64], shortest: usize) -> Option<usize> {
    let places = shortest..(values.len() + 1).saturating_sub(shortest);
    let cost = |place: usize| {
        let (before, after) = values.split_at(place);
        Some((place, distance(before)? + distance(after)?))
    };
    let all = places.filter_map(cost);
    all.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(place, _)| place)
}

/// The sum of the distances from the median.
fn distance(values: &[f64]) -> Option<f64> {
    let sample = Sample::new(values.to_vec()).ok()?;
    let median = sample.median();
    Some(values.iter().map(|value| (value - median).abs()).sum())
}

/// A part of a series, and how far its values lie from the others.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    begin: usize,
    /// The index behind its last value.
    end: usize,
    /// In standard deviations of the rank sum.
    distance: f64,
}

/// The stretch that surely has a level of its own.
fn tested(values: &[f64], shortest: usize, alpha: f64) -> Option<Stretch> {
    let stretches = Stretches { ranks: Ranks::of(values), shortest };
    let (count, n) = (stretches.count() as f64, values.len());
    let all = || stretches.at_an_end().chain(stretches.within());
    // A few values that lie apart are surer than standard deviations tell: the best of each small
    // size is tested too.
    let small = (shortest..2 * shortest).map(|size| {
        furthest(all().filter(|it| (it.end - it.begin).min(n - (it.end - it.begin)) == size))
    });
    let candidates = small.chain([furthest(all())]).flatten();
    let candidates = candidates.filter(|candidate| candidate.distance >= FAINT);
    let with_p = candidates.filter_map(|candidate| Some((candidate, p(values, candidate)?)));
    let (surest, p) = with_p.min_by(|one, other| one.1.total_cmp(&other.1))?;
    (p * count <= alpha).then_some(surest)
}

/// Two-sided p of no difference between a stretch and the others.
fn p(values: &[f64], stretch: Stretch) -> Option<f64> {
    let inside = &values[stretch.begin..stretch.end];
    let outside = [&values[..stretch.begin], &values[stretch.end..]].concat();
    if inside.len().min(outside.len()) >= MANY {
        return Some(2.0 * upper_tail(stretch.distance));
    }
    Some(rank_sum(&Sample::new(inside.to_vec()).ok()?, &Sample::new(outside).ok()?).p)
}

/// The first of those that lie furthest from the others.
fn furthest(stretches: impl Iterator<Item = Stretch>) -> Option<Stretch> {
    let known = stretches.filter(|stretch| stretch.distance.is_finite());
    known.reduce(|best, next| if next.distance > best.distance { next } else { best })
}

/// All stretches of a series that may be levels.
struct Stretches {
    ranks: Ranks,
    shortest: usize,
}

impl Stretches {
    /// Those that begin with the series: what follows is the other level.
    fn at_an_end(&self) -> impl Iterator<Item = Stretch> {
        let last = (self.ranks.count() + 1).saturating_sub(self.shortest);
        (self.shortest..last).map(|end| self.ranks.stretch(0, end))
    }

    /// Those with a level before them and one behind.
    fn within(&self) -> impl Iterator<Item = Stretch> {
        let (shortest, last) = (self.shortest, self.last_end());
        let begins = shortest..(last + 1).saturating_sub(shortest);
        let ends = move |begin: usize| (begin + shortest..=last).map(move |end| (begin, end));
        begins.flat_map(ends).map(|(begin, end)| self.ranks.stretch(begin, end))
    }

    /// The last end of a stretch that has a level behind it.
    fn last_end(&self) -> usize {
        self.ranks.count().saturating_sub(self.shortest)
    }

    fn count(&self) -> usize {
        let two = (self.ranks.count() + 1).saturating_sub(2 * self.shortest);
        let three = (self.ranks.count() + 1).saturating_sub(3 * self.shortest);
        two + three * (three + 1) / 2
    }
}

/// The sums of the ranks of a series up to each place.
struct Ranks {
    /// Doubled, with 0 at the begin.
    sums: Vec<f64>,
    /// The sum of the squared distances of doubled ranks from their mean.
    squares: f64,
}

impl Ranks {
    fn of(values: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let ascending: Vec<f64> = order.iter().map(|index| values[*index]).collect();
        let mut ranks = vec![0.0; values.len()];
        for (index, rank) in order.into_iter().zip(doubled_midranks(&ascending)) {
            ranks[index] = rank as f64;
        }
        let mean = values.len() as f64 + 1.0;
        let squares = ranks.iter().map(|rank| (rank - mean).powi(2)).sum();
        let mut sums = vec![0.0];
        sums.extend(ranks.iter().scan(0.0, |sum, rank| {
            *sum += rank;
            Some(*sum)
        }));
        Self { sums, squares }
    }

    fn count(&self) -> usize {
        self.sums.len() - 1
    }

    /// How far the values of this stretch lie from the others; no number where all are equal.
    fn stretch(&self, begin: usize, end: usize) -> Stretch {
        let (n, k) = (self.count() as f64, (end - begin) as f64);
        let variance = k * (n - k) / (n * (n - 1.0)) * self.squares;
        let sum = self.sums[end] - self.sums[begin];
        Stretch { begin, end, distance: (sum - k * (n + 1.0)).abs() / variance.sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six values about 1.05, by this factor.
    fn level(factor: f64) -> Vec<f64> {
        [1.0, 1.1, 1.05, 1.02, 1.07, 1.03].map(|value| value * factor).to_vec()
    }

    #[test]
    fn levels_that_do_not_overlap_are_told_apart_at_their_place() {
        assert_eq!(change_points(&[level(1.0), level(2.0)].concat(), 5, 0.01), [6]);
        let stairs = [level(1.0), level(2.0), level(3.0)].concat();
        assert_eq!(change_points(&stairs, 5, 0.01), [6, 12]);
    }

    #[test]
    fn a_level_that_was_left_and_found_again_has_two_places() {
        let back = [level(1.0), level(1.001), level(2.0), level(1.002), level(0.999)].concat();
        assert_eq!(change_points(&back, 5, 0.01), [12, 18]);
    }

    #[test]
    fn five_against_five_are_the_fewest_that_can_be_told_apart() {
        // 2 of 252 arrangements: 0.0079, and one place.
        let ten = [1.0, 1.1, 1.2, 1.3, 1.4, 2.0, 2.1, 2.2, 2.3, 2.4];
        assert_eq!(change_points(&ten, 5, 0.01), [5]);
        assert!(change_points(&ten, 5, 0.005).is_empty());
        assert!(change_points(&ten[..9], 5, 0.01).is_empty());
    }

    #[test]
    fn all_stretches_are_counted() {
        for (n, shortest) in [(10, 5), (14, 5), (15, 5), (40, 5), (9, 5), (0, 1), (7, 2)] {
            let values: Vec<f64> = (0..n).map(f64::from).collect();
            let all = Stretches { ranks: Ranks::of(&values), shortest };
            let listed = all.at_an_end().count() + all.within().count();
            assert_eq!(listed, all.count(), "{n} {shortest}");
        }
    }

    #[test]
    fn equal_values_and_values_that_are_none_change_nothing() {
        assert!(change_points(&[3.0; 50], 5, 0.01).is_empty());
        assert!(change_points(&[], 5, 0.01).is_empty());
        let with_nan = [[1.0; 10], [f64::NAN; 10]].concat();
        assert!(change_points(&with_nan, 5, 0.01).is_empty());
    }
}
