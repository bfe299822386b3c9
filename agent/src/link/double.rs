//! A test double of the server: real HTTP on a real socket, answers in order, and
//! every request kept.

#![expect(clippy::unwrap_used, reason = "a test stops where its set-up fails")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
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

/// A server that gives these answers, then is gone.
pub struct Server {
    /// Its address.
    pub address: String,
    thread: JoinHandle<Vec<Request>>,
}

impl Server {
    /// A server that gives these answers in order.
    pub fn answering(answers: Vec<(u16, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let thread = thread::spawn(move || {
            let each = answers.into_iter();
            each.map(|(status, body)| serve(&listener, status, &body))
                .collect()
        });
        Self { address, thread }
    }

    /// The requests that came, once all answers are given.
    pub fn requests(self) -> Vec<Request> {
        self.thread.join().unwrap()
    }
}

fn serve(listener: &TcpListener, status: u16, body: &[u8]) -> Request {
    let (stream, _) = listener.accept().unwrap();
    let request = request(&stream);
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    // A caller that was told too much hangs up, which is what some tests are for.
    drop(stream.write_all(&[head.as_bytes(), body].concat()));
    request
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
