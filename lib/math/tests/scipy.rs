//! Against scipy and counting in whole numbers: see `make_expected.py`, which wrote the table.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use dp_math::{Method, RankTest, Sample, Shift};
use dp_math::{rank_sum, shift_paired, shift_separate, signed_rank};

const TABLE: &str = include_str!("expected.csv");

/// One line of the table.
struct Case {
    source: &'static str,
    a: Sample,
    /// Empty for paired differences.
    b: Option<Sample>,
    alpha: f64,
    statistic: f64,
    p: f64,
    /// Estimate, low, high, coverage; `None` where the sample is too small.
    shift: Option<[f64; 4]>,
}

fn cases() -> impl Iterator<Item = (usize, Case)> {
    let lines = TABLE.lines().enumerate().skip(2);
    lines.map(|(i, line)| (i + 1, parse(line)))
}

fn parse(line: &'static str) -> Case {
    let fields: Vec<&str> = line.split(',').collect();
    let number = |i: usize| fields[i].parse::<f64>().unwrap();
    let sample = |i: usize| Sample::new(fields[i].split(' ').map(|v| v.parse().unwrap()).collect());
    assert_eq!(fields[0] == "signed_rank", fields[3].is_empty(), "{line}");
    Case {
        source: fields[1],
        a: sample(2).unwrap(),
        b: (!fields[3].is_empty()).then(|| sample(3).unwrap()),
        alpha: number(4),
        statistic: number(5),
        p: number(6),
        shift: (!fields[7].is_empty()).then(|| [7, 8, 9, 10].map(number)),
    }
}

impl Case {
    fn test(&self) -> RankTest {
        match &self.b {
            Some(b) => rank_sum(&self.a, b),
            None => signed_rank(&self.a),
        }
    }

    fn shift(&self) -> Option<Shift> {
        match &self.b {
            Some(b) => shift_separate(&self.a, b, self.alpha),
            None => shift_paired(&self.a, self.alpha),
        }
    }

    fn method(&self) -> Method {
        if self.source == "scipy asymptotic" { Method::Normal } else { Method::Exact }
    }
}

fn close(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-12 * theirs.abs()
}

#[test]
fn the_table_holds_every_kind_of_case() {
    let of = |source: &str| cases().filter(|(_, case)| case.source == source).count();
    let kinds = ["scipy exact", "scipy permutation", "counting", "scipy asymptotic"];
    assert_eq!(kinds.map(of), [71, 24, 9, 5]);
}

#[test]
fn statistics_and_p_values_are_those_of_scipy() {
    for (line, case) in cases() {
        let test = case.test();
        assert!(close(test.statistic, case.statistic), "{line}: {test:?}");
        assert!(close(test.p, case.p), "{line}: {test:?} and not {}", case.p);
        assert_eq!(test.method, case.method(), "{line}");
    }
}

#[test]
fn shifts_and_intervals_are_those_of_all_pairs_sorted() {
    for (line, case) in cases() {
        let ours = case.shift();
        let ends = ours.map(|s| [s.estimate, s.interval.low, s.interval.high, s.interval.coverage]);
        match (ends, case.shift) {
            (Some(ours), Some(theirs)) => {
                let same = ours.iter().zip(theirs).all(|(x, y)| close(*x, y));
                assert!(same, "{line}: {ours:?} and not {theirs:?}");
            }
            (ours, theirs) => assert_eq!(ours, theirs, "{line}"),
        }
        let method = ours.map(|s| s.interval.method);
        assert_eq!(method.unwrap_or(case.method()), case.method(), "line {line}");
    }
}
