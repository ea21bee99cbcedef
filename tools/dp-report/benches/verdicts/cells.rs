//! What is simulated, and what must hold of it.

use std::fmt;

use crate::noise::Noise;

/// One kind of data set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) noise: Noise,
    /// By how much all subjects but the baseline are slower, as a share.
    pub(crate) change: f64,
    pub(crate) rounds: usize,
    /// How many subjects are compared with the baseline.
    pub(crate) subjects: usize,
    /// None where all is measured in one batch.
    pub(crate) days: Option<Days>,
    pub(crate) limit: Limit,
}

/// A baseline of batches of other days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    pub(crate) batches: usize,
    /// Runs of each; the new batch has those of its cell.
    pub(crate) rounds: usize,
    /// Whether one day in twenty is three times as far off: others keep the machine busy.
    pub(crate) busy: bool,
    /// Width of what differs from day to day.
    pub(crate) between: f64,
}

/// What must hold, as a share of 1.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    None,
    /// Of the verdicts at most so many may tell a change.
    Changed(f64),
    /// Of the reports at most so many may have such a verdict.
    Reports(f64),
    /// At most so many may be called regressed.
    Regressed(f64),
    /// At least so many must be.
    Found(f64),
    /// At least so many must be called improved.
    Improved(f64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, share) = match self {
            Self::None => return Ok(()),
            Self::Changed(share) => ("changed at most", share),
            Self::Reports(share) => ("reports with a change at most", share),
            Self::Regressed(share) => ("regressed at most", share),
            Self::Found(share) => ("regressed at least", share),
            Self::Improved(share) => ("improved at least", share),
        };
        write!(f, "{text} {:.0} %", share * 100.0)
    }
}

impl Cell {
    /// `lognormal 5 %, +10 %`.
    pub(crate) fn name(&self) -> String {
        let noise = match self.noise {
            Noise::Lognormal(width) => format!("lognormal {:.0} %", width * 100.0),
            Noise::Bimodal => "bimodal".to_owned(),
            Noise::Drift => "drift".to_owned(),
            Noise::Autocorrelated => "autocorrelated".to_owned(),
            Noise::HeavyTail => "heavy tail".to_owned(),
        };
        let change = if self.change.abs() > 0.0 {
            format!("{:+.0} %", self.change * 100.0)
        } else {
            "A/A".to_owned()
        };
        match self.days {
            None => format!("{noise}, {change}"),
            Some(Days { batches, between, rounds, busy }) => {
                let (between, busy) = (between * 100.0, if busy { ", some busy" } else { "" });
                format!("{batches} days of {rounds} that differ by {between:.0} %{busy}, {change}")
            }
        }
    }
}

const ROUNDS: [usize; 4] = [8, 10, 20, 30];
/// Noise of the true changes.
const FIVE: Noise = Noise::Lognormal(0.05);

/// All cells, in the order of the table.
pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    let noises = [
        Noise::Lognormal(0.02),
        FIVE,
        Noise::Lognormal(0.15),
        Noise::Lognormal(0.4),
        Noise::Bimodal,
        Noise::Drift,
        Noise::Autocorrelated,
        Noise::HeavyTail,
    ];
    for noise in noises {
        cells.extend(each(noise, 0.0, 1, |_| Limit::Changed(0.01)));
    }
    // From 3 to 27 verdicts and beyond.
    for subjects in [1, 2, 3, 5, 7, 9, 18] {
        let within = subjects <= 9;
        let limit = |_| if within { Limit::Reports(0.05) } else { Limit::None };
        cells.extend(each(Noise::Lognormal(0.15), 0.0, subjects, limit));
    }
    cells.extend(each(FIVE, 0.03, 1, |_| Limit::Regressed(0.02)));
    // On the floor.
    cells.extend(each(FIVE, 0.05, 1, |_| Limit::Regressed(0.11)));
    let found = |rounds| if rounds >= 20 { Limit::Found(0.9) } else { Limit::None };
    cells.extend(each(FIVE, 0.10, 1, found));
    let improved = |rounds| if rounds >= 20 { Limit::Improved(0.9) } else { Limit::None };
    cells.extend(each(FIVE, -0.10, 1, improved));
    cells.extend(each(FIVE, 0.20, 1, |_| Limit::Found(0.9)));
    cells.extend(each(FIVE, 0.10, 9, |_| Limit::None));
    cells.extend(each(Noise::HeavyTail, 0.10, 1, |_| Limit::None));
    cells.extend(of_days());
    cells
}

/// A new batch against batches of other days.
fn of_days() -> Vec<Cell> {
    let mut cells = Vec::new();
    let cell = |(between, batches), change, limit| Cell {
        noise: Noise::Lognormal(0.03),
        change,
        rounds: 10,
        subjects: 1,
        days: Some(Days { batches, rounds: 10, busy: false, between }),
        limit,
    };
    for between in [0.02, 0.05, 0.10, 0.15] {
        for batches in [5, 8, 20] {
            let days = (between, batches);
            cells.push(cell(days, 0.0, Limit::Changed(0.01)));
            cells.extend([0.10, 0.20, 0.50].map(|change| cell(days, change, Limit::None)));
        }
    }
    // Fewer runs than the days have, more, and days that others make busy.
    for between in [0.02, 0.15] {
        for batches in [5, 20] {
            for (rounds, new, busy) in [(10, 1, false), (3, 10, false), (10, 10, true)] {
                // Busy days may give three times as many false alarms.
                let limit = Limit::Changed(if busy { 0.03 } else { 0.01 });
                let days = Some(Days { batches, rounds, busy, between });
                let equal = cell((between, batches), 0.0, limit);
                cells.push(Cell { rounds: new, days, ..equal });
            }
        }
    }
    cells
}

fn each(
    noise: Noise,
    change: f64,
    subjects: usize,
    limit: impl Fn(usize) -> Limit,
) -> impl Iterator<Item = Cell> {
    ROUNDS.into_iter().map(move |rounds| Cell {
        noise,
        change,
        rounds,
        subjects,
        days: None,
        limit: limit(rounds),
    })
}
