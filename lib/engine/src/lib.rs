//! All that talks to Docker. Knows no dp record and no command line.
//!
//! [`endpoint::resolve`] chooses the engine as the docker CLI does, [`Engine::connect`] reaches it
//! and agrees on the API version, and the other modules ask it for facts.
//! Everything async runs on a tokio runtime with I/O and time enabled (one thread is enough).

pub mod connect;
pub mod container;
pub mod endpoint;
pub mod error;
pub mod image;
pub mod info;
pub mod probe;
pub mod protobuf;
pub mod snapshots;

pub use connect::Engine;
pub use endpoint::{Endpoint, Environment, Selection, resolve};
pub use error::{EngineError, ErrorKind};
