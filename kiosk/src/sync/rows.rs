//! Listens for rows by a call that the server holds until something changed. What
//! came is stored, then told.

use std::{sync::Arc, time::Duration};

use shared::{
    head::Head,
    wire::v1::kiosk::{Rows, RowsRequest},
};

use super::{
    Heard, News, Stopped, Timing, backoff::Backoff, bell::Bell, caller::Caller, heard::on_rows,
    link::ROWS, presence::Presence, recall::Recall,
};
use crate::{
    clock::{self, Clock},
    store::{Applied, Fault, Store},
};

/// Where the server answers at once though nothing changed, it is not asked more
/// often than this.
const LEAST: Duration = Duration::from_millis(500);

pub(super) struct Listening {
    caller: Caller,
    presence: Arc<Presence>,
    recall: Arc<Recall>,
    clock: Clock,
    timing: Timing,
    backoff: Backoff,
    /// Only ends a pause once the kiosk stops; nobody rings it.
    pause: Bell,
    /// The last call was answered: the next one may be held.
    answered: bool,
}

impl Listening {
    pub fn new(
        caller: Caller,
        presence: Arc<Presence>,
        recall: Arc<Recall>,
        clock: Clock,
        timing: Timing,
    ) -> Self {
        Self {
            caller,
            presence,
            recall,
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
        let Some(known) = self.caller.desk().ask(|store| Known::read(store))? else {
            return Ok(self.backoff.pause());
        };
        let hold = if self.answered {
            self.timing.hold
        } else {
            Duration::ZERO
        };
        let asked_ms = self.clock.now_ms();
        let body = request(known, hold);
        let answer = self.caller.post(ROWS, &body, hold + self.timing.call)?;
        self.answered = answer.is_ok();
        match answer {
            Ok(rows) => self.take(rows, known, asked_ms),
            Err(trouble) => {
                self.presence.trouble(&trouble)?;
                Ok(self.backoff.pause())
            }
        }
    }

    fn take(&mut self, rows: Rows, known: Known, asked_ms: u64) -> Result<Duration, Stopped> {
        let heard_ms = self.clock.now_ms();
        self.presence.here()?;
        let stored = self.caller.desk().ask(|store| on_rows(store, &rows))?;
        let Some((applied, ahead)) = stored else {
            return Ok(self.backoff.pause());
        };
        if ahead {
            self.presence
                .halt("the server has more facts of this kiosk than this disk")?;
        }
        if rows.facts_taken < known.answered {
            self.recall.ask(rows.facts_taken + 1);
        }
        self.backoff.reset();
        let held = Duration::from_millis(heard_ms - asked_ms);
        match applied {
            Applied::Stored { gone } => {
                let nothing_new = rows.cursor == known.after && !rows.more;
                let at_ms = heard_ms;
                let heard = Heard { rows, gone, at_ms };
                self.presence.tell(News::Rows(Box::new(heard)))?;
                Ok(if nothing_new {
                    LEAST.saturating_sub(held)
                } else {
                    Duration::ZERO
                })
            }
            Applied::Anew { denied } => {
                say_set_back(&denied);
                // Two servers that take turns must not be asked without a pause.
                Ok(LEAST)
            }
        }
    }
}

/// What this kiosk knows when it asks.
#[derive(Clone, Copy)]
struct Known {
    after: u64,
    head: Head,
    /// Facts that were answered before the server is asked how many it has.
    answered: u64,
}

impl Known {
    fn read(store: &Store) -> Result<Self, Fault> {
        Ok(Self {
            after: store.cursor()?,
            head: store.newest_head()?,
            answered: store.answered_up_to()?,
        })
    }
}

fn request(known: Known, hold: Duration) -> Vec<u8> {
    let request = RowsRequest {
        after: known.after,
        wait_ms: clock::ms(hold),
        head: Some(known.head),
    };
    serde_json::to_vec(&request).expect("a request has text keys only")
}

/// The server's log is not the one that was heard of before.
fn say_set_back(denied: &[Head]) {
    tracing::warn!("the server is behind this kiosk: all rows are asked for again");
    for head in denied {
        tracing::error!(
            "the server's log does not hold {head}, which was noted here: it was cut, written \
             anew or brought back from a backup. Tell the digital team; returns still work"
        );
    }
}
