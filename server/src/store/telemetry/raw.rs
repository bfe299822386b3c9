//! The narrow rows of single heartbeats: one a second and tablet.

use rusqlite::{OptionalExtension, Row, params};
use shared::{
    time::Moment,
    wire::v1::agent::{AgentState, Heartbeat},
};

use super::{
    HOUR_MS, SECOND_MS,
    rollup::{Reading, Rollup},
};
use crate::store::{Fault, Reader, Store, column::unreadable, names::Named};

const MIB_BYTES: u64 = 1024 * 1024;

impl Reading {
    pub(super) fn of(heartbeat: &Heartbeat, now: Moment) -> Self {
        Self {
            second: second(now),
            state: heartbeat.state,
            battery_percent: heartbeat.battery_percent,
            free_mib: heartbeat.storage_free_bytes.map(|bytes| bytes / MIB_BYTES),
        }
    }

    /// The instant at which its second begins.
    pub(super) fn read_at(&self) -> Moment {
        Moment::from_ms(self.second * SECOND_MS)
    }
}

/// The second in which an instant lies.
pub(super) fn second(at: Moment) -> i64 {
    at.as_ms() / SECOND_MS
}

/// What a reading is to those that were kept before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// The first of its second.
    First,
    /// What was kept of its second already.
    Again,
    /// It took the place of another of its second.
    Instead,
}

impl Store {
    /// Keeps a reading; a later one of the same second takes its place.
    pub(super) fn keep_reading(&self, tablet: u64, reading: &Reading) -> Result<Kept, Fault> {
        let kept = match self.read.reading(tablet, reading.second)? {
            None => Kept::First,
            Some(before) if before == *reading => return Ok(Kept::Again),
            Some(_) => Kept::Instead,
        };
        self.read
            .connection
            .prepare_cached("INSERT OR REPLACE INTO heartbeat VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                tablet,
                reading.second,
                place(reading.state),
                reading.battery_percent,
                reading.free_mib,
            ])?;
        Ok(kept)
    }
}

impl Reader {
    fn reading(&self, tablet: u64, second: i64) -> Result<Option<Reading>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM heartbeat WHERE tablet = ?1 AND second = ?2")?;
        Ok(statement
            .query_row(params![tablet, second], reading)
            .optional()?)
    }

    /// What the heartbeats of a tablet in one hour come to, counted one by one.
    pub(super) fn count_raw(&self, tablet: u64, hour: i64) -> Result<Rollup, Fault> {
        let [from, until] = [hour, hour + 1].map(|hour| hour * (HOUR_MS / SECOND_MS));
        let mut statement = self.connection.prepare_cached(
            "SELECT * FROM heartbeat WHERE tablet = ?1 AND second >= ?2 AND second < ?3",
        )?;
        let readings = statement.query_map(params![tablet, from, until], reading)?;
        let rollups = readings.map(|reading| reading.map(Rollup::from));
        Ok(rollups.sum::<Result<_, _>>()?)
    }
}

/// A row of single heartbeats.
pub(super) fn reading(row: &Row<'_>) -> rusqlite::Result<Reading> {
    let state: usize = row.get("state")?;
    let state = AgentState::ALL
        .get(state)
        .ok_or_else(|| unreadable("state"))?;
    Ok(Reading {
        second: row.get("second")?,
        state: state.0,
        battery_percent: row.get("battery")?,
        free_mib: row.get("free_mib")?,
    })
}

/// A state's place in the list of names: one byte a row.
fn place(state: AgentState) -> Option<usize> {
    AgentState::ALL.iter().position(|(its, _)| *its == state)
}
