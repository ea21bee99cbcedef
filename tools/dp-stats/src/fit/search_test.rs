//! Work whose need is known, searched for.

use proptest::prelude::*;

use super::*;

const MIB: u64 = 1 << 20;

/// What a search found, and how many runs each part of it took.
struct Found {
    fit: Option<Fit>,
    tries: u32,
    confirmations: u32,
    limits: Vec<u64>,
}

/// Searches with work that passes under a limit or not.
fn search(known: &Known, mut passes: impl FnMut(u64) -> bool) -> Found {
    let mut search = Search::new(known).unwrap();
    let (mut tries, mut confirmations, mut limits) = (0, 0, Vec::new());
    while let Some(step) = search.next() {
        let (limit, count) = match step {
            Step::Try(limit) => (limit, &mut tries),
            Step::Confirm(limit) => (limit, &mut confirmations),
        };
        *count += 1;
        limits.push(limit);
        assert!(limits.len() < 100, "the search does not end: {limits:?}");
        search.record(passes(limit));
    }
    Found { fit: search.fit(), tries, confirmations, limits }
}

fn known(peak: u64) -> Known {
    Known { peaks: vec![peak], ..Known::default() }
}

#[test]
fn work_that_needs_its_peak_is_done_in_a_few_runs() {
    // Measured: peak 105.9 MB, passes at 105.8 and not at 105.3.
    let found = search(&known(105_900_000), |limit| limit >= 105_500_000);
    let fit = found.fit.unwrap();
    assert!(found.tries <= 4 && found.confirmations == 3, "{:?}", found.limits);
    assert!(fit.failing.unwrap() < 105_500_000 && fit.passing >= 105_500_000, "{fit:?}");
    assert!(fit.recommended as f64 <= 105_500_000.0 * 1.03, "{fit:?}");
}

#[test]
fn work_that_needs_less_than_the_engine_allows_gets_the_least() {
    let found = search(&known(4 * MIB), |_| true);
    let fit = Fit { recommended: LEAST + STEP, passing: LEAST, failing: None };
    assert_eq!(found.fit, Some(fit));
    assert_eq!((found.tries, found.confirmations), (1, 3));
}

#[test]
fn a_recommendation_that_does_not_hold_is_raised() {
    // It passes every time only from 110 MB on; below, the first few times.
    let mut runs = 0;
    let found = search(&known(105_900_000), |limit| {
        runs += 1;
        limit >= 110_000_000 || (limit >= 105_500_000 && runs <= 5)
    });
    let fit = found.fit.unwrap();
    assert!(fit.recommended >= 110_000_000 && fit.passing == fit.recommended, "{fit:?}");
    assert!(fit.failing.unwrap() > 105_500_000, "{fit:?}");
}

#[test]
fn work_that_no_limit_lets_pass_gets_none() {
    let found = search(&known(100 * MIB), |_| false);
    assert_eq!(found.fit, None);
    assert_eq!((found.tries, found.confirmations), (TRIES, RAISES + 1));
    assert!(found.limits.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", found.limits);
}

#[test]
fn without_a_peak_there_is_nothing_to_start_from() {
    assert!(Search::new(&Known::default()).is_none());
}

proptest! {
    /// Anonymous memory: the need is the peak or up to 5 % below it.
    #[test]
    fn what_needs_its_peak_is_found_within_three_percent(
        need in 64 * MIB..64_000 * MIB,
        above in 0..50_u64,
    ) {
        let peak = need + need * above / 1000;
        let found = search(&known(peak), |limit| limit >= need);
        let fit = found.fit.unwrap();
        prop_assert!(found.tries <= TRIES && found.confirmations == CONFIRMATIONS);
        prop_assert!(fit.failing.unwrap() < need && need <= fit.passing, "{fit:?}");
        prop_assert!(fit.recommended as f64 <= need as f64 * 1.03, "{fit:?} {need} {:?}", found.limits);
    }

    /// Page cache and anonymous memory that was sampled: the need is anywhere
    /// between.
    #[test]
    fn what_can_do_without_page_cache_is_found_too(
        anonymous in 64 * MIB..640 * MIB,
        cache in 100..2000_u64,
        part in 0..1000_u64,
    ) {
        let cache = anonymous * cache / 1000;
        let need = anonymous + cache * part / 1000;
        let known = Known {
            peaks: vec![anonymous + cache],
            anonymous: Some(anonymous),
            cache: Some(cache),
        };
        let found = search(&known, |limit| limit >= need);
        let fit = found.fit.unwrap();
        prop_assert!(found.tries <= TRIES);
        prop_assert!(fit.recommended as f64 <= need as f64 * 1.03, "{fit:?} {need} {:?}", found.limits);
    }

    /// Whatever is thought of it beforehand, right or wrong.
    #[test]
    fn no_recommendation_is_below_the_need_and_all_end(
        need in 1..100_000 * MIB,
        peak in 1..100_000 * MIB,
        anonymous in proptest::option::of(0..100_000 * MIB),
        cache in proptest::option::of(0..100_000 * MIB),
    ) {
        let known = Known { peaks: vec![peak], anonymous, cache };
        let found = search(&known, |limit| limit >= need);
        prop_assert!(found.tries <= TRIES);
        prop_assert!(found.confirmations <= (RAISES + 1) * CONFIRMATIONS);
        prop_assert!(found.limits.iter().all(|limit| *limit >= LEAST && limit % STEP == 0));
        if let Some(fit) = found.fit {
            prop_assert!(fit.recommended >= need && fit.recommended >= fit.passing);
            prop_assert!(fit.failing.is_none_or(|failing| failing < need && failing < fit.passing));
            prop_assert!(found.limits.contains(&fit.recommended));
        } else {
            prop_assert!(need > peak, "{:?}", found.limits);
        }
    }

    /// Runs differ in what they need: none of the recommended limit fails.
    #[test]
    fn runs_that_differ_a_little_are_allowed_for(
        need in 64 * MIB..6400 * MIB,
        permille in proptest::collection::vec(996..=1004_u64, 40),
    ) {
        let mut of_run = permille.iter().cycle().map(|share| need * share / 1000);
        let peaks = of_run.by_ref().take(3).collect();
        let known = Known { peaks, ..Known::default() };
        let found = search(&known, |limit| limit >= of_run.next().unwrap());
        let fit = found.fit.unwrap();
        prop_assert!(fit.recommended as f64 >= need as f64 * 1.004, "{fit:?} {:?}", found.limits);
        prop_assert!(fit.recommended as f64 <= need as f64 * 1.04, "{fit:?} {:?}", found.limits);
    }
}
