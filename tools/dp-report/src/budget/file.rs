//! The budget file: TOML, with the place of whatever is wrong in it.

use std::ops::Range;
use std::path::Path;

use dp_record::without_mark;
use dp_tool::Fault;
use serde::Deserialize;
use toml::{Spanned, Value};

use crate::budget::Budget;
use crate::budget::pattern::Pattern;
use crate::budget::quantity::Quantity;
use crate::budget::rule::{BoundKind, ChangeKind, Demand, Expectation, Rule, Than};
use crate::judge::statistic::Statistic;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBudget {
    #[serde(default)]
    rule: Vec<RawRule>,
    #[serde(default)]
    expect: Vec<RawExpectation>,
}

/// `[[rule]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    metric: Spanned<String>,
    subject: Option<String>,
    scenario: Option<String>,
    platform: Option<String>,
    variant: Option<String>,
    statistic: Option<Spanned<String>>,
    max: Option<Spanned<Value>>,
    min: Option<Spanned<Value>>,
    improve: Option<Spanned<Value>>,
    worsen: Option<Spanned<Value>>,
    than: Option<Spanned<String>>,
    note: Option<String>,
}

/// `[[expect]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExpectation {
    records: Spanned<String>,
    subject: Option<String>,
    scenario: Option<String>,
    platform: Option<String>,
    variant: Option<String>,
    at_least: Spanned<i64>,
    note: Option<String>,
}

/// Reads a budget file.
///
/// # Errors
/// [`Fault`] with file, line and column for what cannot be read or understood,
/// and for a file that demands nothing.
pub(crate) fn read(path: &Path) -> Result<Budget, Fault> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Fault::usage(format!("{name}: cannot read the budget: {error}")))?;
    parse(&name, without_mark(&text))
}

/// Understands the text of a budget file.
pub(crate) fn parse(name: &str, text: &str) -> Result<Budget, Fault> {
    let place = Place { name, text };
    let raw: RawBudget = toml::from_str(text).map_err(|error| {
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        place.fault(&error.span().unwrap_or(0..0), &dp_record::plain_words(&message))
    })?;
    let mut budget = Budget::default();
    for rule in raw.rule {
        budget.rules.extend(place.rule(rule)?);
    }
    for expectation in raw.expect {
        budget.expectations.push(place.expectation(expectation)?);
    }
    if budget.is_empty() {
        let message = "the budget demands nothing: give a [[rule]] or an [[expect]]";
        return Err(Fault::usage(format!("{name}: {message}")));
    }
    Ok(budget)
}

struct Place<'a> {
    name: &'a str,
    text: &'a str,
}

impl Place<'_> {
    /// Line and column of a byte, from 1; columns are characters.
    fn position(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        (line, column)
    }

    fn fault(&self, span: &Range<usize>, message: &str) -> Fault {
        let (line, column) = self.position(span.start);
        Fault::usage(format!("{}:{line}:{column}: {message}", self.name))
    }

    fn source(&self, span: &Range<usize>) -> String {
        format!("{}:{}", self.name, self.position(span.start).0)
    }

    /// A rule for each of its demands.
    fn rule(&self, raw: RawRule) -> Result<Vec<Rule>, Fault> {
        let demands = self.demands(&raw)?;
        let source = self.source(&raw.metric.span());
        let pattern = Pattern {
            subject: raw.subject,
            scenario: raw.scenario,
            platform: raw.platform,
            variant: raw.variant,
        };
        let metric = raw.metric.into_inner();
        let rule = |demand| Rule {
            source: source.clone(),
            metric: metric.clone(),
            pattern: pattern.clone(),
            demand,
            note: raw.note.clone(),
        };
        Ok(demands.into_iter().map(rule).collect())
    }

    fn demands(&self, raw: &RawRule) -> Result<Vec<Demand>, Fault> {
        let statistic = raw.statistic.as_ref().map(|word| self.parsed(word)).transpose()?;
        let bounds = [(BoundKind::Max, &raw.max), (BoundKind::Min, &raw.min)];
        let changes = [(ChangeKind::Improve, &raw.improve), (ChangeKind::Worsen, &raw.worsen)];
        let mut demands = Vec::new();
        for (kind, value) in bounds {
            let Some(value) = value else { continue };
            let statistic = statistic.unwrap_or(Statistic::Median);
            demands.push(Demand::Bound { kind, limit: self.quantity(value)?, statistic });
        }
        let has_bound = !demands.is_empty();
        for (kind, value) in changes {
            let Some(value) = value else { continue };
            let than = raw.than.as_ref().map(|name| Than::Subject(name.get_ref().clone()));
            let than = than.unwrap_or(Than::Baseline);
            demands.push(Demand::Change { kind, share: self.share(value)?, than });
        }
        let has_change = demands.iter().any(|demand| matches!(demand, Demand::Change { .. }));
        let stray = [
            (raw.statistic.as_ref().filter(|_| !has_bound), "statistic goes with max and min"),
            (raw.than.as_ref().filter(|_| !has_change), "than goes with improve and worsen"),
            (
                Some(&raw.metric).filter(|_| demands.is_empty()),
                "the rule demands nothing: give max, min, improve or worsen",
            ),
        ];
        match stray.into_iter().find_map(|(at, message)| Some((at?, message))) {
            Some((at, message)) => Err(self.fault(&at.span(), message)),
            None => Ok(demands),
        }
    }

    fn parsed<T: std::str::FromStr<Err = String>>(
        &self,
        word: &Spanned<String>,
    ) -> Result<T, Fault> {
        word.get_ref().parse().map_err(|error: String| self.fault(&word.span(), &error))
    }

    fn quantity(&self, value: &Spanned<Value>) -> Result<Quantity, Fault> {
        let parsed = match value.get_ref() {
            Value::String(text) => text.parse(),
            Value::Float(number) => Quantity::plain(*number),
            Value::Integer(number) => Quantity::plain(*number as f64),
            other => {
                let message =
                    format!("{} is no value: write a number or \"1.5GB\"", other.type_str());
                return Err(self.fault(&value.span(), &message));
            }
        };
        parsed.map_err(|error| self.fault(&value.span(), &error.to_string()))
    }

    fn share(&self, value: &Spanned<Value>) -> Result<f64, Fault> {
        let share = self.quantity(value)?.as_share();
        let share = share.map_err(|error| self.fault(&value.span(), &error.to_string()))?;
        if share < 0.0 {
            return Err(self.fault(&value.span(), "a percentage of 0 or more is needed"));
        }
        Ok(share)
    }

    fn expectation(&self, raw: RawExpectation) -> Result<Expectation, Fault> {
        let at_least = u64::try_from(*raw.at_least.get_ref()).ok().filter(|count| *count > 0);
        let at_least = at_least
            .ok_or_else(|| self.fault(&raw.at_least.span(), "at_least must be 1 or more"))?;
        Ok(Expectation {
            source: self.source(&raw.records.span()),
            kind: raw.records.into_inner(),
            pattern: Pattern {
                subject: raw.subject,
                scenario: raw.scenario,
                platform: raw.platform,
                variant: raw.variant,
            },
            at_least,
            note: raw.note,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse("b.toml", text).unwrap_err().message
    }

    #[test]
    fn a_rule_reads_as_it_is_written() {
        let text = "\
# sizes
[[rule]]
metric = \"size.engine_size_bytes\"
subject = \"Dockerfile.production\"
note = \"the plan\"
max = \"1.5GB\"
improve = \"50%\"
than = \"Dockerfile\"

[[expect]]
records = \"size\"
at_least = 3
";
        let budget = parse("b.toml", text).unwrap();
        let subject = Some("Dockerfile.production".to_owned());
        let rule = |demand| Rule {
            source: "b.toml:3".to_owned(),
            metric: "size.engine_size_bytes".to_owned(),
            pattern: Pattern { subject: subject.clone(), ..Pattern::default() },
            demand,
            note: Some("the plan".to_owned()),
        };
        let (limit, statistic) = ("1.5GB".parse().unwrap(), Statistic::Median);
        let than = Than::Subject("Dockerfile".to_owned());
        let expected = [
            rule(Demand::Bound { kind: BoundKind::Max, limit, statistic }),
            rule(Demand::Change { kind: ChangeKind::Improve, share: 0.5, than }),
        ];
        assert_eq!(budget.rules, expected);
        let expectation = Expectation {
            source: "b.toml:11".to_owned(),
            kind: "size".to_owned(),
            pattern: Pattern::default(),
            at_least: 3,
            note: None,
        };
        assert_eq!(budget.expectations, [expectation]);
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_column() {
        let rule = |line: &str| format!("[[rule]]\nmetric = \"m\"\n{line}\n");
        let cases = [
            (
                rule("maxx = 1"),
                "b.toml:3:1: there is no field \"maxx\" (there are: metric, subject,",
            ),
            (rule("max = "), "b.toml:3:7: "),
            (rule("max = \"lots\""), "b.toml:3:7: \"lots\" is no number with a unit"),
            (rule("max = true"), "b.toml:3:7: boolean is no value"),
            (rule("max = nan"), "b.toml:3:7: \"NaN\" is no number"),
            (rule("max = 1\nstatistic = \"p100\""), "b.toml:4:13: no such statistic"),
            (rule("improve = \"10s\""), "b.toml:3:11: a percentage is needed"),
            (rule("improve = \"-1%\""), "b.toml:3:11: a percentage of 0 or more"),
            (rule("worsen = 0.3"), "b.toml:3:10: 0.3 of what? write \"0.3%\" or \"30%\""),
            (rule("improve = 50"), "b.toml:3:11: 50 of what? write \"50%\" or \"5000%\""),
            (rule("max = 1\nthan = \"a\""), "b.toml:4:8: than goes with"),
            (rule("worsen = \"1%\"\nstatistic = \"max\""), "b.toml:4:13: statistic goes with"),
            (rule(""), "b.toml:2:10: the rule demands nothing"),
            (rule("metric = \"m\""), "b.toml:3:1: duplicate key"),
            ("[[rule]]\nmax = 1\n".to_owned(), "b.toml:1:1: \"metric\" is missing"),
            (
                "[[rules]]\n".to_owned(),
                "b.toml:1:3: there is no field \"rules\" (there are: rule or expect)",
            ),
            ("# nothing\n".to_owned(), "b.toml: the budget demands nothing"),
            ("[[expect]]\nrecords = \"size\"\nat_least = 0\n".to_owned(), "b.toml:3:12: at_least"),
            ("\u{feff}[[rule]\n".to_owned(), "b.toml:1:"),
        ];
        for (text, expected) in cases {
            let found = message(&text);
            assert!(found.starts_with(expected), "{text}: {found}");
            assert!(!found.contains('\n'), "{found}");
        }
    }
}
