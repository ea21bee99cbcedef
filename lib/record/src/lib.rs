//! The contract: record, metrics catalogue, schema, reader and writer.
//!
//! One observation is one [`Record`], one record is one line of JSON. This
//! crate knows neither Docker nor command lines; other people's tools can use
//! it to speak with dp.
//!
//! ```text
//! facts -> Record -> Writer -> line | line -> Reader -> Record -> SeriesKey
//! ```

mod blocks;
mod catalogue;
pub mod detail;
mod ids;
mod key;
pub mod kind;
mod metrics;
mod mismatch;
mod parse;
mod plan;
mod printable;
mod quick;
mod reader;
mod record;
#[cfg(test)]
mod schema_test;
mod text;
mod typed;
mod validate;
mod version;
mod view;
mod writer;

pub use blocks::{Block, Blocks};
pub use catalogue::{Better, Metric, Unit, catalogue, headline, metric, unit_by_name};
pub use detail::build::BuildDetail;
pub use detail::cache::CacheDetail;
pub use detail::env::{EnvDetail, Ground, Pressure};
pub use detail::size::SizeDetail;
pub use detail::start::StartDetail;
pub use detail::stats::StatsDetail;
pub use detail::verdict::VerdictDetail;
pub use detail::{Detail, Finding, Severity};
pub use ids::{Ids, Place};
pub use key::{KeyView, SeriesKey, noise_variant};
pub use metrics::Metrics;
pub use mismatch::{json_problem, plain_words};
pub use plan::{Missing, Plan, PlanCheck, PlannedSubject};
pub use printable::printable;
pub use reader::{Content, Line, LineProblem, MAX_LINE_BYTES, ReadError, Reader, without_mark};
pub use record::{Failure, Host, Outcome, Record, Run, Subject};
pub use text::Text;
pub use validate::Invalid;
pub use version::{FORMAT, Version};
pub use view::{RecordView, RunView, SubjectView, Values, Words};
pub use writer::Writer;

/// The committed JSON Schema of one record (draft 2020-12).
pub const SCHEMA: &str = include_str!("../schema/record.schema.json");
