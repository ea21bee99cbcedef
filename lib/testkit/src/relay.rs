//! A relay before the engine's socket, which can hang up.

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

/// Hands every connection on to the engine that the environment chooses, until
/// it is cut.
#[derive(Debug)]
pub struct Relay {
    socket: PathBuf,
    open: Arc<Mutex<Option<Vec<UnixStream>>>>,
}

impl Relay {
    /// Listens at this path.
    pub fn new(socket: PathBuf) -> Self {
        let engine = engine_socket();
        let listener = UnixListener::bind(&socket).unwrap();
        let open = Arc::new(Mutex::new(Some(Vec::new())));
        let streams = Arc::clone(&open);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let mut open = streams.lock().unwrap();
                let Some(open) = open.as_mut() else { return };
                let engine = UnixStream::connect(&engine).unwrap();
                relay(&client, &engine);
                relay(&engine, &client);
                open.extend([client, engine]);
            }
        });
        Self { socket, open }
    }

    /// Its address, as docker writes it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Hangs up on both sides, and answers nobody any more.
    pub fn cut(&self) {
        for stream in self.open.lock().unwrap().take().into_iter().flatten() {
            // It may have been closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the thread, which then closes the socket.
        let _ = UnixStream::connect(&self.socket);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.cut();
    }
}

/// The engine behind a port of 127.0.0.1, as if it were another machine's.
/// Answers its address; the relay lasts as long as the test.
pub fn far_engine() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let engine = UnixStream::connect(engine_socket()).unwrap();
            let (to, back) = (engine.try_clone().unwrap(), client.try_clone().unwrap());
            let (mut from_client, mut to_engine) = (client, to);
            thread::spawn(move || {
                let _ = io::copy(&mut from_client, &mut to_engine);
                let _ = to_engine.shutdown(Shutdown::Write);
            });
            let (mut from_engine, mut to_client) = (engine, back);
            thread::spawn(move || {
                let _ = io::copy(&mut from_engine, &mut to_client);
                let _ = to_client.shutdown(Shutdown::Write);
            });
        }
    });
    format!("tcp://{address}")
}

/// The socket of the engine that the environment chooses.
fn engine_socket() -> PathBuf {
    let engine = std::env::var("DOCKER_HOST").unwrap();
    PathBuf::from(engine.strip_prefix("unix://").unwrap())
}

/// Copies until the sender is done, and says so to the receiver.
fn relay(from: &UnixStream, to: &UnixStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}
