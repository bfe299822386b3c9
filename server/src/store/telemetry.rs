//! What tablets tell of themselves: telemetry, not facts. Every heartbeat leaves a
//! narrow row, and the hour and the day in which it came follow in the same
//! transaction. Receipts stand here too.

mod data;
mod forget;
mod last;
mod raw;
mod receipt;
mod rollup;
mod spans;

use rusqlite::OptionalExtension;
use shared::{data_use::DataUse, ids::TabletId, time::Moment, wire::v1::agent::Heartbeat};

use super::{Fault, Reader, Store};

pub use forget::Forgetting;
pub use last::LastHeartbeat;
pub use rollup::{Last, Reading, Rollup};

const SECOND_MS: i64 = 1000;
const HOUR_MS: i64 = 60 * 60 * SECOND_MS;

impl Store {
    /// Keeps what a tablet tells of itself.
    pub fn heard(
        &mut self,
        tablet: TabletId,
        heartbeat: &Heartbeat,
        now: Moment,
    ) -> Result<(), Fault> {
        self.whole(|store| {
            store.keep_last(tablet, heartbeat, now)?;
            store.note_heard(tablet, now)?;
            match store.read.enrolled_at(tablet)? {
                Some(place) => store.keep_figures(place, heartbeat, now),
                None => Ok(()),
            }
        })
    }

    fn keep_figures(&self, tablet: u64, heartbeat: &Heartbeat, now: Moment) -> Result<(), Fault> {
        let reading = Reading::of(heartbeat, now);
        let kept = self.keep_reading(tablet, &reading)?;
        let used = match heartbeat.counters() {
            Some(counters) => self.meter_data(tablet, counters, now)?,
            None => DataUse::default(),
        };
        self.roll_up(tablet, now, reading, kept, used)
    }
}

impl Reader {
    /// The place in the log of a tablet's enrolment, under which its telemetry
    /// stands: shorter than its id.
    fn enrolled_at(&self, tablet: TabletId) -> Result<Option<u64>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT enrolled_seq FROM tablet WHERE tablet = ?1")?;
        let found = statement.query_row([tablet.to_string()], |row| row.get(0));
        Ok(found.optional()?)
    }
}

/// A number as rows hold it. A tablet may claim any; what no row can hold stands as
/// the highest that one can.
fn storable(claimed: u64) -> i64 {
    i64::try_from(claimed).unwrap_or(i64::MAX)
}
