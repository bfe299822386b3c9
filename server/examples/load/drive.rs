//! Sends requests over as many connections as there are clients, each kept open and with
//! one request at a time, and measures how long each answer takes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::requests::Request;

/// Sends all of it.
pub fn drive(address: &str, clients: &[Vec<Request>]) -> Result<Value> {
    let clients: Vec<Vec<Vec<u8>>> = clients
        .iter()
        .map(|one| one.iter().map(Request::to_bytes).collect())
        .collect();
    on_one_thread(async {
        let mut connections = Vec::new();
        for _ in &clients {
            connections.push(Connection::open(address).await?);
        }
        let started = Instant::now();
        let running: Vec<_> = connections
            .into_iter()
            .zip(clients)
            .map(|(connection, requests)| tokio::spawn(connection.sends(requests)))
            .collect();
        let mut times = Vec::new();
        for one in running {
            times.extend(one.await??);
        }
        Ok(told(times, started.elapsed()))
    })
}

/// Signs in with the link, then asks for this page again and again.
pub fn page(address: &str, link: &str, page: &str, requests: usize) -> Result<Value> {
    let path = link.split_once(address).context("a link of this server")?.1;
    on_one_thread(async {
        let mut connection = Connection::open(address).await?;
        let sign_in = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: 0\r\n\r\n"
        );
        let head = connection.ask(sign_in.as_bytes()).await?.head;
        let cookie = head
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .and_then(|line| line.split(';').next())
            .with_context(|| format!("nobody is signed in: {head}"))?;
        let page = format!("GET {page} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n\r\n");
        let started = Instant::now();
        let times = connection.sends(vec![page.into_bytes(); requests]).await?;
        Ok(told(times, started.elapsed()))
    })
}

/// Answers anything with nothing, and says where.
pub fn bare() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        let nothing = axum::routing::any(|_: axum::body::Bytes| async { "{}" });
        Ok(axum::serve(listener, axum::Router::new().fallback_service(nothing)).await?)
    })
}

fn on_one_thread<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, work)
}

fn told(mut times: Vec<Duration>, whole: Duration) -> Value {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() * part / 1000).min(times.len() - 1)].as_secs_f64();
    json!({
        "requests": times.len(),
        "seconds": whole.as_secs_f64(),
        "p50_ms": at(500) * 1e3,
        "p99_ms": at(990) * 1e3,
    })
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let buffer = Vec::with_capacity(64 << 10);
        Ok(Self { stream, buffer })
    }

    /// How long each answer took.
    async fn sends(mut self, requests: Vec<Vec<u8>>) -> Result<Vec<Duration>> {
        let mut times = Vec::with_capacity(requests.len());
        for request in requests {
            let asked = Instant::now();
            let answer = self.ask(&request).await?;
            times.push(asked.elapsed());
            let refused = answer.body.windows(9).any(|part| part == b"\"refused\"");
            ensure!(
                answer.head.starts_with("HTTP/1.1 200") && !refused,
                "{}\n{}",
                answer.head,
                String::from_utf8_lossy(&answer.body)
            );
        }
        Ok(times)
    }

    async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = String::from_utf8(self.buffer[..end].to_vec())?;
                let length = length(&head)?;
                while self.buffer.len() < end + 4 + length {
                    self.read().await?;
                }
                let body = self.buffer[end + 4..].to_vec();
                return Ok(Answer { head, body });
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|part| part == what)
}

fn length(head: &str) -> Result<usize> {
    let mut lines = head.lines();
    let line = lines.find_map(|line| line.strip_prefix("content-length: "));
    Ok(line.context("an answer without a length")?.parse()?)
}
