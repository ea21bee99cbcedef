//! The options of `docker run` that dp honours, and those that it cannot.

/// What follows an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing (or `=true`, `=false`).
    Flag,
    /// One value of this form; the last one counts.
    Once(&'static str),
    /// One value of this form each time that it is given.
    Many(&'static str),
}

/// One option of `docker run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSpec {
    /// Its long form.
    pub name: &'static str,
    /// Its short form.
    pub short: Option<char>,
    /// What follows it.
    pub takes: Takes,
    /// What it does, for options that a tool offers as its own; the others are
    /// to be given within `--run-option`.
    pub help: Option<&'static str>,
}

use Takes::{Flag, Many, Once};

const fn offered(
    name: &'static str,
    short: Option<char>,
    takes: Takes,
    help: &'static str,
) -> OptionSpec {
    OptionSpec { name, short, takes, help: Some(help) }
}

const fn other(name: &'static str, short: Option<char>, takes: Takes) -> OptionSpec {
    OptionSpec { name, short, takes, help: None }
}

/// All that dp honours.
pub const OPTIONS: &[OptionSpec] = &[
    offered("env", Some('e'), Many("NAME[=VALUE]"), "Set a variable of the environment"),
    offered("env-file", None, Many("FILE"), "Read variables from a file"),
    offered("volume", Some('v'), Many("[SOURCE:]TARGET[:OPTIONS]"), "Mount a volume or a folder"),
    offered("tmpfs", None, Many("TARGET[:OPTIONS]"), "Mount a tmpfs"),
    offered("publish", Some('p'), Many("[[IP:]PORT:]PORT"), "Publish a port of the container"),
    offered("network", None, Once("NETWORK"), "Connect the container to a network"),
    offered("add-host", None, Many("HOST:IP"), "Add a line to /etc/hosts"),
    offered("memory", Some('m'), Once("BYTES"), "Limit the memory"),
    offered("cpus", None, Once("NUMBER"), "Limit the CPUs"),
    offered("entrypoint", None, Once("COMMAND"), "Replace the entry point of the image"),
    offered("user", Some('u'), Once("USER[:GROUP]"), "Run as this user"),
    offered("workdir", Some('w'), Once("FOLDER"), "Run in this folder of the container"),
    offered("init", None, Flag, "Run an init as the first process"),
    offered("platform", None, Once("PLATFORM"), "Use the image for this platform"),
    offered("health-cmd", None, Once("COMMAND"), "Check the health by this command"),
    offered("health-interval", None, Once("DURATION"), "Time between two checks"),
    offered("health-timeout", None, Once("DURATION"), "Longest time of a check"),
    offered("health-retries", None, Once("NUMBER"), "Failures in a row that mean unhealthy"),
    offered("health-start-period", None, Once("DURATION"), "Time in which failures do not count"),
    offered("health-start-interval", None, Once("DURATION"), "Time between two checks in it"),
    offered("no-healthcheck", None, Flag, "Check no health"),
    offered("stop-signal", None, Once("SIGNAL"), "Signal that stops the container"),
    offered("stop-timeout", None, Once("SECONDS"), "Time from that signal to SIGKILL"),
    other("annotation", None, Many("NAME=VALUE")),
    other("blkio-weight", None, Once("NUMBER")),
    other("blkio-weight-device", None, Many("DEVICE:NUMBER")),
    other("cap-add", None, Many("CAPABILITY")),
    other("cap-drop", None, Many("CAPABILITY")),
    other("cgroupns", None, Once("MODE")),
    other("cpu-period", None, Once("MICROSECONDS")),
    other("cpu-quota", None, Once("MICROSECONDS")),
    other("cpu-rt-period", None, Once("MICROSECONDS")),
    other("cpu-rt-runtime", None, Once("MICROSECONDS")),
    other("cpu-shares", Some('c'), Once("NUMBER")),
    other("cpuset-cpus", None, Once("LIST")),
    other("cpuset-mems", None, Once("LIST")),
    other("device", None, Many("PATH[:PATH[:MODE]]")),
    other("device-cgroup-rule", None, Many("RULE")),
    other("device-read-bps", None, Many("DEVICE:BYTES")),
    other("device-read-iops", None, Many("DEVICE:NUMBER")),
    other("device-write-bps", None, Many("DEVICE:BYTES")),
    other("device-write-iops", None, Many("DEVICE:NUMBER")),
    other("dns", None, Many("IP")),
    other("dns-option", None, Many("OPTION")),
    other("dns-search", None, Many("DOMAIN")),
    other("domainname", None, Once("NAME")),
    other("expose", None, Many("PORT[/PROTOCOL]")),
    other("gpus", None, Many("GPUS")),
    other("group-add", None, Many("GROUP")),
    other("hostname", Some('h'), Once("NAME")),
    other("ip", None, Once("IP")),
    other("ip6", None, Once("IP")),
    other("ipc", None, Once("MODE")),
    other("isolation", None, Once("MODE")),
    other("label", Some('l'), Many("NAME[=VALUE]")),
    other("label-file", None, Many("FILE")),
    other("link", None, Many("CONTAINER[:ALIAS]")),
    other("link-local-ip", None, Many("IP")),
    other("log-driver", None, Once("DRIVER")),
    other("log-opt", None, Many("NAME=VALUE")),
    other("mac-address", None, Once("ADDRESS")),
    other("memory-reservation", None, Once("BYTES")),
    other("memory-swap", None, Once("BYTES")),
    other("memory-swappiness", None, Once("NUMBER")),
    other("network-alias", None, Many("NAME")),
    other("oom-kill-disable", None, Flag),
    other("oom-score-adj", None, Once("NUMBER")),
    other("pid", None, Once("MODE")),
    other("pids-limit", None, Once("NUMBER")),
    other("privileged", None, Flag),
    other("publish-all", Some('P'), Flag),
    other("read-only", None, Flag),
    other("runtime", None, Once("NAME")),
    other("security-opt", None, Many("OPTION")),
    other("shm-size", None, Once("BYTES")),
    other("storage-opt", None, Many("NAME=VALUE")),
    other("sysctl", None, Many("NAME=VALUE")),
    other("ulimit", None, Many("NAME=SOFT[:HARD]")),
    other("userns", None, Once("MODE")),
    other("uts", None, Once("MODE")),
    other("volume-driver", None, Once("DRIVER")),
    other("volumes-from", None, Many("CONTAINER")),
];

/// Other names of the same options.
pub(super) const ALIASES: &[(&str, &str)] =
    &[("net", "network"), ("net-alias", "network-alias"), ("dns-opt", "dns-option")];

/// What measuring does not go together with, and why.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("name", "dp names its containers itself, since it starts many"),
    ("cgroup-parent", "dp gives each container a parent group of its own, to read its CPU time"),
    ("restart", "a container that restarts has no one start"),
    ("tty", "dp reads the output as it is: leave the terminal away"),
    ("t", "dp reads the output as it is: leave the terminal away"),
    ("interactive", "nobody types: containers have no stdin"),
    ("i", "nobody types: containers have no stdin"),
    ("attach", "dp attaches to stdout and stderr itself"),
    ("a", "dp attaches to stdout and stderr itself"),
    ("detach", "dp waits for each container itself"),
    ("d", "dp waits for each container itself"),
    ("detach-keys", "dp attaches to stdout and stderr itself, without a terminal"),
    ("sig-proxy", "a signal ends dp and its containers"),
    ("rm", "dp removes each container itself"),
    ("pull", PULL),
    ("quiet", PULL),
    ("q", PULL),
    ("disable-content-trust", PULL),
    ("cidfile", "dp starts many containers: their names stand in the records"),
    ("mount", "write it as --volume or --tmpfs"),
    ("use-api-socket", "mount the socket by --volume"),
    ("kernel-memory", "no kernel of today has such a limit"),
    ("cpu-count", WINDOWS),
    ("cpu-percent", WINDOWS),
    ("io-maxbandwidth", WINDOWS),
    ("io-maxiops", WINDOWS),
];

const PULL: &str = "pulling is not starting: pull the image first";
const WINDOWS: &str = "it is for containers of Windows only";
