//! Replies that both engines sent, and one as they make it from version 2.

use super::*;
use dp_cgroup::Limit;

const HOST: u64 = 25_276_510_208;

const STABLE_ENDED: &str = include_str!("../../../tests/files/stats/20.10-ended.jsonl");
const NEWER_ENDED: &str = include_str!("../../../tests/files/stats/28.5-ended.jsonl");
const STABLE_LIMITED: &str = include_str!("../../../tests/files/stats/20.10-limited.jsonl");
const NEWER_LIMITED: &str = include_str!("../../../tests/files/stats/28.5-limited.jsonl");

fn of(text: &str) -> Option<ApiSample> {
    ApiSample::of(serde_json::from_str(text).unwrap(), Instant::now(), HOST)
}

#[test]
fn a_sample_of_a_limited_container_is_read_on_both_engines() {
    // load memory=10 cache=5 direct=4 burn=500, with -m 64m --cpus 0.5 --network none.
    let found = of(STABLE_LIMITED).unwrap();
    assert_eq!(
        found.sample,
        Sample {
            memory_bytes: Some(16_228_352),
            anonymous_bytes: Some(10_543_104),
            cache_bytes: Some(5_242_880),
            inactive_file_bytes: Some(5_242_880),
            swap_bytes: None,
            cpu: Some(Duration::from_nanos(527_648_074)),
            throttling: Some(Throttling {
                periods: 15,
                throttled_periods: 7,
                throttled: Duration::from_nanos(170_885_021),
            }),
            pids: Some(1),
        }
    );
    assert_eq!(found.totals.memory_peak_bytes, Some(17_682_432));
    let newer = of(NEWER_LIMITED).unwrap();
    assert_eq!(newer.sample.cache_bytes, Some(5_246_976));
    assert_eq!(newer.sample.cpu, Some(Duration::from_nanos(527_096_364)));
    assert_eq!(newer.totals.memory_peak_bytes, Some(17_879_040));
    for found in [found, newer] {
        assert_eq!(found.limits.memory_bytes, Some(Limit::At(64 << 20)));
        // 4 MiB were written past the page cache, which this kernel did not count.
        assert_eq!((found.totals.io, found.network), (None, None));
    }
}

#[test]
fn a_container_without_a_limit_is_not_limited_by_its_host() {
    for (text, sent, packets) in [(STABLE_ENDED, 66_730, 65), (NEWER_ENDED, 66_814, 67)] {
        let found = of(text.lines().next().unwrap()).unwrap();
        assert_eq!(found.limits.memory_bytes, Some(Limit::Unlimited));
        let network = found.network.unwrap();
        assert_eq!((network.tx_bytes, network.tx_packets), (sent, packets));
    }
}

#[test]
fn a_container_that_has_ended_gives_no_sample() {
    for text in [STABLE_ENDED, NEWER_ENDED] {
        let read: Vec<_> = text.lines().map(of).collect();
        let running = read.iter().take_while(|sample| sample.is_some()).count();
        assert!(running >= 2, "{running}");
        assert!(read.len() > running, "nothing was recorded after the end");
        assert!(read[running..].iter().all(Option::is_none));
    }
}

/// The engine's own names of what it reads of version 2 (its `statsV2`).
#[test]
fn figures_of_version_2_have_names_of_their_own() {
    let found = of(r#"{"read":"2026-11-20T16:00:00.5Z","pids_stats":{"current":3,"limit":100},
        "blkio_stats":{"io_service_bytes_recursive":[
            {"major":8,"minor":0,"op":"read","value":4096},
            {"major":8,"minor":0,"op":"write","value":8192},
            {"major":8,"minor":16,"op":"read","value":1}]},
        "cpu_stats":{"cpu_usage":{"total_usage":7000000},
            "throttling_data":{"periods":2,"throttled_periods":1,"throttled_time":3000}},
        "memory_stats":{"usage":9000,"limit":8000,
            "stats":{"anon":5000,"file":3000,"inactive_file":1000,"active_file":2000}}}"#)
    .unwrap();
    let sample = found.sample;
    assert_eq!((sample.memory_bytes, sample.anonymous_bytes), (Some(9000), Some(5000)));
    assert_eq!((sample.cache_bytes, sample.inactive_file_bytes), (Some(3000), Some(1000)));
    assert_eq!(sample.working_set_bytes(), Some(8000));
    assert_eq!((sample.cpu, sample.pids), (Some(Duration::from_millis(7)), Some(3)));
    assert_eq!(found.totals.memory_peak_bytes, None);
    assert_eq!(found.totals.io, Some(Io { read_bytes: 4097, write_bytes: 8192 }));
    assert_eq!(found.limits.memory_bytes, Some(Limit::At(8000)));
    assert_eq!(found.read, "2026-11-20T16:00:00.5Z".parse().unwrap());
}

#[test]
fn what_is_missing_is_absent_and_not_zero() {
    let found = of(r#"{"read":"2026-11-20T16:00:00Z","memory_stats":{},"networks":{},
        "blkio_stats":{"io_service_bytes_recursive":[
            {"major":8,"minor":0,"op":"Read","value":0},{"op":"Write","value":0}]}}"#)
    .unwrap();
    assert_eq!(found.sample, Sample::default());
    assert_eq!(found.totals, Totals::default());
    assert_eq!(found.limits, Limits::default());
    assert_eq!(found.network, None);
}
