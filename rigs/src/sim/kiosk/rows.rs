//! Rows come in, by a call that the server holds until something changed.

use std::time::Duration;

use anyhow::Result;
use kiosk::{
    store::Applied,
    sync::{
        Heard, News, Timing,
        backoff::Backoff,
        heard::{Level, Told, on_rows, on_trouble},
        link::Trouble,
    },
};
use shared::wire::v1::kiosk::{Rows, RowsRequest};

use super::{Kiosk, TIMING, calls::What};
use crate::sim::wires::{Due, Timer, Wires};

/// Where the asking for rows is.
pub struct Listening {
    backoff: Backoff,
    calling: bool,
    /// The last call was answered: the next one may be held.
    answered: bool,
}

impl Listening {
    pub const fn new(timing: Timing) -> Self {
        Self {
            backoff: Backoff::new(timing),
            calling: false,
            answered: false,
        }
    }
}

impl Kiosk {
    pub(super) fn listen(&mut self, wires: &mut Wires) -> Result<()> {
        let Some(up) = self.up.as_mut().filter(|up| !up.listening.calling) else {
            return Ok(());
        };
        let (after, head) = (up.store.cursor()?, Some(up.store.newest_head()?));
        let told = Told::read(&up.store)?;
        let hold = if up.listening.answered {
            TIMING.hold
        } else {
            Duration::ZERO
        };
        up.listening.calling = true;
        let wait_ms = u64::try_from(hold.as_millis())?;
        let body = serde_json::to_vec(&RowsRequest {
            after,
            wait_ms,
            head,
            unread: 0,
        })?;
        self.call(What::Rows(told), body, hold + TIMING.call, wires)
    }

    pub(super) fn rows_ended(
        &mut self,
        told: Told,
        answer: Result<Rows, Trouble>,
        wires: &mut Wires,
    ) -> Result<()> {
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        up.listening.calling = false;
        up.listening.answered = answer.is_ok();
        match answer {
            Ok(rows) => self.take(rows, told, wires),
            Err(trouble) => {
                if let Some(news) = on_trouble(&trouble) {
                    self.hear(news, wires)?;
                }
                self.listen_later(wires)
            }
        }
    }

    fn take(&mut self, rows: Rows, told: Told, wires: &mut Wires) -> Result<()> {
        self.hear(News::Online(true), wires)?;
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        let at_ms = wires.now_ms - up.began_ms;
        let (applied, level) = on_rows(&mut up.store, &rows, told)?;
        up.listening.backoff.reset();
        match level {
            Level::Even => {}
            Level::LostFrom(from) => {
                up.post.recall = Some(from);
                self.ring(wires)?;
            }
            Level::WentBack(series) => {
                up.post.ended = Some(series);
                self.ring(wires)?;
            }
        }
        if let Applied::Stored { gone } = applied {
            let heard = Heard { rows, gone, at_ms };
            self.hear(News::Rows(Box::new(heard)), wires)?;
            return self.listen(wires);
        }
        self.listen_later(wires)
    }

    fn listen_later(&mut self, wires: &mut Wires) -> Result<()> {
        let (node, life) = (self.node(), self.life);
        let Some(up) = &mut self.up else {
            return Ok(());
        };
        let [part] = wires.chance(node).bytes();
        let pause = up.listening.backoff.pause_by(part);
        let ms = u64::try_from(pause.as_millis())?;
        wires.after(ms, Due::Timer(node, life, Timer::Rows));
        Ok(())
    }
}
