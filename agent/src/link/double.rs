//! A test double of the server: real HTTP on a real socket, what it does on each
//! connection given in order, and every request kept.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{self, Receiver},
    thread::{self, JoinHandle},
};

/// One request, as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method and path.
    pub line: String,
    headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(it, _)| it == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What a server does with the next request of a connection.
pub enum Play {
    /// Answers it with these very bytes.
    Says(Vec<u8>),
    /// Ends the connection instead.
    HangsUp,
    /// There is none: the caller ends the connection.
    IsLeft,
}

/// An answer after which the connection may stay.
pub fn kept(status: u16, body: &[u8]) -> Play {
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Play::Says([head.as_bytes(), body].concat())
}

fn last(status: u16, body: &[u8]) -> Play {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    Play::Says([head.as_bytes(), body].concat())
}

/// A server that plays its part, then is gone.
pub struct Server {
    /// Its address.
    pub address: String,
    thread: JoinHandle<Vec<Request>>,
    ended: Receiver<()>,
}

impl Server {
    /// A server that gives these answers in order, each on a connection of its own.
    pub fn answering(answers: Vec<(u16, Vec<u8>)>) -> Self {
        let each = answers.into_iter();
        Self::playing(
            each.map(|(status, body)| vec![last(status, &body)])
                .collect(),
        )
    }

    /// A server that does this on each connection, one after the other.
    pub fn playing(connections: Vec<Vec<Play>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (ends, ended) = mpsc::channel();
        let thread = thread::spawn(move || {
            let mut requests = Vec::new();
            for plays in connections {
                let (stream, _) = listener.accept().unwrap();
                requests.extend(plays.into_iter().filter_map(|play| played(&stream, play)));
                drop(stream);
                // Not every test waits for it.
                ends.send(()).ok();
            }
            requests
        });
        Self {
            address,
            thread,
            ended,
        }
    }

    /// Waits until the next connection is ended.
    pub fn has_hung_up(&self) {
        self.ended.recv().unwrap();
    }

    /// The requests that came, once all is played.
    pub fn requests(self) -> Vec<Request> {
        self.thread.join().unwrap()
    }
}

fn played(mut stream: &TcpStream, play: Play) -> Option<Request> {
    let answer = match play {
        Play::Says(bytes) => bytes,
        Play::HangsUp => Vec::new(),
        Play::IsLeft => {
            assert_eq!(stream.read(&mut [0]).unwrap(), 0);
            return None;
        }
    };
    let request = request(stream);
    // A caller that was told too much hangs up, which is what some tests are for.
    drop(stream.write_all(&answer));
    Some(request)
}

fn request(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers = lines[1..].iter().filter_map(|line| line.split_once(": "));
    let headers: Vec<_> = headers
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request {
        line: lines[0].clone(),
        headers,
        body,
    }
}
