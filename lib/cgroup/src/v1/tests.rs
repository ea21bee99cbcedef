use super::*;

const MEMORY_STAT: &str = "\
cache 4096
rss 53248
swap 1
inactive_file 2
total_cache 83886080
total_rss 104857600
total_swap 8192
total_inactive_file 41943040
";

const NONE: &str = "9223372036854771712\n";

fn texts(texts: &[(Figure, &str)]) -> impl Fn(Figure) -> Option<String> {
    move |figure| {
        let found = texts.iter().find(|(of, _)| *of == figure);
        found.map(|(_, text)| (*text).to_owned())
    }
}

#[test]
fn a_sample_counts_the_group_and_all_below_it() {
    let mut into = Sample::default();
    for (figure, text) in [
        (Figure::Memory, "188743680\n"),
        (Figure::MemoryKinds, MEMORY_STAT),
        (Figure::Cpu, "1500000001\n"),
        (Figure::Throttling, "nr_periods 40\nnr_throttled 39\nthrottled_time 1900000007\n"),
        (Figure::Pids, "21\n"),
    ] {
        sample(figure, text, &mut into);
    }
    assert_eq!(into.memory_bytes, Some(188_743_680));
    assert_eq!(into.anonymous_bytes, Some(104_857_600));
    assert_eq!(into.cache_bytes, Some(83_886_080));
    assert_eq!(into.working_set_bytes(), Some(188_743_680 - 41_943_040));
    assert_eq!(into.swap_bytes, Some(8192));
    assert_eq!(into.cpu, Some(Duration::from_nanos(1_500_000_001)));
    let throttled = Duration::from_nanos(1_900_000_007);
    let throttling = Throttling { periods: 40, throttled_periods: 39, throttled };
    assert_eq!((into.throttling, into.pids), (Some(throttling), Some(21)));
}

#[test]
fn a_file_that_says_nothing_gives_no_figure() {
    let mut into = Sample::default();
    for figure in SAMPLED {
        sample(*figure, "", &mut into);
    }
    assert_eq!(into, Sample::default());
    assert_eq!(totals(texts(&[]), || None), Totals::default());
    assert_eq!(limits(texts(&[]), || None), Limits::default());
}

#[test]
fn limits_are_bytes_and_cores() {
    let read = texts(&[
        (Figure::MemoryLimit, "209715200\n"),
        (Figure::SwapLimit, "314572800\n"),
        (Figure::CpuLimit, "50000\n"),
        (Figure::PidsLimit, "64\n"),
    ]);
    let found = limits(read, || Some("100000\n".to_owned()));
    assert_eq!(found.memory_bytes, Some(Limit::At(200 << 20)));
    assert_eq!(found.swap_bytes, Some(Limit::At(100 << 20)));
    assert_eq!(found.cpu_cores, Some(Limit::At(0.5)));
    assert_eq!(found.pids, Some(Limit::At(64)));
}

#[test]
fn no_limit_is_the_largest_number_or_minus_one_or_max() {
    let read = texts(&[
        (Figure::MemoryLimit, NONE),
        (Figure::SwapLimit, NONE),
        (Figure::CpuLimit, "-1\n"),
        (Figure::PidsLimit, "max\n"),
    ]);
    let found = limits(read, || Some("100000\n".to_owned()));
    assert_eq!(found.memory_bytes, Some(Limit::Unlimited));
    assert_eq!(found.swap_bytes, Some(Limit::Unlimited));
    assert_eq!(found.cpu_cores, Some(Limit::Unlimited));
    assert_eq!(found.pids, Some(Limit::Unlimited));
    // Where pages have 64 KiB.
    assert_eq!(limit(9_223_372_036_854_710_272), Limit::Unlimited);
}

#[test]
fn bytes_of_all_devices_are_summed() {
    let text = "254:0 Read 4096\n254:0 Write 16777216\n254:0 Sync 9\n254:0 Total 16781312\n\
                8:16 Read 4096\n8:16 Write 0\nTotal 16785408\n";
    let found = io(text, || None);
    assert_eq!(found, Some(Io { read_bytes: 8192, write_bytes: 16_777_216 }));
}

#[test]
fn no_bytes_are_a_figure_only_where_something_is_counted() {
    assert_eq!(io("Total 0\n", || Some("Total 0\n".to_owned())), None);
    assert_eq!(io("Total 0\n", || None), None);
    let live = || Some("254:0 Read 1\n254:0 Write 0\nTotal 1\n".to_owned());
    assert_eq!(io("Total 0\n", live), Some(Io::default()));
}

#[test]
fn kills_are_those_of_processes_not_of_invocations() {
    let text = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n";
    let found = totals(texts(&[(Figure::OomKills, text)]), || None);
    assert_eq!(found.oom_kills, Some(2));
}
