use super::*;

fn texts(texts: &[(Figure, &str)]) -> impl Fn(Figure) -> Option<String> {
    move |figure| {
        let found = texts.iter().find(|(of, _)| *of == figure);
        found.map(|(_, text)| (*text).to_owned())
    }
}

#[test]
fn cpu_time_and_throttling_are_microseconds_of_one_file() {
    let text = "usage_usec 1500001\nuser_usec 1\nsystem_usec 2\n\
                nr_periods 40\nnr_throttled 39\nthrottled_usec 1900007\n";
    let mut into = Sample::default();
    sample(Figure::Cpu, text, &mut into);
    assert_eq!(into.cpu, Some(Duration::from_micros(1_500_001)));
    let throttled = Duration::from_micros(1_900_007);
    let throttling = Throttling { periods: 40, throttled_periods: 39, throttled };
    assert_eq!(into.throttling, Some(throttling));
}

#[test]
fn without_the_cpu_controller_there_is_no_throttling() {
    let mut into = Sample::default();
    sample(Figure::Cpu, "usage_usec 5\nuser_usec 1\nsystem_usec 4\n", &mut into);
    assert_eq!((into.cpu, into.throttling), (Some(Duration::from_micros(5)), None));
}

#[test]
fn a_file_that_says_nothing_gives_no_figure() {
    let mut into = Sample::default();
    for figure in SAMPLED {
        sample(*figure, "", &mut into);
    }
    assert_eq!(into, Sample::default());
    assert_eq!(totals(texts(&[])), Totals::default());
    assert_eq!(limits(texts(&[])), Limits::default());
}

#[test]
fn bytes_of_all_devices_are_summed_and_discards_are_not() {
    let text = "254:0 rbytes=4096 wbytes=16777216 rios=1 wios=16 dbytes=7 dios=1\n\
                8:16 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n";
    assert_eq!(io(text), Io { read_bytes: 8192, write_bytes: 16_777_216 });
    let found = totals(texts(&[(Figure::Io, "")]));
    assert_eq!(found.io, Some(Io::default()), "nothing was read or written");
}

#[test]
fn kills_are_those_of_processes_not_of_invocations() {
    let text = "low 0\nhigh 0\nmax 61\noom 3\noom_kill 2\noom_group_kill 0\n";
    assert_eq!(totals(texts(&[(Figure::OomKills, text)])).oom_kills, Some(2));
}

#[test]
fn quotas_are_cores() {
    assert_eq!(cores("50000 100000\n"), Some(Limit::At(0.5)));
    assert_eq!(cores("max 100000\n"), Some(Limit::Unlimited));
    assert_eq!(cores(""), None);
}
