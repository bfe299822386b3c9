//! Reading wipes outside the return flow (R9), and which orders were delivered.

use rusqlite::{OptionalExtension, Row, params};
use shared::{
    decide::wipe::Brakes,
    ids::{OperatorId, OrderId, TabletId, WipeId},
    tablet::Epoch,
    time::Moment,
    wipe::{HOUR_MS, Wipe, WipeState},
};

use super::{
    Fault, Reader, Store,
    column::unreadable,
    row::{moment, text, text_option},
};

impl Reader {
    /// The wipe of this id.
    pub fn wipe(&self, id: WipeId) -> Result<Option<Wipe>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM wipe WHERE wipe = ?1")?;
        Ok(statement.query_row([id.to_string()], wipe).optional()?)
    }

    /// Wipes that have not begun, the oldest first.
    pub fn wipes_pending(&self) -> Result<Vec<Wipe>, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT * FROM wipe WHERE state IN ('asked', 'agreed') ORDER BY asked_at, wipe",
        )?;
        let rows = statement.query_map([], wipe)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who said "Stop all", while it holds.
    pub fn wipes_stopped_by(&self) -> Result<Option<OperatorId>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT stopped_by FROM wipe_stop")?;
        let found = statement.query_row([], |row| text(row, "stopped_by"));
        Ok(found.optional()?)
    }

    pub(super) fn is_wipe_pending(&self, tablet: TabletId) -> Result<bool, Fault> {
        let mut statement = self.connection.prepare_cached(
            "SELECT 1 FROM wipe WHERE tablet = ?1 AND state IN ('asked', 'agreed')",
        )?;
        Ok(statement.exists([tablet.to_string()])?)
    }

    /// What holds wipes of this operator back at this time: `Wipe::counts_since` as a query.
    pub(super) fn brakes(&self, operator: OperatorId, now: Moment) -> Result<Brakes, Fault> {
        let since = now.plus_ms(-HOUR_MS).as_ms();
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*), count(*) FILTER (WHERE asked_by = ?2 OR agreed_by = ?2)
             FROM wipe WHERE asked_at > ?1 OR state = 'agreed'
             OR (state = 'started' AND starts_at > ?1)",
        )?;
        let (in_fleet, by_operator) = statement
            .query_row(params![since, operator.to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(Brakes {
            by_operator,
            in_fleet,
            stopped_by: self.wipes_stopped_by()?,
        })
    }

    pub(super) fn is_delivered(&self, order: OrderId) -> Result<bool, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM order_delivered WHERE reset_order = ?1")?;
        Ok(statement.exists([order.to_string()])?)
    }
}

impl Store {
    /// Keeps that a tablet is about to be answered with this order, unless the
    /// order was taken back meanwhile: then false, and it must not be sent.
    pub fn deliver(&mut self, tablet: TabletId, order: OrderId) -> Result<bool, Fault> {
        let kept = self
            .read
            .connection
            .prepare_cached(
                "INSERT OR IGNORE INTO order_delivered
                 SELECT reset_order FROM tablet WHERE tablet = ?1 AND reset = 'ordered'
                 AND reset_order = ?2",
            )?
            .execute([tablet.to_string(), order.to_string()])?;
        Ok(kept > 0 || self.read.is_delivered(order)?)
    }
}

fn wipe(row: &Row<'_>) -> rusqlite::Result<Wipe> {
    Ok(Wipe {
        id: text(row, "wipe")?,
        tablet: text(row, "tablet")?,
        epoch: Epoch(row.get("epoch")?),
        asked_by: text(row, "asked_by")?,
        asked_at: moment(row, "asked_at")?,
        agreed_by: text_option(row, "agreed_by")?,
        state: state(row)?,
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<WipeState> {
    let name: String = row.get("state")?;
    Ok(match name.as_str() {
        "asked" => WipeState::Asked,
        "agreed" => WipeState::Agreed {
            starts_at: moment(row, "starts_at")?,
        },
        "started" => WipeState::Started {
            at: moment(row, "starts_at")?,
        },
        "called-off" => WipeState::CalledOff,
        _ => return Err(unreadable("state")),
    })
}
