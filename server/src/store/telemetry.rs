//! What tablets tell of themselves: telemetry, not facts. Receipts stand here too,
//! byte for byte as they came, because the log holds only their digests.

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};
use shared::{
    command::{Action, Command},
    digest::Digest,
    ids::TabletId,
    image::ImageId,
    time::Moment,
    wire::v1::agent::{AgentState, Heartbeat},
};

use super::{
    Fault, Reader, Store,
    names::{Named, named},
    row::{moment, moment_option, text_option},
};

/// The last that was heard of a tablet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastHeartbeat {
    /// When, by the server's clock.
    pub seen_at: Moment,
    /// When a person last used it, where that is known.
    pub last_used_at: Option<Moment>,
    /// Where its agent is in a tablet's life.
    pub state: AgentState,
    /// Its epoch, as the agent knows it.
    pub epoch: u32,
    /// The last order that it began.
    pub order_counter: u64,
    /// Charge of its battery in percent, where there is one.
    pub battery_percent: Option<u8>,
    /// Whether it was charging, where that is known.
    pub charging: Option<bool>,
    /// Free bytes where a borrower's files go.
    pub storage_free_bytes: Option<u64>,
    /// The image that it was last proven on.
    pub image: Option<ImageId>,
    /// The agent's version.
    pub agent_version: String,
}

const MIB_BYTES: u64 = 1024 * 1024;
const SECOND_MS: i64 = 1000;

impl Store {
    /// Keeps what a tablet tells of itself.
    pub fn heard(
        &mut self,
        tablet: TabletId,
        heartbeat: &Heartbeat,
        now: Moment,
    ) -> Result<(), Fault> {
        let connection = &self.read.connection;
        let both = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        self.keep_reading(tablet, heartbeat, now)?;
        self.keep_last(tablet, heartbeat, now)?;
        Ok(both.commit()?)
    }

    fn keep_reading(
        &self,
        tablet: TabletId,
        heartbeat: &Heartbeat,
        now: Moment,
    ) -> Result<(), Fault> {
        let free_mib = heartbeat.storage_free_bytes.map(|bytes| bytes / MIB_BYTES);
        self.read
            .connection
            .prepare_cached(
                "INSERT OR REPLACE INTO heartbeat
                 SELECT enrolled_seq, ?2, ?3, ?4, ?5 FROM tablet WHERE tablet = ?1",
            )?
            .execute(params![
                tablet.to_string(),
                now.as_ms() / SECOND_MS,
                place(heartbeat.state),
                heartbeat.battery_percent,
                free_mib,
            ])?;
        Ok(())
    }

    fn keep_last(&self, tablet: TabletId, it: &Heartbeat, now: Moment) -> Result<(), Fault> {
        let used_ms_ago = it
            .last_used_ms_ago
            .map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
        let last_used_at = used_ms_ago.map(|ms| now.plus_ms(ms.saturating_neg()).as_ms());
        self.read
            .connection
            .prepare_cached(
                "INSERT OR REPLACE INTO last_heartbeat
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                tablet.to_string(),
                now.as_ms(),
                last_used_at,
                it.state.name(),
                it.epoch,
                it.order_counter,
                it.battery_percent,
                it.charging,
                it.storage_free_bytes,
                it.image.map(|image| image.to_string()),
                it.agent_version,
            ])?;
        Ok(())
    }

    /// Keeps the receipt of a reset that was recorded, byte for byte.
    pub(super) fn note_receipt(&self, command: &Command) -> Result<(), Fault> {
        let Action::RecordReset(it) = &command.action else {
            return Ok(());
        };
        self.read
            .connection
            .prepare_cached("INSERT OR IGNORE INTO receipt VALUES (?1, ?2, ?3)")?
            .execute(params![
                Digest::of(&it.receipt).to_string(),
                it.tablet.to_string(),
                it.receipt,
            ])?;
        Ok(())
    }
}

impl Reader {
    /// The last that was heard of this tablet.
    pub fn last_heartbeat(&self, tablet: TabletId) -> Result<Option<LastHeartbeat>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM last_heartbeat WHERE tablet = ?1")?;
        let found = statement.query_row([tablet.to_string()], |row| {
            Ok(LastHeartbeat {
                seen_at: moment(row, "seen_at")?,
                last_used_at: moment_option(row, "last_used_at")?,
                state: named(row, "state")?,
                epoch: row.get("epoch")?,
                order_counter: row.get("order_counter")?,
                battery_percent: row.get("battery")?,
                charging: row.get("charging")?,
                storage_free_bytes: row.get("free_bytes")?,
                image: text_option(row, "image")?,
                agent_version: row.get("agent_version")?,
            })
        });
        Ok(found.optional()?)
    }

    /// The receipt of this digest, byte for byte as it came.
    pub fn receipt(&self, digest: Digest) -> Result<Option<Vec<u8>>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT envelope FROM receipt WHERE digest = ?1")?;
        let found = statement.query_row([digest.to_string()], |row| row.get(0));
        Ok(found.optional()?)
    }
}

/// A state's place in the list of names: one byte a row.
fn place(state: AgentState) -> Option<u8> {
    let at = AgentState::ALL.iter().position(|(its, _)| *its == state)?;
    u8::try_from(at).ok()
}
