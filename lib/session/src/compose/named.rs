//! Stacks with what they are called in records.

use std::time::Duration;

use dp_engine::Endpoint;
use dp_engine::probe::Condition;
use dp_record::Subject;
use dp_tool::{Fault, Progress, RecordArgs};

use super::condition::ServiceCondition;
use super::lifecycle::{StackGoal, StackProbe};
use super::stack::{ComposeFile, Stack};

/// A stack, and what it is called.
#[derive(Debug)]
pub struct NamedStack {
    /// The subject of its records: the project's name; stacks that are compared have the
    /// name of the first one, and each a variant.
    pub subject: Subject,
    /// The files, as the user named them.
    pub files: String,
    /// The stack.
    pub stack: Stack,
}

/// Reads the stacks that a user named. What is not as in the files is said once.
///
/// # Errors
/// Two of one name, or one that dp cannot make its own.
pub fn named_stacks(
    compose: &[ComposeFile],
    records: &RecordArgs,
    (endpoint, is_local): (&Endpoint, bool),
    progress: &Progress,
) -> Result<Vec<NamedStack>, Fault> {
    records.check_names(compose.len(), "stacks")?;
    let mut stacks: Vec<NamedStack> = Vec::new();
    for (at, file) in compose.iter().enumerate() {
        let stack = Stack::read(&file.files, endpoint, is_local)?;
        let files = file.shown();
        let unnamed = (compose.len() > 1).then(|| files.clone());
        let variant = file.name.clone().or(unnamed);
        let first = stacks.first().map(|one| one.subject.name.clone());
        let name = records.name.get(at).cloned().or(first);
        let name = name.unwrap_or_else(|| stack.project.clone());
        let subject = Subject { name, variant, ..Subject::default() };
        if stacks.iter().any(|one| one.subject == subject) {
            return Err(Fault::usage(format!("--compose {files}: two stacks of one name")));
        }
        for change in &stack.changes {
            progress.note(&format!("{files}: not as in the file: {change}"));
        }
        stacks.push(NamedStack { subject, files, stack });
    }
    Ok(stacks)
}

impl Stack {
    /// What it is started for: all services ready, and what `ready` asks beside.
    ///
    /// # Errors
    /// Those of [`Stack::asked`].
    pub fn goal<'s>(
        &'s self,
        ready: Option<&'s ServiceCondition>,
        timeout: Duration,
    ) -> Result<StackGoal<'s>, Fault> {
        let asked = ready.and_then(ServiceCondition::of_one);
        let asked = asked.map(|ready| self.asked(ready)).transpose()?;
        let probe = asked.map(|(service, condition)| StackProbe { service, condition });
        let health = !ready.is_some_and(ServiceCondition::is_running);
        Ok(StackGoal { health, probe, timeout })
    }

    /// The service that a condition asks, and the condition.
    ///
    /// # Errors
    /// It is no condition of a service's port, or names no service.
    pub fn asked<'s>(
        &'s self,
        ready: &'s ServiceCondition,
    ) -> Result<(&'s str, &'s Condition), Fault> {
        let Some(port) = ready.condition.port() else {
            return Err(Fault::usage(format!(
                "{ready}: a stack is asked by http=SERVICE:PORT/PATH or tcp=SERVICE:PORT"
            )));
        };
        let service = match &ready.service {
            Some(name) => self.service(name)?,
            None => self.service_of_port(port)?,
        };
        Ok((&service.name, &ready.condition))
    }
}
