//! What the server does by itself while it runs: when it starts and once an hour
//! from then on it forgets the telemetry that is older than it is kept.

use std::time::Duration;

use shared::time::Moment;

use crate::{clock, http::App, store::Forgetting, writer::WriterError};

const EVERY: Duration = Duration::from_hours(1);

/// Keeps house until the server is asked to end.
pub fn start(app: &App) {
    let (app, mut stopping) = (app.clone(), app.stopping());
    tokio::spawn(async move {
        tokio::select! {
            () = keep_house(&app) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    });
}

async fn keep_house(app: &App) {
    let mut hours = tokio::time::interval(EVERY);
    loop {
        hours.tick().await;
        match forget_old_telemetry(app, clock::now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "old telemetry was forgotten"),
            Err(error) => tracing::warn!(%error, "old telemetry stays until the next hour"),
        }
    }
}

/// Forgets what is too old by `now`, and says how many rows that were. Whoever
/// waits to write has a turn between any two steps.
async fn forget_old_telemetry(app: &App, now: Moment) -> Result<usize, WriterError> {
    let mut so_far = Forgetting::begin(now);
    while !so_far.is_done() {
        let step = app
            .writer()
            .run(move |store| store.forget_old_telemetry(so_far));
        so_far = step.await?;
    }
    Ok(so_far.rows)
}
