//! Connecting to an engine, and the environment in which a batch is measured.

use std::future::Future;

use anyhow::Context;
use dp_engine::connect::Engine;
use dp_engine::endpoint::{Endpoint, Environment, Selection, resolve};
use dp_engine::error::{EngineError, ErrorKind};
use dp_engine::info::EngineFacts;
use dp_record::{EnvDetail, Ground, Plan, Record};
use jiff::Timestamp;

use crate::env_id;
use crate::host::{Machine, engine_process, machine, pressure};
use dp_tool::{EngineArgs, Exit, Fault, Progress};

/// A reached engine, with what it says of itself.
#[derive(Debug)]
pub struct Session {
    /// The engine.
    pub engine: Engine,
    /// Its facts.
    pub facts: EngineFacts,
    /// Its process on this machine, where it can be seen.
    pub process: Option<u32>,
    /// This machine when the engine was reached.
    here: Machine,
}

/// Runs a tool's asynchronous work on this thread.
///
/// # Errors
/// Those of the work; the runtime cannot be started.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the asynchronous runtime")?.block_on(work)
}

/// Reaches the engine that the docker CLI would reach.
///
/// # Errors
/// The choice cannot be used, or no usable engine answers.
pub async fn connect(args: &EngineArgs, progress: &Progress) -> Result<Session, Fault> {
    reach(&endpoint(args, progress)?).await
}

/// The engine that the docker CLI would reach.
///
/// # Errors
/// The choice cannot be used: flags, variables or the context.
pub fn endpoint(args: &EngineArgs, progress: &Progress) -> Result<Endpoint, Fault> {
    let selection = Selection { host: args.host.clone(), context: args.context.clone() };
    let endpoint = resolve(&selection, &Environment::from_process()).map_err(fault)?;
    for warning in &endpoint.warnings {
        progress.warn(warning);
    }
    Ok(endpoint)
}

/// Reaches this engine.
///
/// # Errors
/// No usable engine answers.
pub async fn reach(endpoint: &Endpoint) -> Result<Session, Fault> {
    let (engine, facts) = Engine::connect_with_facts(endpoint).await.map_err(fault)?;
    let process = if facts.local { engine_process(&endpoint.transport) } else { None };
    Ok(Session { engine, facts, process, here: machine() })
}

/// An engine's error with its exit code.
#[expect(clippy::needless_pass_by_value, reason = "goes into map_err")]
pub fn fault(error: EngineError) -> Fault {
    let exit = match error.kind() {
        ErrorKind::Usage => Exit::Usage,
        ErrorKind::Unreachable | ErrorKind::Cli => Exit::Engine,
        _ => Exit::Failed,
    };
    Fault { exit, message: error.to_string() }
}

impl Session {
    /// The `env` record that opens `batch`.
    pub fn env_record(
        &self,
        tool: &str,
        ground: Ground,
        batch: &str,
        plan: Plan,
        seed: u64,
    ) -> Record {
        let detail = EnvDetail {
            tool: tool.to_owned(),
            ground,
            engine_id: Some(self.facts.engine_id.clone()).filter(|id| !id.is_empty()),
            engine_host: Some(self.engine.endpoint().to_string()),
            load1: self.here.load1,
            cpu_steal_ratio: self.here.cpu_steal_ratio,
            pressure: pressure(),
            seed: Some(seed),
            quiet_wait: None,
            plan,
        };
        let id = env_id(&detail.ground);
        detail.into_record(Timestamp::now(), batch, &id)
    }

    /// What makes batches comparable. What only this machine's kernel reports
    /// stays absent with a remote engine.
    pub fn ground(&self, tool_version: &str) -> Ground {
        let facts = &self.facts;
        let here = if facts.local { self.here.clone() } else { Machine::default() };
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ground {
            tool_version: some(tool_version),
            engine_version: some(&facts.engine_version),
            engine_api: some(&facts.spoken_api_version),
            storage_driver: some(&facts.storage_driver),
            image_store: some(facts.image_store.name()),
            cgroup_version: facts.cgroup_version.map(|version| version.to_string()),
            cgroup_driver: facts.cgroup_driver.clone(),
            engine_location: some(if facts.local { "local" } else { "remote" }),
            os: some(&facts.operating_system),
            kernel: some(&facts.kernel),
            architecture: some(&facts.architecture),
            cpu_model: here.cpu_model,
            cpu_count: Some(facts.cpus),
            memory_bytes: Some(facts.memory_bytes),
            power_governor: here.power_governor,
            virtualization: here.virtualization,
            ..Ground::default()
        }
    }
}
