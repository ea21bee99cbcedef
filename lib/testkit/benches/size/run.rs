//! What a command costs.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fmt, fs};

use dp_testkit::peak_bytes;

use crate::{engine, median};

/// How often a process's peak is read. The kernel keeps the peak itself.
const LOOK: Duration = Duration::from_millis(2);

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall_seconds: f64,
    /// Of the process and all that it waited for.
    pub(crate) cpu_seconds: f64,
    /// Of the engine meanwhile, in ticks of 10 ms.
    pub(crate) engine_cpu_seconds: f64,
    /// Most resident memory of the process itself.
    pub(crate) peak_bytes: u64,
}

/// The CPU behind several runs, as medians.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cpu {
    /// Seconds, of the processes that ran.
    pub(crate) own: f64,
    /// Seconds, of the engine meanwhile.
    pub(crate) engine: f64,
}

impl Cpu {
    /// Both, in seconds.
    pub(crate) fn whole(self) -> f64 {
        self.own + self.engine
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:.3} s CPU, of the engine {:.2} s", self.own, self.engine)
    }
}

/// The CPU of several runs.
pub(crate) fn cpu(costs: &[Cost]) -> Cpu {
    let of = |cpu: fn(&Cost) -> f64| median(&costs.iter().map(cpu).collect::<Vec<_>>());
    Cpu { own: of(|cost| cost.cpu_seconds), engine: of(|cost| cost.engine_cpu_seconds) }
}

/// Runs a command, which must succeed, and throws its output away. The shell
/// counts the CPU of its children to the millisecond, and costs the same
/// everywhere.
pub(crate) fn cost(words: &[String]) -> Cost {
    let script = "TIMEFORMAT='%3U %3S'; time \"$@\" >/dev/null 2>&1";
    let mut command = Command::new("bash");
    command.args(["-c", script, "bash"]).args(words);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let engine_before = engine::cpu_seconds();
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut peak_bytes = 0;
    while child.try_wait().unwrap().is_none() {
        peak_bytes = peak_bytes.max(peak_of_child(child.id()).unwrap_or(0));
        std::thread::sleep(LOOK);
    }
    let wall_seconds = start.elapsed().as_secs_f64();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    let times = said.split_whitespace().map(|word| word.parse::<f64>().unwrap());
    let engine_cpu_seconds = engine::cpu_seconds() - engine_before;
    Cost { wall_seconds, cpu_seconds: times.sum(), engine_cpu_seconds, peak_bytes }
}

/// The peak of resident memory of the shell's child.
fn peak_of_child(shell: u32) -> Option<u64> {
    let children = format!("/proc/{shell}/task/{shell}/children");
    let child = fs::read_to_string(children).ok()?;
    peak_bytes(child.trim().parse().ok()?)
}
