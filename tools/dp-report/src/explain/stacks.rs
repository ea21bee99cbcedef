//! Who waited for whom in a stack: its services in the order in which they were ready.

use crate::input::collect::Collector;
use crate::input::label;
use crate::input::series::Side;
use crate::input::services::ServiceStart;

/// Services that are shown of a stack.
const SHOWN: usize = 30;

/// A stack, as its last good run started.
#[derive(Debug)]
pub(crate) struct StackStart {
    /// What people call the series.
    pub(crate) label: String,
    /// Its services.
    pub(crate) services: Vec<ServiceStart>,
    /// How many more there are.
    pub(crate) others: usize,
}

/// All stacks of the input.
pub(crate) fn of(collector: &Collector) -> Vec<StackStart> {
    let with = collector.series.of(Side::Input).filter(|series| !series.services.is_empty());
    let stack = with.map(|series| StackStart {
        label: label::full(&series.key),
        services: series.services.iter().take(SHOWN).cloned().collect(),
        others: series.services.len().saturating_sub(SHOWN),
    });
    stack.collect()
}
