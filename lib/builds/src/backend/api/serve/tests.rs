//! The engine's side of a session, played by hand.

use std::fs;
use std::path::Path;

use dp_engine::protobuf::{Value, fields};
use h2::client::SendRequest;
use hyper::http::HeaderMap;

use super::*;
use crate::{BuildOptions, BuildRequest, Context, Dockerfile, Keep};

/// A call as an engine makes it.
struct Call {
    sending: h2::SendStream<Bytes>,
    messages: Messages,
}

/// Type, path of the entry, number and data of a packet.
type Packet = (u64, Option<String>, u64, Vec<u8>);

impl Call {
    async fn begin(client: &SendRequest<Bytes>, path: &str, dir: &str, follow: &[&str]) -> Self {
        let mut request = Request::post(format!("http://session{path}")).header("dir-name", dir);
        for path in follow {
            request = request.header("followpaths", *path);
        }
        let mut client = client.clone().ready().await.unwrap();
        let (response, sending) = client.send_request(request.body(()).unwrap(), false).unwrap();
        let messages = Messages::new(response.await.unwrap().into_body());
        Self { sending, messages }
    }

    fn say(&mut self, message: &[u8]) {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        let bytes = [&[0], &length[..], message].concat();
        self.sending.send_data(bytes.into(), false).unwrap();
    }

    fn ask_for(&mut self, number: u64) {
        self.say(&MessageWriter::new().number(1, 1).number(3, number).into_bytes());
    }

    async fn packet(&mut self) -> Packet {
        packet(&self.messages.next().await.unwrap())
    }

    /// Entries until the last has been announced.
    async fn announced(&mut self) -> Vec<String> {
        let mut paths = Vec::new();
        while let (0, Some(path), ..) = self.packet().await {
            paths.push(path);
        }
        paths
    }

    async fn end(self) -> HeaderMap {
        self.messages.into_trailers().await.unwrap()
    }
}

fn packet(bytes: &[u8]) -> Packet {
    let mut packet = Packet::default();
    fields(bytes, |field, value| {
        match (field, value) {
            (1, Value::Number(kind)) => packet.0 = kind,
            (2, value) => fields(value.bytes()?, |field, value| {
                if field == 1 {
                    packet.1 = Some(value.text()?);
                }
                Ok(())
            })?,
            (3, Value::Number(number)) => packet.2 = number,
            (4, value) => packet.3 = value.bytes()?.to_vec(),
            _ => {}
        }
        Ok(())
    })
    .unwrap();
    packet
}

/// Serves a folder while `engine` calls.
async fn while_serving<F: Future>(
    folder: &Path,
    engine: impl FnOnce(SendRequest<Bytes>) -> F,
) -> (F::Output, Option<String>) {
    let options = BuildOptions::default();
    let dockerfile =
        Dockerfile { text: b"FROM x\n", name: "My.file", place: None, ignore: Some(b"*.o\n") };
    let keep = |path: &str, _: bool| if path == "left-out" { Keep::Nothing } else { Keep::Yes };
    let context = Context { folder, filter: &keep };
    let request = BuildRequest { context, dockerfile, options: &options };
    let files = SessionFiles::new(&request).unwrap();
    let (ours, theirs) = tokio::io::duplex(4096);
    let calling = async {
        let (client, connection) = h2::client::handshake(theirs).await.unwrap();
        tokio::select! {
            output = engine(client) => output,
            ended = connection => panic!("{ended:?}"),
        }
    };
    let output = tokio::select! {
        output = calling => output,
        never = serve(ours, &files) => match never {},
    };
    (output, files.into_error())
}

const DIFF_COPY: &str = "/moby.filesync.v1.FileSync/DiffCopy";

fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("d")).unwrap();
    for (path, length) in [("a", 3), ("d/big", 200_000), ("left-out", 1)] {
        fs::write(folder.path().join(path), vec![b'x'; length]).unwrap();
    }
    folder
}

#[tokio::test]
async fn the_engine_gets_the_files_that_it_asks_for() {
    let folder = tree();
    let (end, error) = while_serving(folder.path(), async |client| {
        let mut call = Call::begin(&client, DIFF_COPY, "context", &[]).await;
        assert_eq!(call.announced().await, ["a", "d", "d/big"]);
        call.ask_for(2);
        let mut content = 0;
        loop {
            let (kind, _, number, data) = call.packet().await;
            assert_eq!((kind, number), (2, 2));
            if data.is_empty() {
                break;
            }
            content += data.len();
        }
        assert_eq!(content, 200_000);
        call.say(&[0x08, 3]);
        assert_eq!(call.packet().await.0, 3);
        call.end().await
    })
    .await;
    assert_eq!(end["grpc-status"], "0");
    assert_eq!(error, None);
}

#[tokio::test]
async fn the_dockerfile_comes_apart_with_its_ignore_file() {
    let folder = tree();
    while_serving(folder.path(), async |client| {
        let mut call = Call::begin(&client, DIFF_COPY, "dockerfile", &["My.file"]).await;
        assert_eq!(call.announced().await, ["My.file", "My.file.dockerignore"]);
        call.ask_for(0);
        assert_eq!(call.packet().await.3, b"FROM x\n");
        assert_eq!(call.packet().await.3, b"");
        call.ask_for(1);
        assert_eq!(call.packet().await.3, b"*.o\n");
    })
    .await;
}

#[tokio::test]
async fn only_the_paths_that_are_requested_are_announced() {
    let folder = tree();
    while_serving(folder.path(), async |client| {
        let mut call = Call::begin(&client, DIFF_COPY, "context", &["d/big", "none"]).await;
        assert_eq!(call.announced().await, ["d", "d/big"]);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_changed_ends_the_call_with_the_reason() {
    let folder = tree();
    let (end, error) = while_serving(folder.path(), async |client| {
        let mut call = Call::begin(&client, DIFF_COPY, "context", &[]).await;
        call.announced().await;
        fs::write(folder.path().join("a"), "another length").unwrap();
        call.ask_for(0);
        assert!(call.messages.next().await.is_none());
        call.end().await
    })
    .await;
    let reason = "error from sender: a changed while it was sent (build when nothing else writes \
                  there)";
    assert_eq!(
        (&end["grpc-status"], &end["grpc-message"]),
        (&"2".parse().unwrap(), &reason.parse().unwrap())
    );
    assert_eq!(error.as_deref(), Some(reason));
}

#[tokio::test]
async fn other_calls_are_answered_or_refused() {
    let folder = tree();
    while_serving(folder.path(), async |client| {
        let mut health = Call::begin(&client, "/grpc.health.v1.Health/Check", "", &[]).await;
        health.say(b"");
        assert_eq!(health.messages.next().await.unwrap(), [0x08, 1]);
        assert_eq!(health.end().await["grpc-status"], "0");
        let auth = Call::begin(&client, "/moby.filesync.v1.Auth/Credentials", "", &[]).await;
        assert_eq!(auth.end().await["grpc-status"], "12");
        let nowhere = Call::begin(&client, DIFF_COPY, "elsewhere", &[]).await;
        assert_eq!(nowhere.end().await["grpc-status"], "5");
    })
    .await;
}
