//! A server's double: real sockets, real HTTP, answers by a script. It checks every
//! stamp, remembers every request, and can lose an answer after it was decided.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use shared::{
    keys::PublicKey,
    signed::request::{HEADER, Stamp},
};

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    pub path: String,
    pub call: Option<u64>,
    pub body: Vec<u8>,
}

/// What is said.
#[derive(Clone, Debug)]
pub enum Say {
    /// This status and this body of JSON.
    Json(u16, String),
    /// A page, as a hotspot would.
    Page(u16, &'static str),
    /// Nothing: the connection is cut after the request was read.
    Cut,
    /// Nothing, for as long as the test runs.
    Silence,
}

type Script = dyn FnMut(&Came) -> Say + Send;

struct State {
    came: Vec<Came>,
    script: Box<Script>,
    held: VecDeque<TcpStream>,
}

pub struct Double {
    pub address: String,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Double {
    /// Listens; stamps are checked with `key`. `script` says what is answered to
    /// everything but the call for rows.
    pub fn start(key: PublicKey, script: impl FnMut(&Came) -> Say + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            came: Vec::new(),
            script: Box::new(script),
            held: VecDeque::new(),
        };
        let state = Arc::new((Mutex::new(state), Condvar::new()));
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (state, stream) = (shared.clone(), stream.unwrap());
                thread::spawn(move || serve(stream, &state, key));
            }
        });
        Self { address, state }
    }

    /// Waits until as many requests came to `path`, and returns them.
    pub fn wait_for(&self, path: &str, count: usize) -> Vec<Came> {
        let until = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.state;
        let mut state = lock.lock().unwrap();
        loop {
            let to_path = |came: &&Came| came.path == path;
            let came: Vec<Came> = state.came.iter().filter(to_path).cloned().collect();
            if came.len() >= count {
                return came;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {count} came to {path}", came.len());
            state = changed.wait_timeout(state, left).unwrap().0;
        }
    }
}

fn serve(stream: TcpStream, state: &(Mutex<State>, Condvar), key: PublicKey) {
    let Some((came, stamp)) = request(&stream) else {
        return;
    };
    if let Some(stamp) = stamp {
        stamp.check(&key, "POST", &came.path, &came.body).unwrap();
    }
    let (lock, changed) = state;
    let mut state = lock.lock().unwrap();
    state.came.push(came.clone());
    changed.notify_all();
    let say = (state.script)(&came);
    match say {
        Say::Json(status, body) => reply(stream, status, "application/json", &body),
        Say::Page(status, body) => reply(stream, status, "text/html", body),
        Say::Cut => {}
        Say::Silence => state.held.push_back(stream),
    }
}

fn request(stream: &TcpStream) -> Option<(Came, Option<Stamp>)> {
    let mut lines = BufReader::new(stream);
    let mut first = String::new();
    lines.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let path = first.split(' ').nth(1)?.to_owned();
    let (mut length, mut stamp) = (0, None);
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            HEADER => stamp = Some(value.parse::<Stamp>().unwrap()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    let call = stamp.as_ref().map(|stamp| stamp.seq);
    Some((Came { path, call, body }, stamp))
}

fn reply(mut stream: TcpStream, status: u16, kind: &str, body: &str) {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let sent = stream.write_all(head.as_bytes());
    // A caller may have given up already.
    drop(sent.and_then(|()| stream.write_all(body.as_bytes())));
}
