//! Steps that sleep for a known time: what makes a build longer, and what not.

use std::array;
use std::sync::LazyLock;

use dp_record::Record;

use crate::project::Project;
use crate::steps::{counts, metric, step, steps};

/// Seconds that the slow and the quick stage sleep.
const SLEEPS: [(u32, u32); 3] = [(5, 2), (5, 4), (6, 2)];
const BASE: usize = 0;
const QUICK_LONGER: usize = 1;
const SLOW_LONGER: usize = 2;

/// Times of starting containers on a busy machine only ever add: of several
/// measurements the least is nearest to the truth.
const ATTEMPTS: usize = 6;

/// What a build of known length gave.
struct Measured {
    first: Record,
    span: f64,
    path: f64,
}

static MEASURED: LazyLock<[Measured; 3]> = LazyLock::new(|| {
    let mut measured = measure().map(|record| Measured {
        span: metric(&record, "span_seconds"),
        path: metric(&record, "critical_path_seconds"),
        first: record,
    });
    for _ in 1..ATTEMPTS {
        if holds(&measured, QUICK_LONGER, 0.0) && holds(&measured, SLOW_LONGER, 1.0) {
            break;
        }
        for (least, record) in measured.iter_mut().zip(measure()) {
            least.span = least.span.min(metric(&record, "span_seconds"));
            least.path = least.path.min(metric(&record, "critical_path_seconds"));
        }
    }
    measured
});

/// Each of the three builds once.
fn measure() -> [Record; 3] {
    let project = Project::empty("times");
    for (at, (slow, quick)) in SLEEPS.iter().enumerate() {
        project.write(
            &format!("{at}.Dockerfile"),
            &format!(
                "FROM dp-base/busybox AS slow\n\
                 RUN sleep {slow}; echo UNIQUE {at} > /slow\n\
                 FROM dp-base/busybox AS quick\n\
                 RUN sleep {quick}; echo UNIQUE {at} > /quick\n\
                 FROM dp-base/busybox AS unused\n\
                 RUN sleep 30; echo UNIQUE\n\
                 FROM dp-base/busybox\n\
                 COPY --from=slow /slow /\n\
                 COPY --from=quick /quick /\n"
            ),
        );
    }
    let files = ["-f", "0.Dockerfile", "-f", "1.Dockerfile", "-f", "2.Dockerfile", "--discard"];
    let records = project.measure(&files);
    array::from_fn(|at| {
        let name = format!("{at}.Dockerfile");
        let named = |record: &&Record| record.subject.as_ref().unwrap().name == name;
        records.iter().find(named).unwrap().clone()
    })
}

/// Whether span and path of a build are those of the first one and so much
/// more, within 5 % or 0.3 s.
fn holds(measured: &[Measured; 3], which: usize, more: f64) -> bool {
    let close = |before: f64, after: f64| {
        (after - before - more).abs() <= f64::max(0.05 * (before + more), 0.3)
    };
    close(measured[BASE].span, measured[which].span)
        && close(measured[BASE].path, measured[which].path)
}

fn shown(measured: &[Measured; 3]) -> [(f64, f64); 3] {
    [BASE, QUICK_LONGER, SLOW_LONGER].map(|at| (measured[at].span, measured[at].path))
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_critical_path_holds_the_slow_stage_and_not_the_quick_one() {
    for (measured, (slow, quick)) in MEASURED.iter().zip(SLEEPS) {
        let slow_step = step(&measured.first, &format!("sleep {slow}"));
        let quick_step = step(&measured.first, &format!("sleep {quick}"));
        assert!(slow_step.critical && !quick_step.critical, "{slow} {quick}");
        assert!(slow_step.seconds >= f64::from(slow), "{slow_step:?}");
        assert!(quick_step.seconds >= f64::from(quick), "{quick_step:?}");
        assert!(step(&measured.first, "COPY --from=slow").critical);
        assert!(step(&measured.first, "COPY --from=quick").critical);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_longer_quick_stage_leaves_span_and_path_as_they_were() {
    assert!(holds(&MEASURED, QUICK_LONGER, 0.0), "{:?}", shown(&MEASURED));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_second_more_in_the_slow_stage_is_a_second_more_of_span_and_path() {
    assert!(holds(&MEASURED, SLOW_LONGER, 1.0), "{:?}", shown(&MEASURED));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_stage_that_nothing_needs_never_appears() {
    for measured in MEASURED.iter() {
        let steps = steps(&measured.first);
        // One base, a step in each of two stages, and two copies.
        assert_eq!(steps.len(), 5, "{steps:?}");
        let unused = |text: &str| text.contains("unused") || text.contains("sleep 30");
        assert!(!steps.iter().any(|step| unused(&step.name)), "{steps:?}");
        assert_eq!(counts(&measured.first), [4, 0, 4]);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn parallel_stages_overlap_and_the_wall_holds_the_span() {
    for (measured, (slow, quick)) in MEASURED.iter().zip(SLEEPS) {
        let (slow, quick) = (f64::from(slow), f64::from(quick));
        let span = metric(&measured.first, "span_seconds");
        assert!(span >= slow, "{span}");
        assert!(metric(&measured.first, "wall_seconds") >= slow, "{span}");
        assert!(metric(&measured.first, "critical_path_seconds") <= span, "{span}");
        // So much work was done in that time.
        let ratio = metric(&measured.first, "parallelism_ratio");
        assert!(ratio >= (slow + quick) / span && ratio <= 2.0, "{ratio} in {span}");
    }
}
