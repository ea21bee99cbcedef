//! A container that is listened to from before its start to its end.

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

/// Something that a container did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The engine told an event.
    Event(Event),
    /// It wrote.
    Written(Written),
    /// It will write no more.
    Silent,
    /// It has ended, and the engine has cleaned up.
    Exited(Exited),
    /// The engine tells nothing any more.
    Lost,
}

/// A container with all that tells of it.
pub struct Live {
    engine: Engine,
    name: String,
    created_in: Duration,
    events: UnboundedReceiver<Event>,
    output: Option<Output>,
    exit: Option<Exit>,
    lost: bool,
}

impl Live {
    /// Makes a container and listens to it: events, output and exit are heard
    /// from the first on when this returns.
    ///
    /// # Errors
    /// The engine refuses or is lost. The container may have been made then.
    pub async fn create(
        engine: &Engine,
        events: &Events,
        name: &str,
        request: &Request,
    ) -> Result<Self, EngineError> {
        let mut heard = events.of(name);
        let begin = Instant::now();
        engine.create_container(name, request).await?;
        let created_in = begin.elapsed();
        let lost = || EngineError::Lost {
            url: engine.endpoint().to_string(),
            doing: format!("listening for events of container {name}"),
            reason: "they do not come".to_owned(),
        };
        // That the engine tells of this one shows that it will tell of the rest.
        match timeout(FIRST_EVENT, heard.recv()).await {
            Ok(Some(Event { action: Action::Create, .. })) => {}
            _ => return Err(lost()),
        }
        let output = Output::attach(engine, name).await?;
        let exit = Exit::wait(engine, name).await?;
        Ok(Self {
            engine: engine.clone(),
            name: name.to_owned(),
            created_in,
            events: heard,
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

    /// The next news. Events and output that came before the exit are told
    /// before it. May be dropped and called again.
    pub async fn next(&mut self) -> News {
        if self.lost {
            return News::Lost;
        }
        tokio::select! {
            biased;
            event = self.events.recv() => match event {
                Some(event) => News::Event(event),
                None => self.lose(),
            },
            written = next_of(&mut self.output) => {
                if written.is_none() {
                    self.output = None;
                }
                written.map_or(News::Silent, News::Written)
            },
            exited = exit_of(&mut self.exit) => {
                self.exit = None;
                exited.map_or_else(|| self.lose(), News::Exited)
            },
        }
    }

    /// Whether output may still come.
    pub fn is_silent(&self) -> bool {
        self.output.is_none()
    }

    fn lose(&mut self) -> News {
        self.lost = true;
        News::Lost
    }
}

/// Never, once there is none.
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
