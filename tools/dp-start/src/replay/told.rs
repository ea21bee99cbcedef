//! From lines of events to starts.

use std::collections::{BTreeMap, HashMap};

use dp_engine::container::Action;
use dp_tool::Fault;
use jiff::Timestamp;
use serde::Deserialize;

use crate::detail::{ENGINES, Mark};

/// One start of a container, as far as the events tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The image, as the container names it.
    pub(crate) image: String,
    /// The container's name.
    pub(crate) container: String,
    /// Which start of its image it is, from 1.
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
    /// All events of it, with the first one before it.
    stamps: Vec<(&'static str, Timestamp)>,
}

/// As `docker events --format '{{json .}}'` and the engine's API write it.
#[derive(Debug, Deserialize)]
struct Line {
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

impl Told {
    /// Seconds from the start event.
    pub(crate) fn since_start(&self, stamp: Timestamp) -> f64 {
        stamp.duration_since(self.started).as_secs_f64()
    }

    /// All that is known of when.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        let mark = |(name, stamp): &(&'static str, Timestamp)| Mark {
            name,
            seconds: self.since_start(*stamp),
            clock: ENGINES,
            since: Some("start event"),
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
            Action::Oom => self.stamps.push(("oom event", stamp)),
            Action::Destroy => self.stamps.push(("destroy event", stamp)),
            _ => {}
        }
    }
}

/// All starts, in their order. What is no container's event is left out.
pub(crate) fn read(name: &str, lines: &[String]) -> Result<Vec<Told>, Fault> {
    let (mut all, mut open, mut created) = (Vec::<Told>::new(), HashMap::new(), HashMap::new());
    for (number, line) in (1..).zip(lines).filter(|(_, line)| !line.trim().is_empty()) {
        let bad = |why: &str| Fault::usage(format!("{name}:{number}: no event: {why}"));
        let line: Line = serde_json::from_str(line).map_err(|error| bad(&error.to_string()))?;
        if line.kind.as_deref() != Some("container") {
            continue;
        }
        let word = line.action.ok_or_else(|| bad("it has no Action"))?;
        let stamp = line.time_nano.and_then(|nanos| Timestamp::from_nanosecond(nanos.into()).ok());
        let stamp = stamp.ok_or_else(|| bad("it has no timeNano"))?;
        let attribute = |name: &str| line.actor.attributes.get(name).cloned();
        let code = attribute("exitCode").and_then(|code| code.parse().ok());
        let id = line.actor.id.clone();
        match Action::of(&word, code) {
            Action::Create => drop(created.insert(id, stamp)),
            Action::Start => {
                let before = created.remove(&id).map(|stamp| ("create event", stamp));
                open.insert(id, all.len());
                all.push(Told {
                    image: attribute("image").unwrap_or_default(),
                    container: attribute("name").unwrap_or_default(),
                    n: 1,
                    of: 1,
                    started: stamp,
                    healthy: None,
                    unhealthy: false,
                    exit_code: None,
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

/// Numbers the starts of each image.
fn number(all: &mut [Told]) {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for told in all.iter_mut() {
        let count = counts.entry(told.image.clone()).or_default();
        *count += 1;
        told.n = *count;
    }
    for told in all {
        told.of = counts.get(&told.image).copied().unwrap_or(1);
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
    fn starts_are_told_apart_though_their_events_mingle() {
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
            all.iter().map(|told| (told.n, told.of)).collect::<Vec<_>>(),
            [(1, 3), (2, 3), (3, 3)]
        );
        assert!((all[0].since_start(all[0].healthy.unwrap()) - 2.0).abs() < 1e-9);
        assert_eq!(all[0].marks()[0].name, "create event");
        assert!((all[0].marks()[0].seconds + 1.0).abs() < 1e-9);
        assert_eq!((all[1].exit_code, all[2].exit_code), (Some(3), None));
    }

    #[test]
    fn what_is_no_event_is_told_with_its_line() {
        let error = read("f", &[line("start", "a", 1), "{".to_owned()]).unwrap_err();
        assert!(error.message.starts_with("f:2: no event: "), "{}", error.message);
        let other = r#"{"Type":"network","Action":"connect"}"#.to_owned();
        assert_eq!(read("f", &[other]).unwrap(), []);
    }
}
