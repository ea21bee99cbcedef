//! `--dry-run`: what would be measured, on stderr.

use dp_tool::Progress;

use crate::plan::{Plan, Scenario};

/// Shows subjects, scenarios and order. Says nothing on stdout: there is no
/// observation.
pub(crate) fn show(plan: &Plan, progress: &Progress) {
    for planned in &plan.subjects {
        for scenario in &planned.scenarios {
            progress.note(&format!(
                "{}: {}: {}",
                planned.subject.name,
                scenario.name,
                about(scenario)
            ));
        }
    }
    let (series, first) = (plan.series(), plan.first());
    let slots = plan.rounds.slots();
    progress.note(&format!("{} builds, seed {}:", slots.len(), plan.rounds.seed));
    for slot in slots {
        let series = series[first + slot.subject];
        let name = &plan.subjects[series.subject].subject.name;
        progress.note(&format!("{}: {name}, {}", slot.title(), plan.name(series)));
    }
}

/// What changes, and why.
fn about(scenario: &Scenario) -> String {
    match &scenario.change {
        None => "no change".to_owned(),
        Some(change) => format!("{change} ({})", scenario.why),
    }
}
