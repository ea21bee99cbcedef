//! Interface counters of a container's network: `/proc/PID/net/dev` (proc(5)).

use std::fs;
use std::path::{Path, PathBuf};

use super::error::CgroupError;

/// What went over the interfaces of a network namespace but its loopback, since
/// they were made, link headers included. Containers that share a namespace
/// share the counters, and they end with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Network {
    /// Received bytes.
    pub rx_bytes: u64,
    /// Received packets.
    pub rx_packets: u64,
    /// Sent bytes.
    pub tx_bytes: u64,
    /// Sent packets.
    pub tx_packets: u64,
}

/// The interfaces of a container, to be read again and again.
#[derive(Debug)]
pub struct Interfaces {
    /// In /proc. The file there is not kept open: that would keep the namespace
    /// alive beyond its container.
    process: PathBuf,
}

impl Interfaces {
    /// The interfaces of the namespace of a process of this machine.
    ///
    /// # Errors
    /// The process uses the namespace that we are in (`--network host`).
    pub fn of_process(pid: u32) -> Result<Self, CgroupError> {
        let process = PathBuf::from(format!("/proc/{pid}"));
        // Without the right to see it, the namespace is taken to be another one.
        let namespace = fs::read_link(process.join("ns/net")).ok();
        if namespace.is_some() && namespace == fs::read_link("/proc/self/ns/net").ok() {
            return Err(CgroupError::HostNetwork(pid));
        }
        Ok(Self { process })
    }

    /// Their counters now.
    ///
    /// # Errors
    /// The process has ended.
    pub fn read(&self) -> Result<Network, CgroupError> {
        Network::below(&self.process)
    }
}

impl Network {
    /// The counters of a process whose folder in /proc this is.
    pub(crate) fn below(folder: &Path) -> Result<Self, CgroupError> {
        let path = folder.join("net/dev");
        let text = fs::read_to_string(&path).map_err(|error| CgroupError::of(&path, error))?;
        Ok(Self::parse(&text))
    }

    /// `NAME: RX_BYTES RX_PACKETS (6 others) TX_BYTES TX_PACKETS ...` after two
    /// lines of titles.
    fn parse(text: &str) -> Self {
        let mut sum = Self::default();
        for (name, counters) in text.lines().skip(2).filter_map(|line| line.split_once(':')) {
            let mut counters = counters.split_whitespace().map(|word| word.parse().unwrap_or(0));
            if name.trim() == "lo" {
                continue;
            }
            let mut next = |skipped| counters.nth(skipped).unwrap_or(0);
            sum.rx_bytes += next(0);
            sum.rx_packets += next(0);
            sum.tx_bytes += next(6);
            sum.tx_packets += next(0);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_summed_without_the_loopback() {
        let text = "Inter-|   Receive                            |  Transmit\n \
             face |bytes packets errs drop fifo frame compressed multicast|bytes packets\n    \
             lo: 900 9 0 0 0 0 0 0 900 9 0 0 0 0 0 0\n  \
             eth0: 180 2 11 12 13 14 15 16 66730 65 0 0 0 0 0 0\n  \
             eth1:1000 3 0 0 0 0 0 0 20 1 0 0 0 0 0 0\n";
        assert_eq!(
            Network::parse(text),
            Network { rx_bytes: 1180, rx_packets: 5, tx_bytes: 66_750, tx_packets: 66 }
        );
    }

    #[test]
    fn our_own_network_is_nobody_elses() {
        let found = Interfaces::of_process(std::process::id());
        assert!(matches!(found, Err(CgroupError::HostNetwork(_))), "{found:?}");
    }
}
