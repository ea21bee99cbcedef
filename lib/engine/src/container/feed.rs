//! Everything that reports what one container does, merged: events, output, exit.
//! It is listened to from before the start, so that nothing is missed.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use super::events::{Action, Event, Events};
use super::exit::{Exit, Exited};
use super::options::Request;
use super::output::{Output, Written};
use crate::connect::Engine;
use crate::error::EngineError;

/// How long the engine's first event may take. It is there within milliseconds.
const FIRST_EVENT: Duration = Duration::from_secs(30);

/// One thing that a feed reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// The engine sent an event.
    Event(Event),
    /// The container wrote.
    Written(Written),
    /// It will write no more.
    OutputEnded,
    /// It has exited, and the engine has cleaned up.
    Exited(Exited),
    /// The engine reports nothing any more.
    Lost,
}

/// A created container with its merged events, output and exit.
pub struct ContainerFeed {
    engine: Engine,
    name: String,
    created_in: Duration,
    events: UnboundedReceiver<Event>,
    output: Option<Output>,
    exit: Option<Exit>,
    lost: bool,
}

impl ContainerFeed {
    /// Creates a container and listens to it: when this returns, no event, no
    /// byte of output and no exit can be missed.
    ///
    /// # Errors
    /// The engine refuses or is lost. The container may have been created then.
    pub async fn create(
        engine: &Engine,
        events: &Events,
        name: &str,
        request: &Request,
    ) -> Result<Self, EngineError> {
        let mut own_events = events.of(name);
        let begin = Instant::now();
        engine.create_container(name, request).await?;
        let created_in = begin.elapsed();
        let lost = || EngineError::Lost {
            url: engine.endpoint().to_string(),
            doing: format!("listening for events of container {name}"),
            reason: "they do not come".to_owned(),
        };
        // The create event shows that the engine will send the others too.
        match timeout(FIRST_EVENT, own_events.recv()).await {
            Ok(Some(Event { action: Action::Create, .. })) => {}
            _ => return Err(lost()),
        }
        let output = Output::attach(engine, name).await?;
        let exit = Exit::wait(engine, name).await?;
        Ok(Self {
            engine: engine.clone(),
            name: name.to_owned(),
            created_in,
            events: own_events,
            output: Some(output),
            exit: Some(exit),
            lost: false,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The engine that has it.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// From the create call to its answer.
    pub fn created_in(&self) -> Duration {
        self.created_in
    }

    /// The next update. Events and output that arrived before the exit come before
    /// it. May be dropped and called again.
    pub async fn next(&mut self) -> Update {
        if self.lost {
            return Update::Lost;
        }
        tokio::select! {
            biased;
            event = self.events.recv() => match event {
                Some(event) => Update::Event(event),
                None => self.lose(),
            },
            written = next_of(&mut self.output) => {
                if written.is_none() {
                    self.output = None;
                }
                written.map_or(Update::OutputEnded, Update::Written)
            },
            exited = exit_of(&mut self.exit) => {
                self.exit = None;
                exited.map_or_else(|| self.lose(), Update::Exited)
            },
        }
    }

    /// Whether no output can come any more.
    pub fn is_silent(&self) -> bool {
        self.output.is_none()
    }

    fn lose(&mut self) -> Update {
        self.lost = true;
        Update::Lost
    }
}

/// Never returns once there is none.
async fn next_of(output: &mut Option<Output>) -> Option<Written> {
    match output {
        Some(output) => output.next().await,
        None => std::future::pending().await,
    }
}

async fn exit_of(exit: &mut Option<Exit>) -> Option<Exited> {
    match exit {
        Some(exit) => exit.next().await,
        None => std::future::pending().await,
    }
}
