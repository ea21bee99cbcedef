//! A batch without an engine: it reads what was recorded before, or a file.

use dp_record::{EnvDetail, Ground, Plan, Record, Run};
use jiff::Timestamp;

use crate::env_id;

/// Such a batch. Of its ground nothing is known but the tool that reads.
#[derive(Debug)]
pub struct RecordedBatch {
    tool: &'static str,
    ground: Ground,
    id: String,
    env: String,
}

impl RecordedBatch {
    /// That of a tool of this version. With an `id` from the content
    /// ([`content_id`](crate::content_id)) the same content makes the same records.
    pub fn new(tool: &'static str, version: &str, id: String) -> Self {
        let ground = Ground::of_tool(version);
        let env = env_id(&ground);
        Self { tool, ground, id, env }
    }

    /// Its `env` record: what it holds, and when the first of that was recorded.
    pub fn env_record(&self, plan: Plan, at: Timestamp) -> Record {
        let detail = EnvDetail {
            tool: self.tool.to_owned(),
            ground: self.ground.clone(),
            plan,
            ..EnvDetail::default()
        };
        detail.into_record(at, &self.id, &self.env)
    }

    /// The id of its `env` record.
    pub fn env(&self) -> &str {
        &self.env
    }

    /// Makes a record one of this batch: run `n` of `of`.
    pub fn add(&self, record: &mut Record, n: u32, of: u32) {
        let batch = self.id.clone();
        record.run = Some(Run { batch, n: Some(n), of: Some(of), ..Run::default() });
        record.env = Some(self.env.clone());
    }
}

#[cfg(test)]
mod tests {
    use dp_record::kind;

    use super::*;

    #[test]
    fn all_records_of_a_batch_name_it_and_its_ground() {
        let batch = RecordedBatch::new("dp-x", "1.2.3", "abc".to_owned());
        let env = batch.env_record(Plan::default(), Timestamp::UNIX_EPOCH);
        let mut record = Record::new(kind::SIZE, Timestamp::UNIX_EPOCH);
        batch.add(&mut record, 2, 3);
        let run = record.run.unwrap();
        assert_eq!((run.batch.as_str(), run.n, run.of), ("abc", Some(2), Some(3)));
        assert_eq!(env.run.unwrap().batch, "abc");
        assert_eq!((record.env.as_deref(), env.env), (Some(batch.env()), record.env.clone()));
    }
}
