//! The engine's own samples and lists against the kernel's files and the docker CLI.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

mod load;

use std::time::Duration;

use dp_cgroup::Limit;
use dp_engine::container::{ApiSample, ApiSamples};
use dp_engine::{Engine, EngineError, Environment, Selection, resolve};
use load::{Image, Load, docker, unique};

const MIB: u64 = 1 << 20;
/// What the kernel may give back or take between two readings.
const SLACK: u64 = 2 * MIB;
/// Only ends a test that fails.
const BOUND: Duration = Duration::from_mins(1);

/// Removed when this is dropped.
struct Container(String);

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "--force", &self.0]);
    }
}

async fn engine() -> Engine {
    let endpoint = resolve(&Selection::default(), &Environment::from_process()).unwrap();
    Engine::connect(&endpoint).await.unwrap()
}

async fn samples(engine: &Engine, name: &str) -> ApiSamples {
    engine.stats(name, engine.facts().await.unwrap().memory_bytes)
}

async fn next(samples: &mut ApiSamples) -> Result<Option<ApiSample>, EngineError> {
    tokio::time::timeout(BOUND, samples.next()).await.unwrap()
}

#[track_caller]
fn assert_near(api: Option<u64>, kernel: Option<u64>) {
    let (api, kernel) = (api.unwrap(), kernel.unwrap());
    assert!(api.abs_diff(kernel) <= SLACK, "{api} by the engine, {kernel} by the kernel");
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn the_engine_and_the_kernel_tell_the_same_of_a_container() {
    let engine = engine().await;
    let load = Load::done(&["--memory", "200m"], &["memory=100", "datagrams=64"]);
    let mut samples = samples(&engine, &load.id).await;
    let api = next(&mut samples).await.unwrap().unwrap();
    let (mut group, second) = (load.group(), next(&mut samples).await.unwrap().unwrap());
    let (kernel, totals) = (group.sample().unwrap(), group.totals());
    assert_near(api.sample.memory_bytes, kernel.memory_bytes);
    assert_near(api.sample.anonymous_bytes, kernel.anonymous_bytes);
    assert_near(api.sample.anonymous_bytes, Some(100 * MIB));
    assert_near(api.sample.cache_bytes, kernel.cache_bytes);
    assert_near(api.sample.inactive_file_bytes, kernel.inactive_file_bytes);
    if let Some(peak) = api.totals.memory_peak_bytes {
        assert_near(Some(peak), totals.memory_peak_bytes);
    }
    assert_eq!(api.limits.memory_bytes, Some(Limit::At(200 * MIB)));
    assert_eq!(api.sample.pids, Some(1));
    assert!(api.network.unwrap().tx_bytes >= 64 * 1042, "{api:?}");
    // It sleeps: what the kernel counts of CPU time now, the engine did too.
    assert!(api.sample.cpu.unwrap().abs_diff(kernel.cpu.unwrap()) < Duration::from_millis(50));
    let period = second.read.duration_since(api.read);
    assert!((0.5..5.0).contains(&period.as_secs_f64()), "{period:?}");
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn samples_end_with_the_container() {
    let engine = engine().await;
    for end in [&["stop", "--time", "0"][..], &["rm", "--force"]] {
        let load = Load::done(&["--network", "none"], &[]);
        let mut samples = samples(&engine, &load.id).await;
        assert!(next(&mut samples).await.unwrap().is_some());
        docker(&[end, &[load.id.as_str()]].concat());
        // One that was read before the end may still be on its way.
        let mut left = 0;
        while next(&mut samples).await.unwrap().is_some() {
            left += 1;
            assert!(left < 3, "{end:?}");
        }
        assert_eq!(next(&mut samples).await.unwrap(), None);
    }
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn what_does_not_run_gives_no_sample_and_what_is_not_there_an_error() {
    let engine = engine().await;
    let load = Load::done(&["--network", "none"], &[]);
    docker(&["stop", "--time", "0", &load.id]);
    assert_eq!(next(&mut samples(&engine, &load.id).await).await.unwrap(), None);
    let name = format!("dp-test-{}", unique());
    let error = next(&mut samples(&engine, &name).await).await.unwrap_err();
    assert!(matches!(&error, EngineError::Refused { status: 404, .. }), "{error}");
}

#[tokio::test]
#[ignore = "needs a Docker engine: make test-engine"]
async fn containers_of_a_project_are_those_that_compose_labelled() {
    let engine = engine().await;
    let (image, project) = (Image::new(), format!("dp-test-{}", unique()));
    let label = |name: &str, value: &str| format!("--label=com.docker.compose.{name}={value}");
    let run = |service: &str, number: &str, more: &[&str]| {
        let name = format!("{project}-{service}-{number}");
        let labels = [
            label("project", &project),
            label("service", service),
            label("container-number", number),
        ];
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let run = ["run", "--detach", "--network", "none", "--name", &name];
        Container(docker(&[&run[..], &labels, more, &[&image.0]].concat()))
    };
    let web = run("web", "2", &["--memory", "64m", "--cpus", "0.5"]);
    let other = run("db", "1", &[]);
    let _one_off = run("web", "9", &["--label", "com.docker.compose.oneoff=True"]);
    let ended = run("db", "2", &[]);
    docker(&["stop", "--time", "0", &ended.0]);
    let found = engine.compose_containers(&project).await.unwrap();
    let of = |at: usize| (found[at].id.as_str(), found[at].service.as_str(), found[at].number);
    assert_eq!(found.len(), 2);
    assert_eq!(of(0), (other.0.as_str(), "db", Some(1)));
    assert_eq!(of(1), (web.0.as_str(), "web", Some(2)));
    assert_eq!(found[1].name, format!("{project}-web-2"));
    assert_eq!(found[1].image, docker(&["image", "inspect", "--format", "{{.Id}}", &image.0]));
    assert_eq!(found[1].image_reference, image.0);
    assert_eq!(engine.compose_containers("dp-test-none").await.unwrap(), []);
    let facts = engine.container(&web.0).await.unwrap();
    assert_eq!((facts.name, facts.image_reference), (found[1].name.clone(), image.0.clone()));
    assert_eq!(facts.limits.memory_bytes, Some(Limit::At(64 * MIB)));
    assert_eq!(facts.limits.cpu_cores, Some(Limit::At(0.5)));
    let started = docker(&["inspect", "--format", "{{.State.StartedAt}}", &web.0]);
    assert_eq!(facts.started, Some(started.parse().unwrap()));
}
