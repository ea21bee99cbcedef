//! Listening sockets of a network namespace, by `NETLINK_SOCK_DIAG`
//! (`sock_diag(7)`): some ten microseconds a request, and never too early.
//!
//! By hand, although netlink crates exist: this is one request of 72 bytes and
//! one field of its answers, and the thread that enters the namespace must make
//! the socket itself.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::thread;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// `SOCK_DIAG_BY_FAMILY` of `linux/sock_diag.h`.
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST | NLM_F_DUMP` of `linux/netlink.h`.
const FLAGS: u16 = 0x001 | 0x300;
/// `NLMSG_ERROR` and `NLMSG_DONE`.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// `IPPROTO_TCP`, and the bit of `TCP_LISTEN`.
const TCP: u8 = 6;
const LISTEN: u32 = 1 << 10;
/// `AF_INET` and `AF_INET6`.
const FAMILIES: [u8; 2] = [2, 10];
/// Lengths of `nlmsghdr`, and of that with `inet_diag_req_v2`.
const HEADER: usize = 16;
const REQUEST: usize = HEADER + 56;
const REQUEST_LENGTH: u32 = 72;

/// A socket that asks about one network namespace.
#[derive(Debug)]
pub(super) struct SocketDiag(OwnedFd);

impl SocketDiag {
    /// About the namespace of this thread.
    pub(super) fn here() -> io::Result<Self> {
        let netlink = Some(netlink::SOCK_DIAG);
        let kind = (AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC);
        Ok(Self(socket_with(kind.0, kind.1, kind.2, netlink)?))
    }

    /// About the namespace of a process; needs root. A socket belongs to the
    /// namespace in which it was made: a thread goes there, makes it, and ends.
    pub(super) fn of_process(pid: u32) -> io::Result<Self> {
        let namespace = File::open(format!("/proc/{pid}/ns/net"))?;
        let made = thread::spawn(move || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
            Self::here()
        });
        made.join().map_err(|_| io::Error::other("the thread ended by a panic"))?
    }

    /// Whether a TCP socket listens on the port, at any address.
    pub(super) fn listens(&self, port: u16) -> io::Result<bool> {
        for family in FAMILIES {
            send(&self.0, &request(family), SendFlags::empty())?;
            // All of the answer must be read, or it would be that to the next.
            let mut found = false;
            let mut buffer = vec![0; 32 << 10];
            while let (ports, false) = self.receive(&mut buffer)? {
                found |= ports.contains(&port);
            }
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The ports of the next part of the answer, and whether it was the last.
    fn receive(&self, buffer: &mut [u8]) -> io::Result<(Vec<u16>, bool)> {
        let (_, count) = recv(&self.0, &mut *buffer, RecvFlags::empty())?;
        parse(buffer.get(..count).unwrap_or_default())
    }
}

/// Asks for all listening TCP sockets of a family.
fn request(family: u8) -> [u8; REQUEST] {
    let mut request = [0; REQUEST];
    request[..4].copy_from_slice(&REQUEST_LENGTH.to_ne_bytes());
    request[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
    request[6..8].copy_from_slice(&FLAGS.to_ne_bytes());
    request[HEADER] = family;
    request[HEADER + 1] = TCP;
    request[HEADER + 4..HEADER + 8].copy_from_slice(&LISTEN.to_ne_bytes());
    request
}

/// The source ports of `inet_diag_msg`s; true at the end of the answer. The
/// last part holds no ports.
fn parse(mut bytes: &[u8]) -> io::Result<(Vec<u16>, bool)> {
    let mut ports = Vec::new();
    while let Some((header, _)) = bytes.split_at_checked(HEADER) {
        let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let kind = u16::from_ne_bytes([header[4], header[5]]);
        match kind {
            DONE => return Ok((ports, true)),
            ERROR => return Err(io::Error::other("the kernel refuses to list sockets")),
            _ => {}
        }
        // Family, state, timer, retransmits, then the ports in network order.
        if let Some(&[high, low]) = bytes.get(HEADER + 4..HEADER + 6) {
            ports.push(u16::from_be_bytes([high, low]));
        }
        let next = length.max(HEADER).next_multiple_of(4);
        bytes = bytes.get(next..).unwrap_or_default();
    }
    Ok((ports, false))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_port_listens_from_listen_to_close() {
        let diag = SocketDiag::here().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(diag.listens(address.port()).unwrap());
        let client = TcpStream::connect(address).unwrap();
        drop(listener);
        // The connection is there, but nothing listens.
        assert!(!diag.listens(address.port()).unwrap());
        assert!(!diag.listens(client.local_addr().unwrap().port()).unwrap());
    }

    #[test]
    fn six_is_looked_at_too() {
        let Ok(listener) = TcpListener::bind("[::1]:0") else {
            return dp_testkit::skip("IPv6 is off");
        };
        let port = listener.local_addr().unwrap().port();
        assert!(SocketDiag::here().unwrap().listens(port).unwrap());
    }
}
