//! The last that was heard of each tablet, whole.

use rusqlite::{OptionalExtension, params};
use shared::{
    ids::TabletId,
    image::ImageId,
    time::Moment,
    wire::v1::agent::{AgentState, Heartbeat},
};

use super::storable;
use crate::store::{
    Fault, Reader, Store,
    column::value,
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

impl Store {
    pub(super) fn keep_last(
        &self,
        tablet: TabletId,
        it: &Heartbeat,
        now: Moment,
    ) -> Result<(), Fault> {
        let used_ms_ago = it.last_used_ms_ago.map(storable);
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
                storable(it.order_counter),
                it.battery_percent,
                it.charging,
                it.storage_free_bytes.map(storable),
                it.image.map(|image| image.to_string()),
                it.agent_version,
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
                epoch: value(row, "epoch")?,
                order_counter: value(row, "order_counter")?,
                battery_percent: value(row, "battery")?,
                charging: value(row, "charging")?,
                storage_free_bytes: value(row, "free_bytes")?,
                image: text_option(row, "image")?,
                agent_version: value(row, "agent_version")?,
            })
        });
        Ok(found.optional()?)
    }

    /// When this tablet was last heard; none where it never was.
    pub(in crate::store) fn last_heard_at(
        &self,
        tablet: TabletId,
    ) -> Result<Option<Moment>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT seen_at FROM last_heartbeat WHERE tablet = ?1")?;
        let found = statement.query_row([tablet.to_string()], |row| moment(row, "seen_at"));
        Ok(found.optional()?)
    }
}
