//! The engine's events of containers.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptions;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::connect::Engine;

/// One event of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub action: Action,
    /// When it arrived, by our monotonic clock.
    pub received: Instant,
    /// When it happened, by the engine's realtime clock.
    pub stamp: Option<Timestamp>,
}

/// What happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It was created.
    Create,
    /// It runs.
    Start,
    /// It exited, with this code.
    Die(Option<i64>),
    /// A process of it was killed for lack of memory.
    Oom,
    /// Its health is now this word (`healthy`, `unhealthy`, `starting`).
    Health(String),
    /// It was removed.
    Destroy,
    /// Something else, in the engine's word.
    Other(String),
}

/// The events of all containers of one label, in one stream for all.
#[derive(Debug)]
pub struct Events {
    routes: Routes,
    task: JoinHandle<()>,
}

/// Receivers by container name. None once the stream has ended.
type Routes = Arc<Mutex<Option<HashMap<String, Route>>>>;

/// Who receives the events of a container: one who waits for it alone, or for several.
#[derive(Debug)]
enum Route {
    Alone(UnboundedSender<Event>),
    /// Its place among them.
    Among(usize, UnboundedSender<(usize, Event)>),
}

impl Route {
    fn is_closed(&self) -> bool {
        match self {
            Self::Alone(sender) => sender.is_closed(),
            Self::Among(_, sender) => sender.is_closed(),
        }
    }

    /// The receiver of a container that was given up is gone.
    fn send(&self, event: Event) {
        match self {
            Self::Alone(sender) => drop(sender.send(event)),
            Self::Among(place, sender) => drop(sender.send((*place, event))),
        }
    }
}

impl Events {
    /// Listens for containers that have the label. Nothing is missed: the stream
    /// begins with what happened before it was opened.
    pub fn listen(engine: &Engine, label: &str) -> Self {
        let routes: Routes = Arc::new(Mutex::new(Some(HashMap::new())));
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("label".to_owned(), vec![label.to_owned()]),
        ]);
        let options =
            EventsOptions { since: Some("1".to_owned()), filters: Some(filters), until: None };
        let (docker, to) = (engine.docker().clone(), Arc::clone(&routes));
        let task = tokio::spawn(async move {
            let mut stream = pin!(docker.events(Some(options)));
            while let Some(Ok(message)) = stream.next().await {
                deliver(&to, message);
            }
            // This ends all receivers.
            *to.lock().unwrap_or_else(PoisonError::into_inner) = None;
        });
        Self { routes, task }
    }

    /// The events of the container that will have this name. They end when the
    /// engine is lost.
    pub fn of(&self, name: &str) -> UnboundedReceiver<Event> {
        let (sender, receiver) = unbounded_channel();
        self.add([(name.to_owned(), Route::Alone(sender))]);
        receiver
    }

    /// The events of the containers that will have these names, each with its place
    /// among them, in one order. They end when the engine is lost.
    pub fn of_all(&self, names: &[String]) -> UnboundedReceiver<(usize, Event)> {
        let (sender, receiver) = unbounded_channel();
        let places = names.iter().enumerate();
        self.add(places.map(|(at, name)| (name.clone(), Route::Among(at, sender.clone()))));
        receiver
    }

    fn add(&self, new: impl IntoIterator<Item = (String, Route)>) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(routes) = routes.as_mut() {
            routes.retain(|_, route| !route.is_closed());
            routes.extend(new);
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn deliver(routes: &Routes, message: EventMessage) {
    let received = Instant::now();
    let attributes = message.actor.and_then(|actor| actor.attributes).unwrap_or_default();
    let (Some(action), Some(name)) = (message.action, attributes.get("name")) else { return };
    let code = attributes.get("exitCode").and_then(|code| code.parse().ok());
    let stamp = message.time_nano.and_then(|nanos| Timestamp::from_nanosecond(nanos.into()).ok());
    let event = Event { action: Action::of(&action, code), received, stamp };
    let routes = routes.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(route) = routes.as_ref().and_then(|routes| routes.get(name)) {
        route.send(event);
    }
}

impl Action {
    /// The action of this word.
    pub fn of(word: &str, exit_code: Option<i64>) -> Self {
        match word {
            "create" => Self::Create,
            "start" => Self::Start,
            "die" => Self::Die(exit_code),
            "oom" => Self::Oom,
            "destroy" => Self::Destroy,
            other => match other.strip_prefix("health_status:") {
                Some(health) => Self::Health(health.trim().to_owned()),
                None => Self::Other(other.to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_actions() {
        assert_eq!(Action::of("die", Some(3)), Action::Die(Some(3)));
        assert_eq!(Action::of("health_status: healthy", None), Action::Health("healthy".into()));
        assert_eq!(Action::of("attach", None), Action::Other("attach".into()));
    }
}
