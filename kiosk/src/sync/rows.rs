//! Listens for rows by a call that the server holds until something changed. What
//! came is stored, then told.

use std::{sync::Arc, time::Duration};

use shared::wire::v1::kiosk::{Rows, RowsRequest};

use super::{
    News, Stopped, Timing, backoff::Backoff, bell::Bell, caller::Caller, heard::on_rows,
    link::ROWS, presence::Presence,
};
use crate::clock::{self, Clock};

/// Where the server answers at once though nothing changed, it is not asked more
/// often than this.
const LEAST: Duration = Duration::from_millis(500);

pub(super) struct Listening {
    caller: Caller,
    presence: Arc<Presence>,
    clock: Clock,
    timing: Timing,
    backoff: Backoff,
    /// Only ends a pause once the kiosk stops; nobody rings it.
    pause: Bell,
    /// The last call was answered: the next one may be held.
    answered: bool,
}

impl Listening {
    pub fn new(caller: Caller, presence: Arc<Presence>, clock: Clock, timing: Timing) -> Self {
        Self {
            caller,
            presence,
            clock,
            timing,
            backoff: Backoff::new(timing),
            pause: Bell::default(),
            answered: false,
        }
    }

    pub fn run(mut self) {
        while self.turn().is_ok() {}
    }

    fn turn(&mut self) -> Result<(), Stopped> {
        let pause = self.listen()?;
        if pause.is_zero() {
            return Ok(());
        }
        self.pause.wait(Some(pause))
    }

    /// One call; says how long to wait before the next.
    fn listen(&mut self) -> Result<Duration, Stopped> {
        let Some(after) = self.caller.desk().ask(|store| store.cursor())? else {
            return Ok(self.backoff.pause());
        };
        let hold = if self.answered {
            self.timing.hold
        } else {
            Duration::ZERO
        };
        let asked_ms = self.clock.now_ms();
        let body = request(after, hold);
        let answer = self.caller.post(ROWS, &body, hold + self.timing.call)?;
        self.answered = answer.is_ok();
        match answer {
            Ok(rows) => self.take(rows, after, asked_ms),
            Err(trouble) => {
                self.presence.trouble(&trouble)?;
                Ok(self.backoff.pause())
            }
        }
    }

    fn take(&mut self, rows: Rows, after: u64, asked_ms: u64) -> Result<Duration, Stopped> {
        let heard_ms = self.clock.now_ms();
        self.presence.here()?;
        let stored = self
            .caller
            .desk()
            .ask(|store| on_rows(store, rows, after))?;
        let Some((rows, ahead)) = stored else {
            return Ok(self.backoff.pause());
        };
        if ahead {
            self.presence
                .halt("the server has more facts of this kiosk than this disk")?;
        }
        self.backoff.reset();
        let held = Duration::from_millis(heard_ms - asked_ms);
        let nothing_new = rows.cursor == after && !rows.more;
        self.presence.tell(News::Rows(Box::new(rows), heard_ms))?;
        Ok(if nothing_new {
            LEAST.saturating_sub(held)
        } else {
            Duration::ZERO
        })
    }
}

fn request(after: u64, hold: Duration) -> Vec<u8> {
    let wait_ms = clock::ms(hold);
    let request = RowsRequest { after, wait_ms };
    serde_json::to_vec(&request).expect("a request has text keys only")
}
