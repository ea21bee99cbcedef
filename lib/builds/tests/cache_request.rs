//! What is sent to the engine when records are removed, seen by an engine that writes it down.

#![expect(clippy::unwrap_used, reason = "a test whose ground cannot be laid must fail")]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};
use std::thread;

use dp_builds::cache::{
    BuildCache, CacheSnapshot, ExecutedVertex, LeftReason, OwnBuilds, OwnMount,
};
use dp_engine::info::ImageStore;
use dp_engine::{Engine, Environment, Selection, resolve};
use tempfile::TempDir;

/// Records as `(id, parent, description)`.
type Records = Vec<(&'static str, &'static str, &'static str)>;

#[derive(Default)]
struct State {
    records: Records,
    /// In which words lists are refused first, the last one first.
    refusals: Vec<&'static str>,
    /// Records that never go.
    stuck: Vec<&'static str>,
    /// Every request that could change something.
    posts: Vec<String>,
}

/// An engine with API 1.41 that knows the calls that are needed here.
struct FakeEngine {
    folder: TempDir,
    state: Arc<Mutex<State>>,
}

impl FakeEngine {
    fn start(state: State) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("s")).unwrap();
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, state) = (stream.unwrap(), Arc::clone(&shared));
                thread::spawn(move || serve(stream, &state));
            }
        });
        Self { folder, state }
    }

    async fn connect(&self) -> Engine {
        let host = format!("unix://{}", self.folder.path().join("s").display());
        let selection = Selection { host: Some(host), ..Selection::default() };
        let endpoint = resolve(&selection, &Environment::default()).unwrap();
        Engine::connect(&endpoint).await.unwrap()
    }

    fn posts(&self) -> Vec<String> {
        self.state.lock().unwrap().posts.clone()
    }
}

fn serve(stream: UnixStream, state: &Mutex<State>) {
    let mut input = BufReader::new(stream.try_clone().unwrap());
    let mut output = stream;
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if input.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line);
        }
        let (status, body) = answer(lines[0].trim(), &mut state.lock().unwrap());
        let length = body.len();
        let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n\r\n");
        output.write_all(format!("{head}{body}").as_bytes()).unwrap();
    }
}

fn answer(request: &str, state: &mut State) -> (u16, String) {
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = path.strip_prefix("/v1.41").unwrap_or(path);
    if method == "POST" {
        state.posts.push(decoded(target));
    }
    match (method, path) {
        ("GET", "/_ping") => (200, "OK".into()),
        ("GET", "/version") => {
            (200, r#"{"Version":"20.10.0","ApiVersion":"1.41","MinAPIVersion":"1.12"}"#.into())
        }
        ("GET", "/info") => (200, r#"{"SystemTime":"2026-01-01T00:00:10.5Z"}"#.into()),
        ("GET", "/system/df") => df(state),
        ("POST", "/build/prune") => (200, prune(&decoded(query), state)),
        _ => (404, r#"{"message":"page not found"}"#.into()),
    }
}

fn df(state: &mut State) -> (u16, String) {
    if let Some(words) = state.refusals.pop() {
        return (500, format!(r#"{{"message":"{words}"}}"#));
    }
    let record = |(id, parent, description): &(&str, &str, &str)| {
        format!(
            r#"{{"ID":"{id}","Parent":"{parent}","Type":"regular","Description":"{description}",
            "InUse":false,"Shared":false,"Size":7,"CreatedAt":"2026-01-01T00:00:12Z",
            "LastUsedAt":null,"UsageCount":1}}"#
        )
    };
    let records: Vec<String> = state.records.iter().map(record).collect();
    (200, format!(r#"{{"BuildCache":[{}]}}"#, records.join(",")))
}

/// Removes what is named, once: what other records rest on stays.
fn prune(query: &str, state: &mut State) -> String {
    let (_, names) = query.split_once("\"^(").unwrap();
    let (names, _) = names.split_once(")$\"").unwrap();
    let names: Vec<&str> = names.split('|').collect();
    let all = state.records.clone();
    let goes = |id: &str| {
        names.contains(&id)
            && !state.stuck.contains(&id)
            && !all.iter().any(|(_, parent, _)| *parent == id)
    };
    let gone: Vec<String> =
        all.iter().filter(|(id, ..)| goes(id)).map(|(id, ..)| format!("{id:?}")).collect();
    state.records.retain(|(id, ..)| !goes(id));
    format!(r#"{{"CachesDeleted":[{}],"SpaceReclaimed":7}}"#, gone.join(","))
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap().to_owned();
    for part in parts {
        decoded.push(char::from(u8::from_str_radix(&part[..2], 16).unwrap()));
        decoded.push_str(&part[2..]);
    }
    decoded
}

fn made(before: &CacheSnapshot, names: &[&str]) -> OwnBuilds {
    let mut made = OwnBuilds::in_namespace("dp-1");
    for name in names {
        let base = made.executed.last().map(|step| step.name.clone());
        made.executed.push(ExecutedVertex {
            name: (*name).to_owned(),
            started: before.taken,
            base,
        });
    }
    made
}

const STEPS: [&str; 3] = ["[2/4] RUN a", "[3/4] COPY . .", "[4/4] RUN b"];

const OURS: [(&str, &str, &str); 3] = [
    ("our1", "", "mount / from exec /bin/sh -c a"),
    ("our2", "our1", "fileop target"),
    ("our3", "our2", "mount / from exec /bin/sh -c b"),
];

/// A base that was loaded, with a step of the user's on it.
const OLD: [(&str, &str, &str); 2] =
    [("base", "", ""), ("old1", "base", "mount / from exec /bin/sh -c a")];

#[tokio::test]
async fn nothing_goes_where_the_engine_would_forget_the_users_steps_with_it() {
    let fake = FakeEngine::start(State { records: OLD.to_vec(), ..State::default() });
    let engine = fake.connect().await;
    let cache = BuildCache::of(&engine, ImageStore::Containerd);
    let before = cache.snapshot().await.unwrap();
    assert_eq!(cache.forgotten_by_a_removal().await.unwrap(), 1);
    fake.state.lock().unwrap().records.extend(OURS);
    let removal = cache.remove_made_since(&before, &made(&before, &STEPS)).await.unwrap();
    assert!(removal.would_forget());
    assert_eq!(removal.removed, [""; 0]);
    let forgets = |id: &str| (id.to_owned(), LeftReason::Forgets);
    assert_eq!(removal.left, ["our1", "our2", "our3"].map(forgets).into());
    assert_eq!(fake.posts(), [""; 0]);
}

#[tokio::test]
async fn where_the_base_was_pulled_or_the_store_is_another_ours_go() {
    let pulled = [("base", "", "pulled from b.invalid/c:1@sha256:0"), OLD[1]];
    for (records, store) in [(pulled, ImageStore::Containerd), (OLD, ImageStore::GraphDriver)] {
        let fake = FakeEngine::start(State { records: records.to_vec(), ..State::default() });
        let engine = fake.connect().await;
        let cache = BuildCache::of(&engine, store);
        let before = cache.snapshot().await.unwrap();
        assert_eq!(cache.forgotten_by_a_removal().await.unwrap(), 0);
        fake.state.lock().unwrap().records.extend(OURS);
        let removal = cache.remove_made_since(&before, &made(&before, &STEPS)).await.unwrap();
        assert_eq!(removal.removed, ["our1", "our2", "our3"]);
        assert_eq!(removal.left.len(), 0);
    }
}

#[tokio::test]
async fn records_go_by_their_ids_until_none_is_left() {
    let old = ("old1", "", "mount / from exec /bin/sh -c a");
    let fake = FakeEngine::start(State { records: vec![old], ..State::default() });
    let engine = fake.connect().await;
    let before = BuildCache::of(&engine, ImageStore::GraphDriver).snapshot().await.unwrap();
    assert_eq!(before.taken.to_string(), "2026-01-01T00:00:10.5Z");
    fake.state.lock().unwrap().records.extend(OURS);
    let removal = BuildCache::of(&engine, ImageStore::GraphDriver)
        .remove_made_since(&before, &made(&before, &STEPS))
        .await
        .unwrap();
    assert_eq!(removal.removed, ["our1", "our2", "our3"]);
    assert_eq!((removal.bytes, removal.left.len()), (21, 0));
    let mount =
        |record: &str, bytes| OwnMount { record: record.into(), target: "/c".into(), bytes };
    let used = [mount("old1", 1), mount("gone", 1)];
    assert_eq!(removal.sizes_of(&used), [mount("old1", 7)]);
    let request =
        |ids: &str| format!(r#"/v1.41/build/prune?all=true&filters={{"id":["^({ids})$"]}}"#);
    let expected = ["our1|our2|our3", "our1|our2", "our1"].map(request);
    assert_eq!(fake.posts(), expected);
    assert_eq!(fake.state.lock().unwrap().records, [old]);
}

#[tokio::test]
async fn nothing_is_sent_when_nothing_is_ours() {
    let fake = FakeEngine::start(State::default());
    let engine = fake.connect().await;
    let before = BuildCache::of(&engine, ImageStore::GraphDriver).snapshot().await.unwrap();
    let removal = BuildCache::of(&engine, ImageStore::GraphDriver)
        .remove_made_since(&before, &made(&before, &STEPS))
        .await
        .unwrap();
    assert_eq!(removal.removed.len(), 0);
    let other = ("x", "", "mount / from exec /bin/sh -c other");
    fake.state.lock().unwrap().records.push(other);
    let removal = BuildCache::of(&engine, ImageStore::GraphDriver)
        .remove_made_since(&before, &made(&before, &STEPS))
        .await
        .unwrap();
    assert_eq!((removal.removed.len(), removal.others), (0, vec!["x".to_owned()]));
    assert_eq!(fake.posts(), [""; 0]);
}

#[tokio::test]
async fn a_record_that_does_not_go_is_given_up_and_said() {
    let fake = FakeEngine::start(State { stuck: vec!["our1"], ..State::default() });
    let engine = fake.connect().await;
    let before = BuildCache::of(&engine, ImageStore::GraphDriver).snapshot().await.unwrap();
    fake.state.lock().unwrap().records.extend(OURS);
    let removal = BuildCache::of(&engine, ImageStore::GraphDriver)
        .remove_made_since(&before, &made(&before, &STEPS))
        .await
        .unwrap();
    assert_eq!(removal.removed, ["our2", "our3"]);
    assert_eq!(removal.left.into_iter().collect::<Vec<_>>(), [("our1".into(), LeftReason::Kept)]);
    assert_eq!(removal.bytes, 14);
}

#[tokio::test]
async fn an_engine_that_cannot_count_now_is_asked_again() {
    for words in [
        "a disk usage operation is already running",
        "NotFound: snapshot y35uhugpxc27rb7qjtoccb6l8-view does not exist: not found",
    ] {
        let state = State { records: OURS.to_vec(), refusals: vec![words; 3], ..State::default() };
        let fake = FakeEngine::start(state);
        let engine = fake.connect().await;
        let cache = BuildCache::of(&engine, ImageStore::GraphDriver);
        assert_eq!(cache.records().await.unwrap().len(), 3, "{words}");
    }
}

#[tokio::test]
async fn an_engine_that_refuses_for_good_is_asked_once() {
    let refusals = vec!["then it would count", "no space left on device"];
    let fake = FakeEngine::start(State { refusals, ..State::default() });
    let engine = fake.connect().await;
    let error = BuildCache::of(&engine, ImageStore::GraphDriver).records().await.unwrap_err();
    assert!(error.to_string().contains("no space left on device"), "{error}");
    assert_eq!(fake.state.lock().unwrap().refusals.len(), 1);
}
