//! The listener: says where it is once it can be reached, gives a connection no more time
//! than it needs and takes no more of them than it can answer (R16), and ends what is held
//! back when the server is asked to end.

use std::{future::Future, io, os::fd::AsFd, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use super::{App, Problem};

/// How long answers at work may take to end once the server is asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 32 << 10;

/// Most connections that are told at once that there are too many.
const TURNED_AWAY_MAX: usize = 64;

/// How long a connection that is told so may take to hear it.
const TURNED_AWAY_FOR: Duration = Duration::from_secs(1);

/// How long nothing is accepted after the system has no room for another connection.
const NO_ROOM_FOR: Duration = Duration::from_secs(1);

/// What a connection may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most connections at a time; a kiosk and a docked tablet hold one each.
    pub connections: usize,
    /// Longest that a connection may be without a whole head of a request: idle, or slow.
    pub head: Duration,
    /// Longest that nobody takes what is sent.
    pub unread: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A service may have 1,024 files open where nobody says otherwise. The rest are the
            // database's: with more connections the system would say no, and nobody would hear.
            connections: 768,
            // Longer than a docked tablet rests between two calls.
            head: Duration::from_secs(75),
            unread: Duration::from_mins(1),
        }
    }
}

/// Answers on `listener` until `ended` is ready.
///
/// # Errors
/// The listener cannot be used any more.
pub async fn run(
    app: &App,
    router: Router,
    listener: TcpListener,
    limits: Limits,
    ended: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let door = Door {
        router,
        limits,
        room: Arc::new(Semaphore::new(limits.connections)),
        turned_away: Arc::new(Semaphore::new(TURNED_AWAY_MAX)),
        open: GracefulShutdown::new(),
    };
    tokio::select! {
        () = door.take_in(&listener) => {}
        () = ended => {}
    }
    drop(listener);
    app.stop();
    if timeout(GRACE, door.open.shutdown()).await.is_err() {
        tracing::warn!("some answers were cut off: they took too long to end");
    }
    Ok(())
}

/// Who comes in.
struct Door {
    router: Router,
    limits: Limits,
    room: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
    open: GracefulShutdown,
}

impl Door {
    /// Takes in whoever comes, for ever.
    async fn take_in(&self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.take(stream),
                // Whoever it was is gone.
                Err(why) if is_theirs(&why) => {}
                Err(why) => {
                    tracing::error!("no connection can be accepted: {why}");
                    sleep(NO_ROOM_FOR).await;
                }
            }
        }
    }

    fn take(&self, stream: TcpStream) {
        match Arc::clone(&self.room).try_acquire_owned() {
            Ok(room) => self.answer(stream, room),
            Err(_full) => self.turn_away(stream),
        }
    }

    fn answer(&self, stream: TcpStream, room: OwnedSemaphorePermit) {
        if let Err(why) = settle(&stream, self.limits.unread) {
            tracing::debug!("a connection is gone at once: {why}");
            return;
        }
        let service = TowerToHyperService::new(self.router.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let connection = self.open.watch(connection);
        tokio::spawn(async move {
            if let Err(why) = connection.await {
                tracing::debug!("a connection ended early: {why}");
            }
            drop(room);
        });
    }

    /// Says that there are too many. Where even that is asked of too many, the connection
    /// just ends.
    fn turn_away(&self, stream: TcpStream) {
        let Ok(turn) = Arc::clone(&self.turned_away).try_acquire_owned() else {
            return;
        };
        tracing::warn!("there are too many connections: one was turned away");
        tokio::spawn(async move {
            drop(timeout(TURNED_AWAY_FOR, say_busy(stream)).await);
            drop(turn);
        });
    }
}

fn is_theirs(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

/// What is sent goes at once, and whoever takes none of it is let go.
fn settle(stream: &TcpStream, unread: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let ms = u32::try_from(unread.as_millis()).unwrap_or(u32::MAX);
    Ok(rustix::net::sockopt::set_tcp_user_timeout(
        stream.as_fd(),
        ms,
    )?)
}

/// The whole answer, and then what was asked, unread: a connection that is closed before
/// it was read may lose what it was told.
async fn say_busy(mut stream: TcpStream) -> io::Result<()> {
    let body = Problem::busy().to_json();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         content-length: {}\r\nretry-after: 1\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await?;
    let mut unread = [0; 1 << 10];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

/// Ready when somebody asks this program to end: SIGTERM, or Ctrl-C.
pub fn asked_to_end() -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
