//! What the machine is.

use std::fs;

use dp_record::Pressure;

use super::stat::{load1, read_cpu_ticks, some_avg10};

/// The stable facts of this machine that an engine does not report, and its
/// state now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Machine {
    /// CPU model.
    pub cpu_model: Option<String>,
    /// Frequency governor of the first CPU.
    pub power_governor: Option<String>,
    /// `none`, or `hypervisor` where the CPU says that one is there.
    pub virtualization: Option<String>,
    /// Load average over one minute.
    pub load1: Option<f64>,
    /// Stolen CPU time since boot, as a share of all CPU time.
    pub cpu_steal_ratio: Option<f64>,
}

/// Reads the facts of this machine.
pub fn machine() -> Machine {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let governor = fs::read_to_string("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    let ticks = read_cpu_ticks();
    Machine {
        cpu_model: cpu_model(&cpuinfo),
        power_governor: governor.ok().map(|text| text.trim().to_owned()),
        virtualization: virtualization(&cpuinfo),
        load1: fs::read_to_string("/proc/loadavg").ok().and_then(|text| load1(&text)),
        cpu_steal_ratio: ticks
            .filter(|ticks| ticks.total > 0)
            .map(|ticks| ticks.steal as f64 / ticks.total as f64),
    }
}

/// The pressure of this machine now.
pub fn pressure() -> Pressure {
    let read = |name: &str| some_avg10(&fs::read_to_string(format!("/proc/pressure/{name}")).ok()?);
    Pressure { cpu_ratio: read("cpu"), memory_ratio: read("memory"), io_ratio: read("io") }
}

/// `model name` on x86; other architectures name it otherwise, or not at all.
fn cpu_model(cpuinfo: &str) -> Option<String> {
    ["model name", "Model", "cpu model", "cpu"].iter().find_map(|name| field(cpuinfo, name))
}

/// The `hypervisor` flag of x86 (CPUID leaf 1, ECX bit 31). Other
/// architectures do not say so.
fn virtualization(cpuinfo: &str) -> Option<String> {
    let flags = field(cpuinfo, "flags")?;
    let virtual_cpu = flags.split_whitespace().any(|flag| flag == "hypervisor");
    Some(if virtual_cpu { "hypervisor" } else { "none" }.to_owned())
}

fn field(cpuinfo: &str, name: &str) -> Option<String> {
    cpuinfo.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const X86: &str =
        "processor\t: 0\nmodel name\t: Some CPU @ 2.50GHz\nflags\t\t: fpu sse hypervisor\n";

    #[test]
    fn reads_model_and_hypervisor() {
        assert_eq!(cpu_model(X86).as_deref(), Some("Some CPU @ 2.50GHz"));
        assert_eq!(virtualization(X86).as_deref(), Some("hypervisor"));
        assert_eq!(virtualization("flags\t: fpu sse\n").as_deref(), Some("none"));
        assert_eq!(virtualization("Features\t: fp asimd\n"), None);
    }
}
