//! Budgets of one line: `--max`, `--min`, `--improve`, `--expect`.

use std::str::FromStr;

use crate::budget::pattern::Pattern;
use crate::budget::quantity::Quantity;
use crate::budget::rule::{BoundKind, ChangeKind, Demand, Expectation, Rule, Than};
use crate::judge::statistic::Statistic;

/// `METRIC=VALUE`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MetricValue {
    metric: String,
    value: Quantity,
    text: String,
}

impl MetricValue {
    /// The median of the runs must not lie beyond the value.
    pub(crate) fn bound(&self, kind: BoundKind) -> Rule {
        let (limit, statistic) = (self.value.clone(), Statistic::Median);
        self.rule(kind.word(), Demand::Bound { kind, limit, statistic })
    }

    /// The option as it was typed, for messages.
    pub(crate) fn option(&self) -> String {
        format!("--improve {}", self.text)
    }

    /// The metric must be better than in the baseline.
    pub(crate) fn improve(&self) -> Result<Rule, String> {
        let kind = ChangeKind::Improve;
        let share = self.value.as_share().map_err(|error| error.to_string())?;
        if share < 0.0 {
            return Err("a percentage of 0 or more is needed".to_owned());
        }
        Ok(self.rule(kind.word(), Demand::Change { kind, share, than: Than::Baseline }))
    }

    fn rule(&self, option: &str, demand: Demand) -> Rule {
        Rule {
            source: format!("--{option} {}", self.text),
            metric: self.metric.clone(),
            pattern: Pattern::default(),
            demand,
            note: None,
        }
    }
}

impl FromStr for MetricValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (metric, value) = text.rsplit_once('=').ok_or("give it as METRIC=VALUE")?;
        if metric.is_empty() {
            return Err("there is no metric before the =".to_owned());
        }
        let value = value.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { metric: metric.to_owned(), value, text: text.to_owned() })
    }
}

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "give it as KIND>=N or KIND/SUBJECT>=N, with N of 1 or more";
        let (what, count) = text.rsplit_once(">=").ok_or(wrong)?;
        let count: u64 = count.trim().parse().map_err(|_| wrong)?;
        let (kind, subject) = match what.trim().split_once('/') {
            Some((kind, subject)) => (kind, Some(subject.to_owned())),
            None => (what.trim(), None),
        };
        if kind.is_empty() || count == 0 {
            return Err(wrong.to_owned());
        }
        Ok(Self {
            source: format!("--expect {text}"),
            kind: kind.to_owned(),
            pattern: Pattern { subject, ..Pattern::default() },
            at_least: count,
            note: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_about_the_median_of_every_subject() {
        let value: MetricValue = "size.engine_size_bytes=1.5GB".parse().unwrap();
        let rule = value.bound(BoundKind::Max);
        assert_eq!(rule.source, "--max size.engine_size_bytes=1.5GB");
        assert_eq!(
            (rule.metric.as_str(), rule.pattern),
            ("size.engine_size_bytes", Pattern::default())
        );
        let (limit, statistic) = ("1.5GB".parse().unwrap(), Statistic::Median);
        assert_eq!(rule.demand, Demand::Bound { kind: BoundKind::Max, limit, statistic });
    }

    #[test]
    fn an_improvement_is_a_percentage_of_the_baseline() {
        let share = |text: &str| match text.parse::<MetricValue>().unwrap().improve() {
            Ok(Rule { demand: Demand::Change { share, .. }, .. }) => Some(share),
            _ => None,
        };
        assert_eq!(share("wall_seconds=50%"), Some(0.5));
        assert_eq!(share("wall_seconds=0"), Some(0.0));
        let refused = ["wall_seconds=50", "wall_seconds=10s", "wall_seconds=-5%"];
        assert_eq!(refused.map(share), [None; 3]);
    }

    #[test]
    fn an_expectation_names_a_kind_and_maybe_a_subject() {
        let expectation: Expectation = "size>=3".parse().unwrap();
        assert_eq!((expectation.kind.as_str(), expectation.at_least), ("size", 3));
        let expectation: Expectation = "build/dp/app:*>=8".parse().unwrap();
        assert_eq!(expectation.pattern.subject.as_deref(), Some("dp/app:*"));
        for text in ["size", "size>3", "size>=x", "size>=0", ">=3", "size>=-1"] {
            assert!(text.parse::<Expectation>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_metric_with_a_value_is_refused() {
        for text in ["wall_seconds", "=5", "wall_seconds=", "wall_seconds=fast"] {
            assert!(text.parse::<MetricValue>().is_err(), "{text}");
        }
    }
}
