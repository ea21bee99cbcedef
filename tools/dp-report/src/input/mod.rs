//! From the lines of the input to series of numbers: what the records say,
//! without a judgement.

pub(crate) mod busy;
mod chunked;
pub(crate) mod collect;
pub(crate) mod drawn;
pub(crate) mod environments;
pub(crate) mod filter;
pub(crate) mod findings;
pub(crate) mod grouping;
pub(crate) mod label;
pub(crate) mod layers;
pub(crate) mod lines;
pub(crate) mod measure;
pub(crate) mod read;
pub(crate) mod readings;
pub(crate) mod run;
pub(crate) mod selection;
pub(crate) mod series;
pub(crate) mod services;
pub(crate) mod steps;
pub(crate) mod surroundings;
mod turns;
