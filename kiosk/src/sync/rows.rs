//! Listens for rows by a call that the server holds until something changed. What
//! came is stored, then told.

use std::{sync::Arc, time::Duration};

use shared::{
    head::Head,
    wire::v1::kiosk::{Rows, RowsRequest},
};

use super::{
    Heard, News, Stopped, Timing,
    backoff::Backoff,
    bell::Bell,
    caller::Caller,
    heard::{Level, Told, on_rows},
    link::ROWS,
    presence::Presence,
    recall::Recall,
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
    /// Rows that could not be read, and of which the server was not told so yet.
    unread: u32,
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
            unread: 0,
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
        let body = request(known, self.unread, hold);
        let answer = self.caller.post(ROWS, &body, hold + self.timing.call)?;
        self.answered = answer.is_ok();
        if self.answered {
            self.unread = 0;
        }
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
        let stored = self.caller.desk();
        let stored = stored.ask(|store| on_rows(store, &rows, known.told))?;
        let Some((applied, level)) = stored else {
            return Ok(self.backoff.pause());
        };
        match level {
            Level::Even => {}
            Level::LostFrom(from) => self.recall.ask(from),
            Level::WentBack(series) => self.recall.end(series),
        }
        self.backoff.reset();
        let held = Duration::from_millis(heard_ms - asked_ms);
        match applied {
            Applied::Stored { gone } => {
                self.unread += say_unread(&rows);
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
                if !denied.is_empty() {
                    self.presence.tell(News::LogDenied)?;
                }
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
    /// Before the server is asked how many facts it has.
    told: Told,
}

impl Known {
    fn read(store: &Store) -> Result<Self, Fault> {
        Ok(Self {
            after: store.cursor()?,
            head: store.newest_head()?,
            told: Told::read(store)?,
        })
    }
}

fn request(known: Known, unread: u32, hold: Duration) -> Vec<u8> {
    let request = RowsRequest {
        after: known.after,
        wait_ms: clock::ms(hold),
        head: Some(known.head),
        unread,
    };
    serde_json::to_vec(&request).expect("a request has text keys only")
}

/// A later server told of tablets what this program cannot read; says of how many.
fn say_unread(rows: &Rows) -> u32 {
    let unread = rows.tablets.iter().filter(|row| row.unread.is_some());
    let mut count = 0;
    for row in unread {
        count += 1;
        tracing::error!(
            "what the server tells of tablet {} is not of a form that this program knows: the \
             tablet is taken back and not lent here until this kiosk is updated",
            row.number
        );
    }
    count
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
