//! From lines of events to starts.

use std::collections::{BTreeMap, HashMap};

use dp_engine::container::Action;
use dp_record::detail::start::Mark;
use dp_tool::Fault;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::error::Category;

use crate::detail::ENGINES;

/// The label by which compose says which service a container is of: two services
/// of one image are two things.
const SERVICE: &str = "com.docker.compose.service";

/// One start of a container, as far as the events say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordedStart {
    /// What is started: the service of a compose project, else the image, as the
    /// container names it.
    pub(crate) name: String,
    /// The container's name.
    pub(crate) container: String,
    /// Which start of that name it is, from 1.
    pub(crate) n: u32,
    /// How many there are.
    pub(crate) of: u32,
    /// The start event.
    pub(crate) started: Timestamp,
    /// The first event that says healthy.
    pub(crate) healthy: Option<Timestamp>,
    /// Whether one said unhealthy.
    pub(crate) unhealthy: bool,
    /// Exit code.
    pub(crate) exit_code: Option<i64>,
    /// Whether a process of it was killed for lack of memory.
    pub(crate) oom_killed: bool,
    /// All events of it, with the first one before it.
    stamps: Vec<(&'static str, Timestamp)>,
}

/// How events are recorded.
pub(super) const RECORD: &str = "record them by docker events --format '{{json .}}'";

/// As `docker events --format '{{json .}}'` and the engine's API write it.
#[derive(Debug, Deserialize)]
struct Line {
    /// Before version 1.22 of the API this was the action, and nothing told the type.
    status: Option<String>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "Action")]
    action: Option<String>,
    #[serde(rename = "Actor", default)]
    actor: Actor,
    #[serde(rename = "timeNano")]
    time_nano: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
struct Actor {
    #[serde(rename = "ID", default)]
    id: String,
    #[serde(rename = "Attributes", default)]
    attributes: BTreeMap<String, String>,
}

impl RecordedStart {
    /// Seconds from the start event.
    pub(crate) fn since_start(&self, stamp: Timestamp) -> f64 {
        stamp.duration_since(self.started).as_secs_f64()
    }

    /// All moments that are known.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        let mark = |(name, stamp): &(&'static str, Timestamp)| Mark {
            name: (*name).to_owned(),
            seconds: self.since_start(*stamp),
            clock: ENGINES.to_owned(),
            since: Some("start event".to_owned()),
        };
        self.stamps.iter().map(mark).collect()
    }

    fn take(&mut self, action: &Action, stamp: Timestamp) {
        match action {
            Action::Health(word) if word == "healthy" => {
                self.healthy.get_or_insert(stamp);
                self.stamps.push(("health_status healthy", stamp));
            }
            Action::Health(word) if word == "unhealthy" => self.unhealthy = true,
            Action::Die(code) => {
                self.exit_code = *code;
                self.stamps.push(("die event", stamp));
            }
            Action::Oom => {
                self.oom_killed = true;
                self.stamps.push(("oom event", stamp));
            }
            Action::Destroy => self.stamps.push(("destroy event", stamp)),
            _ => {}
        }
    }
}

/// All starts, in their order. What is no container's event is left out.
pub(crate) fn read(name: &str, lines: &[String]) -> Result<Vec<RecordedStart>, Fault> {
    let (mut all, mut open, mut created) =
        (Vec::<RecordedStart>::new(), HashMap::new(), HashMap::new());
    for (number, line) in (1..).zip(lines).filter(|(_, line)| !line.trim().is_empty()) {
        let bad = |why: String| Fault::usage(format!("{name}:{number}: no event: {why}"));
        let line = parse(line).map_err(bad)?;
        if line.kind.as_deref() != Some("container") {
            continue;
        }
        let lacks = |what: &str| bad(format!("it has no {what} ({RECORD})"));
        let word = line.action.ok_or_else(|| lacks("Action"))?;
        let stamp = line.time_nano.and_then(|nanos| Timestamp::from_nanosecond(nanos.into()).ok());
        let stamp = stamp.ok_or_else(|| lacks("timeNano"))?;
        let attribute = |name: &str| line.actor.attributes.get(name).cloned();
        let code = attribute("exitCode").and_then(|code| code.parse().ok());
        let id = line.actor.id.clone();
        match Action::of(&word, code) {
            Action::Create => drop(created.insert(id, stamp)),
            Action::Start => {
                let before = created.remove(&id).map(|stamp| ("create event", stamp));
                open.insert(id, all.len());
                all.push(RecordedStart {
                    name: attribute(SERVICE).or_else(|| attribute("image")).unwrap_or_default(),
                    container: attribute("name").unwrap_or_default(),
                    n: 1,
                    of: 1,
                    started: stamp,
                    healthy: None,
                    unhealthy: false,
                    exit_code: None,
                    oom_killed: false,
                    stamps: before.into_iter().chain([("start event", stamp)]).collect(),
                });
            }
            action => {
                if let Some(at) = open.get(&id).copied() {
                    all[at].take(&action, stamp);
                }
            }
        }
    }
    number(&mut all);
    Ok(all)
}

/// One line, or what is wrong with it and what to do.
fn parse(text: &str) -> Result<Line, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if !text.starts_with('{') {
        return Err(if is_for_people(text) {
            format!("the file is docker's text for people, and JSON is read ({RECORD})")
        } else {
            format!("the line is no JSON object ({RECORD})")
        });
    }
    let line: Line = serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Eof => "the line is cut, so that what came after it is missing (record the \
                          events again, or take this line away)"
            .to_owned(),
        Category::Data => format!("a field of it has another type than docker's ({RECORD})"),
        _ => format!("the line is no JSON object ({RECORD})"),
    })?;
    match (&line.kind, &line.status) {
        (Some(_), _) => Ok(line),
        (None, Some(_)) => Err(format!(
            "it is of an API before 1.22 (docker 1.10), which does not tell of what the event is \
             ({RECORD}, with a newer docker)"
        )),
        (None, None) => Err(format!("it has no Type, as all of docker's have ({RECORD})")),
    }
}

/// Whether a line is what `docker events` writes without `--format`: a time (one with
/// a zone), a type, an action.
fn is_for_people(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let stamp: Option<&str> = words.next();
    let dated = stamp.is_some_and(|stamp| {
        stamp.len() >= 20
            && stamp.starts_with(|char: char| char.is_ascii_digit())
            && stamp.contains('T')
    });
    dated && words.next().is_some_and(|kind| kind.chars().all(|char| char.is_ascii_lowercase()))
}

/// Numbers the starts of each name.
fn number(all: &mut [RecordedStart]) {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for start in all.iter_mut() {
        let count = counts.entry(start.name.clone()).or_default();
        *count += 1;
        start.n = *count;
    }
    for start in all {
        start.of = counts.get(&start.name).copied().unwrap_or(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(action: &str, id: &str, nanos: u64) -> String {
        format!(
            r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"{id}","Attributes":{{"image":"app","name":"n-{id}","exitCode":"3"}}}},"timeNano":{nanos}}}"#
        )
    }

    #[test]
    fn starts_are_kept_apart_though_their_events_mingle() {
        let second = 1_000_000_000;
        let lines = [
            line("create", "a", second),
            line("start", "a", 2 * second),
            line("start", "b", 3 * second),
            line("health_status: healthy", "a", 4 * second),
            line("die", "b", 5 * second),
            line("start", "b", 6 * second),
        ];
        let all = read("f", &lines).unwrap();
        assert_eq!(
            all.iter().map(|start| (start.n, start.of)).collect::<Vec<_>>(),
            [(1, 3), (2, 3), (3, 3)]
        );
        assert!((all[0].since_start(all[0].healthy.unwrap()) - 2.0).abs() < 1e-9);
        assert_eq!(all[0].marks()[0].name, "create event");
        assert!((all[0].marks()[0].seconds + 1.0).abs() < 1e-9);
        assert_eq!((all[1].exit_code, all[2].exit_code), (Some(3), None));
    }

    #[test]
    fn services_of_one_image_are_numbered_for_themselves() {
        let of_service = |action: &str, id: &str, service: &str, nanos: u64| {
            let label = format!(r#""com.docker.compose.service":"{service}","image""#);
            line(action, id, nanos).replace(r#""image""#, &label)
        };
        let lines = [
            of_service("start", "a", "api", 1),
            of_service("start", "b", "worker", 2),
            line("start", "c", 3),
            of_service("start", "a", "api", 4),
        ];
        let all = read("f", &lines).unwrap();
        let told: Vec<_> =
            all.iter().map(|start| (start.name.as_str(), start.n, start.of)).collect();
        assert_eq!(told, [("api", 1, 2), ("worker", 1, 1), ("app", 1, 1), ("api", 2, 2)]);
    }

    #[test]
    fn a_kill_for_lack_of_memory_is_of_the_start_that_it_ended() {
        let lines = [
            line("start", "a", 1),
            line("oom", "a", 2),
            line("die", "a", 3),
            line("start", "a", 4),
            line("die", "a", 5),
        ];
        let killed: Vec<bool> =
            read("f", &lines).unwrap().iter().map(|start| start.oom_killed).collect();
        assert_eq!(killed, [true, false]);
    }

    #[test]
    fn what_is_no_event_is_reported_with_its_line_and_the_way_out() {
        let whole = line("start", "a", 1);
        let old = r#"{"status":"start","id":"4c01db0b","from":"app:1","time":1461943105}"#;
        let text = "2026-11-20T17:03:46.828445247Z container start 4c01db0b (image=app:1, name=a)";
        let zoned = "2026-11-20T18:03:46.828445247+01:00 network connect 9f (name=bridge)";
        for (bad, says) in [
            (text, "the file is docker's text for people, and JSON is read (record them by docker"),
            (zoned, "the file is docker's text for people"),
            (&whole[..whole.len() / 2], "the line is cut, so that what came after it is missing"),
            (&whole[..whole.len() - 1], "the line is cut"),
            ("{", "the line is cut"),
            (old, "it is of an API before 1.22 (docker 1.10)"),
            (r#"{"kind":"start","metrics":{}}"#, "it has no Type"),
            (r#"{"Type":"container","timeNano":1}"#, "it has no Action"),
            (r#"{"Type":"container","Action":"start"}"#, "it has no timeNano"),
            (r#"{"Type":7}"#, "a field of it has another type"),
            ("[]", "the line is no JSON object"),
            ("{]", "the line is no JSON object"),
            ("CONTAINER ID   IMAGE", "the line is no JSON object"),
        ] {
            let error = read("f", &[whole.clone(), bad.to_owned()]).unwrap_err();
            assert!(
                error.message.starts_with(&format!("f:2: no event: {says}")),
                "{}",
                error.message
            );
            assert!(error.message.ends_with(')') && !error.message.contains(" column "));
        }
        let other = r#"{"Type":"network","Action":"connect"}"#.to_owned();
        assert_eq!(read("f", &[other]).unwrap(), []);
        let marked = format!("\u{feff}{whole}");
        assert_eq!(read("f", &[marked]).unwrap().len(), 1);
    }
}
