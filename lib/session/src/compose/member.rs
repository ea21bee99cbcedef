//! One container of a stack: what it is waited for, and what was seen of it.

use std::time::{Duration, Instant};

use dp_engine::container::{Action, ContainerFacts, Event};
use jiff::Timestamp;

use super::stack::Service;

/// What a container of a stack is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// That it runs.
    Running,
    /// That its health check has passed.
    Healthy,
    /// That it has ended with 0.
    Completed,
}

impl Want {
    /// The word of records.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Healthy => "health",
            Self::Completed => "exit",
        }
    }
}

/// When an event arrived, by our monotonic clock, and the engine's stamp of it.
pub type Seen = (Instant, Option<Timestamp>);

/// A container of a stack.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub container: String,
    /// The service that it belongs to.
    pub service: String,
    /// What it is waited for.
    pub want: Want,
    /// From one health check to the next.
    pub health_interval: Option<Duration>,
    /// What the engine knew of it before its start.
    pub facts: ContainerFacts,
    /// The create event.
    pub created: Option<Seen>,
    /// The first start event.
    pub started: Option<Seen>,
    /// The first event that said healthy.
    pub healthy: Option<Seen>,
    /// Its last end, with the exit code.
    pub died: Option<(Seen, Option<i64>)>,
    /// Since when it is as it is wanted.
    pub ready: Option<Instant>,
    /// How often it was started again.
    pub restarts: u32,
    /// Whether a process was killed for lack of memory.
    pub oom: bool,
    is_restarted: bool,
}

/// What keeps a container from being as it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It exited, with this code.
    Exited(i64),
    /// Its health check says so.
    Unhealthy,
    /// Somebody removed it.
    Removed,
}

impl Member {
    /// A container of this service that was not started yet.
    pub(super) fn new(container: String, service: &Service) -> Self {
        Self {
            container,
            service: service.name.clone(),
            want: if service.one_shot { Want::Completed } else { Want::Running },
            health_interval: None,
            facts: ContainerFacts::default(),
            created: None,
            started: None,
            healthy: None,
            died: None,
            ready: None,
            restarts: 0,
            oom: false,
            is_restarted: service.restarts,
        }
    }

    /// It was created: what it has of its image, too, is known. An engine may not heed the
    /// interval of the start.
    pub(super) fn know(&mut self, facts: ContainerFacts, heeds_start_interval: bool) {
        if let (Some(health), Want::Running) = (facts.health, self.want) {
            self.want = Want::Healthy;
            let start = health.start_interval.filter(|_| heeds_start_interval);
            self.health_interval = Some(start.unwrap_or(health.interval));
        }
        self.facts = facts;
    }

    /// Its health is of no interest.
    pub(super) fn want_running(&mut self) {
        if self.want == Want::Healthy {
            self.want = Want::Running;
        }
    }

    /// Takes an event. Answers what keeps it from being as it is wanted.
    pub(super) fn take(&mut self, event: Event) -> Option<Trouble> {
        let Event { action, received, stamp } = event;
        let seen = (received, stamp);
        match action {
            Action::Create => {
                self.created.get_or_insert(seen);
            }
            Action::Start => {
                self.restarts += u32::from(self.started.is_some());
                self.started.get_or_insert(seen);
                if self.want == Want::Running {
                    self.ready = Some(received);
                }
            }
            Action::Health(word) if word == "healthy" => {
                self.healthy.get_or_insert(seen);
                if self.want == Want::Healthy {
                    self.ready.get_or_insert(received);
                }
            }
            Action::Health(word) if word == "unhealthy" && self.want == Want::Healthy => {
                return Some(Trouble::Unhealthy);
            }
            Action::Die(code) => {
                self.died = Some((seen, code));
                return self.end(code.unwrap_or(-1), received);
            }
            Action::Oom => self.oom = true,
            Action::Destroy => return Some(Trouble::Removed),
            Action::Health(_) | Action::Other(_) => {}
        }
        None
    }

    /// It ended. A service that nobody waits for may be a job that has done its work.
    fn end(&mut self, code: i64, received: Instant) -> Option<Trouble> {
        match (self.want, code) {
            (Want::Completed, 0) => self.ready = Some(received),
            (Want::Running, 0) if !self.is_restarted => {}
            _ if self.is_restarted => self.ready = None,
            _ => return Some(Trouble::Exited(code)),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use dp_engine::container::{ContainerFacts, HealthCheck};

    use super::*;

    fn member(one_shot: bool, health: bool, restarts: bool) -> Member {
        let service = Service {
            name: "a".to_owned(),
            image: "i".to_owned(),
            built: false,
            replicas: 1,
            depends_on: Vec::new(),
            restarts,
            one_shot,
            ports: BTreeSet::new(),
        };
        let mut member = Member::new("a-1".to_owned(), &service);
        let check = HealthCheck { interval: Duration::from_secs(2), start_interval: None };
        let facts = ContainerFacts { health: health.then_some(check), ..ContainerFacts::default() };
        member.know(facts, true);
        member
    }

    /// What is in the way after these events, and whether it is ready.
    fn after(mut member: Member, actions: &[Action]) -> (Option<Trouble>, bool) {
        let event = |action: &Action| Event {
            action: action.clone(),
            received: Instant::now(),
            stamp: None,
        };
        let trouble = actions.iter().find_map(|action| member.take(event(action)));
        (trouble, member.ready.is_some())
    }

    fn health(word: &str) -> Action {
        Action::Health(word.to_owned())
    }

    #[test]
    fn each_service_is_ready_as_its_kind_is() {
        let die = |code| Action::Die(Some(code));
        let exited = |code| Some(Trouble::Exited(code));
        let (start, sick) = (Action::Start, Some(Trouble::Unhealthy));
        for (one_shot, checked, restarts, actions, expected) in [
            (false, false, false, vec![start.clone()], (None, true)),
            (false, false, false, vec![start.clone(), die(0)], (None, true)),
            (false, false, false, vec![start.clone(), die(3)], (exited(3), true)),
            (false, false, true, vec![start.clone(), die(3)], (None, false)),
            (false, false, true, vec![start.clone(), die(3), start.clone()], (None, true)),
            (false, true, false, vec![start.clone()], (None, false)),
            (false, true, false, vec![start.clone(), health("healthy")], (None, true)),
            (false, true, false, vec![start.clone(), health("unhealthy")], (sick, false)),
            (false, true, false, vec![start.clone(), die(0)], (exited(0), false)),
            (true, false, false, vec![start.clone()], (None, false)),
            (true, false, false, vec![start.clone(), die(0)], (None, true)),
            (true, false, false, vec![start.clone(), die(1)], (exited(1), false)),
            (true, true, false, vec![start.clone(), health("unhealthy"), die(0)], (None, true)),
            (false, false, false, vec![Action::Destroy], (Some(Trouble::Removed), false)),
        ] {
            let member = member(one_shot, checked, restarts);
            assert_eq!(after(member, &actions), expected, "{actions:?}");
        }
    }

    #[test]
    fn health_that_nobody_asked_for_is_not_waited_for() {
        let mut member = member(false, true, false);
        member.want_running();
        assert_eq!(after(member, &[Action::Start, health("unhealthy")]), (None, true));
    }
}
