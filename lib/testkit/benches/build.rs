//! What dp-build costs beside `docker buildx build`, as ratios of interleaved
//! rounds, and the most memory that it holds. Beside them stands the engine's
//! bare API: a tar of the whole context, posted by curl.
//!
//! `scripts/bench build` builds what is compared and brings up the engine.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and fails by a panic"
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dp_math::Sample;
use dp_session::Rounds;
use dp_testkit::{BASE, Context, Docker, assert_records, of_kind, peak_bytes, tool, unique};

/// Measured rounds, and rounds before them.
const ROUNDS: u32 = 8;
const WARMUP: u32 = 2;
/// Files of the big context, of one MB each.
const FILES: u32 = 300;
const FILE_BYTES: usize = 1_000_000;
/// How often a process's peak is read. The kernel keeps the peak itself.
const LOOK: Duration = Duration::from_millis(5);

/// What builds. The first is what the others are compared with.
const BUILDERS: [&str; 4] = ["docker buildx", "buildx", "engine", API];
const API: &str = "bare API";

/// Wall time and memory of one side.
#[derive(Default)]
struct Side {
    seconds: Vec<f64>,
    /// What our records say of the same builds: the builder's own part.
    told: Vec<f64>,
    peak_bytes: u64,
}

/// A folder that all build, each under a name of its own.
struct Place<'a> {
    name: &'a str,
    folder: &'a Path,
}

impl Place<'_> {
    fn command(&self, builder: &str) -> Command {
        let tag = tag(self.name, builder);
        if builder == API {
            return post(self.folder, &tag);
        }
        let mut command = if builder == BUILDERS[0] {
            let mut docker = Command::new("docker");
            docker.args(["buildx", "build", "--progress=rawjson", "--provenance=false"]);
            docker
        } else {
            let mut ours = Command::new(tool("dp-build"));
            ours.args(["--quiet", "--backend", builder]);
            ours
        };
        command.args(["--tag", &tag]).arg(self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }

    fn run(&self, builder: &str, side: &mut Side, measured: bool) {
        let start = Instant::now();
        let mut child = self.command(builder).spawn().unwrap();
        let peak = watch(&mut child);
        let seconds = start.elapsed().as_secs_f64();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{builder} failed");
        // Another build under the same name would leave this one without any.
        let mut remove = Command::new("docker");
        remove.args(["image", "rm", "--no-prune", &tag(self.name, builder)]);
        assert!(remove.stdout(Stdio::null()).status().unwrap().success(), "no image");
        if measured {
            side.seconds.push(seconds);
            side.told.extend(wall_seconds(&output.stdout));
            side.peak_bytes = side.peak_bytes.max(peak);
        }
    }
}

/// `wall_seconds` of a build's record, if records were printed.
fn wall_seconds(stdout: &[u8]) -> Option<f64> {
    let text = String::from_utf8_lossy(stdout);
    let records = assert_records(&text);
    of_kind(&records, "build").first()?.metrics.get("wall_seconds")
}

fn tag(name: &str, builder: &str) -> String {
    format!("{name}/{}:1", builder.replace(' ', "-").to_lowercase())
}

/// What a shell alone can do.
fn post(folder: &Path, tag: &str) -> Command {
    const SCRIPT: &str = r#"tar -C "$1" -c . | curl -sf -X POST -T - -o /dev/null \
        -H 'Content-Type: application/x-tar' --unix-socket "${DOCKER_HOST#unix://}" \
        "http://engine/build?version=2&t=$2""#;
    let mut command = Command::new("bash");
    command.args(["-o", "pipefail", "-c", SCRIPT, "post"]).arg(folder).arg(tag);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The last peak of resident memory that was seen of a process, in bytes. Of
/// docker, and of the shell that posts, that is the first process alone.
fn watch(child: &mut Child) -> u64 {
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(peak_bytes(child.id()).unwrap_or(0));
        std::thread::sleep(LOOK);
    }
    peak
}

/// Runs builders in interleaved rounds, each on what `prepare` left.
fn compare(what: &str, builders: &[&str], place: &Place<'_>, mut prepare: impl FnMut()) {
    let mut sides = BUILDERS.map(|_| Side::default());
    for slot in Rounds::new(builders.len(), ROUNDS, WARMUP, 7).slots() {
        prepare();
        place.run(builders[slot.subject], &mut sides[slot.subject], !slot.warmup);
    }
    println!("{what}: {ROUNDS} rounds");
    let median = |side: &Side| Sample::new(side.seconds.clone()).unwrap().median();
    for (builder, side) in builders.iter().zip(&sides) {
        let (seconds, mega) = (median(side), side.peak_bytes as f64 / 1e6);
        let ratios = ratios(&side.seconds, &sides[0].seconds);
        println!("  {builder:<14} median {seconds:7.3} s  {ratios}  peak {mega:6.1} MB");
    }
    // The rest of our time is before and after the build, and in none of its figures.
    for (builder, side) in builders.iter().zip(&sides).filter(|(_, side)| !side.told.is_empty()) {
        println!("  wall_seconds of {builder}: {}", ratios(&side.told, &sides[0].seconds));
    }
}

/// The median and the middle half of the ratios of the rounds: what slows a
/// whole round down slows both of its sides.
fn ratios(side: &[f64], base: &[f64]) -> String {
    let ratios = side.iter().zip(base).map(|(one, base)| one / base);
    let ratios = Sample::new(ratios.collect()).unwrap();
    let [low, median, high] = [0.25, 0.5, 0.75].map(|part| ratios.quantile(part).unwrap());
    format!("ratio {median:.3} ({low:.3} to {high:.3})")
}

fn cached(name: &str) {
    let steps: Vec<String> = (1..=10).map(|step| format!("RUN echo {step} > /{step}\n")).collect();
    let context = Context::new(&format!("FROM {BASE}\n{}", steps.concat()));
    compare("a fully cached build", &BUILDERS, &Place { name, folder: context.path() }, || {});
}

/// Each build finds another one of the files changed. The files are mounted: a
/// COPY would leave 300 MB more on the engine with every build.
fn big(name: &str) {
    let mount = "RUN --mount=type=bind,target=/context test -s /context/0";
    let context = Context::new(&format!("FROM {BASE}\n{mount}\n"));
    // Not what an earlier benchmark has built.
    let mut random = Random(u64::from(std::process::id()) << 32 | 7);
    for file in 0..FILES {
        random.write(&context.path().join(file.to_string()));
    }
    let mut changed = (0..FILES).cycle();
    let folder = context.path().to_owned();
    let change = || random.write(&folder.join(changed.next().unwrap().to_string()));
    // The bare API would leave 600 MB more on the engine with every build.
    let place = Place { name, folder: context.path() };
    compare("300 MB, one file changed", &BUILDERS[..3], &place, change);
}

/// Bytes that do not compress (xorshift).
struct Random(u64);

impl Random {
    fn write(&mut self, path: &Path) {
        let mut bytes = Vec::with_capacity(FILE_BYTES);
        while bytes.len() < FILE_BYTES {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            bytes.extend(self.0.to_le_bytes());
        }
        fs::File::create(path).unwrap().write_all(&bytes).unwrap();
    }
}

fn main() {
    let mut docker = Docker::new();
    let (cached_name, big_name) = (unique("bench"), unique("bench-big"));
    for name in [&cached_name, &big_name] {
        for builder in BUILDERS {
            docker.remove_at_end(&tag(name, builder));
        }
    }
    println!("engine {}", docker.version());
    cached(&cached_name);
    big(&big_name);
}
