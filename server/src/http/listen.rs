//! The listener: says where it is once it can be reached, and ends what is held
//! back when the server is asked to end.

use std::{future::Future, io, time::Duration};

use axum::Router;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::timeout,
};

use super::App;

/// How long answers at work may take to end once the server is asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Answers on `listener` until `ended` is ready.
pub async fn run(
    app: &App,
    router: Router,
    listener: TcpListener,
    ended: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let ending = app.clone();
    let mut stopping = app.stopping();
    let shutdown = async move {
        ended.await;
        ending.stop();
    };
    let serving = axum::serve(listener, router).with_graceful_shutdown(shutdown);
    let serving = tokio::spawn(serving.into_future());
    // The sender lives in `app`, so the wait ends only with the wish to stop.
    if stopping.wait_for(|stop| *stop).await.is_err() {
        tracing::warn!("nobody is left who could ask the server to end");
    }
    match timeout(GRACE, serving).await {
        Ok(joined) => joined.map_err(io::Error::other)?,
        Err(_elapsed) => {
            tracing::warn!("some answers were cut off: they took too long to end");
            Ok(())
        }
    }
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
