//! Which process of this machine is the engine.

use std::fs;
use std::os::unix::net::UnixStream;

use dp_engine::endpoint::Transport;
use rustix::net::sockopt::socket_peercred;

/// The process that listens on the engine's socket (`SO_PEERCRED`, unix(7)),
/// if it is the engine itself: with socket activation it is init, of which
/// nothing can be learnt.
pub fn engine_process(transport: &Transport) -> Option<u32> {
    let Transport::Unix(path) = transport else { return None };
    let peer = socket_peercred(UnixStream::connect(path).ok()?).ok()?;
    let id = u32::try_from(peer.pid.as_raw_nonzero().get()).ok()?;
    let name = fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
    (name.trim() == "dockerd").then_some(id)
}
