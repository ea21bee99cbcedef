//! Does a process of this machine listen on a port?
//!
//! The kernel is asked by hand ([`SocketDiag`]) or its tables are read as text: a
//! probe must cost microseconds, and crates for netlink or procfs parse every
//! socket of the namespace into structures first.

use std::fs;
use std::io;
use std::time::Duration;

use super::socket_diag::SocketDiag;

/// The state `LISTEN` in `/proc/PID/net/tcp`.
const LISTEN: &str = "0A";
/// That file was seen to lag behind by up to 27 ms.
const PROC_DELAY: Duration = Duration::from_millis(30);

/// Whether any process listens on the port in our own network namespace.
///
/// # Errors
/// The kernel refuses to list sockets.
pub fn is_listening_here(port: u16) -> io::Result<bool> {
    SocketDiag::here()?.listens(port)
}

/// How the listening sockets of a container's network are seen.
#[derive(Debug)]
pub(super) enum Listening {
    /// The kernel is asked (`sock_diag`).
    Diag(SocketDiag),
    /// `/proc/PID/net/tcp` and `tcp6` of this process are read.
    Proc(u32),
}

impl Listening {
    /// Asking, which needs root.
    pub(super) fn diag(pid: u32) -> Option<Self> {
        SocketDiag::of_process(pid).ok().map(Self::Diag)
    }

    /// Reading, where the tables may be read.
    pub(super) fn proc(pid: u32) -> Option<Self> {
        table(pid, "tcp").is_ok().then_some(Self::Proc(pid))
    }

    /// Whether something listens. False where that cannot be read any more: the
    /// container is gone then.
    pub(super) fn listens(&self, port: u16) -> bool {
        match self {
            Self::Diag(diag) => diag.listens(port).unwrap_or(false),
            Self::Proc(pid) => ["tcp", "tcp6"].iter().any(|name| {
                table(*pid, name).is_ok_and(|text| ports(&text).any(|listening| listening == port))
            }),
        }
    }

    /// What is read, for people.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Diag(_) => "listening sockets of the container's network (sock_diag)",
            Self::Proc(_) => "listening sockets of the container's network (/proc/PID/net/tcp)",
        }
    }

    /// By how much the source itself may lag behind.
    pub(super) fn delay(&self) -> Duration {
        match self {
            Self::Diag(_) => Duration::ZERO,
            Self::Proc(_) => PROC_DELAY,
        }
    }
}

fn table(pid: u32, name: &str) -> io::Result<String> {
    fs::read_to_string(format!("/proc/{pid}/net/{name}"))
}

/// The local ports that listen: `sl local_address rem_address st ...`.
fn ports(table: &str) -> impl Iterator<Item = u16> {
    table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, state) = (fields.next()?, fields.nth(1)?);
        let (_, port) = local.rsplit_once(':').filter(|_| state == LISTEN)?;
        u16::from_str_radix(port, 16).ok()
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    #[test]
    fn both_sources_see_a_listener_of_this_process() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = std::process::id();
        assert!(Listening::proc(own).unwrap().listens(port));
        assert!(is_listening_here(port).unwrap());
        // Without root a namespace cannot be entered, not even one's own.
        if let Some(diag) = Listening::diag(own) {
            assert!(diag.listens(port));
        }
        drop(listener);
        // Another test that starts a child shares the socket with it
        // until the child's own program begins.
        let begun = Instant::now();
        while is_listening_here(port).unwrap() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{port} still listens");
        }
    }

    #[test]
    fn only_listening_ports_count() {
        let table = "  sl  local_address rem_address   st tx_queue\n\
            \x20  0: 00000000:1F90 00000000:0000 0A 00000000:00000000\n\
            \x20  1: 0100007F:0016 0100007F:A1B2 01 00000000:00000000\n";
        assert_eq!(ports(table).collect::<Vec<_>>(), [8080]);
    }
}
