//! The services of a stack, of the run that is told of.

use dp_record::detail::start::StackService;
use dp_record::{RecordView, printable};

/// Characters of a name.
const NAME_CHARS: usize = 40;

/// One service of a stack; seconds are since the start call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ServiceStart {
    pub(crate) name: String,
    pub(crate) started: f64,
    pub(crate) ready: f64,
    /// What it waited for last before it was started, and when that held.
    pub(crate) after: Option<(String, f64)>,
}

/// The services in a record; none of what is no stack.
pub(crate) fn of(record: &RecordView<'_>) -> Vec<ServiceStart> {
    let stack = record.start_detail().and_then(|detail| detail.stack.as_ref());
    stack.iter().flat_map(|stack| &stack.services).filter_map(service).collect()
}

fn service(service: &StackService) -> Option<ServiceStart> {
    // Other people's details may hold any number.
    let known = |seconds: Option<f64>| seconds.filter(|seconds| seconds.is_finite());
    let last = service.waits_for.iter().find(|one| one.last);
    let after =
        last.and_then(|one| Some((printable(&one.service, NAME_CHARS), known(one.held_seconds)?)));
    Some(ServiceStart {
        name: printable(&service.name, NAME_CHARS),
        started: known(service.started_seconds)?,
        ready: known(service.ready_seconds)?,
        after,
    })
}

#[cfg(test)]
mod tests {
    use dp_record::{Detail, Record, kind};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_service_is_told_with_what_it_waited_for_last() {
        let mut record = Record::new(kind::START, jiff::Timestamp::UNIX_EPOCH);
        let detail = json!({"stack": {"services": [
            {"name": "db\u{1b}[2J", "started_seconds": 0.5, "ready_seconds": 1.0},
            {"name": "web", "started_seconds": 1.5, "ready_seconds": 1.5, "waits_for": [
                {"service": "cache", "condition": "service_started", "held_seconds": 0.2},
                {"service": "db", "condition": "service_healthy", "held_seconds": 1.0, "last": true}]},
            {"name": "late", "started_seconds": 2.0}]}});
        record.detail = Some(Detail::from_value(kind::START, detail).unwrap());
        let told = of(&(&record).into());
        let names: Vec<&str> = told.iter().map(|one| one.name.as_str()).collect();
        // What was never ready has no place.
        assert_eq!(names, ["db [2J", "web"]);
        assert_eq!(told[1].after, Some(("db".to_owned(), 1.0)));
        assert_eq!(of(&(&Record::new(kind::START, record.at)).into()), []);
    }
}
