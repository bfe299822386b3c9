//! Waiting for news: an answer that is held back until something changed, the time
//! is over, or the server is asked to end.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use crate::http::{App, app::HOLD_MS_MAX};

/// The log's positions, from now on.
pub struct News {
    positions: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    until: Instant,
}

impl News {
    /// News within this time, bounded by the longest that callers wait.
    pub fn within(app: &App, wait_ms: u64) -> Self {
        let mut positions = app.writer().positions();
        positions.mark_unchanged();
        let wait = Duration::from_millis(wait_ms.min(HOLD_MS_MAX));
        Self {
            positions,
            stopping: app.stopping(),
            until: Instant::now() + wait,
        }
    }

    /// True after the next change; false once there is nothing to wait for. What
    /// changed since the last call counts: nothing is missed in between.
    pub async fn came(&mut self) -> bool {
        let stopping = self.stopping.wait_for(|stop| *stop);
        let change = async {
            tokio::select! {
                changed = self.positions.changed() => changed.is_ok(),
                _stop = stopping => false,
            }
        };
        timeout_at(self.until, change).await.unwrap_or(false)
    }
}
