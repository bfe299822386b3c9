//! Tells open pages that something changed; what changed they fetch themselves,
//! so that nothing is shown here that the page would not show.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use crate::http::App;

type Told = Result<Event, Infallible>;

/// A stream ends after this long; the browser comes again and is asked again
/// whether it is signed in.
const STREAM_MAX: Duration = Duration::from_mins(15);

/// A stream of "changed", each with the position that was reached.
pub async fn stream(State(app): State<App>) -> impl IntoResponse {
    let (tell, told) = mpsc::channel::<Told>(1);
    let positions = app.writer().positions();
    let stopping = app.stopping();
    tokio::spawn(async move {
        tokio::select! {
            () = follow(positions, &tell) => {}
            () = ended(stopping) => {}
            () = tell.closed() => {}
            () = tokio::time::sleep(STREAM_MAX) => {}
        }
    });
    Sse::new(ReceiverStream::new(told)).keep_alive(KeepAlive::default())
}

/// Tells the present position first: something may have changed between the page
/// and this stream.
async fn follow(mut positions: watch::Receiver<u64>, tell: &mpsc::Sender<Told>) {
    positions.mark_changed();
    while positions.changed().await.is_ok() {
        let position = *positions.borrow_and_update();
        let event = Event::default()
            .event("changed")
            .id(position.to_string())
            .data(position.to_string());
        if tell.send(Ok(event)).await.is_err() {
            return;
        }
    }
}

async fn ended(mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("the server is gone");
    }
}
