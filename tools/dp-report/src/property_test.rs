//! Whatever the records hold, there is a report in every format.

use dp_record::{EnvDetail, Failure, Ground, Plan, PlannedSubject, Record, Run, Subject};
use dp_tool::Exit;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::budget::{self, BoundKind, Budget, Expectation, MetricValue, Outcome};
use crate::input::collect::{Collector, Origin};
use crate::input::filter::Filter;
use crate::input::selection::Selection;
use crate::input::series::Side;
use crate::judge::comparisons::Comparisons;
use crate::judge::pairing::{Against, Pairing};
use crate::judge::rule::Level;
use crate::judge::statistic::Statistic;
use crate::render::screen::Screen;
use crate::render::{self, FORMATS};
use crate::report::Report;
use crate::report::build::{self, Request};

fn value() -> impl Strategy<Value = f64> {
    let special = prop::sample::select(vec![0.0, -0.0, 1.0, -1.0, 5e299, -5e299, 1e-300, 1e308]);
    prop_oneof![special, 0.0..10.0, -1e9..1e9]
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

prop_compose! {
    fn observation()(
        kind in word(&["build", "size", "bench"]),
        name in word(&["main", "head", "", "\u{1b}[2J|`"]),
        scenario in prop::option::of(word(&["warm", "cold"])),
        run in prop::option::of((word(&["b1", "b2"]), prop::option::of(0_u32..12), any::<bool>())),
        failed in prop::bool::weighted(0.1),
        metrics in prop::collection::vec(
            (word(&["wall_seconds", "engine_size_bytes", "steps_cached", "steps_executed", "x"]), value()),
            0..4,
        ),
        env in prop::option::of(word(&["e1", "e2"])),
    ) -> Record {
        let mut record = Record::new(&kind, Timestamp::UNIX_EPOCH);
        record.subject = Some(Subject { name, scenario, ..Subject::default() });
        record.run = run.map(|(batch, n, warmup)| Run { batch, n, warmup, ..Run::default() });
        record.metrics = metrics.into_iter().collect();
        record.env = env;
        if failed {
            record.fail(Failure { code: "x".to_owned(), ..Failure::default() });
        }
        record
    }
}

prop_compose! {
    fn opening()(
        batch in word(&["b1", "b2"]),
        env in word(&["e1", "e2"]),
        engine in prop::option::of(word(&["1", "2"])),
        runs in 0_u32..3,
    ) -> Record {
        let subject = PlannedSubject { name: "main".to_owned(), ..PlannedSubject::default() };
        let plan = Plan { kind: "build".to_owned(), subjects: vec![subject], runs, warmup: 0 };
        let ground = Ground { engine_version: engine, ..Ground::default() };
        let detail = EnvDetail { plan, ground, ..EnvDetail::default() };
        let id = serde_json::to_string(&detail.ground).unwrap();
        let mut record = detail.into_record(Timestamp::UNIX_EPOCH, &batch, &id);
        record.env = Some(env);
        record
    }
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(prop_oneof![1 => opening(), 12 => observation()], 1..40)
}

fn collected(input: &[Record], baseline: &[Record]) -> Collector {
    let mut collector = Collector::new(Selection::new(true), Filter::default());
    for (side, records) in [(Side::Input, input), (Side::Baseline, baseline)] {
        let source = collector.add_source("file");
        for (line, record) in (1..).zip(records) {
            let _ = collector.observe(Origin { side, source, line }, &record.into());
        }
    }
    collector
}

/// Demands on what the records may or may not have.
fn budget() -> Budget {
    let value = |text: &str| text.parse::<MetricValue>().unwrap();
    let mut budget = Budget::default();
    for text in ["build.wall_seconds=1s", "engine_size_bytes=1MB", "x=3", "wall_seconds=5%"] {
        budget.rules.push(value(text).bound(BoundKind::Max));
        budget.rules.push(value(text).bound(BoundKind::Min));
    }
    budget.rules.push(value("build.wall_seconds=10%").improve().unwrap());
    budget.expectations.push("size/main>=2".parse::<Expectation>().unwrap());
    budget
}

fn reported(collector: &Collector, against: &Against, budget: &Budget) -> Report {
    let pairing = Pairing::of(collector, against);
    let _ = pairing.check(collector);
    let statistics = &[Statistic::Percentile(5.0), Statistic::Mean, Statistic::Mad];
    let mut comparisons = Comparisons::new(collector, &[], &pairing);
    build::report(collector, &Request { pairing: &pairing, budget, statistics }, &mut comparisons)
}

proptest! {
    // Each case validates a report by the schema three times.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_input_has_a_report_in_every_format(input in records(), baseline in records()) {
        let (file, budget) = (Against::File("base".to_owned()), budget());
        for against in [Against::Nothing, Against::Subject("main".to_owned()), file] {
            let base = if matches!(against, Against::File(_)) { &baseline[..] } else { &[] };
            let collector = collected(&input, base);
            let report = reported(&collector, &against, &budget);
            for format in FORMATS {
                let text = (format.render)(&report, &Screen::default()).unwrap();
                let controls = |c: char| c.is_control() && c != '\n';
                prop_assert!(!text.contains(controls), "{}", text);
            }
            let jsonl = render::format("jsonl").unwrap();
            dp_testkit::assert_records(&(jsonl.render)(&report, &Screen::default()).unwrap());
            prop_assert!(report.budget.len() > budget.rules.len());
            // Every verdict is as sure as their number demands.
            let level = Level::of(report.chances().len());
            let compared = report.rows().filter_map(|row| row.comparison.as_ref()?.change.as_ref());
            for bounds in compared.filter_map(|change| change.bounds) {
                prop_assert!((bounds.alpha - level.alpha).abs() < 1e-15);
            }
            let unclear = report.budget.iter().any(|check| check.outcome == Outcome::Error);
            prop_assert_eq!(report.exit(false) == Exit::Usage, unclear);
        }
    }

    #[test]
    fn a_failed_or_missing_run_never_ends_with_0(input in records()) {
        let collector = collected(&input, &[]);
        let failed = collector.series.of(Side::Input).any(|series| series.failed > 0);
        if failed || !collector.missing(Side::Input).is_empty() {
            let report = reported(&collector, &Against::Nothing, &Budget::default());
            prop_assert_eq!(report.exit(false), Exit::Failed);
        }
    }
}

proptest! {
    #[test]
    fn what_people_type_is_understood_or_refused_in_one_line(text in "\\PC{0,40}|[\\[\\]a-z=\" .0-9%GMs\n]{0,80}") {
        for refused in [
            budget::parse("b.toml", &text).err().map(|fault| fault.message),
            text.parse::<MetricValue>().err(),
            text.parse::<Expectation>().err(),
            text.parse::<Filter>().err(),
        ].into_iter().flatten() {
            prop_assert!(!refused.is_empty() && !refused.contains('\n'), "{:?}", refused);
        }
    }

    #[test]
    fn a_place_in_a_budget_is_a_place_in_the_text(lines in prop::collection::vec("[a-zäß#]{0,9}", 0..6)) {
        let comments: Vec<String> = lines.iter().map(|line| format!("# {line}")).collect();
        let rule = ["", "[[rule]]", "metric = 5", ""].map(str::to_owned);
        let text = [comments, rule.to_vec()].concat().join("\n");
        let message = budget::parse("b.toml", &text).unwrap_err().message;
        let expected = format!("b.toml:{}:10: ", lines.len() + 3);
        prop_assert!(message.starts_with(&expected), "{}", message);
    }
}
