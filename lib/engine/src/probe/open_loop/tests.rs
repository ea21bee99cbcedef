//! Servers of the tests' own, whose answers and delays are known. Times are
//! compared with truths that they cannot be below; never with upper bounds.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::*;
use crate::probe::address::Route;
use crate::probe::http::{HttpProbe, HttpTarget};
use crate::probe::tcp::ConnectTarget;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok";
const LIMITS: Limits = Limits { patience: ANSWER_TIMEOUT, open: 1000 };

/// One at a time, as long as the test asks; `answer` has the request's number
/// and a connection whose request was read.
fn serve(
    mut answer: impl FnMut(usize, &mut TcpStream) -> io::Result<()> + Send + 'static,
) -> Route {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let route = Route::Direct(listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let asked = stream.read(&mut [0; 4096]);
            // Who asked may be gone.
            let _ = asked.and_then(|_| answer(number, &mut stream));
        }
    });
    route
}

/// Reports when so many requests were answered.
fn after(
    count: usize,
    mut answer: impl FnMut(&mut TcpStream) -> io::Result<()> + Send + 'static,
) -> (Route, oneshot::Receiver<()>) {
    let (tell, reached) = oneshot::channel();
    let mut tell = Some(tell);
    let route = serve(move |number, stream| {
        let answered = answer(stream);
        if number + 1 == count {
            tell.take().unwrap().send(()).unwrap();
        }
        answered
    });
    (route, reached)
}

async fn ask(
    route: Route,
    probe: &str,
    rate: &str,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> OpenLoopResult {
    let probe = HttpProbe::parse(probe).unwrap();
    run(&HttpTarget::new(route, &probe), rate.parse().unwrap(), limits, stop).await
}

async fn reached<T>(reached: oneshot::Receiver<T>) {
    reached.await.unwrap_or_else(|_| panic!("the server is gone"));
}

#[tokio::test]
async fn no_answer_is_quicker_than_the_server() {
    let delay = Duration::from_millis(15);
    let (route, tenth) = after(10, move |stream| {
        thread::sleep(delay);
        stream.write_all(OK)
    });
    let result = ask(route, "80/", "40", LIMITS, reached(tenth)).await;
    assert_eq!(result.errors(), 0);
    assert!(result.probes.len() >= 10);
    assert!(result.latencies().all(|latency| latency >= delay), "{result:?}");
    let due: Vec<_> = result.probes.iter().map(|probe| probe.due.as_millis()).collect();
    let every_25: Vec<_> = (0..due.len()).map(|k| k as u128 * 25).collect();
    assert_eq!(due, every_25);
}

/// From when until when a server stalled.
struct Stall(Instant, Instant);

fn stalling(at: usize, stall: Duration) -> (Route, oneshot::Receiver<()>, Receiver<Stall>) {
    let ((tell, stalled), (end, over)) = (channel(), oneshot::channel());
    let mut end = Some(end);
    let route = serve(move |number, stream| {
        if number == at {
            let begun = Instant::now();
            thread::sleep(stall);
            tell.send(Stall(begun, Instant::now())).unwrap();
        }
        if number == at + 15 {
            end.take().unwrap().send(()).unwrap();
        }
        stream.write_all(OK)
    });
    (route, over, stalled)
}

#[tokio::test]
async fn a_stall_makes_all_wait_that_were_due_meanwhile() {
    let (route, over, stalled) = stalling(3, Duration::from_millis(500));
    let result = ask(route, "80/", "20", LIMITS, reached(over)).await;
    let Stall(from, to) = stalled.recv().unwrap();
    let due = |probe: &TimedProbe| result.begun + probe.due;
    let hit: Vec<_> = result.probes.iter().filter(|p| (from..to).contains(&due(p))).collect();
    // 500 ms at 20 a second: 50 ms apart.
    assert!(hit.len() >= 10, "{hit:?}");
    for probe in &hit {
        assert!(probe.answer.unwrap() >= to - due(probe), "{probe:?}");
    }
    // Those due in the first half waited for the other half, and more.
    let half = Duration::from_millis(250);
    let long = result.latencies().filter(|latency| *latency >= half).count();
    assert!(long >= 5, "{result:?}");
    assert_eq!(result.errors(), 0);
}

#[tokio::test]
async fn our_own_stall_is_reported_and_leaves_nothing_out() {
    let (route, over, _stalled) = stalling(0, Duration::ZERO);
    let mut over = pin!(reached(over));
    let stall = Duration::from_millis(200);
    let mut stalled = false;
    // The thread that asks is busy with something else, once.
    let stop = std::future::poll_fn(|context| {
        if !std::mem::replace(&mut stalled, true) {
            thread::sleep(stall);
        }
        over.as_mut().poll(context)
    });
    let result = ask(route, "80/", "100", LIMITS, stop).await;
    assert_eq!(result.errors(), 0);
    // What was due in the first half left at least 100 ms late. The stall is
    // the first or the second thing that the thread does.
    assert!(result.late_max() >= stall / 2, "{result:?}");
    let late = result.probes.iter().filter(|probe| probe.late >= stall / 2).count();
    assert!(late >= 9, "{result:?}");
    assert!(result.probes.iter().all(|probe| probe.answer.unwrap() >= probe.late));
    let apart = Duration::from_millis(10);
    assert!(result.probes.windows(2).all(|pair| pair[0].due + apart == pair[1].due));
}

#[tokio::test]
async fn a_wrong_answer_is_an_error_and_has_no_time() {
    let says = |bytes: &'static [u8]| {
        move |stream: &mut TcpStream| stream.write_all(bytes).and_then(|()| stream.flush())
    };
    let cases: [(&'static [u8], &str, Option<ProbeFailure>); 6] = [
        (b"HTTP/1.1 500 Oh\r\n\r\n", "80/", Some(ProbeFailure::Status(500))),
        (b"HTTP/1.1 200 OK\r\n\r\n", "80/=204", Some(ProbeFailure::Status(200))),
        (b"HTTP/1.0 500 Oh\r\n\r\n", "80/=500", None),
        (b"", "80/", Some(ProbeFailure::Closed)),
        (b"HTTP/1.1", "80/", Some(ProbeFailure::NotHttp)),
        (b"SSH-2.0-OpenSSH\r\n", "80/", Some(ProbeFailure::NotHttp)),
    ];
    for (bytes, wanted, failure) in cases {
        let (route, third) = after(3, says(bytes));
        let result = ask(route, wanted, "100", LIMITS, reached(third)).await;
        assert!(result.probes.len() >= 3);
        let failures = result.probes.iter().map(|probe| probe.answer.err());
        let failures: Vec<_> = failures.collect();
        assert!(failures.iter().all(|one| *one == failure), "{bytes:?}: {failures:?}");
        assert_eq!(result.errors(), if failure.is_some() { failures.len() } else { 0 });
    }
}

#[tokio::test]
async fn who_is_refused_asks_on_at_the_same_rate() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let stop = sleep(Duration::from_millis(100));
    let result = ask(Route::Direct(address), "80/", "100", LIMITS, stop).await;
    assert!(result.probes.len() >= 10, "{result:?}");
    assert_eq!(result.errors(), result.probes.len());
    let refused = Err(ProbeFailure::Broken(io::ErrorKind::ConnectionRefused));
    assert!(result.probes.iter().all(|probe| probe.answer == refused), "{result:?}");
    assert_eq!(
        ProbeFailure::Broken(io::ErrorKind::ConnectionRefused).to_string(),
        "connection refused"
    );
}

#[tokio::test]
async fn what_finds_too_many_open_is_reported_and_the_open_are_waited_for() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let route = Route::Direct(listener.local_addr().unwrap());
    let stop = async {
        sleep(Duration::from_millis(100)).await;
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let asked = stream.read(&mut [0; 4096]);
                let _ = asked.and_then(|_| stream.write_all(OK));
            }
        });
    };
    let result = ask(route, "80/", "100", Limits { open: 3, ..LIMITS }, stop).await;
    let (open, rest) = result.probes.split_at(3);
    assert!(rest.len() >= 7, "{result:?}");
    let waited = Duration::from_millis(100);
    assert!(open.iter().all(|probe| probe.answer.unwrap() + probe.due >= waited), "{result:?}");
    // After the server has begun to answer another one may be due still.
    let missed = rest.iter().filter(|probe| probe.answer == Err(ProbeFailure::NotSent));
    assert!(missed.count() >= 7, "{result:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_an_error_in_the_end() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let route = Route::Direct(listener.local_addr().unwrap());
    let limits = Limits { patience: Duration::from_millis(30), ..LIMITS };
    let result = ask(route, "80/", "50", limits, sleep(Duration::from_millis(60))).await;
    assert!(result.probes.len() >= 4, "{result:?}");
    assert!(
        result.probes.iter().all(|probe| probe.answer == Err(ProbeFailure::TimedOut)),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_connect_is_timed_at_the_containers_own_address_only() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let direct = Route::Direct(listener.local_addr().unwrap());
    let target = ConnectTarget::new(direct, 80).unwrap();
    let rate = "100".parse().unwrap();
    let result = run(&target, rate, LIMITS, sleep(Duration::from_millis(50))).await;
    assert!(result.latencies().count() >= 5 && result.errors() == 0, "{result:?}");
    assert!(result.target.starts_with("connect to container address 127.0.0.1:"));

    let published = Route::Published("127.0.0.1".to_owned(), 8080);
    let refused = ConnectTarget::new(published, 80).unwrap_err();
    assert!(refused.to_string().starts_with("a connect to published port 80 says nothing"));
}

#[tokio::test]
async fn what_is_due_before_the_stop_is_sent_even_after_it() {
    let (route, _third) = after(3, |stream| stream.write_all(OK));
    // Ready at once, but at 1000 a second some more are due by then.
    let stop = async { thread::sleep(Duration::from_millis(20)) };
    let result = ask(route, "80/", "1000", LIMITS, stop).await;
    assert!(result.probes.len() >= 20, "{result:?}");
    assert_eq!(result.errors(), 0);
}

#[test]
fn an_address_is_shown_as_it_is_probed() {
    let probe = HttpProbe::parse("8080/").unwrap();
    let address: SocketAddr = "172.17.0.2:8080".parse().unwrap();
    let target = HttpTarget::new(Route::Direct(address), &probe);
    assert_eq!(target.to_string(), "container address 172.17.0.2:8080");
}
