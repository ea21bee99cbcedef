use std::fs;
use std::path::Path;

use dp_engine::{Environment, Selection, resolve};
use dp_testkit::wait_until;

use super::*;

fn load(command: &str) -> Load {
    Load { command: command.to_owned(), timeout: None }
}

async fn ran(load: &Load) -> FinishedLoad {
    let selection =
        Selection { host: Some("tcp://engine.example:2375".to_owned()), ..Selection::default() };
    let endpoint = resolve(&selection, &Environment::default()).unwrap();
    let about = LoadEnvironment {
        endpoint: &endpoint,
        container: "dp-1-web",
        address: Some("172.17.0.2".parse().unwrap()),
        subject: &Subject { name: "web".to_owned(), ..Subject::default() },
        run: 3,
        project: None,
    };
    load.run(about, std::future::pending()).await.unwrap()
}

/// A process that was killed is gone, or only a name of a dead one.
fn gone(pid: &str) {
    let stat = || fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    let ended = || {
        stat().is_ok_and(|stat| stat.rsplit_once(") ").unwrap().1.starts_with('Z'))
            || stat().is_err()
    };
    wait_until("the process is gone", ended);
}

#[tokio::test]
async fn a_load_is_reported_with_its_code_its_time_and_its_last_lines() {
    let loaded = ran(&load("echo one; echo two >&2; sleep 0.05; exit 3")).await;
    assert_eq!(loaded.end, LoadEnd::ExitCode(3));
    assert_eq!(loaded.output, ["one", "two"]);
    assert!(loaded.seconds >= 0.05);
    assert_eq!(ran(&load("kill -9 $$")).await.end, LoadEnd::Signal(9));
    assert_eq!(ran(&load("/no/such/thing")).await.end, LoadEnd::ExitCode(127));
}

#[tokio::test]
async fn metrics_that_a_load_prints_count_if_it_did_its_work() {
    let print = "echo 'dp: requests=7 higher'; echo 'dp: reply_seconds=0.5' >&2";
    let metrics = |load: &FinishedLoad| {
        let mut metrics = Metrics::default();
        load.add_to(&mut metrics);
        (metrics.get("requests"), metrics.get("reply_seconds"), load.units().len())
    };
    assert_eq!(metrics(&ran(&load(print)).await), (Some(7.0), Some(0.5), 2));
    assert_eq!(metrics(&ran(&load(&format!("{print}; exit 1"))).await), (None, None, 0));
}

#[tokio::test]
async fn a_load_knows_its_container_and_engine_and_reads_nothing() {
    let says = "echo $DP_CONTAINER $DP_ADDRESS $DP_NAME ${DP_VARIANT-none} $DP_RUN $DOCKER_HOST; read line || echo nothing";
    let loaded = ran(&load(says)).await;
    let expected = "dp-1-web 172.17.0.2 web none 3 tcp://engine.example:2375";
    assert_eq!(loaded.output, [expected, "nothing"]);
}

#[tokio::test]
async fn a_load_that_takes_too_long_is_ended_with_its_children() {
    let mut load = load("sleep 1000 & echo $!; sleep 1000");
    load.timeout = Some(Duration::from_millis(200));
    let loaded = ran(&load).await;
    assert_eq!(loaded.end, LoadEnd::Timeout);
    assert!(loaded.seconds >= 0.2);
    let [pid] = &loaded.output[..] else { panic!("{loaded:?}") };
    gone(pid);
}

#[tokio::test]
async fn what_a_load_left_in_the_background_ends_with_it() {
    let loaded = ran(&load("sleep 1000 & echo $!")).await;
    assert_eq!(loaded.end, LoadEnd::ExitCode(0));
    let [pid] = &loaded.output[..] else { panic!("{loaded:?}") };
    gone(pid);
}

#[tokio::test]
async fn a_load_that_nobody_waits_for_any_more_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let written = || fs::read_to_string(&file).unwrap_or_default();
    let load = load(&format!("echo $$ > {}; exec sleep 1000", file.display()));
    tokio::select! {
        loaded = ran(&load) => panic!("{loaded:?}"),
        () = async {
            while !written().ends_with('\n') {
                sleep(Duration::from_millis(1)).await;
            }
        } => {}
    }
    gone(written().trim());
}
