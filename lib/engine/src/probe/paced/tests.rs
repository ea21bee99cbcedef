//! Servers of the tests' own, whose answers and delays are known. Times are
//! compared with truths that they cannot be below; never with upper bounds.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::*;
use crate::probe::HttpWanted;
use crate::probe::address::Way;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok";
const LIMITS: Limits = Limits { patience: PATIENCE, open: 1000 };

/// One at a time, as long as the test asks; `answer` has the request's number
/// and a connection whose request was read.
fn serve(mut answer: impl FnMut(usize, &mut TcpStream) -> io::Result<()> + Send + 'static) -> Way {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let way = Way::Direct(listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let asked = stream.read(&mut [0; 4096]);
            // Who asked may be gone.
            let _ = asked.and_then(|_| answer(number, &mut stream));
        }
    });
    way
}

/// Tells after so many requests.
fn after(
    count: usize,
    mut answer: impl FnMut(&mut TcpStream) -> io::Result<()> + Send + 'static,
) -> (Way, oneshot::Receiver<()>) {
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    let way = serve(move |number, stream| {
        let answered = answer(stream);
        if number + 1 == count {
            tell.take().unwrap().send(()).unwrap();
        }
        answered
    });
    (way, told)
}

async fn ask(
    way: Way,
    wanted: &str,
    rate: &str,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Paced {
    let wanted: HttpWanted = wanted.parse().unwrap();
    let (question, rate) = (Question::Http(way, &wanted), rate.parse().unwrap());
    asked(&question, rate, limits, stop).await
}

async fn told<T>(told: oneshot::Receiver<T>) {
    told.await.unwrap_or_else(|_| panic!("the server is gone"));
}

#[tokio::test]
async fn no_answer_is_quicker_than_the_server() {
    let delay = Duration::from_millis(15);
    let (way, tenth) = after(10, move |stream| {
        thread::sleep(delay);
        stream.write_all(OK)
    });
    let paced = ask(way, "80/", "40", LIMITS, told(tenth)).await;
    assert_eq!(paced.errors(), 0);
    assert!(paced.probes.len() >= 10);
    assert!(paced.latencies().all(|latency| latency >= delay), "{paced:?}");
    let due: Vec<_> = paced.probes.iter().map(|probe| probe.due.as_millis()).collect();
    let every_25: Vec<_> = (0..due.len()).map(|k| k as u128 * 25).collect();
    assert_eq!(due, every_25);
}

/// From when until when a server stalled.
struct Stall(Instant, Instant);

fn stalling(at: usize, stall: Duration) -> (Way, oneshot::Receiver<()>, Receiver<Stall>) {
    let ((tell, stalled), (end, over)) = (channel(), oneshot::channel());
    let mut end = Some(end);
    let way = serve(move |number, stream| {
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
    (way, over, stalled)
}

#[tokio::test]
async fn a_stall_makes_all_wait_that_were_due_meanwhile() {
    let (way, over, stalled) = stalling(3, Duration::from_millis(500));
    let paced = ask(way, "80/", "20", LIMITS, told(over)).await;
    let Stall(from, to) = stalled.recv().unwrap();
    let due = |probe: &Probe| paced.begun + probe.due;
    let hit: Vec<_> = paced.probes.iter().filter(|p| (from..to).contains(&due(p))).collect();
    // 500 ms at 20 a second: 50 ms apart.
    assert!(hit.len() >= 10, "{hit:?}");
    for probe in &hit {
        assert!(probe.answer.unwrap() >= to - due(probe), "{probe:?}");
    }
    // Those due in the first half waited for the other half, and more.
    let half = Duration::from_millis(250);
    let long = paced.latencies().filter(|latency| *latency >= half).count();
    assert!(long >= 5, "{paced:?}");
    assert_eq!(paced.errors(), 0);
}

#[tokio::test]
async fn our_own_stall_is_told_and_leaves_nothing_out() {
    let (way, over, _stalled) = stalling(0, Duration::ZERO);
    let mut over = pin!(told(over));
    let stall = Duration::from_millis(200);
    let mut stalled = false;
    // The thread that asks is busy with something else, once.
    let stop = std::future::poll_fn(|context| {
        if !std::mem::replace(&mut stalled, true) {
            thread::sleep(stall);
        }
        over.as_mut().poll(context)
    });
    let paced = ask(way, "80/", "100", LIMITS, stop).await;
    assert_eq!(paced.errors(), 0);
    // What was due in the first half left at least 100 ms late. The stall is
    // the first or the second thing that the thread does.
    assert!(paced.late_max() >= stall / 2, "{paced:?}");
    let late = paced.probes.iter().filter(|probe| probe.late >= stall / 2).count();
    assert!(late >= 9, "{paced:?}");
    assert!(paced.probes.iter().all(|probe| probe.answer.unwrap() >= probe.late));
    let apart = Duration::from_millis(10);
    assert!(paced.probes.windows(2).all(|pair| pair[0].due + apart == pair[1].due));
}

#[tokio::test]
async fn a_wrong_answer_is_an_error_and_has_no_time() {
    let says = |bytes: &'static [u8]| {
        move |stream: &mut TcpStream| stream.write_all(bytes).and_then(|()| stream.flush())
    };
    let cases: [(&'static [u8], &str, Option<Miss>); 6] = [
        (b"HTTP/1.1 500 Oh\r\n\r\n", "80/", Some(Miss::Status(500))),
        (b"HTTP/1.1 200 OK\r\n\r\n", "80/=204", Some(Miss::Status(200))),
        (b"HTTP/1.0 500 Oh\r\n\r\n", "80/=500", None),
        (b"", "80/", Some(Miss::Closed)),
        (b"HTTP/1.1", "80/", Some(Miss::NotHttp)),
        (b"SSH-2.0-OpenSSH\r\n", "80/", Some(Miss::NotHttp)),
    ];
    for (bytes, wanted, miss) in cases {
        let (way, third) = after(3, says(bytes));
        let paced = ask(way, wanted, "100", LIMITS, told(third)).await;
        assert!(paced.probes.len() >= 3);
        let misses = paced.probes.iter().map(|probe| probe.answer.err());
        let misses: Vec<_> = misses.collect();
        assert!(misses.iter().all(|one| *one == miss), "{bytes:?}: {misses:?}");
        assert_eq!(paced.errors(), if miss.is_some() { misses.len() } else { 0 });
    }
}

#[tokio::test]
async fn who_is_refused_asks_on_at_the_same_rate() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let stop = sleep(Duration::from_millis(100));
    let paced = ask(Way::Direct(address), "80/", "100", LIMITS, stop).await;
    assert!(paced.probes.len() >= 10, "{paced:?}");
    assert_eq!(paced.errors(), paced.probes.len());
    let refused = Err(Miss::Broken(io::ErrorKind::ConnectionRefused));
    assert!(paced.probes.iter().all(|probe| probe.answer == refused), "{paced:?}");
    assert_eq!(Miss::Broken(io::ErrorKind::ConnectionRefused).to_string(), "connection refused");
}

#[tokio::test]
async fn what_finds_too_many_open_is_told_and_the_open_are_waited_for() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let way = Way::Direct(listener.local_addr().unwrap());
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
    let paced = ask(way, "80/", "100", Limits { open: 3, ..LIMITS }, stop).await;
    let (open, rest) = paced.probes.split_at(3);
    assert!(rest.len() >= 7, "{paced:?}");
    let waited = Duration::from_millis(100);
    assert!(open.iter().all(|probe| probe.answer.unwrap() + probe.due >= waited), "{paced:?}");
    // After the server has begun to answer another one may be due still.
    let missed = rest.iter().filter(|probe| probe.answer == Err(Miss::NotSent));
    assert!(missed.count() >= 7, "{paced:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_an_error_in_the_end() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let way = Way::Direct(listener.local_addr().unwrap());
    let limits = Limits { patience: Duration::from_millis(30), ..LIMITS };
    let paced = ask(way, "80/", "50", limits, sleep(Duration::from_millis(60))).await;
    assert!(paced.probes.len() >= 4, "{paced:?}");
    assert!(paced.probes.iter().all(|probe| probe.answer == Err(Miss::TimedOut)), "{paced:?}");
}

#[tokio::test]
async fn a_connect_is_timed_at_the_containers_own_address_only() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let direct = Way::Direct(listener.local_addr().unwrap());
    let question = Question::connect(direct, 80).unwrap();
    let rate = "100".parse().unwrap();
    let paced = asked(&question, rate, LIMITS, sleep(Duration::from_millis(50))).await;
    assert!(paced.latencies().count() >= 5 && paced.errors() == 0, "{paced:?}");
    assert!(paced.by.starts_with("connect to container address 127.0.0.1:"));

    let published = Way::Published("127.0.0.1".to_owned(), 8080);
    let refused = Question::connect(published, 80).unwrap_err();
    assert!(refused.to_string().starts_with("a connect to published port 80 says nothing"));
}

#[tokio::test]
async fn what_is_due_before_the_stop_is_sent_even_after_it() {
    let (way, _third) = after(3, |stream| stream.write_all(OK));
    // Ready at once, but at 1000 a second some more are due by then.
    let stop = async { thread::sleep(Duration::from_millis(20)) };
    let paced = ask(way, "80/", "1000", LIMITS, stop).await;
    assert!(paced.probes.len() >= 20, "{paced:?}");
    assert_eq!(paced.errors(), 0);
}

#[test]
fn an_address_is_told_as_it_is_asked() {
    let wanted: HttpWanted = "8080/".parse().unwrap();
    let address: SocketAddr = "172.17.0.2:8080".parse().unwrap();
    let question = Question::Http(Way::Direct(address), &wanted);
    assert_eq!(question.to_string(), "container address 172.17.0.2:8080");
}
