//! The contract: record, metrics catalogue, schema, reader and writer.
//!
//! One observation is one [`Record`], one record is one line of JSON. This
//! crate knows neither Docker nor command lines; other people's tools can use
//! it to speak with dp.
//!
//! ```text
//! facts -> Record -> Writer -> line | line -> Reader -> Record -> SeriesKey
//! ```

mod catalogue;
mod environment;
mod key;
mod metrics;
mod plan;
mod printable;
mod reader;
mod record;
#[cfg(test)]
mod schema_test;
mod validate;
mod version;
mod writer;

pub use catalogue::{
    Better, Metric, Unit, better_by_name, catalogue, headline, metric, unit_by_name,
};
pub use environment::{EnvDetail, Ground, Pressure};
pub use key::{SeriesKey, noise_variant};
pub use metrics::Metrics;
pub use plan::{Missing, Plan, PlanCheck, PlannedSubject};
pub use printable::printable;
pub use reader::{Content, Line, LineProblem, MAX_LINE_BYTES, ReadError, Reader};
pub use record::{Failure, Host, Outcome, Record, Run, Subject, kind};
pub use validate::Invalid;
pub use version::{FORMAT, Version};
pub use writer::Writer;

/// The committed JSON Schema of one record (draft 2020-12).
pub const SCHEMA: &str = include_str!("../schema/record.schema.json");
